/** What facts of contracts, advertisements and sessions say. Those of a session's stream are read by both organisations. */
import type {
  AdvertisementId,
  CommandId,
  ContractId,
  EnvelopeId,
  InstanceId,
  ObservableTerm,
  SessionId,
  SideName,
  Tags,
  WorkgroupId,
  WouldRefuse,
} from "@parley/protocol";
import type {
  Advertisement,
  Contract,
  ContractVersion,
  Life,
  OfferMade,
  Session,
  Side,
  Sweep,
} from "./engagement-entities.js";
import type { Millis } from "./entities.js";
import type { Entry, LastEnvelopes } from "./session/envelope-entities.js";

type LifeIn<S extends Life["state"]> = Extract<Life, { readonly state: S }>;

/** Of its statements the fact of the proposal has the one beside it; the other comes with the acceptance. */
export type ProposedSession = Omit<Session, "proposalStatement" | "acceptanceStatement">;

export interface EngagementFacts {
  // The provider organisation's own stream.
  "contract.created": { contract: Contract; version: ContractVersion };
  "contract.versioned": { version: ContractVersion };
  "contract.deleted": { contract: ContractId };
  /** `offers` that are other than they were, as they are from here on; `gone` are the workgroups and capabilities in which it was and is not any more. */
  "advertisement.published": {
    advertisement: Advertisement;
    offers: readonly OfferMade[];
    gone: { readonly workgroups: readonly WorkgroupId[]; readonly capabilities: readonly OfferedAt[] };
  };
  "advertisement.retracted": {
    advertisement: AdvertisementId;
    version: number;
    gone: { readonly workgroups: readonly WorkgroupId[]; readonly capabilities: readonly OfferedAt[] };
  };

  // The session's stream: what both sides are told.
  "session.proposed": {
    session: ProposedSession;
    consumer: Side;
    provider: Side;
    /** The signatures that bind: over the proposal, the advertisement, the contract version (null: the broker's own). */
    statements: {
      readonly proposal: string;
      readonly advertisement: string;
      readonly contract: string | null;
    };
  };
  "session.accepted": {
    session: SessionId;
    life: LifeIn<"accepted">;
    /** The acceptance, unless the signed advertisement is the acceptance. */
    statement: string | null;
    /** Bound to the provider's side, if an instance has accepted. */
    instance: InstanceId | null;
    /** Of the session from here on: what terms that are tried out would have refused until now. */
    wouldRefuse: readonly WouldRefuse[];
    /** Of the consumer's side from here on: what its organisation says now of the tags that are required. */
    stated: Tags;
  };
  "session.joined": {
    session: SessionId;
    side: SideName;
    instance: InstanceId;
    boundAt: Millis;
    joinedAt: Millis;
  };
  /** The holder was gone for longer than it alone may come back: another instance of its agent goes on. */
  "session.handed-over": {
    session: SessionId;
    side: SideName;
    from: InstanceId;
    to: InstanceId;
    boundAt: Millis;
    joinedAt: Millis;
  };
  "session.activated": { session: SessionId; life: LifeIn<"active"> };
  /** A segment: what one side has sent within one decision, in order; `n` and `seq` are the first one's. */
  "session.sent": {
    session: SessionId;
    side: SideName;
    instance: InstanceId;
    n: number;
    seq: number;
    /** Bytes of its side with it, header and payload, as received. */
    sent: number;
    entries: readonly Entry[];
  };
  /** One that was refused for breaking the terms, and how many of its side there are now. */
  "session.violated": {
    session: SessionId;
    side: SideName;
    instance: InstanceId;
    envelope: EnvelopeId;
    rule: ObservableTerm;
    limit: number | null;
    used: number | null;
    violations: number;
  };
  "session.closed": {
    session: SessionId;
    life: LifeIn<"closed">;
    /** What each side had sent by then, and how far the other had come with it. */
    sides: Readonly<Record<SideName, LastEnvelopes>>;
  };

  // The own stream of each of the two organisations, after the session's has ended.
  /** Of one side's envelopes, those that were erased without ever having been acknowledged. */
  "session.undelivered": { session: SessionId; side: SideName; from: number; to: number };

  // The own stream of who took away; the platform's for an era.
  "sweep.began": { sweep: Sweep };
  "sweep.ended": { sweep: CommandId; part: number };
}

export interface OfferedAt {
  readonly workgroup: WorkgroupId;
  readonly capability: string;
}
