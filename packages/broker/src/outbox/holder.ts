/**
 * One side of a session as the connection that holds it is served: what the other side sends, in order, live while it
 * keeps up and from the record where it does not; and how far it may send itself. A slow reader is never given a gap,
 * and nothing waits for it here but a number [ENV-15].
 */
import { type Credit, limits, otherSide, type SessionId, type SideName } from "@parley/protocol";
import type { StoredSegment } from "../ledger/envelope-pages.js";
import { nextTurn } from "../turn.js";
import type { HeldFrom } from "./held-from.js";
import { type From, stampedAgain } from "./stamps.js";
import type { Delivered, Wire } from "./wire.js";

/** Whose envelopes, from which one on. */
export interface Wanted {
  readonly session: SessionId;
  readonly side: SideName;
  readonly n: number;
}

/** What the record has of it that may be delivered now: nothing beyond `upTo`. */
export interface Readable {
  readonly from: From;
  readonly upTo: number;
  /** No more will come. */
  readonly isClosed: boolean;
  /** How far the side that receives it may send itself. */
  readonly sendUpTo: Credit;
  readonly segments: readonly StoredSegment[];
}
export type ReadEnvelopes = (wanted: Wanted) => Promise<Readable>;

const creditStep: Credit = { n: limits.envelopesUnhandledMax / 2, bytes: limits.bytesUnhandledMax / 2 };

export class Holder {
  readonly session: SessionId;
  readonly side: SideName;
  readonly wire: Wire;
  /** Of what was delivered here. */
  handled = 0;
  readonly #read: ReadEnvelopes;
  readonly #goOn: (holder: Holder) => void;
  #handed: number;
  #next: number;
  /** The last that is known to be there. */
  #known: number;
  /** The last that there will be. */
  #last: number | undefined;
  #told: Credit;
  /** What was sent between the answer to `join` and this moment was delivered to nobody: the record is asked once. */
  #hasLooked = false;
  #isReading = false;
  #waitsForRoom = false;
  #isOver = false;

  /** `goOn`: there is room again. */
  constructor(wire: Wire, from: HeldFrom, read: ReadEnvelopes, goOn: (holder: Holder) => void) {
    this.session = from.session;
    this.side = from.side;
    this.wire = wire;
    this.#read = read;
    this.#goOn = goOn;
    this.#handed = from.handed;
    this.#next = from.after + 1;
    this.#known = from.upTo;
    this.#last = from.isClosed ? from.upTo : undefined;
    this.#told = from.sendUpTo;
  }

  /** Everything that will ever come has been delivered, or nothing is any more. */
  get isDone(): boolean {
    return this.#isOver || (this.#last !== undefined && this.#next > this.#last);
  }

  /** What it was given, or need not be. */
  get given(): number {
    return this.#next - 1;
  }

  /** Nothing is delivered any more. */
  end(): void {
    this.#isOver = true;
  }

  /** The other side will send no more than this. */
  endsAt(last: number): void {
    this.#last = last;
  }

  /** What the other side has just sent: in one piece, where this side has kept up. */
  take(segment: readonly Delivered[]): boolean {
    const [first] = segment;
    const last = segment.at(-1);
    if (first === undefined || last === undefined || this.#isOver || last.n < this.#next) return true;
    this.#known = Math.max(this.#known, last.n);
    if (!this.#hasLooked || this.#isReading || first.n !== this.#next || !this.wire.hasPlenty) return false;
    this.#next = last.n + 1;
    for (const one of segment) this.wire.deliver(one);
    return true;
  }

  /** Delivers from the record what there is and there is room for; the rest when there is room again. */
  async catchUp(): Promise<void> {
    if (this.#isReading || this.#isOver) return;
    this.#isReading = true;
    try {
      while (this.#mayRead()) {
        const known = this.#known;
        const mayBeMore = await this.#deliverSome();
        // Nothing may come between this and the end: what has come meanwhile was left to us.
        if (!mayBeMore && this.#known === known) break;
        await nextTurn();
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** [ENV-12] */
  mayGrow(credit: Credit): void {
    const { n, bytes } = this.#told;
    if (credit.n - n < creditStep.n && credit.bytes - bytes < creditStep.bytes) return;
    this.told(credit);
    this.wire.tell({ event: "credit", session: this.session, sendUpTo: credit });
  }

  /** An answer has said so. */
  told(credit: Credit): void {
    this.#told = credit;
  }

  #mayRead(): boolean {
    if (this.isDone || (this.#hasLooked && this.#next > this.#known)) return false;
    if (this.wire.hasRoom) return true;
    if (!this.#waitsForRoom) {
      this.#waitsForRoom = true;
      this.wire.whenRoom(() => {
        this.#waitsForRoom = false;
        this.#goOn(this);
      });
    }
    return false;
  }

  /** False when nothing of what there is may be delivered any more. */
  async #deliverSome(): Promise<boolean> {
    const next = this.#next;
    const read = await this.#read({ session: this.session, side: otherSide(this.side), n: next });
    const { from, upTo, segments } = read;
    this.#look(read);
    for (const segment of segments) {
      if (this.#isOver || !this.wire.hasRoom) break;
      this.#deliver(segment, from, upTo);
    }
    const isHeldUp = segments.length > 0 && this.#next <= upTo;
    return isHeldUp || this.#next > next;
  }

  #look({ upTo, sendUpTo, isClosed }: Readable): void {
    // It closed before it was served: whoever had it until then is forgotten, with what that one was given.
    if (isClosed && this.#last === undefined) this.#handed = upTo;
    if (isClosed) this.#last = upTo;
    if (this.#hasLooked || this.#isOver) return;
    this.#hasLooked = true;
    this.#known = Math.max(this.#known, upTo);
    this.mayGrow(sendUpTo);
  }

  #deliver(segment: StoredSegment, from: From, upTo: number): void {
    let missing: number[] = [];
    for (const one of stampedAgain(segment, from, { next: this.#next, handed: this.#handed })) {
      // Beyond it nothing may be delivered any more; what has no room now is read again.
      if (one.n > upTo || !this.wire.hasRoom) break;
      this.#next = one.n + 1;
      if (one.stamp === null) missing.push(one.n);
      else {
        this.#miss(missing);
        missing = [];
        this.wire.deliver(one);
      }
    }
    this.#miss(missing);
  }

  /** [ENV-15] A hole is said in its place, and never skipped. */
  #miss(ns: readonly number[]): void {
    const from = ns.at(0);
    const to = ns.at(-1);
    if (from === undefined || to === undefined) return;
    const missing = { from, to, why: "erased" } as const;
    this.wire.tell({ event: "session.missing", session: this.session, missing });
  }
}
