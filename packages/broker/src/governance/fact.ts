/** Facts: what happened, past tense, written once. Each stands in one stream, which has one audience. */
import type {
  AgentId,
  ConnectionId,
  EnrolmentTokenId,
  InstanceId,
  OperatorId,
  OrganisationId,
  PrincipalId,
  RefusalCode,
  Role,
  SessionId,
  Tags,
  WorkgroupId,
} from "@parley/protocol";
import type { EngagementFacts } from "./engagement-facts.js";
import type {
  Agent,
  Alert,
  EnrolmentToken,
  Instance,
  Millis,
  Operator,
  Organisation,
  PrincipalKey,
} from "./entities.js";
import type { WorkgroupFacts } from "./workgroup/workgroup-facts.js";

/** The stream of one thing. Its audience follows from its kind. */
export type StreamId =
  | "platform"
  | `org:${OrganisationId}`
  | `workgroup:${WorkgroupId}`
  | `session:${SessionId}`;
export const platformStream: StreamId = "platform";
export const workgroupStream = (workgroup: WorkgroupId): StreamId => `workgroup:${workgroup}`;
export const sessionStream = (session: SessionId): StreamId => `session:${session}`;
export const streamOf = (organisation: OrganisationId | null): StreamId =>
  organisation === null ? platformStream : `org:${organisation}`;

/** What each kind of fact says, beside who did it, to what, and why. */
export interface FactData extends WorkgroupFacts, EngagementFacts {
  "broker.started": { era: number; version: string };
  "clock.stepped": { byMs: number };
  "clock.recovered": { wall: Millis; ledger: Millis };
  "era.began": { era: number };
  "broker-key.rotated": { use: string; kid: string };

  "organisation.created": { organisation: Organisation };
  "organisation.suspended": { organisation: OrganisationId; generation: number; version: number };
  "organisation.resumed": { organisation: OrganisationId; version: number };
  "organisation.revoked": { organisation: OrganisationId; generation: number; version: number };

  "operator.invited": { operator: Operator };
  "operator.enrolled": {
    operator: OperatorId;
    version: number;
    thumbprint: string;
    enrolledAt: Millis;
    key: PrincipalKey;
    token: Redeemed;
  };
  "operator.changed": {
    operator: OperatorId;
    role: Role;
    agents: readonly AgentId[];
    generation: number;
    version: number;
  };
  "operator.suspended": { operator: OperatorId; generation: number; version: number };
  "operator.resumed": { operator: OperatorId; era: number; version: number };
  "operator.revoked": { operator: OperatorId; generation: number; version: number };

  "agent.created": { agent: Agent };
  "agent.changed": { agent: AgentId; tags: Tags; owner: string; version: number };
  "agent.suspended": { agent: AgentId; generation: number; version: number };
  "agent.resumed": { agent: AgentId; version: number };
  "agent.revoked": { agent: AgentId; generation: number; version: number };

  "enrolment-token.minted": { token: EnrolmentToken };
  "enrolment-token.voided": { token: EnrolmentTokenId };

  "instance.enrolled": { instance: Instance; key: PrincipalKey; token: Redeemed };
  "instance.suspended": { instance: InstanceId; generation: number; why: "operator" | "replaced-key-used" };
  "instance.resumed": { instance: InstanceId; era: number };
  "instance.revoked": { instance: InstanceId; generation: number };
  "instance.expired": { instance: InstanceId; generation: number };

  "key.replaced": { principal: PrincipalId; old: string; key: PrincipalKey };
  "alert.raised": { alert: Alert };
  "connection.replaced": { instance: InstanceId; older: ConnectionId; newer: ConnectionId; epoch: number };
  "request.refused": { command: string; target: string; code: RefusalCode; rule: string | null };
  "requests.refused": { code: RefusalCode; minute: number; count: number };
}

/** An enrolment token after a redemption: the resulting number, so that projecting needs no reading. */
interface Redeemed {
  readonly id: EnrolmentTokenId;
  readonly usesLeft: number;
}

export type FactKind = keyof FactData;

type Told = Omit<FactContent, "data">;

/** Says that something happened: who did it, to what, because of which command. */
export const happened = <K extends FactKind>(
  stream: StreamId,
  kind: K,
  { actor, cause, idempotency, subject }: Told,
  data: FactData[K],
): NewFact => {
  // In the order in which it is spelled.
  const content = { actor, cause, data, ...(idempotency && { idempotency }), subject };
  // The union of kinds cannot follow the link between `kind` and `data` through a type parameter.
  return { stream, kind, content } as unknown as NewFact;
};

/** The content of a fact: canonical JSON, hashed, and the only part that may later become null. */
export interface FactContent<K extends FactKind = FactKind> {
  readonly actor: PrincipalId | EnrolmentTokenId | "broker";
  readonly subject: string;
  readonly cause: string;
  readonly idempotency?: { readonly key: string; readonly digest: string };
  readonly data: FactData[K];
}

export type NewFact = {
  [K in FactKind]: { readonly stream: StreamId; readonly kind: K; readonly content: FactContent<K> };
}[FactKind];
