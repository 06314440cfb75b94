import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { ask, commit, factsOf, put } from "../contract/opened.suite.js";
import { agent, org } from "../contract/rows.suite.js";
import { StoreFailed } from "../store.js";
import { faultOf } from "./failures.js";
import { openSqliteStore } from "./store.js";
import { openRaw, openStore, temporaryFolder } from "./temporary.suite.js";

describe("an error of the driver", () => {
  test.each([
    ["SQLITE_FULL", "full", "later"],
    ["SQLITE_IOERR", "io", "never"],
    ["SQLITE_IOERR_FSYNC", "io", "never"],
    ["SQLITE_IOERR_SHORT_READ", "io", "never"],
    ["SQLITE_CORRUPT", "corrupt", "never"],
    ["SQLITE_CORRUPT_INDEX", "corrupt", "never"],
    ["SQLITE_NOTADB", "corrupt", "never"],
    ["SQLITE_CANTOPEN", "io", "never"],
    ["SQLITE_READONLY_DBMOVED", "io", "never"],
    ["SQLITE_BUSY", "io", "later"],
    ["SQLITE_BUSY_SNAPSHOT", "io", "later"],
  ])("%s is the disk's fault: %s, %s", (code, what, retry) => {
    const cause = new Database.SqliteError("said the driver", code);
    const fault = faultOf(cause);
    expect(fault).toBeInstanceOf(StoreFailed);
    expect(fault).toMatchObject({ what, retry, cause });
  });

  test.each(["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_RANGE", "SQLITE_TOOBIG"])(
    "%s is ours",
    (code) => {
      const cause = new Database.SqliteError("said the driver", code);
      expect(faultOf(cause)).toBe(cause);
    },
  );

  test("that is none passes through", () => {
    const cause = new TypeError("a bug");
    expect(faultOf(cause)).toBe(cause);
  });
});

describe("a store", () => {
  test("answers nothing any more once a page of it made no sense", async () => {
    const folder = temporaryFolder();
    const before = openStore(folder);
    await commit(before, { facts: factsOf("platform", 400), changes: put("agents", agent(1)) });
    await before.close();
    const path = join(folder, "parley.db");
    const raw = openRaw(folder);
    const root = Number(raw.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'facts'").pluck().get());
    raw.close();
    overwrite(path, (root - 1) * 4_096, Buffer.alloc(4_096, 0xff));

    const store = openStore(folder);
    const corrupt = { name: "StoreFailed", what: "corrupt", retry: "never" };
    await expect(ask(store, "factsInOrder", { after: 0, limit: 10 })).rejects.toMatchObject(corrupt);
    await expect(ask(store, "agentCount", { organisation: org(1) })).rejects.toMatchObject(corrupt);
    await expect((async () => store.begin())()).rejects.toMatchObject(corrupt);
    await expect((async () => store.dumpDerived())()).rejects.toMatchObject(corrupt);
  });

  test("leaves a file alone that is no database", () => {
    const folder = temporaryFolder();
    const path = join(folder, "parley.db");
    const text = "somebody's diary\n".repeat(500);
    writeFileSync(path, text);
    expect(() => openSqliteStore({ folder })).toThrow(StoreFailed);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("refuses to write while somebody else does, and goes on afterwards", { timeout: 10_000 }, async () => {
    const folder = temporaryFolder();
    const store = openStore(folder);
    const outside = openRaw(folder);
    outside.exec("BEGIN IMMEDIATE");
    await expect((async () => store.begin())()).rejects.toMatchObject({ what: "io", retry: "later" });
    expect(await ask(store, "agentCount", { organisation: org(1) })).toBe(0);
    outside.exec("ROLLBACK");
    await commit(store, { changes: put("agents", agent(1)) });
    expect(await ask(store, "agentCount", { organisation: org(1) })).toBe(1);
  });
});

function overwrite(path: string, at: number, bytes: Buffer): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}
