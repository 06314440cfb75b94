/** A full disk: nothing is written, everything is read, and it goes on when there is room again. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { beginAppending } from "../../packages/broker/dist/ledger/appending.js";
import { openSqliteStore } from "../../packages/broker/dist/ledger/sqlite/store.js";
import type { LedgerState, Store } from "../../packages/broker/dist/ledger/store.js";
import { orRollBack } from "../../packages/broker/dist/ledger/transact.js";
import { Mounts } from "./mounts.js";
import { missing, skipLoudly } from "./tools.js";

let folder = "";
let mounts: Mounts;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-full-"));
  mounts = new Mounts(folder);
  return () => {
    mounts.unmountAll();
    rmSync(folder, { recursive: true, force: true });
  };
});

const filling = { byMs: 1, filling: "x".repeat(3_000) };
const note = {
  stream: "platform",
  kind: "clock.stepped",
  content: { actor: "broker", subject: "1", cause: "cmd_0", data: filling },
} as never;

async function commitNote(store: Store): Promise<LedgerState> {
  const tx = await store.begin();
  const state = await orRollBack(tx, async () => {
    const appending = await beginAppending(tx);
    await appending.append({ facts: [note], work: [], payloads: [] }, [], 1);
    return appending.finish();
  });
  await tx.commit();
  return state;
}

/** Commits until one fails: how far the record had come, and the failure. */
async function fill(store: Store): Promise<{ last: LedgerState | undefined; failure: unknown }> {
  let last: LedgerState | undefined;
  for (let n = 0; n < 10_000; n += 1) {
    try {
      last = await commitNote(store);
    } catch (failure) {
      return { last, failure };
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("the disk was never full");
}

async function stateOf(store: Store): Promise<LedgerState> {
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  return state;
}

test("a full disk refuses writing and goes on reading, until there is room again", {
  timeout: 30_000,
}, async (context) => {
  const reason = missing(["mount", "umount"], true);
  if (reason !== undefined) skipLoudly(context, reason);
  const disk = mounts.mountMemory("4m", "disk");
  writeFileSync(join(disk, "ballast"), Buffer.alloc(1_000_000));
  const store = openSqliteStore({ folder: join(disk, "data") });
  onTestFinished(() => store.close());

  const full = { name: "StoreFailed", what: "full", retry: "later" };
  const { last, failure } = await fill(store);
  expect(failure).toMatchObject(full);
  expect(last?.ordinal).toBeGreaterThan(50);

  // Neither the failure nor trying again has changed anything.
  await expect(commitNote(store)).rejects.toMatchObject(full);
  expect(await stateOf(store)).toEqual(last);
  const after = { after: 0, limit: 10_000 };
  const { facts } = await store.read({ facts: { find: "factsInOrder", by: after } });
  expect(facts).toHaveLength(last?.ordinal ?? 0);

  rmSync(join(disk, "ballast"));
  expect((await commitNote(store)).ordinal).toBe((last?.ordinal ?? 0) + 1);
});
