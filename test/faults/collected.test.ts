/** The driver's objects and the collector: from Node 24.19 on the one must never meet the other. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeFolder, removeFolder } from "../fixtures/broker-process.js";

const driver = createRequire(import.meta.url).resolve("better-sqlite3");
const store = fileURLToPath(new URL("../../packages/broker/dist/ledger/sqlite/store.js", import.meta.url));

/** The collector comes by itself, between one turn and the next, as it does in a process that lives. */
const collecting = `const rest = async () => {
  const much = Array.from({ length: 100_000 }, (_, index) => ({ index }));
  await new Promise((done) => setImmediate(done));
  return much.length;
};`;

const run = (script: string) =>
  spawnSync(process.execPath, ["--input-type=module", "-e", `${collecting}\n${script}`], {
    encoding: "utf8",
    timeout: 60_000,
  });

test("a store that is used, closed and forgotten does not take the process with it", () => {
  const folder = makeFolder();
  const { status, stderr } = run(`
    const { openSqliteStore } = await import(${JSON.stringify(store)});
    for (let round = 0; round < 20; round++) {
      const store = openSqliteStore({ folder: ${JSON.stringify(folder)} });
      store.read({ state: { find: "ledgerState", by: {} } });
      store.close();
      await rest();
    }
  `);
  removeFolder(folder);
  expect([status, stderr]).toEqual([0, ""]);
});

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const aborts = major > 24 || (major === 24 && minor >= 19);

test.skipIf(!aborts)("the driver alone does, on this Node: the day it does not, nothing need be held", () => {
  const { status, signal } = run(`
    const { createRequire } = await import("node:module");
    const Database = createRequire(${JSON.stringify(driver)})(${JSON.stringify(driver)});
    for (let round = 0; round < 50; round++) {
      for (let count = 0; count < 40; count++) {
        const db = new Database(":memory:");
        db.pragma("foreign_keys = ON");
        db.prepare("SELECT 1").get();
        db.close();
      }
      await rest();
    }
  `);
  expect(status === 134 || signal === "SIGABRT").toBe(true);
});
