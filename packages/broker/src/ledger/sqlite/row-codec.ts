/**
 * Rows as the driver has them and rows as everybody else has them, both ways, from what the schema says of a table's
 * columns: flags are numbers there, and what has parts is canonical JSON.
 */
import { canonicalJson, type Json } from "@parley/protocol";
import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { StoreRows, StoreTable } from "../tables.js";
import * as envelopeSchema from "./envelope-schema.js";
import * as ledgerSchema from "./ledger-schema.js";
import * as offerSchema from "./offer-schema.js";
import * as schema from "./schema.js";
import * as sessionSchema from "./session-schema.js";
import * as workgroupSchema from "./workgroup-schema.js";

/** The compiler checks here that the schema can say everything that a row holds. */
const tables: { readonly [T in StoreTable]: SQLiteTable & { readonly $inferSelect: StoreRows[T] } } = {
  organisations: schema.organisations,
  operators: schema.operators,
  agents: schema.agents,
  instances: schema.instances,
  principalKeys: schema.principalKeys,
  enrolmentTokens: schema.enrolmentTokens,
  priors: schema.priors,
  alerts: schema.alerts,
  workgroups: workgroupSchema.workgroups,
  participations: workgroupSchema.participations,
  invitations: workgroupSchema.invitations,
  consents: workgroupSchema.consents,
  namedMembers: workgroupSchema.namedMembers,
  selectors: workgroupSchema.selectors,
  memberships: workgroupSchema.memberships,
  contracts: offerSchema.contracts,
  contractVersions: offerSchema.contractVersions,
  advertisements: offerSchema.advertisements,
  offers: offerSchema.offers,
  offeredCapabilities: offerSchema.offeredCapabilities,
  sessions: sessionSchema.sessions,
  sides: sessionSchema.sides,
  holders: sessionSchema.holders,
  tallies: envelopeSchema.tallies,
  segments: envelopeSchema.segments,
  strays: envelopeSchema.strays,
  sweeps: sessionSchema.sweeps,
  seen: schema.seen,
  connections: schema.connections,
  refusalCounts: schema.refusalCounts,
  deadlines: schema.deadlines,
  handled: envelopeSchema.handled,
  waiting: envelopeSchema.waiting,
  drains: envelopeSchema.drains,
  payloads: envelopeSchema.payloads,
  probes: schema.probes,
  streams: ledgerSchema.streams,
  readers: ledgerSchema.readers,
  logs: ledgerSchema.logs,
  logLeaves: ledgerSchema.logLeaves,
  logPending: ledgerSchema.logPending,
};

/** What the driver binds and returns. */
export type Bound = string | number | Uint8Array | null;

interface CodedColumn {
  readonly field: string;
  readonly name: string;
  readonly encode: (value: unknown) => Bound;
  readonly decode: (value: unknown) => unknown;
}

const plain = { encode: (value: unknown) => value as Bound, decode: (value: unknown) => value };
const flag = {
  encode: (value: unknown) => (value === true ? 1 : 0),
  decode: (value: unknown) => value === 1,
};
const json = {
  encode: (value: unknown) => canonicalJson(value as Json),
  decode: (value: unknown): unknown => JSON.parse(value as string),
};
const codings: Readonly<Record<string, Pick<CodedColumn, "encode" | "decode">>> = { boolean: flag, json };

export class RowCodec<Row extends object> {
  /** The table's name in a statement. */
  readonly table: string;
  readonly #columns: readonly CodedColumn[];

  constructor(table: SQLiteTable) {
    this.table = quoted(getTableName(table));
    this.#columns = Object.entries(getTableColumns(table))
      .filter(([, { generated }]) => generated === undefined)
      .map(([field, column]) => ({
        field,
        name: quoted(column.name),
        ...(codings[column.dataType] ?? plain),
      }));
  }

  get fields(): readonly string[] {
    return this.#columns.map(({ field }) => field);
  }

  get width(): number {
    return this.#columns.length;
  }

  nameOf(field: string): string {
    return this.#column(field).name;
  }

  /** Every column, as a statement lists them. */
  columns(alias?: string): string {
    return this.#columns.map(({ name }) => (alias === undefined ? name : `${alias}.${name}`)).join(", ");
  }

  encode(row: object, fields: readonly string[] = this.fields): Bound[] {
    return fields.map((field) => this.#column(field).encode(Reflect.get(row, field)));
  }

  /** The row that begins at a column of what a statement returned. */
  decode(values: readonly unknown[], from = 0): Row {
    const row: Record<string, unknown> = {};
    for (const [index, { field, decode }] of this.#columns.entries())
      row[field] = decode(values[from + index]);
    return row as Row;
  }

  #column(field: string): CodedColumn {
    const column = this.#columns.find((one) => one.field === field);
    if (column === undefined) throw new TypeError(`${this.table} has no column for ${field}`);
    return column;
  }
}

const quoted = (name: string): string => `"${name}"`;

type Codecs = { readonly [T in StoreTable]: RowCodec<StoreRows[T]> };

export const codecs = Object.fromEntries(
  Object.entries(tables).map(([name, table]) => [name, new RowCodec(table)]),
) as unknown as Codecs;
