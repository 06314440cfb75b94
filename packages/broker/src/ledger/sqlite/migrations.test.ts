import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getTableColumns, is } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeEach, describe, expect, test } from "vitest";
import { ses } from "../contract/engagement-rows.suite.js";
import { ask, commit, put } from "../contract/opened.suite.js";
import { agent, agt, connection, ins, org } from "../contract/rows.suite.js";
import { wkg, workgroup } from "../contract/workgroup-rows.suite.js";
import { mentionsIn } from "../mentions.js";
import * as envelopeSchema from "./envelope-schema.js";
import * as evidenceSchema from "./evidence-schema.js";
import { StoreVersion } from "./failures.js";
import * as ledgerSchema from "./ledger-schema.js";
import { applicationId } from "./migrations.js";
import * as offerSchema from "./offer-schema.js";
import * as schema from "./schema.js";
import * as sessionSchema from "./session-schema.js";
import { openSqliteStore } from "./store.js";
import { leftBehind, openRaw, openStore, temporaryFolder } from "./temporary.suite.js";
import * as workgroupSchema from "./workgroup-schema.js";

/** The database of an earlier build, which knew so many migrations. */
function ofBuild(folder: string, migrations: number): ReturnType<typeof openRaw> {
  const known = temporaryFolder();
  cpSync(fileURLToPath(new URL("../../../../../migrations/sqlite", import.meta.url)), known, {
    recursive: true,
  });
  const journal = join(known, "meta/_journal.json");
  const { entries, ...rest } = JSON.parse(readFileSync(journal, "utf8")) as { entries: unknown[] };
  writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.slice(0, migrations) }));
  const raw = openRaw(folder);
  raw.pragma(`application_id = ${applicationId}`);
  migrate(drizzle(raw), { migrationsFolder: known });
  return raw;
}

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
      found: "migration 13 of 13 with hash of-tomorrow",
      expected: "12 migrations at most",
      retry: "never",
    });
  });

  test("whose past is another is refused", () => {
    const { folder, raw } = leftBehind();
    raw.exec("UPDATE __drizzle_migrations SET hash = 'edited' WHERE rowid = 1");
    expect(versionOf(folder).found).toBe("migration 1 of 12 with hash edited");
  });

  test("of the first build is brought up to date", () => {
    const folder = temporaryFolder();
    const raw = ofBuild(folder, 1);
    const triggers = () =>
      raw.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").pluck().get();
    expect(triggers()).toBe(0);
    openSqliteStore({ folder }).close();
    expect(triggers()).toBe(12);
  });

  test("of before there were workgroups opens: nothing in it was ever taken, and it takes what is new", async () => {
    const folder = temporaryFolder();
    const raw = ofBuild(folder, 2);
    raw.exec(`INSERT INTO organisations VALUES ('${org(1)}', 'acme', 'Acme', 'active', 3, 1000, 2);
      INSERT INTO agents VALUES ('${agt(1)}', '${org(1)}', 'scout', '{"env":"prod"}', 'owner', 'active', 0, 1000, 1);
      INSERT INTO instances VALUES ('${ins(1)}', '${agt(1)}', '${org(1)}', 'active', 0, 1, 0, 'print', 1000);
      INSERT INTO readers VALUES ('platform', 'platform', 1, 0);
      INSERT INTO logs VALUES ('platform', 1, '["root"]', 'root')`);
    const store = openStore(folder);
    expect(await ask(store, "organisation", { id: org(1) })).toMatchObject({ version: 2, takenAt: 0 });
    const { id } = agent(1);
    expect(await ask(store, "agent", { organisation: org(1), id })).toMatchObject({
      name: "scout",
      takenAt: 0,
    });
    expect(await ask(store, "principal", { id: ins(1) })).toMatchObject({ instance: { era: 1, takenAt: 0 } });
    expect(await ask(store, "readersOf", { stream: "platform" })).toMatchObject([{ order: 0, until: null }]);
    expect(await ask(store, "logHead", { log: "platform" })).toMatchObject({ size: 1, shared: 0 });
    await commit(store, { changes: put("workgroups", workgroup(1)) });
    expect(await ask(store, "workgroup", { id: wkg(1) })).toEqual(workgroup(1));
  });

  test("of before sides were handed over: who has joined has held them, and nobody has said goodbye", async () => {
    const folder = temporaryFolder();
    const raw = ofBuild(folder, 5);
    const joined = (side: string, instance: string, at: string) =>
      raw.exec(`INSERT INTO sides VALUES ('${ses(1)}', '${side}', '${agt(1)}', 'a', '${org(1)}', 'o', '${agt(2)}', 'w',
        'a', 'c', 'accepted', 1, ${instance}, 1, ${at}, 0, '{}')`);
    joined("consumer", `'${ins(1)}'`, "5");
    joined("provider", `'${ins(2)}'`, "NULL");
    const { goodbye: _, ...before } = connection(1);
    raw.exec(`INSERT INTO connections VALUES (${Object.values(before).map((value) => `'${value}'`)})`);
    const store = openStore(folder);
    const held = (side: "consumer" | "provider", instance: ReturnType<typeof ins>) =>
      ask(store, "holder", { session: ses(1), side, instance });
    expect(await held("consumer", ins(1))).toBeDefined();
    expect(await held("provider", ins(2))).toBeUndefined();
    expect(await ask(store, "connection", { instance: ins(1) })).toEqual({ ...before, goodbye: false });
  });

  test("of before drains were listed: what may be drained is, and nothing else", () => {
    const folder = temporaryFolder();
    const raw = ofBuild(folder, 7);
    const ended = (n: number, reason: string, handled: number, joinedAt = "NULL", isDue = true) => {
      const life = JSON.stringify({ state: "closed", closedAt: 1_000, ending: { reason } });
      raw.exec(`INSERT INTO sessions VALUES ('${ses(n)}', '${n}', '', '', NULL, '${ins(1)}', 1, 'w', 'a', 'markets.equity', 'c',
          '{}', '', NULL, '${n}', '${agt(2)}', '[]', 1, '${life}');
        INSERT INTO sides VALUES ('${ses(n)}', 'provider', '${agt(2)}', 'a', '${org(1)}', 'o', '${agt(1)}', 'w', 'a', 'c',
          'closed', 7, '${ins(2)}', 1, ${joinedAt}, 0, '{}');
        INSERT INTO tallies VALUES ('${ses(n)}', 'consumer', 3, 30, 0, NULL, NULL)`);
      if (handled > 0) raw.exec(`INSERT INTO handled VALUES ('${ses(n)}', 'consumer', ${handled}, 1, 3)`);
      if (isDue) raw.exec(`INSERT INTO deadlines VALUES ('payloads.erase', '${ses(n)}', 9)`);
    };
    ended(1, "completed_by_consumer", 0);
    ended(2, "idle_timeout", 2, "5");
    ended(3, "idle_timeout", 3);
    ended(4, "join_timeout", 0);
    ended(5, "completed_by_provider", 0);
    ended(6, "completed_by_consumer", 0, "NULL", false);
    openSqliteStore({ folder }).close();
    const whole = { agent: agt(2), capability: "markets.equity", opened_at: 7, until: 86_401_000 };
    expect(raw.prepare("SELECT * FROM drains ORDER BY session").all()).toEqual([
      { session: ses(1), instance: null, ...whole },
      { session: ses(2), instance: ins(2), ...whole },
    ]);
  });

  test("of before payloads were found by number: all that are kept are still there", async () => {
    const folder = temporaryFolder();
    const raw = ofBuild(folder, 8);
    const insert = raw.prepare("INSERT INTO payloads VALUES (?, 'consumer', ?, 1, 0, ?)");
    for (const [n, size] of [0, 1, 4_092, 100_000].entries())
      insert.run(ses(1), n + 1, Buffer.alloc(size, n));
    const store = openStore(folder);
    const by = { session: ses(1), side: "consumer", from: 1, to: 9, limit: 9 } as const;
    expect(await ask(store, "payloadsIn", by)).toHaveLength(4);
    const kept = raw
      .prepare<[], { n: number; bytes: Buffer }>("SELECT n, bytes FROM payloads ORDER BY n")
      .all();
    expect(
      kept.map(({ n, bytes }) => [n, bytes.equals(Buffer.alloc(bytes.length, n - 1)), bytes.length]),
    ).toEqual([0, 1, 4_092, 100_000].map((size, at) => [at + 1, true, size]));
  });

  test("of before there was looking back by what is named: what stands in it names what it would have named", async () => {
    const folder = temporaryFolder();
    const raw = ofBuild(folder, 10);
    const insert = raw.prepare(
      `INSERT INTO facts (ordinal, stream, position, kind, at, skeleton, hash, content) VALUES (?, ?, ?, 'k', 1, '{}', 'h', ?)`,
    );
    const nearly = [
      `${agt(1)}x`,
      agt(2).toUpperCase(),
      `xyz${agt(3).slice(3)}`,
      agt(4).replace("0", "9"),
      "agt_",
    ];
    const contents = [
      { actor: org(1), data: { agent: agt(1), deep: [{ instance: ins(1) }, ins(1)], nearly } },
      { subject: ses(1), none: null, number: 5 },
    ];
    const streams = [`org:${org(1)}`, `workgroup:${wkg(1)}`, `session:${ses(1)}`];
    for (const [at, stream] of streams.entries())
      for (const [n, content] of contents.entries())
        insert.run(2 * at + n + 1, stream, n + 1, JSON.stringify(content));
    insert.run(9, streams[0], 3, null);
    const expected = streams.flatMap((stream) =>
      contents.flatMap((content, n) => mentionsIn(stream, n + 1, content)),
    );
    expect(expected).toHaveLength(6);
    const found = (await openStore(folder).dumpDerived()).mentions ?? [];
    expect(new Set(found)).toEqual(new Set(expected.map((change) => change.do === "put" && change.row)));
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

const schemas = {
  ...schema,
  ...workgroupSchema,
  ...offerSchema,
  ...sessionSchema,
  ...envelopeSchema,
  ...ledgerSchema,
  ...evidenceSchema,
};
const tables = Object.values(schemas).filter((value) => is(value, SQLiteTable));

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
        .prepare<[string], Column>('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?)')
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
