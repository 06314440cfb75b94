/**
 * One session as the envelopes of one decision change it: each is judged on what those before it have left, and what one
 * side sends in a row becomes one segment. It changes in place, because there may be thousands; it lives no longer than
 * the decision, and nothing is written before that is over.
 */
import {
  type CommandId,
  type EnvelopeId,
  type InstanceId,
  limits,
  type Refusal,
  type SessionState,
  type SideName,
} from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { Millis } from "../entities.js";
import { happened, type NewFact, sessionStream } from "../fact.js";
import { no } from "../verdict.js";
import type {
  Accepted,
  Entry,
  Envelope,
  Handled,
  KnownEnvelope,
  Left,
  Taken,
  Tally,
} from "./envelope-entities.js";
import {
  closesSession,
  judgeOutside,
  leftFor,
  type Sents,
  tooFast,
  type Violation,
} from "./envelope-terms.js";
import { closeStanding, endingOf } from "./session-end.js";

/** What is asked of the record about one envelope, beside its session. */
export interface Recorded {
  /** What its side has sent under that id. */
  readonly known: KnownEnvelope | undefined;
  /** Whether the sender holds its side: a repeat needs no more than to be of its agent. */
  readonly isHeld: boolean;
  /** When the N-th envelope of its side before the next was accepted, N being the rate. */
  readonly nthBefore: Millis | undefined;
}

export interface Sender {
  readonly side: SideName;
  readonly instance: InstanceId;
  /** Because of which command. */
  readonly cause: CommandId;
}

export interface Beginning {
  /** How it stands now: what is over is closed. */
  readonly standing: SessionStanding;
  readonly tallies: Readonly<Record<SideName, Tally>>;
  /** Of the sender's envelopes, by the other side. */
  readonly handled: Handled;
  readonly now: Millis;
}

interface Segment {
  readonly by: Sender;
  readonly n: number;
  readonly seq: number;
  readonly entries: Entry[];
  bytes: number;
  /** Of its side, with it. */
  sent: number;
}

export const refused = (refusal: Refusal): Taken => ({ outcome: "refused", refusal });

export class Sending {
  readonly #now: Millis;
  readonly #handled: Handled;
  readonly #written: (Segment | NewFact)[] = [];
  /** By side and id: what this decision has accepted. */
  readonly #here = new Map<string, Accepted & { readonly envelope: Envelope }>();
  #standing: SessionStanding;
  #work: readonly WorkingChange[] = [];
  #tallies: Record<SideName, Tally>;

  constructor({ standing, tallies, handled, now }: Beginning) {
    this.#standing = standing;
    this.#tallies = { ...tallies };
    this.#handled = handled;
    this.#now = now;
  }

  get standing(): SessionStanding {
    return this.#standing;
  }

  get sents(): Sents {
    return this.#tallies;
  }

  /** Whether an id may have been sent before: only then does the record have to be asked for it. */
  mayBeKnown(side: SideName, id: EnvelopeId): boolean {
    const { lastId } = this.#tallies[side];
    return lastId !== null && id <= lastId;
  }

  /** [ENV-2] A repeat is judged before who holds the side, then the state of the session, and then the terms. */
  take(by: Sender, envelope: Envelope, { known, isHeld, nthBefore }: Recorded): Taken {
    const before = this.#repeated(by.side, envelope, known);
    if (before !== undefined) return before;
    if (!isHeld) return refused(no("session.not-held"));
    const { life, terms } = this.#standing.session;
    if (life.state !== "accepted" && life.state !== "active")
      return refused(no("session.state", { state: life.state }));
    const judged = judgeOutside(terms, by.side, this.#tallies, envelope, this.#now);
    if (judged.violation !== undefined) return this.#violated(by, envelope, judged.violation);
    const refusal = tooFast(terms, nthBefore, this.#now) ?? this.#beyondCredit(by.side, envelope);
    if (refusal !== undefined) return refused(refusal);
    return this.#accept(by, envelope, judged.wouldRefuse);
  }

  /** [ENV-3] The same id is the same envelope, or it is no envelope. */
  #repeated(side: SideName, envelope: Envelope, known: KnownEnvelope | undefined): Taken | undefined {
    const here = this.#here.get(`${side} ${envelope.id}`);
    const first = here?.envelope ?? known;
    if (first === undefined) return undefined;
    if (first.header !== envelope.header || first.payload !== envelope.payload)
      return refused(no("envelope.id-reused"));
    if (known !== undefined) return { outcome: "repeated", known };
    return here && { outcome: "accepted", n: here.n, seq: here.seq, fact: here.fact };
  }

  /** [ENV-8] So far beyond what the other side has handled, and no further. */
  #beyondCredit(side: SideName, { bytes }: Envelope): Refusal | undefined {
    const { n, bytes: sent } = this.#tallies[side];
    const handled = this.#handled;
    const { envelopesUnhandledMax: most, bytesUnhandledMax } = limits;
    if (n - handled.n >= most)
      return no("session.mailbox-full", { rule: "envelopesUnhandledMax", limit: most, used: n - handled.n });
    const used = sent - handled.bytes;
    return used + bytes <= bytesUnhandledMax
      ? undefined
      : no("session.mailbox-full", { rule: "bytesUnhandledMax", limit: bytesUnhandledMax, used });
  }

  /** [ENV-7] */
  #accept(by: Sender, envelope: Envelope, wouldRefuse: NonNullable<Entry["wouldRefuse"]>): Taken {
    const { side } = by;
    const before = this.#tallies[side];
    const { id, header, payload, payloadBytes, bytes } = envelope;
    const n = before.n + 1;
    const seq = this.#tallies.consumer.n + this.#tallies.provider.n + 1;
    const lastId = before.lastId === null || id > before.lastId ? id : before.lastId;
    this.#tallies[side] = { ...before, n, bytes: before.bytes + bytes, lastId, lastAt: this.#now };
    const segment = this.#segmentFor(by, n, seq, bytes);
    const marks = {
      ...(lastId === id ? {} : { stray: true as const }),
      ...(wouldRefuse.length > 0 && { wouldRefuse }),
    };
    segment.entries.push({ id, header, payload, payloadBytes, ...marks });
    segment.sent = this.#tallies[side].bytes;
    segment.bytes += bytes;
    const accepted = { outcome: "accepted", n, seq, fact: this.#written.length - 1 } as const;
    this.#here.set(`${side} ${id}`, { ...accepted, envelope });
    return accepted;
  }

  /** The last one goes on, if it is of the same sender and has room. */
  #segmentFor(by: Sender, n: number, seq: number, bytes: number): Segment {
    const last = this.#written.at(-1);
    if (last !== undefined && "entries" in last && last.by.side === by.side) {
      const { envelopesPerSegment, bytesPerSegment } = limits;
      if (last.entries.length < envelopesPerSegment && last.bytes + bytes <= bytesPerSegment) return last;
    }
    const segment: Segment = { by, n, seq, entries: [], bytes: 0, sent: 0 };
    this.#written.push(segment);
    return segment;
  }

  /** [ENV-6] It changes the session, so both sides are told of it. */
  #violated(by: Sender, { id }: Envelope, violation: Violation): Taken {
    const { rule, limit, used } = violation;
    const { session } = this.#standing;
    const { side, instance, cause } = by;
    const before = this.#tallies[side];
    const violations = before.violations + 1;
    const told = { actor: instance, cause, subject: session.id };
    const broken = { rule, limit: limit ?? null, used: used ?? null };
    const data = { session: session.id, side, instance, envelope: id, ...broken, violations };
    this.#written.push(happened(sessionStream(session.id), "session.violated", told, data));
    this.#tallies[side] = { ...before, violations };
    if (closesSession(session.terms, before)) this.#close(by, broken);
    return refused(no("contract.violation", violation));
  }

  #close({ side, cause }: Sender, broken: { rule: string; limit: number | null; used: number | null }): void {
    const ending = endingOf("contract_violation", "broker", { side, ...broken });
    const { facts, work, ...standing } = closeStanding(this.#standing, ending, { id: cause }, this.#now);
    this.#written.push(...facts);
    this.#work = work;
    this.#standing = standing;
  }

  /** What a side may still send, and up to where. */
  standsFor(side: SideName): {
    readonly left: Left;
    readonly sendUpTo: Handled;
    readonly state: SessionState;
  } {
    const { terms, life } = this.#standing.session;
    const { n, bytes } = this.#handled;
    return {
      left: leftFor(terms, side, this.#tallies, this.#now),
      sendUpTo: { n: n + limits.envelopesUnhandledMax, bytes: bytes + limits.bytesUnhandledMax },
      state: life.state,
    };
  }

  /** What is to be written, in order. */
  finish(): { readonly facts: readonly NewFact[]; readonly work: readonly WorkingChange[] } {
    const facts = this.#written.map((one) => ("entries" in one ? this.#factOf(one) : one));
    return { facts, work: this.#work };
  }

  #factOf({ by: { side, instance, cause }, n, seq, entries, sent }: Segment): NewFact {
    const { id: session } = this.#standing.session;
    const told = { actor: instance, cause, subject: session };
    const data = { session, side, instance, n, seq, sent, entries };
    return happened(sessionStream(session), "session.sent", told, data);
  }
}
