/**
 * What a decision needs to know, as data. A rule asks, the ledger answers inside the transaction in which the decision
 * will be written; what belongs to somebody else is asked for together with its owner, so that hidden and absent are
 * one answer of one statement.
 */
import type {
  AgentId,
  EnrolmentTokenId,
  InstanceId,
  OperatorId,
  OrganisationId,
  PrincipalId,
} from "@parley/protocol";
import type { EngagementLookups } from "./engagement-lookups.js";
import type {
  Agent,
  Connection,
  EnrolmentToken,
  Instance,
  Operator,
  Organisation,
  Principal,
  PrincipalKey,
  Prior,
  Probe,
  RefusalCount,
  Seen,
} from "./entities.js";
import type { EnvelopeLookups } from "./session/envelope-lookups.js";
import type { WorkgroupLookups } from "./workgroup/workgroup-lookups.js";

export type { Principal } from "./entities.js";

/** Ids of things named by a caller come as they were typed: text that may name nothing. */
export interface Lookups extends WorkgroupLookups, EngagementLookups, EnvelopeLookups {
  /** SHA-256 of a text, base64url: rules make no hashes themselves. */
  readonly digest: { ask: { text: string }; found: string };
  readonly era: { ask: Record<never, never>; found: number };
  readonly principal: { ask: { id: PrincipalId }; found: Principal | undefined };
  readonly organisation: { ask: { id: string }; found: Organisation | undefined };
  readonly organisationNamed: { ask: { name: string }; found: Organisation | undefined };
  readonly organisationCount: { ask: Record<never, never>; found: number };
  /** An operator of that organisation; of the platform when it is null. */
  readonly operator: {
    ask: { organisation: OrganisationId | null; id: string };
    found: Operator | undefined;
  };
  /** Whatever organisation it is of: only for the platform's one resumption after a recovery. */
  readonly operatorAnywhere: { ask: { id: string }; found: Operator | undefined };
  readonly operatorCount: { ask: { organisation: OrganisationId | null }; found: number };
  /** Enrolled admins (platform operators, where the organisation is null) that are active in this era. */
  readonly adminCount: { ask: { organisation: OrganisationId | null }; found: number };
  readonly agent: { ask: { organisation: OrganisationId; id: string }; found: Agent | undefined };
  readonly agentNamed: { ask: { organisation: OrganisationId; name: string }; found: Agent | undefined };
  readonly agentCount: { ask: { organisation: OrganisationId }; found: number };
  /** How many of these ids are agents of that organisation. */
  readonly agentsAmong: { ask: { organisation: OrganisationId; ids: readonly AgentId[] }; found: number };
  readonly instance: { ask: { organisation: OrganisationId; id: string }; found: Instance | undefined };
  /** Those not revoked or expired. */
  readonly instanceCount: { ask: { agent: AgentId }; found: number };
  readonly key: { ask: { thumbprint: string }; found: PrincipalKey | undefined };
  readonly keyReplacements: { ask: { principal: PrincipalId; since: number }; found: number };
  readonly enrolmentDigest: { ask: { digest: string }; found: EnrolmentToken | undefined };
  readonly enrolmentToken: {
    ask: { organisation: OrganisationId | null; id: string };
    found: EnrolmentToken | undefined;
  };
  /** Tokens with uses left, not voided, not expired at `now`: for one target, or for all of an organisation. */
  readonly openTokenCount: {
    ask: { organisation: OrganisationId | null; for: OperatorId | AgentId | null; now: number };
    found: number;
  };
  /** Open tokens of an organisation that a platform operator or the broker minted, its first admin's excluded by time:
   *  those that began to work only after a delay. */
  readonly openRecoveryCount: { ask: { organisation: OrganisationId | null; now: number }; found: number };
  readonly prior: { ask: { principal: PrincipalId; key: string }; found: Prior | undefined };
  readonly refusalCount: {
    ask: { principal: string; code: string; minute: number };
    found: RefusalCount | undefined;
  };
  readonly seen: { ask: { principal: PrincipalId }; found: Seen | undefined };
  readonly connection: { ask: { instance: InstanceId }; found: Connection | undefined };
  readonly openConnections: { ask: Record<never, never>; found: readonly Connection[] };
  readonly probe: { ask: { name: Probe["name"] }; found: Probe | undefined };
  readonly enrolmentTokensOpenForPlatform: {
    ask: { now: number };
    found: readonly { readonly id: EnrolmentTokenId; readonly for: OperatorId }[];
  };
}

export type LookupName = keyof Lookups;
export type Lookup<N extends LookupName = LookupName> = {
  [K in N]: { readonly find: K; readonly by: Lookups[K]["ask"] };
}[N];
export type Question = { readonly [name: string]: Lookup };
export type Answers<Q extends Question> = {
  readonly [K in keyof Q]: Q[K] extends { readonly find: infer N extends LookupName }
    ? Lookups[N]["found"]
    : never;
};

export const find = <N extends LookupName>(
  name: N,
  by: Lookups[N]["ask"],
): { readonly find: N; readonly by: Lookups[N]["ask"] } => ({
  find: name,
  by,
});
