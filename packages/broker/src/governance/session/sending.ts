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
  otherSide,
  type Refusal,
  type SideName,
} from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { Millis } from "../entities.js";
import { happened, type NewFact, sessionStream } from "../fact.js";
import { type Effects, no } from "../verdict.js";
import type {
  Accepted,
  Entry,
  Envelope,
  Flow,
  KnownEnvelope,
  Marks,
  SegmentMade,
  Stands,
  Taken,
  Tally,
} from "./envelope-entities.js";
import { closesSession, judgeOutside, type Sents, tooFast, type Violation } from "./envelope-terms.js";
import { handledOf, standsFor, withHanded } from "./flow.js";
import type { PayloadChange } from "./payload-changes.js";
import { closeStanding, endingOf } from "./session-end.js";
import type { Waiting } from "./waiting.js";

/** What is asked of the record about one envelope, beside its session. */
export interface Recorded {
  /** Which of the command's it is. */
  readonly place: number;
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
  /** The side that sends; the other one receives. */
  readonly side: SideName;
  /** For the agent that receives from the organisation that sends, over all their sessions: it is counted on here. */
  readonly waiting: Waiting;
  /** Whether somebody is there to whom it is handed as it comes. */
  readonly isAwaited: boolean;
  readonly now: Millis;
}

interface Segment {
  readonly by: Sender;
  readonly n: number;
  readonly seq: number;
  readonly entries: Entry[];
  /** Where their payloads are in the command. */
  readonly places: number[];
  readonly marks: Marks[];
  bytes: number;
  /** Of its side, with it. */
  sent: number;
}

type Counting = { -readonly [K in keyof Tally]: Tally[K] };

const noMarks: Marks = {};
const marksOf = (isStray: boolean, wouldRefuse: NonNullable<Entry["wouldRefuse"]>): Marks => ({
  ...(isStray && { stray: true as const }),
  ...(wouldRefuse.length > 0 && { wouldRefuse }),
});

export const refused = (refusal: Refusal): Taken => ({ outcome: "refused", refusal });

export class Sending {
  readonly #now: Millis;
  readonly #side: SideName;
  readonly #isAwaited: boolean;
  readonly #waiting: Waiting;
  readonly #written: (Segment | NewFact)[] = [];
  /** By id: what this decision has accepted. */
  readonly #here = new Map<EnvelopeId, { readonly accepted: Accepted; readonly envelope: Envelope }>();
  #standing: SessionStanding;
  #work: readonly WorkingChange[] = [];
  readonly #tallies: Readonly<Record<SideName, Counting>>;

  constructor({ standing, side, waiting, isAwaited, now }: Beginning) {
    this.#standing = standing;
    this.#side = side;
    const { consumer, provider } = standing.flow;
    this.#tallies = { consumer: { ...consumer.sent }, provider: { ...provider.sent } };
    this.#waiting = waiting;
    this.#isAwaited = isAwaited;
    this.#now = now;
  }

  /** As it stands after what was taken so far. */
  get standing(): SessionStanding {
    return { ...this.#standing, flow: this.#flow() };
  }

  get sents(): Sents {
    return this.#tallies;
  }

  /** Whether an id may have been sent before: only then does the record have to be asked for it. */
  mayBeKnown(id: EnvelopeId): boolean {
    const { lastId } = this.#tallies[this.#side];
    return lastId !== null && id <= lastId;
  }

  /** [ENV-2] A repeat is judged before who holds the side, then the state of the session, and then the terms. */
  take(by: Sender, envelope: Envelope, { place, known, isHeld, nthBefore }: Recorded): Taken {
    const before = this.#repeated(envelope, known);
    if (before !== undefined) return before;
    if (!isHeld) return refused(no("session.not-held"));
    const { life, terms } = this.#standing.session;
    if (life.state !== "accepted" && life.state !== "active")
      return refused(no("session.state", { state: life.state }));
    const judged = judgeOutside(terms, by.side, this.#tallies, envelope, this.#now);
    if (judged.violation !== undefined) return this.#violated(by, envelope, judged.violation);
    const refusal = tooFast(terms, nthBefore, this.#now) ?? this.#beyondCredit(by.side, envelope);
    if (refusal !== undefined) return refused(refusal);
    return this.#accept(by, envelope, place, judged.wouldRefuse);
  }

  /** [ENV-3] The same id is the same envelope, or it is no envelope. */
  #repeated(envelope: Envelope, known: KnownEnvelope | undefined): Taken | undefined {
    const here = this.#here.get(envelope.id);
    const first = here?.envelope ?? known;
    if (first === undefined) return undefined;
    if (first.header !== envelope.header || first.payload !== envelope.payload)
      return refused(no("envelope.id-reused"));
    if (known !== undefined) return { outcome: "repeated", known };
    return here?.accepted;
  }

  /** [ENV-8] So far beyond what the other side has handled, and no further. */
  #beyondCredit(side: SideName, { bytes }: Envelope): Refusal | undefined {
    const { n, bytes: sent } = this.#tallies[side];
    const handled = handledOf(this.#standing.flow[side]);
    const { envelopesUnhandledMax: most, bytesUnhandledMax, bytesUnhandledPerPair } = limits;
    if (n - handled.n >= most)
      return no("session.mailbox-full", { rule: "envelopesUnhandledMax", limit: most, used: n - handled.n });
    const used = sent - handled.bytes;
    if (used + bytes > bytesUnhandledMax)
      return no("session.mailbox-full", { rule: "bytesUnhandledMax", limit: bytesUnhandledMax, used });
    const waiting = this.#waiting.bytes;
    return waiting + bytes <= bytesUnhandledPerPair
      ? undefined
      : no("session.mailbox-full", {
          ...{ rule: "bytesUnhandledPerPair", limit: bytesUnhandledPerPair, used: waiting },
        });
  }

  /** [ENV-7] */
  #accept(
    by: Sender,
    envelope: Envelope,
    place: number,
    wouldRefuse: NonNullable<Entry["wouldRefuse"]>,
  ): Taken {
    const { id, header, payload, payloadBytes, bytes } = envelope;
    const tally = this.#tallies[by.side];
    const { lastId } = tally;
    const isStray = lastId !== null && id <= lastId;
    if (!isStray) tally.lastId = id;
    tally.n += 1;
    tally.bytes += bytes;
    tally.lastAt = this.#now;
    this.#waiting.bytes += bytes;
    const { n } = tally;
    const seq = this.#tallies.consumer.n + this.#tallies.provider.n;
    const segment = this.#segmentFor(by, n, seq, bytes);
    const marks = isStray || wouldRefuse.length > 0 ? marksOf(isStray, wouldRefuse) : noMarks;
    // In the order in which they are spelled: there may be many.
    segment.entries.push({ header, id, payload, payloadBytes, ...marks });
    segment.places.push(place);
    segment.marks.push(marks);
    segment.sent = tally.bytes;
    segment.bytes += bytes;
    const accepted: Accepted = { outcome: "accepted", n, seq, fact: this.#written.length - 1 };
    this.#here.set(id, { accepted, envelope });
    return accepted;
  }

  /** The last one goes on, if it is of the same sender and has room. */
  #segmentFor(by: Sender, n: number, seq: number, bytes: number): Segment {
    const last = this.#written.at(-1);
    if (last !== undefined && "entries" in last && last.by.side === by.side) {
      const { envelopesPerSegment, bytesPerSegment } = limits;
      if (last.entries.length < envelopesPerSegment && last.bytes + bytes <= bytesPerSegment) return last;
    }
    const segment: Segment = { by, n, seq, entries: [], places: [], marks: [], bytes: 0, sent: 0 };
    this.#written.push(segment);
    return segment;
  }

  /** [ENV-6] It changes the session, so both sides are told of it. */
  #violated(by: Sender, { id }: Envelope, violation: Violation): Taken {
    const { rule, limit, used } = violation;
    const { session } = this.#standing;
    const { side, instance, cause } = by;
    const tally = this.#tallies[side];
    const isLast = closesSession(session.terms, tally);
    tally.violations += 1;
    const { violations } = tally;
    const told = { actor: instance, cause, subject: session.id };
    const broken = { rule, limit: limit ?? null, used: used ?? null };
    const data = { session: session.id, side, instance, envelope: id, ...broken, violations };
    this.#written.push(happened(sessionStream(session.id), "session.violated", told, data));
    if (isLast) this.#close(by, broken);
    return refused(no("contract.violation", violation));
  }

  #close({ side, cause }: Sender, broken: { rule: string; limit: number | null; used: number | null }): void {
    const ending = endingOf("contract_violation", "broker", { side, ...broken });
    const { facts, work, ...standing } = closeStanding(this.standing, ending, { id: cause }, this.#now);
    this.#written.push(...facts);
    this.#work = work;
    this.#standing = standing;
  }

  /** What the side that sends may still send, and up to where. */
  get stands(): Stands {
    return standsFor(this.standing, this.#side, this.#now);
  }

  /** What is to be written, in order. */
  finish(): Pick<Effects, "facts" | "work" | "payloads"> {
    const facts = this.#written.map((one) => ("entries" in one ? this.#factOf(one) : one));
    const payloads = this.#written.flatMap((one) => ("entries" in one ? this.#kept(one) : []));
    return { facts, work: [...this.#work, ...this.#handed(), ...this.#waits()], payloads };
  }

  get segments(): readonly SegmentMade[] {
    return this.#written.flatMap((one, fact) => {
      if (!("entries" in one)) return [];
      const { n, seq, sent, places, marks } = one;
      return [{ fact, n, seq, sent, places, marks }];
    });
  }

  #kept({ by: { side }, n, places }: Segment): PayloadChange {
    return { do: "keep", session: this.#standing.session.id, side, n, places };
  }

  #handed(): readonly WorkingChange[] {
    const side = this.#side;
    const { handled } = this.#flow()[side];
    const isRaised = handled !== null && handled !== this.#standing.flow[side].handled;
    return isRaised ? [{ do: "put", table: "handled", row: handled }] : [];
  }

  #waits(): readonly WorkingChange[] {
    if (!this.#hasAccepted()) return [];
    const { organisation } = this.#standing[this.#side];
    const { agent } = this.#standing[otherSide(this.#side)];
    return [{ do: "put", table: "waiting", row: { agent, organisation, ...this.#waiting } }];
  }

  #hasAccepted(): boolean {
    return this.#written.some((one) => "entries" in one);
  }

  #flow(): Flow {
    const { consumer, provider } = this.#standing.flow;
    const flow = {
      consumer: { ...consumer, sent: { ...this.#tallies.consumer } },
      provider: { ...provider, sent: { ...this.#tallies.provider } },
    };
    return this.#isAwaited && this.#hasAccepted() ? withHanded(flow, this.#side) : flow;
  }

  #factOf({ by: { side, instance, cause }, n, seq, entries, sent }: Segment): NewFact {
    const { id: session } = this.#standing.session;
    const told = { actor: instance, cause, subject: session };
    const data = { entries, instance, n, sent, seq, session, side };
    return happened(sessionStream(session), "session.sent", told, data);
  }
}
