import { readFileSync } from "node:fs";
import { getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { derivedTables, type StoreTable, storeTables } from "../tables.js";
import * as envelopeSchema from "./envelope-schema.js";
import * as evidenceSchema from "./evidence-schema.js";
import * as ledgerSchema from "./ledger-schema.js";
import * as offerSchema from "./offer-schema.js";
import { codecs } from "./row-codec.js";
import * as schema from "./schema.js";
import * as sessionSchema from "./session-schema.js";
import * as workgroupSchema from "./workgroup-schema.js";

const page = readFileSync(new URL("../../../../../docs/rows.md", import.meta.url), "utf8");

/** The tables that stand in the first column of a section's table, or in its text where it has none. */
function named(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(heading)) ?? "";
  const first = section.split("\n").flatMap((line) => /^\| (`.*?) \|/.exec(line)?.[1] ?? []);
  return first.flatMap((cell) => Array.from(cell.matchAll(/`(\w+)`/g), ([, name = ""]) => name));
}

const isDerived = (table: StoreTable) => derivedTables.includes(table);
const sorted = (names: readonly string[]) => names.toSorted();

test("what is derived is described table by table, and so is what is working", () => {
  expect(sorted(named("Derived"))).toEqual(sorted(storeTables.filter(isDerived)));
  expect(sorted(named("Working"))).toEqual(sorted(storeTables.filter((table) => !isDerived(table))));
});

test("every other table that SQLite has is described as its own", () => {
  const schemas = {
    ...schema,
    ...workgroupSchema,
    ...offerSchema,
    ...sessionSchema,
    ...envelopeSchema,
    ...ledgerSchema,
    ...evidenceSchema,
  };
  const all = Object.values(schemas).filter((value) => is(value, SQLiteTable));
  const shared = new Set(storeTables.map((table) => codecs[table].table));
  const own = all.map((table) => getTableName(table)).filter((name) => !shared.has(`"${name}"`));
  expect(sorted(named("What SQLite keeps"))).toEqual(sorted(own));
});
