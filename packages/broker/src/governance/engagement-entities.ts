/** Contracts, advertisements and sessions, as derived from facts. */
import type {
  AdvertisementContent,
  AdvertisementId,
  AgentId,
  CommandId,
  ContractId,
  InstanceId,
  OrganisationId,
  PrincipalId,
  ProposalId,
  SessionEnding,
  SessionId,
  SessionState,
  SideName,
  Tags,
  Terms,
  WorkgroupId,
  WouldRefuse,
} from "@parley/protocol";
import type { Agent, Connection, Instance, Millis, Organisation } from "./entities.js";
import type { SideFlow } from "./session/envelope-entities.js";
import type { Membership, Participation, Workgroup } from "./workgroup/workgroup-entities.js";

export interface Contract {
  readonly id: ContractId;
  readonly organisation: OrganisationId;
  readonly name: string;
  readonly state: "active" | "deleted";
  /** The number of its newest version. */
  readonly latest: number;
  readonly createdAt: Millis;
}

/** Never changes. */
export interface ContractVersion {
  readonly contract: ContractId;
  readonly number: number;
  readonly organisation: OrganisationId;
  readonly terms: Terms;
  readonly termsDigest: string;
  readonly statement: string;
  readonly by: PrincipalId;
  readonly createdAt: Millis;
}

export interface Advertisement {
  readonly id: AdvertisementId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly name: string;
  readonly content: AdvertisementContent;
  readonly digest: string;
  readonly statement: string;
  readonly by: PrincipalId;
  readonly state: "active" | "retracted";
  readonly publishedAt: Millis;
  /** When it was last retracted; 0 when it never was. */
  readonly takenAt: Millis;
  readonly version: number;
}

/** One active advertisement in one workgroup: what a search goes over. */
export interface Offer {
  readonly workgroup: WorkgroupId;
  readonly advertisement: AdvertisementId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly contract: ContractId;
  readonly name: string;
  /** Name, description and capabilities in lower case, each word after a space: what words are looked for in. */
  readonly words: string;
  readonly patterns: readonly string[];
  /** Only agents in all of these see it. */
  readonly requires: readonly WorkgroupId[];
  /** Since when it is shown here as it is: what happens to it elsewhere is not told. */
  readonly publishedAt: Millis;
  /** The advertisement's, of then. */
  readonly version: number;
  /** Under which it is shown here as it is: signed for nothing else than what is seen here. */
  readonly statement: string;
}

/** As the fact says it, which has the advertisement beside it. */
export type OfferMade = Omit<Offer, "statement">;

export interface OfferedCapability {
  readonly workgroup: WorkgroupId;
  readonly capability: string;
  readonly advertisement: AdvertisementId;
  /** The advertisement's, which never changes: what offers the same is listed by name. */
  readonly name: string;
}

interface Accepted {
  readonly acceptedAt: Millis;
  /** The broker, where the contract is open. */
  readonly acceptedBy: PrincipalId | "broker";
}

/** Why a session was closed, and what broke the contract if something did. */
export interface Ending {
  readonly reason: SessionEnding;
  readonly by: PrincipalId | "broker";
  readonly detail: string | null;
  readonly side: SideName | null;
  readonly rule: string | null;
  readonly limit: number | null;
  readonly used: number | null;
}

/** Where a session is in its life, with what it can only have there. */
export type Life =
  | { readonly state: "proposed"; readonly expiresAt: Millis }
  | ({ readonly state: "accepted"; readonly joinBy: Millis } & Accepted)
  | ({
      readonly state: "active";
      readonly activeAt: Millis;
      readonly deadline: Millis;
    } & Accepted)
  | {
      readonly state: "closed";
      readonly closedAt: Millis;
      readonly ending: Ending;
      readonly acceptedAt: Millis | null;
      readonly acceptedBy: PrincipalId | "broker" | null;
      readonly activeAt: Millis | null;
    };

export interface Session {
  readonly id: SessionId;
  readonly proposal: ProposalId;
  /** SHA-256 of the signed proposal: what an acceptance covers, and what a repeat is compared by. */
  readonly proposalDigest: string;
  /** The signed proposal itself. */
  readonly proposalStatement: string;
  /** The signed acceptance; null until then, and where the signed advertisement is the acceptance. */
  readonly acceptanceStatement: string | null;
  readonly proposedBy: InstanceId;
  readonly proposedAt: Millis;
  readonly workgroup: WorkgroupId;
  readonly advertisement: AdvertisementId;
  readonly capability: string;
  readonly contract: ContractId;
  readonly terms: Terms;
  readonly termsDigest: string;
  readonly purpose: string | null;
  readonly consumer: AgentId;
  readonly provider: AgentId;
  readonly wouldRefuse: readonly WouldRefuse[];
  readonly era: number;
  readonly life: Life;
}

/** One side of a session. `state` is the session's, so that what is open is found from here. */
export interface Side {
  readonly session: SessionId;
  readonly side: SideName;
  readonly agent: AgentId;
  readonly agentName: string;
  readonly organisation: OrganisationId;
  readonly organisationName: string;
  readonly counterpart: AgentId;
  readonly workgroup: WorkgroupId;
  readonly advertisement: AdvertisementId;
  readonly contract: ContractId;
  readonly state: SessionState;
  readonly openedAt: Millis;
  /** Who proposed or accepted, or holds it; and since when it is bound to that instance. */
  readonly instance: InstanceId | null;
  readonly boundAt: Millis | null;
  readonly joinedAt: Millis | null;
  /** Proposed over a socket: this side's instance joins with the acceptance, if it is connected then. */
  readonly joinsOnAcceptance: boolean;
  /**
   * Of the tags that the terms require, what its organisation said of the agent when this was last judged: the consumer's
   * at the proposal, and again at the acceptance [SES-18]. Nothing is required of a provider.
   */
  readonly stated: Tags;
}

/** Everything by which an agent stands in a workgroup. */
export interface Reach {
  readonly workgroup: Workgroup;
  readonly participation: Participation;
  readonly membership: Membership;
  readonly agent: Agent;
  readonly organisation: Organisation;
}

export interface SideRecord extends SideFlow {
  readonly side: Side;
  readonly reach: Reach;
  readonly instance: Instance | null;
  /** The newest of that instance. */
  readonly connection: Connection | null;
}

/** A session with everything that it relies on, as that stands now. */
export interface SessionRecord {
  readonly session: Session;
  readonly advertisement: Advertisement;
  readonly consumer: SideRecord;
  readonly provider: SideRecord;
}

export const sweepScopes = [
  "organisation",
  "agent",
  "instance",
  "workgroup",
  "participation",
  "membership",
  "advertisement",
  "era",
] as const;

/**
 * Which open sessions are concerned: `of` is the thing, `within` the workgroup where the thing alone does not say it.
 * Of an advertisement, its proposals alone; of an era, what was proposed in an earlier one.
 */
export interface SweepScope {
  readonly by: (typeof sweepScopes)[number];
  readonly of: string;
  readonly within: WorkgroupId | null;
}

/** Sessions that are closed for every decision already, and whose closing facts are to be written. */
export interface Sweep extends SweepScope {
  /** The command that took away. */
  readonly id: CommandId;
  /** Tells several of one command apart. */
  readonly part: number;
  readonly organisation: OrganisationId | null;
  readonly reason: SessionEnding;
  readonly begunAt: Millis;
}
