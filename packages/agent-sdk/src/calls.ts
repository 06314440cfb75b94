/**
 * Calls over the socket, and their replies. A call belongs to no connection: what has no reply when one is lost is sent
 * again on the next with the same id, since every call says all that it asks for.
 */
import { type Call, limits } from "@parley/protocol";
import { z } from "zod";
import { readCall } from "./call-frame.js";
import type { Clock } from "./clock.js";
import { ParleyFault } from "./fault.js";
import { type ParleyRefusal, readRefusal } from "./refusal.js";
import { randomText } from "./statements.js";

type Fixed<T> = unknown extends T ? T : T extends object ? { readonly [K in keyof T]: Fixed<T[K]> } : T;
type Unnumbered<C> = C extends unknown ? Fixed<Omit<C, "id">> : never;
/** What may be asked, without the id that it gets here. */
export type Asked = Unnumbered<Call>;

/** How long a reply is waited for. */
export interface CallOptions {
  /** Nobody waits for the reply any longer; whether the call was heard is then not known. */
  readonly signal?: AbortSignal | undefined;
  /** So long is waited, and then a ParleyFault thrown. */
  readonly timeoutMs?: number | undefined;
}

/** The reply of a broker of any age: its refusals may have codes that are new here. */
const anyReply = z.discriminatedUnion("ok", [
  z.object({ id: z.string(), ok: z.literal(true), result: z.unknown() }),
  z.object({ id: z.string(), ok: z.literal(false), problem: z.unknown() }),
]);

interface Waiting {
  readonly call: Call;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export class Calls {
  readonly #clock: Clock;
  /** In the order in which they were asked. */
  readonly #waiting = new Map<string, Waiting>();
  /** Sent over this connection and not replied to, though nobody may wait for it any more. */
  readonly #unreplied = new Set<string>();
  #send: ((call: Call) => void) | undefined;
  #ended: Error | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves with what the schema makes of the reply; rejects with ParleyRefusal or ParleyFault. `atOnce` is told before
   * anything is handled that came after the reply.
   */
  async call<S extends z.ZodType>(
    asked: Asked,
    schema: S,
    options: CallOptions = {},
    atOnce: (result: z.output<S>) => void = () => undefined,
  ): Promise<z.output<S>> {
    const call = readCall(asked, randomText());
    return this.#reply(call, options, (reply) => {
      const result = schema.safeParse(reply);
      if (!result.success)
        throw new ParleyFault(`${asked.call}: the broker's reply makes no sense here`, "never", result.error);
      atOnce(result.data);
      return result.data;
    });
  }

  /** There is a connection: everything that waits goes out over it. */
  attach(send: (call: Call) => void): void {
    this.#send = send;
    this.#unreplied.clear();
    this.#pump();
  }

  /** There is none: what is asked from now on waits for the next. */
  detach(): void {
    this.#send = undefined;
  }

  /** A reply has come in. One that nobody waits for any more is let go. */
  replied(frame: unknown): void {
    const reply = anyReply.safeParse(frame);
    if (!reply.success) throw new ParleyFault("the broker sent a reply that is none", "later");
    const { id } = reply.data;
    const waiting = this.#waiting.get(id);
    const refusal = reply.data.ok ? undefined : readRefusal(reply.data.problem);
    // Said about the connection, not about the call: it goes out again over the next.
    if (refusal !== undefined && isAboutConnection(refusal)) return;
    this.#unreplied.delete(id);
    if (reply.data.ok) waiting?.resolve(reply.data.result);
    else waiting?.reject(errorOf(waiting.call, refusal));
    this.#pump();
  }

  /** For ever: nothing is asked any more. */
  end(error: Error): void {
    this.#ended = error;
    this.#send = undefined;
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }

  #reply<T>(call: Call, { signal, timeoutMs }: CallOptions, read: (result: unknown) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      if (signal?.aborted) return reject(signal.reason);
      const late = () =>
        waiting.reject(new ParleyFault(`no reply to ${call.call} within ${timeoutMs} ms`, "later"));
      const cancel = timeoutMs === undefined ? () => undefined : this.#clock.after(timeoutMs, late);
      const abort = () => waiting.reject(signal?.reason);
      const settled = () => {
        this.#waiting.delete(call.id);
        cancel();
        signal?.removeEventListener("abort", abort);
      };
      const waiting: Waiting = {
        call,
        resolve: (result) => {
          settled();
          try {
            resolve(read(result));
          } catch (error) {
            reject(error);
          }
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.set(call.id, waiting);
      this.#pump();
    });
  }

  /** Sends in order, and never more at a time than a connection may have waiting. */
  #pump(): void {
    for (const { call } of this.#waiting.values()) {
      if (this.#send === undefined || this.#unreplied.size >= limits.callsWaitingPerConnection) return;
      if (this.#unreplied.has(call.id)) continue;
      this.#unreplied.add(call.id);
      this.#send(call);
    }
  }
}

const isAboutConnection = ({ code }: ParleyRefusal): boolean =>
  code === "connection.replaced" || code === "broker.going-away";

function errorOf({ call }: Call, refusal: ParleyRefusal | undefined): Error {
  if (refusal === undefined) return new ParleyFault(`${call} was refused without a reason`, "later");
  return refusal.code === "broker.fault" ? new ParleyFault(refusal.message, "later", refusal) : refusal;
}
