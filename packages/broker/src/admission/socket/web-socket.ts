/** The WebSocket library on our terms: its limits, its close codes, and one way to end a socket. */
import type { Socket as Stream } from "node:net";
import type { WebSocket } from "@fastify/websocket";
import { type CloseReason, closeCodes } from "@parley/protocol";
import type { FastifyInstance } from "fastify";
import type { Socket } from "./conversation-parts.js";

export interface WebSocketLimits {
  readonly messageBytesMax: number;
  readonly closeSecondsMax: number;
}

/** Pieces of one message that are kept apart: each costs more than its bytes. */
const piecesMax = 8_192;

export const webSocketOptions = ({ messageBytesMax, closeSecondsMax }: WebSocketLimits) => ({
  perMessageDeflate: false,
  // [FRM-4] Judged by the length that is announced, before a byte of it is kept.
  maxPayload: messageBytesMax,
  maxFragments: piecesMax,
  maxBufferedChunks: piecesMax,
  clientTracking: false,
  // After it the library destroys a socket that has not answered the close, whether or not it reads.
  closeTimeout: closeSecondsMax * 1_000,
});

type WebSocketClass = NonNullable<FastifyInstance["websocketServer"]["options"]["WebSocket"]>;

/** What the library finds wrong with bytes that are no messages, and says with its own codes. */
const ours: ReadonlyMap<number | undefined, CloseReason> = new Map([
  [1002, "malformed"],
  [1007, "malformed"],
  [1008, "malformed"],
  [1009, "tooLarge"],
]);

/** [SOC-9] Every end that the broker decides has a code of ours, because only ours say whether to come back. */
export function withOurCodes(Library: WebSocketClass): WebSocketClass {
  return class extends Library {
    override close(code?: number, says?: string | Buffer): void {
      // A close that echoes the other end's always brings the other end's words along, even if there are none.
      const reason = says === undefined ? ours.get(code) : undefined;
      if (reason === undefined) super.close(code, says);
      else super.close(closeCodes[reason].code, closeCodes[reason].says);
    }
  };
}

/** Nothing more is worth reading from who was refused for what it sent. */
const unread: ReadonlySet<CloseReason> = new Set(["malformed", "tooLarge", "tooMany"]);
/** Whoever has no authority left is not waited for: the reason is on its way, and that is all. */
const atOnce: ReadonlySet<CloseReason> = new Set(["revoked", "suspended"]);

export class OurSocket implements Socket {
  readonly #socket: WebSocket;
  readonly #stream: Stream;

  constructor(socket: WebSocket, stream: Stream) {
    this.#socket = socket;
    this.#stream = stream;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(bytes: Uint8Array, gone?: () => void): void {
    this.#socket.send(bytes, gone);
  }

  read(may: boolean): void {
    if (may) this.#socket.resume();
    else this.#socket.pause();
  }

  end(reason: CloseReason): void {
    const { code, says } = closeCodes[reason];
    this.#socket.close(code, says);
    if (unread.has(reason)) this.#socket.pause();
    // What has left for the kernel still arrives; what waits in this process is worth the time of force.
    if (atOnce.has(reason) && this.#stream.writableLength === 0) this.#stream.destroy();
  }
}
