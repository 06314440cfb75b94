/** From an accepted upgrade to a conversation: with a place among the unauthenticated, and little to read before the hello. */
import type { Socket as Stream } from "node:net";
import type { WebSocket } from "@fastify/websocket";
import { closeCodes } from "@parley/protocol";
import { Conversation } from "./conversation.js";
import type { ConversationParts } from "./conversation-parts.js";
import type { Rounds } from "./rounds.js";
import { Unauthenticated, type UnauthenticatedLimits } from "./unauthenticated.js";
import { OurSocket } from "./web-socket.js";

export interface EntranceLimits extends UnauthenticatedLimits {
  readonly tokenLengthMax: number;
}

export class Entrance {
  readonly unauthenticated: Unauthenticated;
  readonly #parts: ConversationParts;
  readonly #rounds: Rounds;
  readonly #turnedAwayMax: number;
  readonly #helloBytesMax: number;
  #turnedAway = 0;

  constructor(parts: ConversationParts, rounds: Rounds, limits: EntranceLimits) {
    this.unauthenticated = new Unauthenticated(limits);
    this.#parts = parts;
    this.#rounds = rounds;
    this.#turnedAwayMax = limits.unauthenticatedConnectionsMax;
    // A token, a proof, and the JSON around them.
    this.#helloBytesMax = 2 * limits.tokenLengthMax + 1_024;
  }

  accept(socket: WebSocket, stream: Stream) {
    // The plugin's own listener holds on to request and reply for as long as the socket lives.
    socket.removeAllListeners("error");
    const address = stream.remoteAddress ?? "";
    if (!this.unauthenticated.enter(address)) return this.#turnAway(socket, stream);
    const { onTheWay } = this.#parts;
    onTheWay.unauthenticated = this.unauthenticated.count;
    const leave = () => {
      stream.off("data", count);
      this.unauthenticated.leave(address);
      onTheWay.unauthenticated = this.unauthenticated.count;
    };
    const conversation = new Conversation(this.#parts, new OurSocket(socket, stream), leave);
    // The library gathers a whole message before anybody can look at it: too much for who has not said hello.
    let received = 0;
    const count = (chunk: Buffer) => {
      received += chunk.byteLength;
      if (received > this.#helloBytesMax) conversation.close("tooLarge");
    };
    stream.on("data", count);
    this.#listen(socket, conversation);
    conversation.begin();
  }

  #listen(socket: WebSocket, conversation: Conversation): void {
    const heard = () => conversation.heard();
    socket.on("message", (data, isBinary) => {
      if (isBinary && data instanceof Uint8Array) conversation.message(data);
      else conversation.close("malformed");
    });
    socket.on("ping", heard);
    socket.on("pong", heard);
    // The library has said why already, or there is nobody left to say it to.
    socket.on("error", () => conversation.close("malformed"));
    socket.on("close", (code) => {
      this.#rounds.forget(conversation);
      // [SOC-9] Whoever says goodbye does not come back for what it held [SES-23].
      conversation.socketGone(code === closeCodes.goodbye.code);
    });
    this.#rounds.watch(conversation);
  }

  /** [SOC-2] Told why, as long as those who are being told are not too many themselves. */
  #turnAway(socket: WebSocket, stream: Stream) {
    this.#parts.onTheWay.end("tooMany");
    socket.on("error", () => socket.terminate());
    if (this.#turnedAway >= this.#turnedAwayMax) return socket.terminate();
    this.#turnedAway += 1;
    socket.on("close", () => {
      this.#turnedAway -= 1;
    });
    new OurSocket(socket, stream).end("tooMany");
  }
}
