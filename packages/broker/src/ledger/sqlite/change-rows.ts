/** Changes as statements, built once from what the schema says of a table and from the columns that name its rows. */
import { strict as assert } from "node:assert";
import type Database from "better-sqlite3";
import type { Change } from "../../governance/change.js";
import type { LedgerChange } from "../store.js";
import { keyColumns, type StoreTable, storeTables } from "../tables.js";
import { type Bound, codecs, type RowCodec } from "./row-codec.js";
import { type Query, query, type Write, write } from "./statements.js";

type AnyChange = Change | LedgerChange;

interface Patch {
  readonly valuesOf: (set: object) => readonly Bound[];
  readonly change: Write;
}

/** The statements that change one table. */
class TableWriter {
  readonly #db: Database.Database;
  readonly #table: StoreTable;
  readonly #codec: RowCodec<object>;
  readonly #keys: readonly string[];
  readonly #keyOf: (key: object) => Bound[];
  readonly #where: string;
  readonly #put: Write;
  readonly #drop: Write;
  readonly #exists: Query;
  /** By the columns that are set: as many as there are kinds of facts at most. */
  readonly #patches = new Map<string, Patch>();

  constructor(db: Database.Database, table: StoreTable) {
    this.#db = db;
    this.#table = table;
    this.#codec = codecs[table];
    this.#keys = keyColumns(table);
    this.#keyOf = this.#codec.encoderOf(this.#keys);
    this.#where = this.#keys.map((key) => `${this.#codec.nameOf(key)} = ?`).join(" AND ");
    this.#put = write(db, this.#putText());
    this.#drop = write(db, `DELETE FROM ${this.#codec.table} WHERE ${this.#where}`);
    this.#exists = query(db, `SELECT 1 FROM ${this.#codec.table} WHERE ${this.#where}`);
  }

  put(row: object): void {
    this.#put(...this.#codec.encode(row));
  }

  drop(key: object): void {
    this.#drop(...this.#keyOf(key));
  }

  patch(key: object, set: object): void {
    const named = this.#keyOf(key);
    const fields = Object.keys(set);
    const patched =
      fields.length === 0 ? this.#exists.one(...named) !== undefined : this.#set(fields, set, named) === 1;
    assert(patched, `${this.#table} has no row ${JSON.stringify(key)} to patch`);
  }

  #set(fields: readonly string[], set: object, named: readonly Bound[]): number {
    const { valuesOf, change } = this.#patchOf(fields);
    return change(...valuesOf(set), ...named);
  }

  #patchOf(fields: readonly string[]): Patch {
    const name = fields.join();
    const known = this.#patches.get(name);
    if (known) return known;
    const sets = fields.map((field) => `${this.#codec.nameOf(field)} = ?`).join(", ");
    const change = write(this.#db, `UPDATE ${this.#codec.table} SET ${sets} WHERE ${this.#where}`);
    const made = { valuesOf: this.#codec.encoderOf(fields), change };
    this.#patches.set(name, made);
    return made;
  }

  #putText(): string {
    const codec = this.#codec;
    const names = (fields: readonly string[]) => fields.map((field) => codec.nameOf(field));
    const sets = names(codec.fields.filter((field) => !this.#keys.includes(field)));
    return `INSERT INTO ${codec.table} (${codec.columns()}) VALUES (${codec.fields.map(() => "?").join(", ")})
      ON CONFLICT (${names(this.#keys).join(", ")}) DO ${
        sets.length === 0
          ? "NOTHING"
          : `UPDATE SET ${sets.map((name) => `${name} = excluded.${name}`).join(", ")}`
      }`;
  }
}

export function changeWriter(db: Database.Database): (change: AnyChange) => void {
  const writers = new Map(storeTables.map((table) => [table, new TableWriter(db, table)]));
  return (change) => {
    const writer = writers.get(change.table);
    assert(writer, `there is no table ${change.table}`);
    if (change.do === "put") writer.put(change.row);
    else if (change.do === "drop") writer.drop(change.key);
    else writer.patch(change.key, change.set);
  };
}
