import { getTableColumns, is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeEach, describe, expect, test } from "vitest";
import { StoreVersion } from "./failures.js";
import * as ledgerSchema from "./ledger-schema.js";
import { applicationId } from "./migrations.js";
import * as schema from "./schema.js";
import { openSqliteStore } from "./store.js";
import { leftBehind, openRaw, temporaryFolder } from "./temporary.suite.js";

const versionOf = (folder: string): StoreVersion => {
  try {
    openSqliteStore({ folder }).close();
  } catch (cause) {
    if (cause instanceof StoreVersion) return cause;
    throw cause;
  }
  throw new TypeError("the store was opened");
};

describe("a database", () => {
  test("says whose it is", () => {
    const { raw } = leftBehind();
    expect(raw.pragma("application_id", { simple: true })).toBe(applicationId);
    expect(applicationId.toString(16)).toBe(Buffer.from("Prly").toString("hex"));
  });

  test("of another application is refused and stays as it was", () => {
    const folder = temporaryFolder();
    const raw = openRaw(folder);
    raw.exec("PRAGMA application_id = 7; CREATE TABLE theirs (x)");
    expect(versionOf(folder)).toMatchObject({
      found: "application id 0x7",
      expected: "application id 0x50726c79",
    });
    expect(raw.pragma("journal_mode", { simple: true })).toBe("delete");
    expect(raw.pragma("application_id", { simple: true })).toBe(7);
    expect(raw.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["theirs"]);
  });

  test("that has tables and does not say whose it is is refused", () => {
    const folder = temporaryFolder();
    openRaw(folder).exec("CREATE TABLE theirs (x)");
    expect(versionOf(folder).found).toBe("application id 0x0");
  });

  test("of a newer build is refused", () => {
    const { folder, raw } = leftBehind();
    raw.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of-tomorrow', 9e15)");
    expect(versionOf(folder)).toMatchObject({
      found: "migration 3 of 3 with hash of-tomorrow",
      expected: "2 migrations at most",
      retry: "never",
    });
  });

  test("whose past is another is refused", () => {
    const { folder, raw } = leftBehind();
    raw.exec("UPDATE __drizzle_migrations SET hash = 'edited' WHERE rowid = 1");
    expect(versionOf(folder).found).toBe("migration 1 of 2 with hash edited");
  });

  test("of an older build is brought up to date", () => {
    const { folder, raw } = leftBehind();
    const triggers = () =>
      raw.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").pluck().get();
    expect(triggers()).toBe(3);
    raw.exec(`DELETE FROM __drizzle_migrations WHERE rowid = 2; DROP TRIGGER facts_not_deleted;
      DROP TRIGGER facts_not_changed; DROP TRIGGER facts_not_replaced`);
    openSqliteStore({ folder }).close();
    expect(triggers()).toBe(3);
  });

  test("whose making was cut off after its name is made", () => {
    const folder = temporaryFolder();
    openRaw(folder).exec(`PRAGMA application_id = ${applicationId}`);
    openSqliteStore({ folder }).close();
  });
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: 0 | 1;
  readonly pk: number;
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

const tables = Object.values({ ...schema, ...ledgerSchema }).filter((value) => is(value, SQLiteTable));

describe("what the migrations make", () => {
  let raw: ReturnType<typeof openRaw>;
  beforeEach(() => {
    raw = leftBehind().raw;
  });

  test("is every table of the schema, and no other, all of them strict", () => {
    const listed = raw
      .prepare<[], { name: string; strict: number }>(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'",
      )
      .all()
      .filter(({ name }) => !/^(sqlite_|__drizzle)/.test(name));
    const expected = tables.map((table) => ({ name: getTableConfig(table).name, strict: 1 }));
    expect(listed.sort(byName)).toEqual(expected.sort(byName));
  });

  test.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    "is %s as the schema has it",
    (name, table) => {
      const { primaryKeys, indexes } = getTableConfig(table);
      const keys = primaryKeys[0]?.columns.map((column) => column.name) ?? [];
      const expected = Object.values(getTableColumns(table)).map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        notnull: column.notNull ? 1 : 0,
        pk: column.primary ? 1 : keys.indexOf(column.name) + 1,
      }));
      const columns = raw
        .prepare<[string], Column>('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
        .all(name);
      expect(columns).toEqual(expected);
      const made = raw
        .prepare("SELECT name FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name")
        .pluck()
        .all(name);
      expect(made).toEqual(indexes.map(({ config }) => config.name).sort());
    },
  );
});
