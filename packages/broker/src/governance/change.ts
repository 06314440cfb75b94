/** Changes of rows, as data: what `project` makes of a fact, and what a decision does to working rows. */

import type {
  Advertisement,
  Contract,
  ContractVersion,
  Offer,
  OfferedCapability,
  Session,
  Side,
  Sweep,
} from "./engagement-entities.js";
import type {
  Agent,
  Alert,
  Checkpoint,
  Connection,
  Deadline,
  EnrolmentToken,
  Instance,
  Mention,
  Operator,
  Organisation,
  PrincipalKey,
  Prior,
  Probe,
  Receipt,
  ReceiptDue,
  ReceiptProof,
  RefusalCount,
  Seen,
} from "./entities.js";
import type {
  DrainRow,
  HandledRow,
  HolderRow,
  Segment,
  Stray,
  Tally,
  WaitingRow,
} from "./session/envelope-entities.js";
import type {
  Consent,
  Invitation,
  Membership,
  NamedMember,
  Participation,
  Selector,
  Workgroup,
} from "./workgroup/workgroup-entities.js";

export interface DerivedRows {
  readonly organisations: Organisation;
  readonly operators: Operator;
  readonly agents: Agent;
  readonly instances: Instance;
  readonly principalKeys: PrincipalKey;
  readonly enrolmentTokens: EnrolmentToken;
  readonly priors: Prior;
  readonly alerts: Alert;
  readonly workgroups: Workgroup;
  readonly participations: Participation;
  readonly invitations: Invitation;
  readonly consents: Consent;
  readonly namedMembers: NamedMember;
  readonly selectors: Selector;
  readonly memberships: Membership;
  readonly contracts: Contract;
  readonly contractVersions: ContractVersion;
  readonly advertisements: Advertisement;
  readonly offers: Offer;
  readonly offeredCapabilities: OfferedCapability;
  readonly sessions: Session;
  readonly sides: Side;
  readonly holders: HolderRow;
  readonly tallies: Tally;
  readonly segments: Segment;
  readonly strays: Stray;
  readonly sweeps: Sweep;
  readonly mentions: Mention;
}

export interface WorkingRows {
  readonly seen: Seen;
  readonly connections: Connection;
  readonly refusalCounts: RefusalCount;
  readonly deadlines: Deadline;
  readonly handled: HandledRow;
  readonly waiting: WaitingRow;
  readonly drains: DrainRow;
  readonly probes: Probe;
  readonly checkpoints: Checkpoint;
  readonly receiptDues: ReceiptDue;
  readonly receipts: Receipt;
  readonly receiptProofs: ReceiptProof;
}

/** The columns that name a row, for each table. */
export interface Keys {
  readonly organisations: "id";
  readonly operators: "id";
  readonly agents: "id";
  readonly instances: "id";
  readonly principalKeys: "thumbprint";
  readonly enrolmentTokens: "id";
  readonly priors: "principal" | "key";
  readonly alerts: "id";
  readonly workgroups: "id";
  readonly participations: "workgroup" | "organisation";
  readonly invitations: "id";
  readonly consents: "invitation" | "organisation";
  readonly namedMembers: "workgroup" | "agent";
  readonly selectors: "id";
  readonly memberships: "workgroup" | "agent";
  readonly contracts: "id";
  readonly contractVersions: "contract" | "number";
  readonly advertisements: "id";
  readonly offers: "workgroup" | "advertisement";
  readonly offeredCapabilities: "workgroup" | "capability" | "advertisement";
  readonly sessions: "id";
  readonly sides: "session" | "side";
  readonly holders: "session" | "side" | "instance";
  readonly tallies: "session" | "side";
  readonly segments: "session" | "side" | "n";
  readonly strays: "session" | "side" | "id";
  readonly sweeps: "id" | "part";
  readonly mentions: "thing" | "stream" | "position";
  readonly seen: "principal";
  readonly connections: "instance";
  readonly refusalCounts: "principal" | "code" | "minute";
  readonly deadlines: "kind" | "subject";
  readonly handled: "session" | "side";
  readonly waiting: "agent" | "organisation";
  readonly drains: "session";
  readonly probes: "name";
  readonly checkpoints: "log";
  readonly receiptDues: "session";
  readonly receipts: "session";
  readonly receiptProofs: "session" | "log";
}

export type Rows = DerivedRows & WorkingRows;
export type TableName = keyof Rows;

type ChangeOf<T extends TableName> =
  | { readonly do: "put"; readonly table: T; readonly row: Rows[T] }
  | {
      readonly do: "patch";
      readonly table: T;
      readonly key: Pick<Rows[T], Keys[T] & keyof Rows[T]>;
      readonly set: Partial<Omit<Rows[T], Keys[T] & keyof Rows[T]>>;
    }
  | { readonly do: "drop"; readonly table: T; readonly key: Pick<Rows[T], Keys[T] & keyof Rows[T]> };

export type Change = { [T in TableName]: ChangeOf<T> }[TableName];
export type DerivedChange = { [T in keyof DerivedRows]: ChangeOf<T> }[keyof DerivedRows];
export type WorkingChange = { [T in keyof WorkingRows]: ChangeOf<T> }[keyof WorkingRows];
