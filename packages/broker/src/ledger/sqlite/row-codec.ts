/**
 * Rows as the driver has them and rows as everybody else has them, both ways, from what the schema says of a table's
 * columns: flags are numbers there, and what has parts is canonical JSON.
 */
import { canonicalJson, type Json } from "@parley/protocol";
import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { StoreRows, StoreTable } from "../tables.js";
import * as envelopeSchema from "./envelope-schema.js";
import * as evidenceSchema from "./evidence-schema.js";
import * as ledgerSchema from "./ledger-schema.js";
import * as offerSchema from "./offer-schema.js";
import * as schema from "./schema.js";
import * as sessionSchema from "./session-schema.js";
import { listOf, madeOf } from "./shapes.js";
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
  mentions: ledgerSchema.mentions,
  seen: schema.seen,
  connections: schema.connections,
  refusalCounts: schema.refusalCounts,
  deadlines: schema.deadlines,
  handled: envelopeSchema.handled,
  waiting: envelopeSchema.waiting,
  drains: envelopeSchema.drains,
  payloads: envelopeSchema.payloads,
  probes: schema.probes,
  checkpoints: evidenceSchema.checkpoints,
  receiptDues: evidenceSchema.receiptDues,
  receipts: evidenceSchema.receipts,
  receiptProofs: evidenceSchema.receiptProofs,
  streams: ledgerSchema.streams,
  readers: ledgerSchema.readers,
  logs: ledgerSchema.logs,
  logLeaves: ledgerSchema.logLeaves,
  logNodes: ledgerSchema.logNodes,
  logPending: ledgerSchema.logPending,
};

/** What the driver binds and returns. */
export type Bound = string | number | Uint8Array | null;

interface Coding {
  readonly encode: (value: unknown) => Bound;
  readonly decode: (value: unknown) => unknown;
}

interface Column {
  readonly field: string;
  readonly name: string;
  /** Undefined where the driver has the value as everybody else has it. */
  readonly coding: Coding | undefined;
}

const flag: Coding = {
  encode: (value) => (value === true ? 1 : 0),
  decode: (value) => value === 1,
};
const json: Coding = {
  encode: (value) => canonicalJson(value as Json),
  decode: (value): unknown => JSON.parse(value as string),
};
const codings: Readonly<Record<string, Coding>> = { boolean: flag, json };

export class RowCodec<Row extends object> {
  /** The table's name in a statement. */
  readonly table: string;
  /** What is bound for a row, in the order of its columns. */
  readonly encode: (row: object) => Bound[];
  readonly #columns: readonly Column[];
  readonly #make: (values: readonly unknown[], from: number) => Row;

  constructor(table: SQLiteTable) {
    this.table = quoted(getTableName(table));
    this.#columns = Object.entries(getTableColumns(table))
      .filter(([, { generated }]) => generated === undefined)
      .map(([field, column]) => ({ field, name: quoted(column.name), coding: codings[column.dataType] }));
    this.encode = this.encoderOf(this.fields);
    this.#make = madeOf<Row>(
      this.#columns.map(({ field, coding }, at) => ({
        name: field,
        at,
        ...(coding && { read: (values, from) => coding.decode(values[from]) }),
      })),
    );
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

  /** For statements that bind only these. */
  encoderOf(fields: readonly string[]): (row: object) => Bound[] {
    return listOf<Bound>(
      fields.map((name) => {
        const { coding } = this.#column(name);
        return { name, ...(coding && { write: coding.encode }) };
      }),
    );
  }

  /** The row that begins at a column of what a statement returned. */
  decode(values: readonly unknown[], from = 0): Row {
    return this.#make(values, from);
  }

  #column(field: string): Column {
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
