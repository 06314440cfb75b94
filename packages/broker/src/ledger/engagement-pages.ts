/** What the records room and the outbox ask about contracts, offers and sessions, beside what decisions ask. */
import type {
  AgentId,
  ContractId,
  InstanceId,
  InteractionPattern,
  NamedOrganisation,
  OrganisationId,
  SessionId,
  SessionState,
  SideName,
  WorkgroupId,
  WouldRefuse,
} from "@parley/protocol";
import type {
  Advertisement,
  Contract,
  ContractVersion,
  Session,
  SessionRecord,
} from "../governance/engagement-entities.js";
import type { OwnSeeker } from "../governance/engagement-lookups.js";
import type { DrainRow } from "../governance/session/envelope-entities.js";
import type { After } from "./after.js";

/** Who looks: one agent, or, where `agent` is null, any agent of the organisation. */
export interface Seeker {
  readonly organisation: OrganisationId;
  readonly agent: AgentId | null;
}

export interface CatalogFilter {
  readonly capability: { readonly exactly: string } | { readonly beginsWith: string } | null;
  /** In lower case; each must begin a word of the offer. */
  readonly words: readonly string[];
  readonly workgroup: WorkgroupId | null;
  readonly organisation: string | null;
  readonly pattern: InteractionPattern | null;
  readonly available: boolean | null;
}

/** The place of a row in the order of the catalog: exact capability before prefix, then name, then ids. */
export interface CatalogPlace {
  readonly rank: number;
  readonly name: string;
  readonly advertisement: string;
  readonly workgroup: string;
}

export interface OfferRow {
  readonly advertisement: Advertisement;
  /** Null: the broker's default terms. */
  readonly version: ContractVersion | null;
  readonly agentName: string;
  readonly organisation: NamedOrganisation;
  readonly workgroup: { readonly id: WorkgroupId; readonly name: string; readonly ownerName: string };
  readonly available: boolean;
  /** Since when it is shown there as it is. */
  readonly publishedAt: number;
  readonly rank: number;
}

export interface EngagementPages {
  /** Active ones of an organisation, by name. */
  readonly contractsPage: {
    ask: OwnSeeker & { after: string | null; limit: number };
    found: readonly Contract[];
  };
  /** Of one contract of an organisation, newest first. */
  readonly versionsPage: {
    ask: OwnSeeker & { contract: string; before: number | null; limit: number };
    found: readonly ContractVersion[];
  };
  /** Versions of a contract that offers name which the seeker may engage, newest first, with the provider's name. */
  readonly versionsSeen: {
    ask: Seeker & { contract: string };
    found: readonly {
      readonly contract: Contract;
      readonly version: ContractVersion;
      readonly organisation: NamedOrganisation;
    }[];
  };
  /** Own advertisements of an agent, retracted ones included, by name. */
  readonly advertisementsPage: {
    ask: { organisation: OrganisationId; agent: string; after: string | null; limit: number };
    found: readonly Advertisement[];
  };
  /** An advertisement of that organisation. */
  readonly ownAdvertisement: {
    ask: { organisation: OrganisationId; id: string };
    found: Advertisement | undefined;
  };
  /** One advertisement in each workgroup in which the seeker may engage it, by workgroup; its own are nobody's to engage. */
  readonly offersSeen: { ask: Seeker & { advertisement: string }; found: readonly OfferRow[] };
  /** What an agent may engage, in the order of `CatalogPlace`. Its own offers are not among it. */
  readonly catalogPage: {
    ask: {
      organisation: OrganisationId;
      agent: AgentId;
      filter: CatalogFilter;
      after: CatalogPlace | null;
      limit: number;
    };
    found: readonly OfferRow[];
  };
  /** All that a filter finds for an agent, as one digest: it changes when something there appears, changes or goes. */
  readonly catalogDigest: {
    ask: { organisation: OrganisationId; agent: AgentId; filter: CatalogFilter };
    found: string;
  };

  /** Of which an organisation, or one agent of it, is a side; newest first by when they were proposed. */
  readonly sessionsPage: {
    ask: Seeker & {
      side: SideName | null;
      state: SessionState | "open" | null;
      before: After | null;
      limit: number;
    };
    found: readonly SessionRecord[];
  };
  /** What instances of a provider agent may take: proposed to be decided by one, or accepted and not joined; oldest first. */
  readonly takeableSessions: {
    ask: { agent: AgentId; capabilities: readonly string[]; limit: number };
    found: readonly SessionRecord[];
  };
  /** What gentle ends have left to a provider agent, may still be delivered at `now`, and nobody has ever had; oldest first. */
  readonly drainsOf: {
    ask: { agent: AgentId; capabilities: readonly string[]; now: number; limit: number };
    found: readonly DrainRow[];
  };
  /** As those, but what `asker` has held or drained itself, or an instance that is not connected. */
  readonly drainsBegun: {
    ask: EngagementPages["drainsOf"]["ask"] & { asker: InstanceId | null };
    found: readonly DrainRow[];
  };
  /** Active ones of a provider agent whose holder is not connected, in no order. */
  readonly lostSessions: {
    ask: { agent: AgentId; capabilities: readonly string[]; limit: number };
    found: readonly SessionId[];
  };
  /** Sessions under one contract version: how many, how many of them are marked as what it would refuse, and for what. */
  readonly versionSessions: {
    ask: { contract: ContractId; termsDigest: string };
    found: {
      readonly sessions: number;
      readonly marked: number;
      readonly byRule: readonly { readonly rule: WouldRefuse["rule"]; readonly sessions: number }[];
    };
  };
  /** The marked ones, oldest first. */
  readonly markedSessions: {
    ask: { contract: ContractId; termsDigest: string; after: After | null; limit: number };
    found: readonly Session[];
  };
}
