/** What the sides of a session have sent, as derived from the facts of its chain, and how far it was acknowledged. */
import type {
  AgentId,
  EnvelopeId,
  InstanceId,
  OrganisationId,
  Refusal,
  SessionId,
  SessionState,
  SideName,
  WouldRefuse,
} from "@parley/protocol";
import type { Millis } from "../entities.js";

/** What one side has sent so far: what was accepted, and how often it broke the terms. */
export interface Sent {
  readonly n: number;
  readonly bytes: number;
  readonly violations: number;
}

/** What one side may still send: the least of what the terms leave to both and to it; null where they set no bound. */
export interface Left {
  readonly envelopes: number | null;
  readonly bytes: number | null;
  /** Until the deadline, once it runs. */
  readonly milliseconds: number | null;
}

/** How a side of a session stands for whoever sends there. */
export interface Stands {
  readonly state: SessionState;
  readonly left: Left;
  readonly sendUpTo: Handled;
}

/** One side's, all together. */
export interface Tally extends Sent {
  readonly session: SessionId;
  readonly side: SideName;
  /** The greatest id so far: one that is greater is new, and nobody has to look for it. */
  readonly lastId: EnvelopeId | null;
  readonly lastAt: Millis | null;
}

/** One envelope in the fact that says that it was accepted: everything that both sides are told of it. */
export interface Entry {
  readonly id: EnvelopeId;
  /** As it was sent, character for character. */
  readonly header: string;
  /** SHA-256 of the payload, base64url. */
  readonly payload: string;
  readonly payloadBytes: number;
  /** Its id is not greater than all before: it has to be found by itself. Absent where it is. */
  readonly stray?: true;
  /** What terms on trial would have refused; absent where they would not. */
  readonly wouldRefuse?: readonly WouldRefuse[];
}

/** An envelope that stands in the record already. */
export interface KnownEnvelope {
  readonly n: number;
  readonly seq: number;
  readonly position: number;
  readonly at: Millis;
  readonly header: string;
  readonly payload: string;
}

/** Where a segment stands, and which of a side's envelopes are in it. */
export interface Segment {
  readonly session: SessionId;
  readonly side: SideName;
  /** Of the first. */
  readonly n: number;
  readonly seq: number;
  readonly count: number;
  readonly position: number;
  readonly at: Millis;
  /** Bytes of its side, with it. */
  readonly sent: number;
  /** The least and the greatest of the ids in it that rise; null where none does. */
  readonly firstId: EnvelopeId | null;
  readonly lastId: EnvelopeId | null;
}

/** An id that did not rise, and which envelope has it. */
export interface Stray {
  readonly session: SessionId;
  readonly side: SideName;
  readonly id: EnvelopeId;
  readonly n: number;
}

/** An envelope as it arrived, without its payload: of that, the digest and the length are all that is known here. */
export interface Envelope extends Omit<Entry, "wouldRefuse"> {
  readonly type: string;
  /** Of header and payload, as received. */
  readonly bytes: number;
}

/** A segment as a decision has made it. */
export interface SegmentMade {
  /** Which of the session's facts in this decision it is. */
  readonly fact: number;
  /** Of the first envelope in it. */
  readonly n: number;
  readonly seq: number;
  /** Bytes of its side, with it. */
  readonly sent: number;
  /** Where in the command its envelopes are, in order. */
  readonly places: readonly number[];
  readonly marks: readonly Marks[];
}
/** What the fact says of an envelope beside what it is. */
export type Marks = Pick<Entry, "stray" | "wouldRefuse">;

/** `fact` counts the facts of this session in this decision: which of them is its segment. */
export interface Accepted {
  readonly outcome: "accepted";
  readonly n: number;
  readonly seq: number;
  readonly fact: number;
}
export type Taken =
  | Accepted
  | { readonly outcome: "repeated"; readonly known: KnownEnvelope }
  | { readonly outcome: "refused"; readonly refusal: Refusal };

/** How much of a side's envelopes the other side has handled. */
export interface Handled {
  readonly n: number;
  readonly bytes: number;
}

export interface HandledRow extends Handled {
  readonly session: SessionId;
  readonly side: SideName;
  /** Up to which one they have been handed to a connection. */
  readonly handed: number;
}

/** What one side has sent, and how much of it the other has handled; null while that is nothing. */
export interface SideFlow {
  readonly sent: Tally;
  readonly handled: HandledRow | null;
}
/** Of one side, as its session was closed; 0 where there was none. */
export interface LastEnvelopes {
  readonly accepted: number;
  readonly handed: number;
  readonly acknowledged: number;
}
export type Flow = Readonly<Record<SideName, SideFlow>>;

/** That an instance has held a side, now or before. */
export interface HolderRow {
  readonly session: SessionId;
  readonly side: SideName;
  readonly instance: InstanceId;
}

/** Bytes that one organisation has sent to one agent and that are not handled, over all their sessions. */
export interface WaitingRow {
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly bytes: number;
}

/**
 * [SES-25] What a gentle end has left to a provider: listed, so that somebody who serves the capability is offered it,
 * until all of it has been handled or may not be delivered any more.
 */
export interface DrainRow {
  readonly session: SessionId;
  /** The provider. */
  readonly agent: AgentId;
  readonly capability: string;
  /** Who held the provider's side; null: nobody has ever joined for it. */
  readonly instance: InstanceId | null;
  readonly openedAt: Millis;
  readonly until: Millis;
}

export const nothingFlows = (session: SessionId): Flow => ({
  consumer: { sent: nothingSent(session, "consumer"), handled: null },
  provider: { sent: nothingSent(session, "provider"), handled: null },
});

/** When an envelope was last accepted. */
export const lastAcceptedAt = ({ consumer, provider }: Flow): Millis =>
  Math.max(consumer.sent.lastAt ?? 0, provider.sent.lastAt ?? 0);

export const nothingSent = (session: SessionId, side: SideName): Tally => ({
  ...{ session, side, n: 0, bytes: 0, violations: 0, lastId: null, lastAt: null },
});
