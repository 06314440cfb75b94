import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { commit, put } from "../contract/opened.suite.js";
import { organisation } from "../contract/rows.suite.js";
import { StoreInUse } from "./failures.js";
import { makeFile, makeFolder } from "./folder.js";
import { openSqliteStore } from "./store.js";
import { openRaw, openStore, temporaryFolder } from "./temporary.suite.js";

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("a store's folder and all its files can be read by their owner only", async () => {
  const folder = join(temporaryFolder(), "new", "data");
  const store = openStore(folder);
  await commit(store, { changes: put("organisations", organisation(1)) });
  const files = readdirSync(folder);
  expect(files).toEqual(
    expect.arrayContaining(["parley.db", "parley.db-shm", "parley.db-wal", "parley.lock"]),
  );
  for (const file of files) expect(`${file} ${modeOf(join(folder, file))}`).toBe(`${file} 600`);
  expect(modeOf(folder)).toBe("700");
  expect(modeOf(join(folder, ".."))).toBe("700");
});

test("a folder that is named from here is made, with those above it", () => {
  const folder = join(temporaryFolder(), "new", "data");
  makeFolder(relative(process.cwd(), folder));
  expect(modeOf(folder)).toBe("700");
});

test("a folder that exists stays as it is", () => {
  const folder = join(temporaryFolder(), "data");
  mkdirSync(folder, { mode: 0o750 });
  makeFolder(folder);
  expect(modeOf(folder)).toBe("750");
});

test("a file that exists stays as it is", () => {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, "there");
  makeFile(path);
  expect(statSync(path).size).toBe(5);
});

test("a second store in the folder is refused, and the first goes on", async () => {
  const folder = temporaryFolder();
  const store = openStore(folder);
  for (let again = 0; again < 3; again += 1) {
    expect(() => openSqliteStore({ folder })).toThrow(StoreInUse);
    expect(() => openSqliteStore({ folder })).toThrow(folder);
  }
  await commit(store, { changes: put("organisations", organisation(1)) });
});

/** Whether another process gets the lock: within one process SQLite would know without the file. */
function anotherProcessGetsIn(folder: string): boolean {
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const script = `const lock = new (require(process.argv[1]))(process.argv[2], { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE")`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ["-e", script, driver, join(folder, "parley.lock")],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0 && !stderr.includes("database is locked")) throw new Error(stderr);
  return status === 0;
}

test("another process is kept out, also after this one has tried again in vain", () => {
  const folder = temporaryFolder();
  const store = openStore(folder);
  expect(anotherProcessGetsIn(folder)).toBe(false);
  expect(() => openSqliteStore({ folder })).toThrow(StoreInUse);
  expect(anotherProcessGetsIn(folder)).toBe(false);
  store.close();
  expect(anotherProcessGetsIn(folder)).toBe(true);
});

test("a folder is free again once its store is closed", () => {
  const folder = temporaryFolder();
  openSqliteStore({ folder }).close();
  openStore(folder);
});

test("a store that could not be opened leaves its folder free", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "parley.db"), "this is no database, and long enough to show it".repeat(100));
  expect(() => openSqliteStore({ folder })).toThrow("the store failed: corrupt");
  const lock = openRaw(folder, "parley.lock");
  lock.exec("BEGIN EXCLUSIVE");
});
