/** What decisions about contracts, advertisements and sessions need to know. */
import type {
  AdvertisementId,
  AgentId,
  CommandId,
  ContractId,
  InstanceId,
  OrganisationId,
  ProposalId,
  SessionId,
  SessionState,
  SideName,
} from "@parley/protocol";
import type {
  Advertisement,
  Contract,
  ContractVersion,
  Reach,
  SessionRecord,
  Sweep,
  SweepScope,
} from "./engagement-entities.js";
import type { Connection, Millis } from "./entities.js";
import type { HolderRow } from "./session/envelope-entities.js";

/**
 * Who looks at what its own organisation has: `agent` is null for operators, who see all of it. An agent sees the versions
 * of contracts that require no workgroup in which it is not.
 */
export interface OwnSeeker {
  readonly organisation: OrganisationId;
  readonly agent: AgentId | null;
}

export interface EngagementLookups {
  /** One of that organisation, deleted ones included: for an agent, one of which it sees a version. */
  readonly contract: { ask: OwnSeeker & { id: string }; found: Contract | undefined };
  /** The active one of that name. */
  readonly contractNamed: {
    ask: { organisation: OrganisationId; name: string };
    found: Contract | undefined;
  };
  readonly contractCount: { ask: { organisation: OrganisationId }; found: number };
  readonly contractVersion: {
    ask: OwnSeeker & { contract: string; termsDigest: string };
    found: ContractVersion | undefined;
  };
  readonly versionCount: { ask: { contract: ContractId }; found: number };
  /** Active advertisements that name any version of it. */
  readonly contractUses: { ask: { contract: ContractId }; found: number };

  readonly advertisement: {
    ask: { organisation: OrganisationId; agent: AgentId | string; name: string };
    found: Advertisement | undefined;
  };
  /** Active ones. */
  readonly advertisementCount: { ask: { agent: AgentId }; found: number };
  /**
   * What an agent is about to engage, if the catalog shows it: its own right to engage and the provider's to offer,
   * every standing, and the workgroups that the contract requires, are part of the lookup.
   */
  readonly engageable: {
    ask: { agent: AgentId; advertisement: AdvertisementId; workgroup: string };
    found: Engageable | undefined;
  };
  /** In which of these workgroups an agent is a member that may do something. */
  readonly memberAmong: {
    ask: { agent: AgentId; workgroups: readonly string[] };
    found: readonly string[];
  };

  /** What an agent has proposed under that id before. */
  readonly proposal: { ask: { agent: AgentId; proposal: ProposalId }; found: SessionRecord | undefined };
  /** Open sessions (proposed, accepted, active) of an agent as consumer. */
  readonly openSessionCount: { ask: { agent: AgentId }; found: number };
  readonly openProposalCount: { ask: { agent: AgentId }; found: number };
  readonly pairProposalCount: { ask: { organisation: OrganisationId; provider: AgentId }; found: number };
  /** Of those, under any version of a contract with agents of one organisation: the default terms are everybody's. */
  readonly contractSessionCount: {
    ask: { agent: AgentId; contract: ContractId; provider: OrganisationId };
    found: number;
  };
  /** The sides that an instance has joined of sessions that are not closed, by session. */
  readonly heldSides: { ask: { instance: InstanceId }; found: readonly HeldSide[] };
  /** Whether an instance has held a side, now or before. */
  readonly holder: {
    ask: { session: SessionId; side: SideName; instance: InstanceId };
    found: HolderRow | undefined;
  };
  /** Connections that are closed of instances that have joined a side of a session that is not, by instance. */
  readonly absentHolders: { ask: Record<never, never>; found: readonly Connection[] };
  /** Sessions joined by an instance and not closed. */
  readonly heldCount: { ask: { instance: string }; found: number };

  /** One of which that organisation is a side. */
  readonly session: { ask: { organisation: OrganisationId; id: string }; found: SessionRecord | undefined };
  readonly sessionDue: { ask: { id: SessionId }; found: SessionRecord | undefined };
  /** Open sessions in a scope, by id, after one. */
  readonly openSessions: {
    ask: SweepScope & { after: SessionId | null; limit: number };
    found: readonly SessionRecord[];
  };
  readonly anyOpenSession: { ask: SweepScope; found: boolean };
  readonly sweep: { ask: { id: CommandId; part: number }; found: Sweep | undefined };
  /** Those in an organisation's own stream that are not ended, as they were begun. */
  readonly sweepsUnderWay: { ask: { organisation: OrganisationId }; found: readonly Sweep[] };
}

/** What the end of its holder's connection means for a side. */
export interface HeldSide {
  readonly session: SessionId;
  readonly side: SideName;
  readonly state: SessionState;
  readonly resumeGraceSeconds: number;
  readonly absenceSeconds: number;
  /** When its session is looked at again; null where that was lost. */
  readonly dueAt: Millis | null;
}

export interface Engageable {
  readonly advertisement: Advertisement;
  /** Under which it is offered there: what was published elsewhere since is not told. */
  readonly statement: string;
  /** Null: the broker's default terms. */
  readonly version: ContractVersion | null;
  readonly consumer: Reach;
  readonly provider: Reach;
}
