/**
 * What this side of a session sends: in the order in which it was asked, as far as the other side has room, and each until
 * it is answered. What has no answer when a connection is lost is sent again under its id, before anything newer: that is
 * how an outcome nobody knows becomes one [ENV-3].
 */
import { type Credit, type EnvelopeId, type LeftToSend, problemOf } from "@parley/protocol";
import { ParleyRefusal } from "../refusal.js";
import { SendingCredit } from "./credit.js";
import type { Outcome } from "./outcome.js";
import type { Outgoing } from "./outgoing.js";

/** What became of an envelope that was sent: it is durable, and will be delivered. */
export interface SentEnvelope {
  /** Its id: sent again under it, it is this envelope, and is stored once. */
  readonly id: EnvelopeId;
  /** Of this side's envelopes, from 1. */
  readonly n: number;
  /** Of the session's, from 1. */
  readonly seq: number;
  /** When, by the broker's clock (RFC 3339). */
  readonly at: string;
  /** Where in the session's chain. */
  readonly position: number;
  /** SHA-256 of the payload, in base64url. */
  readonly digest: string;
  /** Whether it stood there already, from a time before. */
  readonly repeated: boolean;
  /** What the terms leave to this side. */
  readonly left: LeftToSend | undefined;
}

interface Waiting {
  readonly out: Outgoing;
  /** In which place it was asked to be sent. */
  readonly place: number;
  readonly answer: Promise<SentEnvelope>;
  resolve(sent: SentEnvelope): void;
  reject(error: unknown): void;
  /** Refused because somebody else holds the side: once that may be the connection's fault. */
  wasNotHeld: boolean;
}

/** Who carries what is sent. */
export interface Carrier {
  /** There is something to be sent. */
  wake(): void;
  /** It is answered, or given up: there is room for another. */
  answered(out: Outgoing): void;
  /** Nothing goes out any more until this side is joined again: by itself, or because it is asked to be now. */
  pause(how: "rejoin" | "wait"): void;
}

export const sessionClosed = (): ParleyRefusal =>
  new ParleyRefusal(problemOf({ code: "session.state", state: "closed" }));

export class Sending {
  readonly credit = new SendingCredit();
  readonly #carrier: Carrier;
  /** Over connections before, in order. */
  readonly #again = new Map<EnvelopeId, Waiting>();
  /** Over this connection, in order. */
  readonly #under = new Map<EnvelopeId, Waiting>();
  /** Not on its way yet, in order. */
  readonly #queue = new Map<EnvelopeId, Waiting>();
  readonly #idle: (() => void)[] = [];
  #refusal: Error | undefined;
  #places = 0;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  get isIdle(): boolean {
    return this.#again.size + this.#under.size + this.#queue.size === 0;
  }

  /** Resolves when everything that was sent so far has been answered, one way or the other. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  send(out: Outgoing): Promise<SentEnvelope> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    const known = this.#waiting(out.id);
    if (known !== undefined) return isSame(known.out, out) ? known.answer : Promise.reject(reused());
    let resolve: Waiting["resolve"] = () => undefined;
    let reject: Waiting["reject"] = () => undefined;
    const answer = new Promise<SentEnvelope>((fulfil, fail) => {
      resolve = fulfil;
      reject = fail;
    });
    const place = this.#places++;
    this.#queue.set(out.id, { out, place, answer, resolve, reject, wasNotHeld: false });
    this.#carrier.wake();
    return answer;
  }

  /** Nobody waits for it any more: what is not on its way is not sent. */
  withdraw(id: EnvelopeId, reason: unknown): void {
    const waiting = this.#queue.get(id);
    if (waiting === undefined) return;
    this.#queue.delete(id);
    waiting.reject(reason);
    this.#settled();
  }

  /** The next to go out, where there is room for it; what was sent before had its room already. */
  take(bytesMax: number): Outgoing | "full" | undefined {
    for (const [waitings, isNew] of [
      [this.#again, false],
      [this.#queue, true],
    ] as const) {
      const [next] = waitings;
      if (next === undefined) continue;
      const [id, waiting] = next;
      const { bytes } = waiting.out;
      if (isNew && !this.credit.allows(bytes)) return undefined;
      if (bytes > bytesMax) return "full";
      waitings.delete(id);
      this.#under.set(id, waiting);
      this.credit.begin(bytes);
      return waiting.out;
    }
    return undefined;
  }

  /** Another connection: what has no answer goes out again, in its order. */
  again(): void {
    for (const { out } of this.#under.values()) this.credit.end(out.bytes);
    const unanswered = [...this.#under, ...this.#again].sort(([, one], [, other]) => one.place - other.place);
    this.#under.clear();
    this.#again.clear();
    for (const [id, waiting] of unanswered) this.#again.set(id, waiting);
    if (!this.isIdle) this.#carrier.wake();
  }

  /** What was sent under this id and has no answer. */
  unanswered(id: EnvelopeId): Outgoing | undefined {
    return (this.#under.get(id) ?? this.#again.get(id))?.out;
  }

  outcome({ accepted, repeated, refused, stands }: Outcome): void {
    const left = stands?.left;
    for (const { envelopes, n, seq, at, position, sent } of accepted) {
      this.credit.accepted({ n: n + envelopes.length - 1, bytes: sent });
      envelopes.forEach(({ id, digest }, index) => {
        const where = { n: n + index, seq: seq + index, at, position, digest };
        this.#answered(id)?.resolve({ id, ...where, repeated: false, left });
      });
    }
    for (const one of repeated) {
      const { id, n, seq, at, position, digest } = one;
      this.#answered(id)?.resolve({ id, n, seq, at, position, digest, repeated: true, left });
    }
    for (const { id, refusal } of refused) this.#refused(id, refusal);
    if (stands !== null) this.credit.grow(stands.sendUpTo);
    this.#settled();
    if (!this.isIdle) this.#carrier.wake();
  }

  grow(sendUpTo: Credit): void {
    this.credit.grow(sendUpTo);
    if (this.#queue.size > 0) this.#carrier.wake();
  }

  /** What is not on its way will not be sent any more; what is has its answer coming. */
  stop(error: Error): void {
    this.#refusal ??= error;
    for (const waiting of this.#queue.values()) waiting.reject(error);
    this.#queue.clear();
    this.#settled();
  }

  /** Nothing will be answered any more. */
  fail(error: Error): void {
    this.stop(error);
    for (const waiting of [...this.#again.values(), ...this.#under.values()]) {
      this.#carrier.answered(waiting.out);
      waiting.reject(error);
    }
    this.#again.clear();
    this.#under.clear();
    this.#settled();
  }

  #waiting(id: EnvelopeId): Waiting | undefined {
    return this.#under.get(id) ?? this.#again.get(id) ?? this.#queue.get(id);
  }

  #answered(id: EnvelopeId): Waiting | undefined {
    const waiting = this.#under.get(id);
    if (waiting === undefined) {
      // About to be sent again, and answered after all.
      const before = this.#again.get(id);
      this.#again.delete(id);
      return before;
    }
    this.#under.delete(id);
    this.credit.end(waiting.out.bytes);
    this.#carrier.answered(waiting.out);
    return waiting;
  }

  #refused(id: EnvelopeId, refusal: ParleyRefusal): void {
    const waiting = this.#answered(id);
    if (waiting === undefined) return;
    if (!isAboutConnection(refusal, waiting)) {
      waiting.reject(refusal);
      return;
    }
    this.#again.set(id, waiting);
    waiting.wasNotHeld = refusal.code === "session.not-held";
    this.#carrier.pause(waiting.wasNotHeld ? "rejoin" : "wait");
  }

  #settled(): void {
    if (this.isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Said about the connection, not about the envelope: it goes out again over the next. */
const isAboutConnection = ({ code }: ParleyRefusal, { wasNotHeld }: Waiting): boolean =>
  code === "connection.replaced" ||
  code === "broker.going-away" ||
  (code === "session.not-held" && !wasNotHeld);

const isSame = (one: Outgoing, other: Outgoing): boolean =>
  one.header === other.header &&
  one.payload.byteLength === other.payload.byteLength &&
  one.payload.every((byte, index) => byte === other.payload[index]);

const reused = (): ParleyRefusal => new ParleyRefusal(problemOf({ code: "envelope.id-reused" }));
