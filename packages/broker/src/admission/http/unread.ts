/**
 * Answers that were given and that nobody has read yet: they are held in our memory, so there is a bound on them. Who
 * does not read is closed, whoever is longest behind first; who reads is never asked to wait for it.
 */
import type { EventEmitter } from "node:events";
import { limits } from "@parley/protocol";
import type { FastifyInstance } from "fastify";

export interface UnreadLimits {
  readonly unreadBytesPerConnectionMax: number;
  readonly unreadBytesMax: number;
}

export type Closing = Pick<EventEmitter, "once">;

/** A connection that answers are written to. */
export interface Reader extends Closing {
  destroy(): unknown;
}

export class Unread {
  readonly #limits: UnreadLimits;
  /** Whoever has been behind for longest comes first. */
  readonly #ofReader = new Map<Reader, number>();
  readonly #known = new WeakSet<Reader>();
  #bytes = 0;

  constructor(given: UnreadLimits = limits) {
    this.#limits = given;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Until the answer closes: all of it has been handed to the system, or never will be. */
  hold(reader: Reader, answer: Closing, bytes: number): void {
    if (!this.#known.has(reader)) {
      this.#known.add(reader);
      // Answers that wait behind others are not told of its end.
      reader.once("close", () => this.#forget(reader));
    }
    const { unreadBytesPerConnectionMax, unreadBytesMax } = this.#limits;
    const held = (this.#ofReader.get(reader) ?? 0) + bytes;
    this.#ofReader.set(reader, held);
    this.#bytes += bytes;
    answer.once("close", () => this.#release(reader, bytes));
    if (held > unreadBytesPerConnectionMax) this.#end(reader);
    for (const oldest of this.#ofReader.keys()) {
      if (this.#bytes <= unreadBytesMax) return;
      this.#end(oldest);
    }
  }

  #release(reader: Reader, bytes: number): void {
    const held = this.#ofReader.get(reader);
    if (held === undefined) return;
    this.#bytes -= bytes;
    if (held > bytes) this.#ofReader.set(reader, held - bytes);
    else this.#ofReader.delete(reader);
  }

  /** What it was to be told is dropped with it. */
  #end(reader: Reader): void {
    this.#forget(reader);
    reader.destroy();
  }

  #forget(reader: Reader): void {
    this.#bytes -= this.#ofReader.get(reader) ?? 0;
    this.#ofReader.delete(reader);
  }
}

export function boundUnread(app: FastifyInstance, unread = new Unread()): void {
  app.addHook("onSend", async (request, reply, payload) => {
    const bytes = typeof payload === "string" || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0;
    const { socket } = request.raw;
    if (bytes > 0 && !socket.destroyed) unread.hold(socket, reply.raw, bytes);
  });
}
