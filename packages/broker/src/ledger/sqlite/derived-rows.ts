/** All derived rows at once: for a rebuild, and for comparing what it made. */
import type Database from "better-sqlite3";
import { derivedTables, keyColumns } from "../tables.js";
import { codecs } from "./row-codec.js";
import { query } from "./statements.js";

/** Kept by triggers, from rows that may be lost without them: what stays would be in the way of what is made again. */
const keptByTriggers = [`"seats"`, `"offer_words"`];

export function dropDerivedRows(db: Database.Database): void {
  for (const table of keptByTriggers) db.prepare(`DELETE FROM ${table}`).run();
  for (const table of derivedTables) db.prepare(`DELETE FROM ${codecs[table].table}`).run();
}

export function dumpDerivedRows(db: Database.Database): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries(
    derivedTables.map((table) => {
      const codec = codecs[table];
      const order = keyColumns(table).map((key) => codec.nameOf(key));
      const rows = query(db, `SELECT ${codec.columns()} FROM ${codec.table} ORDER BY ${order.join(", ")}`);
      return [table, rows.all().map((values) => codec.decode(values))];
    }),
  );
}
