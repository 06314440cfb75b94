import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { configureWriter, openReader, openWriter } from "./connection.js";
import { leftBehind, openStore, temporaryFolder } from "./temporary.suite.js";

const settings = {
  journal_mode: "wal",
  secure_delete: 1,
  foreign_keys: 1,
  trusted_schema: 0,
  cell_size_check: 1,
  temp_store: 2,
  cache_size: -65_536,
  busy_timeout: 2_000,
  journal_size_limit: 67_108_864,
  wal_autocheckpoint: 0,
  locking_mode: "normal",
};
const ofReader = [
  "foreign_keys",
  "trusted_schema",
  "cell_size_check",
  "temp_store",
  "cache_size",
  "busy_timeout",
];

function openBoth(synchronous: "FULL" | "NORMAL") {
  const { folder } = leftBehind();
  const options = { path: join(folder, "parley.db"), synchronous, trace: undefined };
  const writer = openWriter(options);
  configureWriter(writer, synchronous);
  const reader = openReader(options);
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  return { writer, reader };
}

describe("a connection", () => {
  test("that writes has every setting that is not the default", () => {
    const { writer } = openBoth("FULL");
    for (const [name, value] of Object.entries(settings)) {
      expect(`${name} ${writer.pragma(name, { simple: true })}`).toBe(`${name} ${value}`);
    }
  });

  test("that reads has those that matter to reading, and cannot write", () => {
    const { reader } = openBoth("FULL");
    for (const name of ofReader) {
      expect(`${name} ${reader.pragma(name, { simple: true })}`).toBe(
        `${name} ${Reflect.get(settings, name)}`,
      );
    }
    expect(() => reader.exec("DELETE FROM streams")).toThrow("readonly");
  });

  test.each([
    ["FULL", 2],
    ["NORMAL", 1],
  ] as const)("runs at %s after it has read, not only says so before", (synchronous, level) => {
    for (const db of Object.values(openBoth(synchronous))) {
      db.prepare("SELECT count(*) FROM facts").get();
      expect(db.pragma("synchronous", { simple: true })).toBe(level);
    }
  });

  test("would run at NORMAL if it were not told twice: the driver is built so", () => {
    const { folder } = leftBehind();
    const db = openWriter({ path: join(folder, "parley.db"), synchronous: "FULL", trace: undefined });
    expect(db.pragma("journal_mode = WAL", { simple: true })).toBe("wal");
    db.prepare("SELECT count(*) FROM facts").get();
    expect(db.pragma("synchronous", { simple: true })).toBe(1);
    db.close();
  });

  test("is set in the order that matters", () => {
    const statements: string[] = [];
    openStore(temporaryFolder(), { trace: (statement) => statements.push(statement) });
    const journal = statements.indexOf("PRAGMA journal_mode = WAL");
    expect(statements.slice(journal, journal + 5)).toEqual([
      "PRAGMA journal_mode = WAL",
      "PRAGMA synchronous = FULL",
      "SELECT count(*) FROM sqlite_schema",
      "PRAGMA synchronous",
      "PRAGMA secure_delete = ON",
    ]);
    // Nothing is written before, and the tables are made under these settings.
    expect(statements.findIndex((statement) => /^(CREATE|INSERT)/.test(statement))).toBeGreaterThan(journal);
  });
});
