/**
 * The things that decisions are about, as derived from facts. Each is a plain row: what may be known of it at a
 * moment, nothing that can be computed from the rest.
 */
import type {
  AgentId,
  AlertId,
  EnrolmentTokenId,
  InstanceId,
  OperatorId,
  OrganisationId,
  PrincipalId,
  Role,
  SessionId,
  Standing,
  Tags,
} from "@parley/protocol";

/** Milliseconds since the epoch, of the broker's trusted clock. */
export type Millis = number;

/** What can be taken away: a standing, and the generation that rises whenever something is taken. */
export interface Authority {
  readonly standing: Standing;
  readonly generation: number;
}

/** When something was last taken from it; 0 is never. What relied on it from before then, or from that moment, is void. */
export interface Taken {
  readonly takenAt: Millis;
}

export interface Organisation extends Authority, Taken {
  readonly id: OrganisationId;
  readonly name: string;
  readonly displayName: string;
  readonly createdAt: Millis;
  readonly version: number;
}

export interface Operator extends Authority {
  readonly id: OperatorId;
  /** Null for the platform's own. */
  readonly organisation: OrganisationId | null;
  readonly name: string;
  readonly role: Role;
  /** Whom an enroller may mint for; empty for every other role. */
  readonly agents: readonly AgentId[];
  /** The era of the record in which the standing was last confirmed: an older one counts as suspended. */
  readonly era: number;
  readonly thumbprint: string | null;
  readonly enrolledAt: Millis | null;
  readonly createdAt: Millis;
  readonly version: number;
}

export interface Agent extends Authority, Taken {
  readonly id: AgentId;
  readonly organisation: OrganisationId;
  readonly name: string;
  readonly tags: Tags;
  readonly owner: string;
  readonly createdAt: Millis;
  readonly version: number;
}

export interface Instance extends Authority, Taken {
  readonly id: InstanceId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly era: number;
  readonly ephemeral: boolean;
  readonly thumbprint: string;
  readonly enrolledAt: Millis;
}

/** A thumbprint belongs to one principal for ever, so its row is never dropped. */
export interface PrincipalKey {
  readonly thumbprint: string;
  readonly principal: PrincipalId;
  /** The public point, base64url. */
  readonly x: string;
  readonly state: "current" | "replaced";
  readonly since: Millis;
  readonly replacedAt: Millis | null;
  /** The enrolment token that brought it in, so that a repeated redemption gets its first answer. */
  readonly token: EnrolmentTokenId | null;
}

export interface EnrolmentToken {
  readonly id: EnrolmentTokenId;
  /** SHA-256 of the secret, base64url; the secret itself is nowhere. */
  readonly digest: string;
  readonly organisation: OrganisationId | null;
  readonly for: OperatorId | AgentId;
  /** Null: the broker itself, at its first start or in a recovery. */
  readonly mintedBy: OperatorId | null;
  readonly minterGeneration: number;
  readonly targetGeneration: number;
  readonly era: number;
  readonly uses: number;
  readonly usesLeft: number;
  readonly ephemeral: boolean;
  readonly mintedAt: Millis;
  readonly notBefore: Millis;
  readonly expiresAt: Millis;
  readonly voidedAt: Millis | null;
}

export interface Alert {
  readonly id: AlertId;
  readonly organisation: OrganisationId | null;
  readonly kind: "replaced-key-used" | "admin-token-minted-by-platform";
  readonly subject: string;
  readonly detail: string;
  readonly raisedAt: Millis;
}

/** What a principal's Idempotency-Key has made, read back from the fact that says so. */
export interface Prior {
  readonly principal: PrincipalId;
  /** Whose stream the fact stands in. */
  readonly organisation: OrganisationId | null;
  readonly key: string;
  readonly digest: string;
  readonly kind: string;
  readonly subject: string;
  readonly at: Millis;
}

/** That a fact which is not of a session's chain names a thing, in its content. */
export interface Mention {
  readonly thing: string;
  readonly stream: string;
  readonly position: number;
}

/** Working: when a principal was last seen, and when its last connection ended or was seen alive. */
export interface Seen {
  readonly principal: PrincipalId;
  readonly seenAt: Millis;
  readonly connectedAt: Millis | null;
}

/** Working: the newest connection of an instance. The epoch only rises. */
export interface Connection {
  readonly instance: InstanceId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly connection: string;
  readonly epoch: number;
  readonly state: "open" | "closed";
  readonly changedAt: Millis;
  /** It was closed by its instance, which does not mean to come back at once. */
  readonly goodbye: boolean;
}

/** Working: refusals of one principal, code and minute. */
export interface RefusalCount {
  readonly principal: string;
  readonly organisation: OrganisationId | null;
  readonly code: string;
  readonly minute: number;
  readonly count: number;
}

/** Working: when something must be looked at again. */
export interface Deadline {
  readonly kind:
    | "instance.expire"
    | "refusals.count"
    | "invitation.expire"
    | "session.expire"
    | "payloads.erase";
  readonly subject: string;
  readonly dueAt: Millis;
}

/** Working: what the readiness probe last wrote. */
export interface Probe {
  readonly name: "readiness";
  readonly value: string;
  readonly at: Millis;
}

/** Working: the last head of a log that was signed. */
export interface Checkpoint {
  readonly log: string;
  readonly size: number;
  readonly root: string;
  readonly era: number;
  readonly signedAt: Millis;
  /** The signed note. */
  readonly note: string;
}

/** Working: a session that has closed, and for which no receipt was made yet. */
export interface ReceiptDue {
  readonly session: SessionId;
  readonly closedAt: Millis;
}

/** Working: what the broker has signed about a closed session, once for both organisations. */
export interface Receipt {
  readonly session: SessionId;
  readonly madeAt: Millis;
  readonly statement: string;
}

/** Working: where in one organisation's log the end of the session stands, and the first checkpoint that covers it. */
export interface ReceiptProof {
  readonly session: SessionId;
  readonly log: string;
  readonly leaf: number;
  readonly size: number;
  readonly note: string;
}

/** A principal with everything its standing depends on. `organisation` is null for the platform's operators. */
export type Principal =
  | { readonly kind: "operator"; readonly operator: Operator; readonly organisation: Organisation | null }
  | {
      readonly kind: "instance";
      readonly instance: Instance;
      readonly agent: Agent;
      readonly organisation: Organisation;
    };
