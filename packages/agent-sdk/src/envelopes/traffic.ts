/**
 * What passes between the two sides of one session, as this side has it: what it sends and what became of it, what is
 * delivered and to whom it is given, and whether the broker's record of both is the one that was shown.
 */
import {
  type Credit,
  type FactView,
  isHardEnding,
  type JoinedView,
  type Missing,
  problemOf,
  type SessionId,
  type SideName,
  type Stamp,
} from "@parley/protocol";
import { orAborted } from "../clock.js";
import type { Course } from "../course.js";
import { ParleyFault } from "../fault.js";
import { ParleyRefusal } from "../refusal.js";
import { endedBy, type SessionClosed } from "../session-ended.js";
import { RecordDiffers } from "./chain.js";
import type { Envelope } from "./envelope.js";
import type { Outcome } from "./outcome.js";
import type { Source } from "./outflow.js";
import { makeOutgoing, type Outgoing, type SendOptions, traced } from "./outgoing.js";
import { Receiving } from "./receiving.js";
import { type RequestOptions, Requests } from "./requests.js";
import { Sending, type SentEnvelope, sessionClosed } from "./sending.js";
import type { Surroundings } from "./surroundings.js";
import { Witness } from "./witness.js";

type Ends = Pick<SessionClosed, "reason" | "detail">;

export class Traffic implements Source {
  readonly session: SessionId;
  readonly side: SideName;
  readonly #course: Course;
  readonly #around: Surroundings;
  readonly #sending: Sending;
  readonly #receiving: Receiving;
  readonly #requests: Requests;
  readonly #witness: Witness;
  /** Of the connection over which this side is joined. */
  #readyEpoch: number | undefined;
  /** Of the record, when this side was joined first: what was received is of it. */
  #era: number | undefined;
  #isClosing = false;
  #ends: Ends | undefined;
  #failure: Error | undefined;

  constructor(course: Course, side: SideName, around: Surroundings) {
    const { id } = course.view;
    this.session = id;
    this.side = side;
    this.#course = course;
    this.#around = around;
    const { outflow, link } = around;
    this.#sending = new Sending({
      wake: () => outflow.wake(this),
      answered: (out) => outflow.answered(out),
      pause: (how) => {
        this.#readyEpoch = undefined;
        if (how === "rejoin") around.joinAgain(this);
      },
    });
    this.#receiving = new Receiving(id, {
      acknowledge: (isDue) => this.#acknowledge(isDue),
      askAgain: () => around.joinAgain(this),
      begin: () => around.follow(this),
    });
    this.#requests = new Requests(link.client.exchange.clock);
    this.#witness = new Witness(course, side, link);
  }

  get isReady(): boolean {
    const { link } = this.#around;
    return link.isConnected && this.#readyEpoch === link.self.epoch;
  }

  /** Whether this side has been joined by this process. */
  get isBegun(): boolean {
    return this.#era !== undefined;
  }

  /** Whether nothing can be done with it any more, whatever becomes of the session. */
  get isSpent(): boolean {
    return this.#receiving.isOver;
  }

  /** Whether the broker has told that the session is over. */
  get hasEnded(): boolean {
    return this.#ends !== undefined;
  }

  /** Whether it matters that this side is joined, though the session may be over. */
  get isWanted(): boolean {
    if (this.#failure !== undefined) return false;
    if (this.#ends === undefined || !this.#sending.isIdle) return true;
    const isDrained = this.#receiving.isOver || (this.#receiving.isWhole && !this.#receiving.isRead);
    return this.#course.held && !isDrained;
  }

  /** What a join asks for: all that is not here yet, or what its agent has not acknowledged. */
  get cursor(): { readonly cursor?: { readonly era: number; readonly after: number } } {
    return this.#era === undefined ? {} : { cursor: { era: this.#era, after: this.#receiving.received } };
  }

  async send(type: string, body: unknown, options: SendOptions = {}): Promise<SentEnvelope> {
    const { signal } = options;
    signal?.throwIfAborted();
    this.#mustBeOpen();
    const id = options.id ?? this.#around.ids.next();
    const answer = this.#sending.send(makeOutgoing(this.session, id, type, body, this.traced(options)));
    return signal === undefined ? answer : this.#unlessAborted(id, answer, signal);
  }

  traced = (options: SendOptions, within?: string) => traced(this.#around.link.traceparent, options, within);

  request(type: string, body: unknown, options: RequestOptions = {}): Promise<Envelope> {
    const { timeoutMs, signal } = options;
    const id = options.id ?? this.#around.ids.next();
    const correlationId = options.correlationId ?? id;
    const sent = this.send(type, body, { ...this.traced(options), id, correlationId });
    const answer = this.#requests.expect({ id, type, correlationId, sent, timeoutMs, signal });
    // What was not on its way when nobody waited any more need not be sent.
    answer.catch((error: unknown) => this.#sending.withdraw(id, error));
    return answer;
  }

  loop(signal?: AbortSignal): AsyncIterableIterator<Envelope, undefined> {
    this.#mustBeHeld();
    return this.#receiving.loop(signal);
  }

  handled(n: number): void {
    this.#receiving.acknowledge(n);
    this.#around.follow(this);
  }

  /** Nothing more is sent; resolves when what was is answered. `isHasty`: what is not on its way is not sent. */
  async settle(isHasty: boolean): Promise<void> {
    this.#isClosing = true;
    if (isHasty) this.#sending.stop(new ParleyFault("the session is being closed", "never"));
    await this.#sending.idle();
    if (this.#receiving.hasNews) this.#around.outflow.flush();
  }

  /** It was not closed after all. */
  unsettle(): void {
    this.#isClosing = false;
  }

  /** This side is held over this connection; `resume` where it was joined by a call [ENV-14]. */
  ready(epoch: number, joined?: JoinedView): void {
    if (this.#failure !== undefined) return;
    this.#readyEpoch = epoch;
    if (joined !== undefined) this.#goOn(joined.resume, joined[this.side].sent.bytes);
    this.#era ??= this.#around.link.self.era;
    this.#sending.again();
  }

  outcome(outcome: Outcome): void {
    this.#guard(() => this.#witness.outcome(outcome, (id) => this.#sending.unanswered(id)));
    this.#sending.outcome(outcome);
    this.#settled();
  }

  delivered(stamp: Stamp, header: Uint8Array, part: Uint8Array): void {
    if (this.#failure !== undefined || !this.#receiving.expects(stamp.n)) return;
    this.#guard(() => {
      const envelope = this.#witness.read(stamp, header, part);
      const bytes = header.byteLength + part.byteLength;
      if (this.#requests.answer(envelope)) this.#receiving.answered(envelope, bytes);
      else this.#receiving.push(envelope, bytes);
      // Only now: whoever waits for it does not wait for this.
      this.#witness.delivered(stamp, envelope);
    });
    this.#endRequests();
    this.#settled();
  }

  fact(fact: FactView): void {
    this.#guard(() => this.#witness.fact(fact));
  }

  mayGoOn(sendUpTo: Credit): void {
    this.#sending.grow(sendUpTo);
  }

  /** The session is over. Gently: all that the other side has `sent` is still given out. Hard: nothing is. */
  ended(ends: Ends, sent: number): void {
    if (this.#ends !== undefined) {
      this.#settled();
      return;
    }
    this.#ends = ends;
    this.#sending.stop(sessionClosed());
    if (isHardEnding(ends.reason)) this.#cut(endedBy(this.session, ends));
    else this.#receiving.ends(sent);
    this.#endRequests();
    this.#settled();
  }

  /** Another instance holds this side, or nobody will: what is on its way is still answered, nothing is given out. */
  notHeld(error: Error, epoch: number): void {
    this.#readyEpoch = epoch;
    this.#sending.stop(error);
    this.#sending.again();
    this.#cut(error);
  }

  /** What has no answer goes out all the same: a repeat is answered whatever has become of the session [ENV-3]. */
  over(epoch: number): void {
    this.#readyEpoch = epoch;
    this.#sending.again();
  }

  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#sending.fail(error);
    this.#cut(error);
    this.#settled();
  }

  take(bytesMax: number): Outgoing | "full" | undefined {
    return this.#sending.take(bytesMax);
  }

  takeAcknowledged(): number | undefined {
    return this.#receiving.takeAcknowledged();
  }

  /** What was to come cannot come any more. */
  missing(missing: Missing): void {
    this.#course.heard.tell("missing", missing);
    this.#witness.missed();
    this.#receiving.misses(missing);
  }

  #goOn({ after, missing, head, sendUpTo, sent }: JoinedView["resume"], bytes: number): void {
    this.#guard(() => this.#witness.joined(head));
    this.#sending.credit.accepted({ n: sent, bytes });
    this.#sending.credit.grow(sendUpTo);
    for (const each of missing) this.#course.heard.tell("missing", each satisfies Missing);
    this.#receiving.joined(after, missing, !this.isBegun);
  }

  async #unlessAborted(id: Outgoing["id"], answer: Promise<SentEnvelope>, signal: AbortSignal) {
    try {
      return await orAborted(answer, signal);
    } catch (error) {
      if (signal.aborted) this.#sending.withdraw(id, error);
      throw error;
    }
  }

  #acknowledge(isDue: boolean): void {
    if (this.#receiving.hasNews) this.#around.outflow.acknowledge(this, isDue);
    if (!this.#receiving.isRead) this.#settled();
  }

  #endRequests(): void {
    if (this.#ends !== undefined && this.#receiving.isWhole)
      this.#requests.fail(endedBy(this.session, this.#ends));
  }

  #cut(error: Error): void {
    this.#receiving.fail(error);
    this.#requests.fail(error);
  }

  #settled(): void {
    if (this.#ends !== undefined && !this.isWanted) this.#around.settled(this);
  }

  /** A record that differs makes the session useless, and nothing else. */
  #guard(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!(error instanceof RecordDiffers)) throw error;
      this.#around.link.trouble(error);
      this.fail(error);
    }
  }

  #mustBeHeld(): void {
    if (this.#course.held || this.isBegun) return;
    throw new ParleyRefusal(problemOf({ code: "session.not-held" }));
  }

  #mustBeOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosing) throw new ParleyFault("the session is being closed", "never");
    if (this.#ends !== undefined) throw sessionClosed();
    this.#mustBeHeld();
  }
}
