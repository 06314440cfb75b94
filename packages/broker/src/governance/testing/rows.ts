/** The rows of a world in plain maps: put there, changed and read as they are. */
import type { Change, Keys, Rows, TableName } from "../change.js";
import type { FactData } from "../fact.js";
import type { LookupName, Lookups } from "../question.js";
import type { KeptPayloads } from "../session/payload-changes.js";

export interface World {
  era: number;
  readonly rows: { readonly [T in TableName]: Map<string, Rows[T]> };
  /** The last of each stream of which there was a fact. */
  readonly positions: Map<string, number>;
  /** What segments say, by session and position: the only facts that decisions read. */
  readonly sent: Map<string, FactData["session.sent"]>;
  /** What is kept of payloads, by session, side and n. */
  readonly payloads: Map<string, KeptPayloads>;
}

const keyColumns: { readonly [T in TableName]: readonly Keys[T][] } = {
  organisations: ["id"],
  operators: ["id"],
  agents: ["id"],
  instances: ["id"],
  principalKeys: ["thumbprint"],
  enrolmentTokens: ["id"],
  priors: ["principal", "key"],
  alerts: ["id"],
  seen: ["principal"],
  connections: ["instance"],
  refusalCounts: ["principal", "code", "minute"],
  deadlines: ["kind", "subject"],
  probes: ["name"],
  checkpoints: ["log"],
  receiptDues: ["session"],
  receipts: ["session"],
  receiptProofs: ["session", "log"],
  workgroups: ["id"],
  participations: ["workgroup", "organisation"],
  invitations: ["id"],
  consents: ["invitation", "organisation"],
  namedMembers: ["workgroup", "agent"],
  selectors: ["id"],
  memberships: ["workgroup", "agent"],
  contracts: ["id"],
  contractVersions: ["contract", "number"],
  advertisements: ["id"],
  offers: ["workgroup", "advertisement"],
  offeredCapabilities: ["workgroup", "capability", "advertisement"],
  sessions: ["id"],
  sides: ["session", "side"],
  holders: ["session", "side", "instance"],
  sweeps: ["id", "part"],
  mentions: ["thing", "stream", "position"],
  tallies: ["session", "side"],
  segments: ["session", "side", "n"],
  strays: ["session", "side", "id"],
  handled: ["session", "side"],
  waiting: ["agent", "organisation"],
  drains: ["session"],
};

export const tableNames = Object.keys(keyColumns) as readonly TableName[];

export function emptyWorld(): World {
  const rows = Object.fromEntries(tableNames.map((table) => [table, new Map()]));
  return {
    era: 1,
    rows: rows as unknown as World["rows"],
    positions: new Map(),
    sent: new Map(),
    payloads: new Map(),
  };
}

/** Rows are never changed in place, so a copy needs new maps only. */
export function copyOf(world: World): World {
  const rows = Object.fromEntries(
    tableNames.map((table) => [table, new Map(world.rows[table] as Map<string, never>)]),
  );
  const { era, positions, sent, payloads } = world;
  return {
    ...{ era, rows: rows as unknown as World["rows"] },
    ...{ positions: new Map(positions), sent: new Map(sent), payloads: new Map(payloads) },
  };
}

const nameOf = (table: TableName, key: object): string =>
  JSON.stringify(keyColumns[table].map((column) => Reflect.get(key, column)));

export function put<T extends TableName>(world: World, table: T, row: Rows[T]): void {
  (world.rows[table] as Map<string, Rows[T]>).set(nameOf(table, row), row);
}

export function get<T extends TableName>(world: World, table: T, key: object): Rows[T] | undefined {
  return (world.rows[table] as Map<string, Rows[T]>).get(nameOf(table, key));
}

/** Changes some columns of a row that is there. */
export function patch<T extends TableName>(world: World, table: T, key: object, set: Partial<Rows[T]>): void {
  const row = get(world, table, key);
  if (row === undefined) throw new RangeError(`${table} has no row ${nameOf(table, key)}`);
  put(world, table, { ...row, ...set });
}

export function change(world: World, changes: readonly Change[]): void {
  for (const one of changes) {
    if (one.do === "put") put(world, one.table, one.row);
    else if (one.do === "patch") patch(world, one.table, one.key, one.set);
    else (world.rows[one.table] as Map<string, unknown>).delete(nameOf(one.table, one.key));
  }
}

export type Answering = {
  readonly [N in LookupName]: (world: World, by: Lookups[N]["ask"]) => Lookups[N]["found"];
};

export const all = <T extends TableName>(world: World, table: T): Rows[T][] => [
  ...(world.rows[table] as Map<string, Rows[T]>).values(),
];

export const owned = <Row extends { readonly organisation: string | null }>(
  row: Row | undefined,
  by: string | null,
) => (row?.organisation === by ? row : undefined);
