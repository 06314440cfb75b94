/**
 * Commands: everything that can change anything. Whoever makes one (REST, socket, timer, start) brings the ids and
 * digests it needs, so that deciding needs no chance; ids named by a caller stay text until they are looked up.
 */
import type {
  AgentId,
  AlertId,
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
} from "@parley/protocol";
import type { EngagementAnswers, EngagementCommands, LeftSide } from "./engagement-commands.js";
import type {
  Agent,
  Checkpoint,
  EnrolmentToken,
  Instance,
  Millis,
  Operator,
  Organisation,
  Receipt,
  ReceiptProof,
} from "./entities.js";
import type { Principal } from "./question.js";
import type { Asked, Creating, Made, Own } from "./request.js";
import type { WorkgroupAnswers, WorkgroupCommands } from "./workgroup/workgroup-commands.js";

export type { Asked, Caller, Creating, Idempotency, Made, Own, Signed } from "./request.js";

export interface NewToken {
  readonly id: EnrolmentTokenId;
  readonly digest: string;
  readonly uses: number;
  readonly expiresInSeconds: number;
  readonly ephemeral: boolean;
}

export interface Commands extends WorkgroupCommands, EngagementCommands {
  "organisation.create": Creating & {
    readonly organisation: OrganisationId;
    readonly name: string;
    readonly displayName: string;
    readonly admin: { readonly operator: OperatorId; readonly name: string };
    readonly token: NewToken;
  };
  "organisation.suspend": Asked & { readonly organisation: string };
  "organisation.resume": Asked & { readonly organisation: string };
  "organisation.revoke": Asked & { readonly organisation: string };
  "organisation.recover": Creating & {
    readonly organisation: string;
    readonly admin: { readonly operator: OperatorId; readonly name: string };
    readonly token: NewToken;
    readonly alert: AlertId;
  };

  "operator.invite": Creating & {
    readonly operator: OperatorId;
    readonly name: string;
    readonly role: Role;
    readonly agents: readonly AgentId[];
    readonly token: NewToken;
  };
  "operator.change": Asked & {
    readonly operator: string;
    readonly role: Role;
    readonly agents: readonly AgentId[];
    readonly expectedVersion: number;
  };
  "operator.suspend": Asked & { readonly operator: string };
  "operator.resume": Asked & { readonly operator: string };
  "operator.revoke": Asked & { readonly operator: string };

  "agent.create": Creating & {
    readonly agent: AgentId;
    readonly name: string;
    readonly tags: Tags;
    readonly owner: string;
  };
  "agent.change": Asked & {
    readonly agent: string;
    readonly tags?: Tags;
    readonly owner?: string;
    readonly expectedVersion: number;
  };
  "agent.suspend": Asked & { readonly agent: string };
  "agent.resume": Asked & { readonly agent: string };
  "agent.revoke": Asked & { readonly agent: string };

  "enrolment-token.mint": Creating & { readonly agent: string; readonly token: NewToken };
  "enrolment-token.void": Asked & { readonly token: string };

  "instance.suspend": Asked & { readonly instance: string };
  "instance.resume": Asked & { readonly instance: string };
  "instance.revoke": Asked & { readonly instance: string };

  "principal.enrol": Own & {
    readonly tokenDigest: string;
    readonly thumbprint: string;
    readonly x: string;
    /** The id that the new instance gets, if the token turns out to be an agent's. */
    readonly instance: InstanceId;
  };
  "key.replace": Asked & { readonly old: string; readonly thumbprint: string; readonly x: string };
  /** A signature of `thumbprint` was verified: the caller holds that key, whosoever it is. */
  "token.grant": Own & {
    readonly principal: PrincipalId;
    readonly thumbprint: string;
    readonly alert: AlertId;
  };

  "connection.open": Asked & { readonly connection: ConnectionId };
  "connection.renew": Asked & { readonly connection: ConnectionId; readonly epoch: number };
  "connection.close": Own & {
    readonly instance: InstanceId;
    readonly connection: ConnectionId;
    readonly epoch: number;
    /** [SOC-9] Its instance has closed it with 1000. */
    readonly goodbye: boolean;
  };

  "instance.expire": Own & { readonly instance: InstanceId };
  "refusals.count": Own & { readonly subject: string };
  /** A read that was refused: reads do not change anything, so admission says it here. */
  "refusal.record": Asked & { readonly code: RefusalCode; readonly what: string };

  "broker.start": Own & {
    readonly version: string;
    /** Used only when no platform operator exists, or when the platform is to be recovered. */
    readonly platform: { readonly operator: OperatorId; readonly token: NewToken };
    readonly recover: "none" | "platform" | "record";
    /** A new era comes after this one as well as after the store's: it was seen outside the store. */
    readonly eraAfter: number;
    /** The last time that the ledger had carried: whoever was connected then was seen until then. */
    readonly lastAt: Millis;
  };
  "clock.step": Own & { readonly byMs: number };
  "clock.recover": Own & { readonly wall: Millis; readonly ledger: Millis };
  "broker-key.rotate": Asked & { readonly use: string; readonly kid: string };
  "readiness.probe": Own & { readonly value: string };
  /** The seconds that are over end in every log. */
  "record.seal": Own;
  "checkpoints.keep": Own & { readonly checkpoints: readonly Checkpoint[] };
  "receipt.keep": Own & { readonly receipt: Receipt; readonly proofs: readonly ReceiptProof[] };
}

export type CommandKind = keyof Commands;
export type Command<K extends CommandKind = CommandKind> = {
  [N in K]: { readonly kind: N } & Commands[N];
}[K];

/** What each command is answered when it is accepted. */
export interface CommandAnswers extends WorkgroupAnswers, EngagementAnswers {
  "organisation.create": Made & { organisation: Organisation; operator: Operator; token: EnrolmentToken };
  "organisation.suspend": { organisation: Organisation };
  "organisation.resume": { organisation: Organisation };
  "organisation.revoke": { organisation: Organisation };
  "organisation.recover": Made & { operator: Operator; token: EnrolmentToken };
  "operator.invite": Made & { operator: Operator; token: EnrolmentToken };
  "operator.change": { operator: Operator };
  "operator.suspend": { operator: Operator };
  "operator.resume": { operator: Operator };
  "operator.revoke": { operator: Operator };
  "agent.create": Made & { agent: Agent };
  "agent.change": { agent: Agent };
  "agent.suspend": { agent: Agent };
  "agent.resume": { agent: Agent };
  "agent.revoke": { agent: Agent };
  "enrolment-token.mint": Made & { token: EnrolmentToken };
  "enrolment-token.void": { token: EnrolmentToken };
  "instance.suspend": { instance: Instance };
  "instance.resume": { instance: Instance };
  "instance.revoke": { instance: Instance };
  "principal.enrol":
    | { kind: "operator"; operator: OperatorId; organisation: OrganisationId | null }
    | { kind: "instance"; instance: InstanceId; agent: AgentId; organisation: OrganisationId };
  "key.replace": { thumbprint: string };
  "token.grant": { generation: string };
  "connection.open": { principal: Principal; epoch: number; era: number };
  "connection.renew": { epoch: number };
  /** The sides that it held, and from when on another instance may take each. */
  "connection.close": { closed: boolean; left: readonly LeftSide[] };
  "instance.expire": { expired: boolean };
  "refusals.count": { counted: number };
  "refusal.record": { recorded: true };
  "broker.start": { era: number; platformToken: EnrolmentToken | null };
  "clock.step": { at: Millis };
  "clock.recover": { at: Millis };
  "broker-key.rotate": { kid: string };
  /** What stood there before: the one who asks knows what it had written. */
  "readiness.probe": { before: string | null };
  "record.seal": { at: Millis };
  "checkpoints.keep": { kept: number };
  "receipt.keep": { session: SessionId };
}
