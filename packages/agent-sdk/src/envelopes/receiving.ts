/**
 * What the other side has sent, on its way to the application: in order, each once in this process, held as far as the
 * other side had room and no further. What was asked for and is done with is said to the broker [ENV-13].
 */
import { limits, type Missing, type SessionId } from "@parley/protocol";
import { ParleyFault } from "../fault.js";
import type { Envelope } from "./envelope.js";
import { Handled } from "./handled.js";
import { Loop, over, type Step } from "./loop.js";
import { EnvelopesMissing } from "./missing.js";

/** Who speaks to the broker for this side. */
export interface Receiver {
  /** More has been handled; `isDue` when somebody may be waiting to hear of it. */
  acknowledge(isDue: boolean): void;
  /** Something was left out or could not be held: it is asked for again, from the record. */
  askAgain(): void;
  /** Somebody reads from now on. */
  begin(): void;
}

type Item = { readonly envelope: Envelope; readonly bytes: number } | { readonly missing: Missing };
interface Waiter {
  resolve(step: Step): void;
  reject(error: unknown): void;
}

/** So much that was handled is worth a word, also while there is more to do. */
const dueCount = 16;
const dueBytes = limits.bytesUnhandledMax / 4;

export class Receiving {
  readonly #session: SessionId;
  readonly #receiver: Receiver;
  #items: Item[] = [];
  #unreadBytes = 0;
  /** Everything up to this one is here, has been, or is known to be missing. */
  #received = 0;
  #holes: Missing[] = [];
  /** Whether what comes is let go until it has been asked for again. */
  #isLetGo = false;
  #isAsked = false;
  /** Where something was left out the last time: twice in one place is no accident. */
  #leftOutAt = -1;
  #handled = new Handled(0);
  #acknowledged = 0;
  #handledBytes = 0;
  /** Given to a loop and not known to be handled, in order. */
  #given: { readonly n: number; readonly bytes: number }[] = [];
  #reader: Loop | undefined;
  #waiter: Waiter | undefined;
  #total = Number.POSITIVE_INFINITY;
  #failure: Error | undefined;

  constructor(session: SessionId, receiver: Receiver) {
    this.#session = session;
    this.#receiver = receiver;
  }

  /** What is asked for when it is joined again: everything after this one. */
  get received(): number {
    return this.#received;
  }

  /** Whether all that the other side has sent is here. */
  get isWhole(): boolean {
    return this.#received >= this.#total;
  }

  /** Whether nothing is given any more. */
  get isOver(): boolean {
    return this.#failure !== undefined;
  }

  get isRead(): boolean {
    return this.#reader !== undefined;
  }

  /** This side was joined: what comes begins after this one, without what is missing. */
  joined(after: number, missing: readonly Missing[], isFirst: boolean): void {
    if (isFirst) {
      this.#received = after;
      this.#handled = new Handled(after);
    } else if (after > this.#received) {
      this.fail(new ParleyFault(`envelopes up to ${after} were left out`, "never"));
      return;
    }
    this.#isLetGo = false;
    this.#isAsked = false;
    // What was said over a connection before may be lost, and of what a cursor knows to be handled nothing was said.
    this.#acknowledged = 0;
    this.#holes = missing.filter(({ to }) => to > this.#received).sort((one, other) => one.from - other.from);
    this.#passHoles();
    this.#hand();
    this.#receiver.acknowledge(true);
  }

  /** Nothing of these comes; whoever reads is told so in their place. */
  misses(missing: Missing): void {
    if (missing.to <= this.#received) return;
    this.#holes = [...this.#holes, missing].sort((one, other) => one.from - other.from);
    this.#passHoles();
    this.#hand();
  }

  /** Whether this is the next one; what is here already, or comes too soon, is not. */
  expects(n: number): boolean {
    if (this.#isLetGo || this.#failure !== undefined || n <= this.#received) return false;
    if (n > this.#received + 1) return this.#leftOut();
    const isFull =
      this.#items.length >= limits.envelopesUnhandledMax || this.#unreadBytes > limits.bytesUnhandledMax;
    this.#isLetGo = isFull;
    return !isFull;
  }

  /** It is the next one, and somebody waited for it: no loop will be given it. */
  answered({ n }: Envelope, bytes: number): void {
    this.#passed(n);
    this.#done(n, bytes);
    this.#hand();
    this.#receiver.acknowledge(this.#items.length === 0);
  }

  /** It is the next one, for a loop. */
  push(envelope: Envelope, bytes: number): void {
    this.#items.push({ envelope, bytes });
    this.#unreadBytes += bytes;
    this.#passed(envelope.n);
    this.#hand();
  }

  /** Nothing comes after so many: once they are given, a loop is over. */
  ends(total: number): void {
    this.#total = Math.min(total, this.#total);
    this.#hand();
  }

  /** Nothing is given any more. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#items = [];
    this.#hand();
  }

  loop(signal: AbortSignal | undefined): AsyncIterableIterator<Envelope, undefined> {
    return new Loop(this, signal);
  }

  next(loop: Loop): Promise<Step> {
    if (this.#reader === undefined) {
      this.#reader = loop;
      this.#receiver.begin();
    }
    if (this.#reader !== loop)
      return Promise.reject(new ParleyFault("another loop reads this session", "never"));
    if (loop.hasBegun) this.#finish(Number.POSITIVE_INFINITY);
    loop.hasBegun = true;
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#hand();
      if (this.#waiter !== undefined) this.#wait();
    });
  }

  /** A loop was left, or gives up waiting: what it was given last stays unhandled. */
  leave(loop: Loop, error?: unknown): void {
    if (this.#reader !== loop) return;
    this.#reader = undefined;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (error === undefined) waiter?.resolve(over);
    else waiter?.reject(error);
    this.#receiver.acknowledge(true);
  }

  /** Everything that was given up to this one has been handled. */
  acknowledge(n: number): void {
    this.#finish(n);
    this.#receiver.acknowledge(true);
  }

  /** Whether more has been handled than the broker was told. */
  get hasNews(): boolean {
    return this.#handled.upTo > this.#acknowledged && this.#failure === undefined;
  }

  /** What the broker is to be told. */
  takeAcknowledged(): number | undefined {
    if (!this.hasNews) return undefined;
    this.#acknowledged = this.#handled.upTo;
    this.#handledBytes = 0;
    return this.#acknowledged;
  }

  #finish(upTo: number): void {
    if (this.#given.length === 0) return;
    for (const { n, bytes } of this.#given) if (n <= upTo) this.#done(n, bytes);
    this.#given = this.#given.filter(({ n }) => n > upTo);
    const count = this.#handled.upTo - this.#acknowledged;
    if (count > 0) this.#receiver.acknowledge(count >= dueCount || this.#handledBytes >= dueBytes);
  }

  #done(n: number, bytes: number): void {
    this.#handled.add(n);
    this.#handledBytes += bytes;
  }

  #passed(n: number): void {
    this.#received = n;
    this.#leftOutAt = -1;
    this.#passHoles();
  }

  #passHoles(): void {
    for (
      let [next] = this.#holes;
      next !== undefined && next.from <= this.#received + 1;
      [next] = this.#holes
    ) {
      this.#holes.shift();
      this.#items.push({ missing: next });
      this.#received = Math.max(next.to, this.#received);
    }
  }

  #leftOut(): false {
    this.#isLetGo = true;
    if (this.#leftOutAt === this.#received) {
      this.fail(new ParleyFault(`envelope ${this.#received + 1} was left out`, "never"));
    } else {
      this.#leftOutAt = this.#received;
      this.#askAgain();
    }
    return false;
  }

  /** Nothing is there for who waits: now is the time for everything that was put off. */
  #wait(): void {
    this.#receiver.acknowledge(true);
    if (this.#isLetGo) this.#askAgain();
  }

  #askAgain(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#receiver.askAgain();
  }

  /** Gives the next to who waits for it. */
  #hand(): void {
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    if (this.#failure !== undefined) {
      this.#throw(this.#failure);
      return;
    }
    const item = this.#items.shift();
    if (item === undefined) {
      if (this.isWhole && this.#reader !== undefined) this.leave(this.#reader);
      return;
    }
    if ("missing" in item) {
      this.#handled.skip(item.missing.from, item.missing.to);
      this.#throw(new EnvelopesMissing(this.#session, item.missing));
      return;
    }
    const { envelope, bytes } = item;
    this.#waiter = undefined;
    this.#unreadBytes -= bytes;
    this.#given.push({ n: envelope.n, bytes });
    waiter.resolve({ done: false, value: envelope });
  }

  #throw(error: Error): void {
    if (this.#reader !== undefined) this.leave(this.#reader, error);
  }
}
