/**
 * One connection from the challenge to its end: in which order frames may come, and what each asks for. Bytes are left
 * to the socket, decisions to the line, and time to the rounds, which look in on all connections.
 */
import { randomBytes } from "node:crypto";
import {
  type CloseReason,
  type ConnectionId,
  decodeFrames,
  type Event,
  encodeJsonFrame,
  type Frame,
  type FrameKind,
  helloFrame,
  makeId,
  type OutcomeFrame,
  pingFrame,
  type Refusal,
} from "@parley/protocol";
import type { Delivered, Wire } from "../../outbox/wire.js";
import { Calls } from "./calls.js";
import type { ConversationParts, Socket } from "./conversation-parts.js";
import { isOver, mayHear, type Open, type State } from "./conversation-state.js";
import type { Departed } from "./departures.js";
import { reasonFor } from "./ending.js";
import { Envelopes } from "./envelopes.js";
import { Outgoing } from "./outgoing.js";
import {
  callerOf,
  type Opening,
  type Presenting,
  presentToOpen,
  presentToRenew,
  type Shown,
  timeOf,
  welcomeTo,
} from "./presenting.js";
import { readFrame } from "./read-frame.js";
import { Turns } from "./turns.js";

const pingBytes = encodeJsonFrame("ping", {});
const pongBytes = encodeJsonFrame("pong", {});
const returnAfterMs = 1_000;

export class Conversation implements Wire {
  readonly connection: ConnectionId = makeId("connection");
  readonly gone: Promise<void>;
  readonly #parts: ConversationParts;
  readonly #socket: Socket;
  readonly #presenting: Presenting = {
    ...{ wire: this, connection: this.connection, nonce: randomBytes(32).toString("base64url") },
    isOver: () => isOver(this.#state),
  };
  #resolveGone: () => void = () => undefined;
  /** Gives the place among the unauthenticated back. */
  #leave: (() => void) | undefined;
  #state: State;
  #heardAt: number;
  #pingedAt = 0;
  readonly #outgoing: Outgoing;
  readonly #calls: Calls;
  readonly #envelopes: Envelopes;
  /** What the line must be told once the socket is gone. */
  #departed: Omit<Departed, "goodbye"> | undefined;
  #saidGoodbye = false;

  constructor(parts: ConversationParts, socket: Socket, leave: () => void) {
    this.#parts = parts;
    this.#socket = socket;
    this.#leave = leave;
    this.#heardAt = parts.clock.now();
    this.#outgoing = new Outgoing(socket, parts.onTheWay);
    const turns = new Turns(parts.relay);
    this.#calls = new Calls(parts, this, turns, (reply) => this.#send("reply", reply));
    this.#envelopes = new Envelopes({
      ...{ relay: parts.relay, turns, connection: this.connection },
      answer: (outcome) => this.#answer(outcome),
      read: (may) => socket.read(may),
      judge: (fault) => this.#calls.judge(fault),
    });
    this.#state = { at: "challenged", since: this.#heardAt };
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
  }

  /** [SOC-3] The broker speaks first. */
  begin(): void {
    this.#parts.wires.add(this);
    this.#send("challenge", { nonce: this.#presenting.nonce });
  }

  /** Something was heard that asks for nothing. */
  heard(): void {
    this.#heardAt = this.#parts.clock.now();
  }

  message(bytes: Uint8Array) {
    if (isOver(this.#state)) return;
    this.heard();
    const decoded = decodeFrames(bytes);
    if ("fault" in decoded) return this.close(decoded.fault === "too-large" ? "tooLarge" : "malformed");
    for (const frame of decoded.frames) this.#take(frame);
    this.#envelopes.begin();
  }

  get hasRoom(): boolean {
    return this.#outgoing.hasRoom;
  }

  get hasPlenty(): boolean {
    return this.#outgoing.hasPlenty;
  }

  whenRoom(call: () => void): void {
    this.#outgoing.whenRoom(call);
  }

  deliver(envelope: Delivered): void {
    if (!mayHear(this.#state, this.#parts.clock.now())) return;
    this.#outgoing.deliver(envelope);
    this.#bound();
  }

  /** Nothing is said before the welcome, and nothing to whom authority has ended. */
  tell(event: Event): void {
    if (mayHear(this.#state, this.#parts.clock.now())) this.#send("event", event);
  }

  /** Once it was decided the sender may know, whoever has taken its authority since. */
  #answer(outcome: OutcomeFrame): void {
    if (isOver(this.#state)) return;
    this.#outgoing.outcome(JSON.stringify(outcome));
    this.#bound();
  }

  close(reason: CloseReason, retryAfterMs = returnAfterMs): void {
    if (isOver(this.#state)) return;
    // [SOC-12] The close alone could not say when to come back.
    if (reason === "goingAway") this.#outgoing.send(encodeJsonFrame("goingAway", { retryAfterMs }));
    this.#outgoing.drop();
    this.#envelopes.end();
    this.#state = { at: "ended" };
    this.#parts.onTheWay.end(reason);
    this.#socket.end(reason);
  }

  /** The socket is no more, whoever ended it. */
  socketGone(saidGoodbye = false): void {
    if (this.#state.at === "gone") return;
    this.#saidGoodbye = saidGoodbye;
    this.#state = { at: "gone" };
    this.#envelopes.end();
    this.#outgoing.drop();
    this.#leave?.();
    this.#leave = undefined;
    this.#resolveGone();
    this.#depart();
  }

  #depart(): void {
    if (this.#departed !== undefined)
      this.#parts.departures.tell({ ...this.#departed, goodbye: this.#saidGoodbye });
  }

  /** Once a round: has its time come? */
  look(now: number) {
    const { limits } = this.#parts;
    const state = this.#state;
    if (state.at === "challenged" && now >= state.since + limits.helloSecondsMax * 1_000) {
      return this.close("unauthenticated");
    }
    if (state.at !== "open" && state.at !== "renewing") return;
    if (now >= state.expiresAt) return this.close("unauthenticated");
    if (now >= this.#heardAt + limits.silenceSecondsMax * 1_000) return this.close("silent");
    if (now < Math.max(this.#heardAt, this.#pingedAt) + limits.pingSeconds * 1_000) return;
    this.#pingedAt = now;
    this.#write(pingBytes);
  }

  /** The broker itself has stood still: what was sent meanwhile is not read yet, so everybody gets a fresh round. */
  excuse(now: number): void {
    this.#heardAt = now;
    if (this.#state.at === "challenged") this.#state = { at: "challenged", since: now };
  }

  #take(frame: Frame) {
    const state = this.#state;
    switch (state.at) {
      case "challenged":
        // [SOC-11] Anything else before it ends the connection unread.
        return frame.kind === "hello" ? this.#present(frame) : this.close("malformed");
      case "admitting":
        return this.close("malformed");
      case "open":
      case "renewing":
        // [SOC-7] The rounds come once a second; authority ends on the millisecond.
        if (this.#parts.clock.now() >= state.expiresAt) return this.close("unauthenticated");
        return this.#takeOpen(frame, state);
      case "ended":
      case "gone":
        return;
      default:
        state satisfies never;
    }
  }

  #takeOpen(frame: Frame, { at, by }: Open) {
    switch (frame.kind) {
      case "ping":
      case "pong":
        if (readFrame(frame, pingFrame) === undefined) return this.close("malformed");
        return frame.kind === "ping" ? this.#write(pongBytes) : undefined;
      case "call":
        this.#envelopes.seal();
        return this.#endFor(this.#calls.take(frame, by));
      case "send":
        return this.#endFor(this.#envelopes.take(frame, by));
      case "ack":
        return this.#endFor(this.#envelopes.acknowledge(frame, by));
      case "renew":
        return at === "open" ? this.#present(frame) : this.close("malformed");
      // Said once, or by the broker alone [FRM-2].
      default:
        return this.close("malformed");
    }
  }

  #endFor = (reason: CloseReason | undefined) => reason !== undefined && this.close(reason);

  /** A token and its proof: the first time to open the connection, from then on to renew it. */
  #present(frame: Frame) {
    const body = readFrame(frame, helloFrame);
    if (body === undefined) return this.close("malformed");
    const state = this.#state;
    const presented = state.at === "open" ? this.#renew(body, state) : this.#open(body);
    presented.catch((fault: unknown) => {
      this.#parts.log.error({ err: fault, connection: this.connection }, "a connection could not be served");
      this.close("goingAway");
    });
  }

  async #open(shown: Shown): Promise<void> {
    this.#state = { at: "admitting" };
    const found = await presentToOpen(this.#parts, this.#presenting, shown);
    if (found === undefined) return;
    if ("code" in found) return this.#refuse(found);
    this.#opened(found);
  }

  #opened({ admitted, opened: { principal, epoch, era }, checkpoint }: Opening) {
    if (principal.kind !== "instance") throw new TypeError("only instances connect");
    const { id, agent, organisation } = principal.instance;
    const { connection } = this;
    this.#departed = { instance: id, agent, connection, epoch };
    if (this.#state.at === "gone") return this.#depart();
    const cut = this.#parts.wires.opened(this, agent, organisation);
    if (cut !== undefined) return this.close(cut);
    if (isOver(this.#state)) return;
    const { expiresAt } = admitted;
    if (this.#parts.clock.now() >= expiresAt) return this.close("unauthenticated");
    const by = { caller: callerOf(admitted), thumbprint: admitted.thumbprint, agent, organisation, epoch };
    this.#state = { at: "open", by, expiresAt };
    this.#leave?.();
    this.#leave = undefined;
    const who = { principal: id, agent, organisation, connection, epoch, era, checkpoint };
    this.#send("welcome", welcomeTo(who, expiresAt, this.#parts.limits));
  }

  async #renew(shown: Shown, open: Open): Promise<void> {
    this.#state = { ...open, at: "renewing" };
    const admitted = await presentToRenew(this.#parts, this.#presenting, shown, open.by);
    if (admitted === undefined || isOver(this.#state)) return;
    if ("code" in admitted) return this.#refuse(admitted);
    // What could not be delivered meanwhile would be a gap.
    if (this.#parts.clock.now() >= open.expiresAt) return this.close("unauthenticated");
    const { expiresAt, thumbprint } = admitted;
    this.#state = { at: "open", by: { ...open.by, caller: callerOf(admitted), thumbprint }, expiresAt };
    this.#send("renewed", { expiresAt: timeOf(expiresAt) });
  }

  #refuse(refusal: Refusal): void {
    this.close(reasonFor(refusal), refusal.retryAfterMs);
  }

  #send(kind: FrameKind, value: unknown): void {
    this.#write(encodeJsonFrame(kind, value));
  }

  /** [SOC-8] A socket that does not read would take all the memory there is. */
  #write(bytes: Uint8Array): void {
    if (isOver(this.#state)) return;
    this.#outgoing.send(bytes);
    this.#bound();
  }

  #bound(): void {
    if (this.#socket.bufferedAmount > this.#parts.limits.bufferedBytesPerConnectionMax) this.close("silent");
  }
}
