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
  pingFrame,
  type Refusal,
  type Welcome,
} from "@parley/protocol";
import type { Caller, CommandAnswers } from "../../governance/command.js";
import type { Wire } from "../../outbox/wire.js";
import type { Speaking } from "./call-answers.js";
import { Calls } from "./calls.js";
import type { ConversationParts, Socket } from "./conversation-parts.js";
import type { Departed } from "./departures.js";
import { reasonFor } from "./ending.js";
import type { Admitted } from "./hello.js";
import { readFrame } from "./read-frame.js";

type State =
  | { readonly at: "challenged"; readonly since: number }
  | { readonly at: "admitting" }
  | {
      readonly at: "open" | "renewing";
      readonly by: Speaking;
      readonly expiresAt: number;
    }
  /** Told to go: nothing is heard or sent any more. */
  | { readonly at: "ended" }
  | { readonly at: "gone" };

type Open = Extract<State, { readonly at: "open" | "renewing" }>;

const pingBytes = encodeJsonFrame("ping", {});
const pongBytes = encodeJsonFrame("pong", {});
const returnAfterMs = 1_000;
const timeOf = (ms: number): string => new Date(ms).toISOString();

export class Conversation implements Wire {
  readonly connection: ConnectionId = makeId("connection");
  readonly gone: Promise<void>;
  readonly #parts: ConversationParts;
  readonly #socket: Socket;
  readonly #nonce = randomBytes(32).toString("base64url");
  #resolveGone: () => void = () => undefined;
  /** Gives the place among the unauthenticated back. */
  #leave: (() => void) | undefined;
  #state: State;
  #heardAt: number;
  #pingedAt = 0;
  readonly #calls: Calls;
  /** What the line must be told once the socket is gone. */
  #departed: Departed | undefined;

  constructor(parts: ConversationParts, socket: Socket, leave: () => void) {
    this.#parts = parts;
    this.#socket = socket;
    this.#leave = leave;
    this.#heardAt = parts.clock.now();
    this.#calls = new Calls(parts, this, (reply) => this.#send("reply", reply));
    this.#state = { at: "challenged", since: this.#heardAt };
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
  }

  /** [SOC-3] The broker speaks first. */
  begin(): void {
    this.#parts.wires.add(this);
    this.#send("challenge", { nonce: this.#nonce });
  }

  /** Something was heard that asks for nothing. */
  heard(): void {
    this.#heardAt = this.#parts.clock.now();
  }

  message(bytes: Uint8Array) {
    if (this.#isOver()) return;
    this.heard();
    const decoded = decodeFrames(bytes);
    if ("fault" in decoded) return this.close(decoded.fault === "too-large" ? "tooLarge" : "malformed");
    for (const frame of decoded.frames) this.#take(frame);
  }

  /** Nothing is said before the welcome, and nothing to whom authority has ended. */
  tell(event: Event): void {
    const state = this.#state;
    if (state.at !== "open" && state.at !== "renewing") return;
    if (this.#parts.clock.now() < state.expiresAt) this.#send("event", event);
  }

  close(reason: CloseReason): void {
    this.#end(reason, returnAfterMs);
  }

  /** The socket is no more, whoever ended it. */
  socketGone(): void {
    if (this.#state.at === "gone") return;
    this.#state = { at: "gone" };
    this.#leave?.();
    this.#leave = undefined;
    this.#resolveGone();
    if (this.#departed !== undefined) this.#parts.departures.tell(this.#departed);
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
      case "call": {
        const ends = this.#calls.take(frame, by);
        return ends && this.close(ends);
      }
      case "renew":
        return at === "open" ? this.#present(frame) : this.close("malformed");
      case "hello":
      case "challenge":
      case "welcome":
      case "renewed":
      case "goingAway":
      case "reply":
      case "event":
        return this.close("malformed");
      default:
        frame.kind satisfies never;
    }
  }

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

  async #open({ token, proof }: { token: string; proof: string }): Promise<void> {
    const { admit, clock, departures, wires, relay } = this.#parts;
    this.#state = { at: "admitting" };
    const admitted = await admit.hello(token, proof, this.#nonce, clock.now());
    if (this.#isOver()) return;
    if ("code" in admitted) return this.#refuse(admitted);
    const unheard = await departures.tellFirst(admitted.principal);
    if (unheard !== undefined) return this.#refuse(unheard);
    if (this.#isOver()) return;
    const { connection } = this;
    const asked = { id: makeId("command"), caller: callerOf(admitted), target: connection };
    // Before it is asked for: a decision that cuts may follow in the same commit, and be heard before the answer.
    wires.opening(this, admitted.principal);
    const outcome = await relay({ kind: "connection.open", ...asked, connection });
    if (outcome.outcome === "refused") return this.#refuse(outcome.refusal);
    this.#opened(outcome.answer, admitted);
  }

  #opened({ principal, epoch, era }: CommandAnswers["connection.open"], admitted: Admitted) {
    if (principal.kind !== "instance") throw new TypeError("only instances connect");
    const { id, agent, organisation } = principal.instance;
    const { connection } = this;
    this.#departed = { instance: id, agent, connection, epoch };
    if (this.#state.at === "gone") return this.#parts.departures.tell(this.#departed);
    const cut = this.#parts.wires.opened(this, agent, organisation);
    if (cut !== undefined) return this.close(cut);
    if (this.#isOver()) return;
    const { expiresAt } = admitted;
    if (this.#parts.clock.now() >= expiresAt) return this.close("unauthenticated");
    const by = { caller: callerOf(admitted), thumbprint: admitted.thumbprint, agent, organisation, epoch };
    this.#state = { at: "open", by, expiresAt };
    this.#leave?.();
    this.#leave = undefined;
    const who = { principal: id, agent, organisation, connection, epoch, era };
    const welcome: Welcome = { ...who, expiresAt: timeOf(expiresAt), limits: this.#told() };
    this.#send("welcome", welcome);
  }

  /** [SOC-7] For the same principal only, over this connection's own nonce. */
  async #renew({ token, proof }: { token: string; proof: string }, open: Open): Promise<void> {
    const { admit, clock, relay } = this.#parts;
    this.#state = { ...open, at: "renewing" };
    const admitted = await admit.hello(token, proof, this.#nonce, clock.now());
    if (this.#isOver()) return;
    if ("code" in admitted) return this.#refuse(admitted);
    if (admitted.principal !== open.by.caller.principal) return this.close("unauthenticated");
    const { connection } = this;
    const asked = { id: makeId("command"), caller: callerOf(admitted), target: connection };
    const outcome = await relay({ kind: "connection.renew", ...asked, connection, epoch: open.by.epoch });
    if (this.#isOver()) return;
    if (outcome.outcome === "refused") return this.#refuse(outcome.refusal);
    const { expiresAt } = admitted;
    const by = { ...open.by, caller: callerOf(admitted), thumbprint: admitted.thumbprint };
    this.#state = { at: "open", by, expiresAt };
    this.#send("renewed", { expiresAt: timeOf(expiresAt) });
  }

  #refuse(refusal: Refusal): void {
    this.#end(reasonFor(refusal), refusal.retryAfterMs ?? returnAfterMs);
  }

  #end(reason: CloseReason, retryAfterMs: number): void {
    if (this.#isOver()) return;
    // [SOC-12] The close alone could not say when to come back.
    if (reason === "goingAway") this.#socket.send(encodeJsonFrame("goingAway", { retryAfterMs }));
    this.#state = { at: "ended" };
    this.#socket.end(reason);
  }

  #isOver(): boolean {
    return this.#state.at === "ended" || this.#state.at === "gone";
  }

  #told(): Record<string, number> {
    const { pingSeconds, silenceSecondsMax, framesPerMessageMax, messageBytesMax } = this.#parts.limits;
    return { pingSeconds, silenceSecondsMax, framesPerMessageMax, messageBytesMax };
  }

  #send(kind: FrameKind, value: unknown): void {
    this.#write(encodeJsonFrame(kind, value));
  }

  /** [SOC-8] A socket that does not read would take all the memory there is. */
  #write(bytes: Uint8Array): void {
    if (this.#isOver()) return;
    this.#socket.send(bytes);
    if (this.#socket.bufferedAmount > this.#parts.limits.bufferedBytesPerConnectionMax) this.close("silent");
  }
}

const callerOf = ({ principal, generation }: Admitted): Caller => ({ principal, generation });
