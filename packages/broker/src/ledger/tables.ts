/**
 * The tables of a store: which columns name a row, and which of the three kinds of rows each holds. Adapters build
 * their statements from it; what a row means is governance's affair.
 */
import type { DerivedRows, Keys, Rows, TableName, WorkingRows } from "../governance/change.js";
import type { LedgerRows } from "./store.js";

export type StoreRows = Rows & LedgerRows;
export type StoreTable = keyof StoreRows;

interface LedgerKeys {
  readonly streams: "stream";
  readonly readers: "stream" | "log";
  readonly logs: "log";
  readonly logLeaves: "log" | "index";
  readonly logNodes: "log" | "level" | "index";
  readonly logPending: "log" | "stream";
  readonly payloads: "session" | "side" | "n";
}

type KeyOf<T extends StoreTable> = T extends TableName
  ? Keys[T]
  : T extends keyof LedgerKeys
    ? LedgerKeys[T]
    : never;

/** Records, not lists: the compiler then sees that no column is missing and none is too many. */
const keyed: { readonly [T in StoreTable]: Readonly<Record<KeyOf<T>, "key">> } = {
  organisations: { id: "key" },
  operators: { id: "key" },
  agents: { id: "key" },
  instances: { id: "key" },
  principalKeys: { thumbprint: "key" },
  enrolmentTokens: { id: "key" },
  priors: { principal: "key", key: "key" },
  alerts: { id: "key" },
  workgroups: { id: "key" },
  participations: { workgroup: "key", organisation: "key" },
  invitations: { id: "key" },
  consents: { invitation: "key", organisation: "key" },
  namedMembers: { workgroup: "key", agent: "key" },
  selectors: { id: "key" },
  memberships: { workgroup: "key", agent: "key" },
  contracts: { id: "key" },
  contractVersions: { contract: "key", number: "key" },
  advertisements: { id: "key" },
  offers: { workgroup: "key", advertisement: "key" },
  offeredCapabilities: { workgroup: "key", capability: "key", advertisement: "key" },
  sessions: { id: "key" },
  sides: { session: "key", side: "key" },
  holders: { session: "key", side: "key", instance: "key" },
  tallies: { session: "key", side: "key" },
  segments: { session: "key", side: "key", n: "key" },
  strays: { session: "key", side: "key", id: "key" },
  sweeps: { id: "key", part: "key" },
  mentions: { thing: "key", stream: "key", position: "key" },
  seen: { principal: "key" },
  connections: { instance: "key" },
  refusalCounts: { principal: "key", code: "key", minute: "key" },
  deadlines: { kind: "key", subject: "key" },
  handled: { session: "key", side: "key" },
  waiting: { agent: "key", organisation: "key" },
  drains: { session: "key" },
  payloads: { session: "key", side: "key", n: "key" },
  probes: { name: "key" },
  checkpoints: { log: "key" },
  receiptDues: { session: "key" },
  receipts: { session: "key" },
  receiptProofs: { session: "key", log: "key" },
  streams: { stream: "key" },
  readers: { stream: "key", log: "key" },
  logs: { log: "key" },
  logLeaves: { log: "key", index: "key" },
  logNodes: { log: "key", level: "key", index: "key" },
  logPending: { log: "key", stream: "key" },
};

/** The columns that name a row of a table, in the order in which rows are dumped. */
export const keyColumns = (table: StoreTable): readonly string[] => Object.keys(keyed[table]);

/**
 * No two rows of a table agree in all of these: the last line of defence, should a rule ever miss it. Names of
 * workgroups and contracts are not here: they are free again once what had them is dissolved or deleted.
 */
export const uniqueColumns: { readonly [T in StoreTable]?: readonly (keyof StoreRows[T] & string)[] } = {
  organisations: ["name"],
  agents: ["organisation", "name"],
  enrolmentTokens: ["digest"],
  advertisements: ["agent", "name"],
  sessions: ["consumer", "proposal"],
};

type KindOf<T extends StoreTable> = T extends keyof DerivedRows
  ? "derived"
  : T extends keyof WorkingRows | "payloads"
    ? "working"
    : "ledger";

const kinds: { readonly [T in StoreTable]: KindOf<T> } = {
  organisations: "derived",
  operators: "derived",
  agents: "derived",
  instances: "derived",
  principalKeys: "derived",
  enrolmentTokens: "derived",
  priors: "derived",
  alerts: "derived",
  workgroups: "derived",
  participations: "derived",
  invitations: "derived",
  consents: "derived",
  namedMembers: "derived",
  selectors: "derived",
  memberships: "derived",
  contracts: "derived",
  contractVersions: "derived",
  advertisements: "derived",
  offers: "derived",
  offeredCapabilities: "derived",
  sessions: "derived",
  sides: "derived",
  holders: "derived",
  tallies: "derived",
  segments: "derived",
  strays: "derived",
  sweeps: "derived",
  mentions: "derived",
  seen: "working",
  connections: "working",
  refusalCounts: "working",
  deadlines: "working",
  handled: "working",
  waiting: "working",
  drains: "working",
  payloads: "working",
  probes: "working",
  checkpoints: "working",
  receiptDues: "working",
  receipts: "working",
  receiptProofs: "working",
  streams: "ledger",
  readers: "ledger",
  logs: "ledger",
  logLeaves: "ledger",
  logNodes: "ledger",
  logPending: "ledger",
};

export const storeTables = Object.keys(kinds) as readonly StoreTable[];

/** What a rebuild makes again: everything that is derived from facts, by a projection or by the ledger itself. */
export const derivedTables: readonly StoreTable[] = storeTables.filter((table) => kinds[table] !== "working");
