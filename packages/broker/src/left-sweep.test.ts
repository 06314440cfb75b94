/** What a crash has left of a sweep is finished at the start, before anybody comes in [SES-20]. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeId } from "@parley/protocol";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { startBroker } from "./broker.js";
import { loadConfig } from "./config.js";
import type { Sweep } from "./governance/engagement-entities.js";
import { happened, platformStream } from "./governance/fact.js";
import { ask } from "./governance/rule.js";
import { accept } from "./governance/verdict.js";
import { openLedger } from "./ledger/batch.js";
import { openHeadFile } from "./ledger/sqlite/head-file.js";
import { openSqliteStore } from "./ledger/sqlite/store.js";
import type { Store } from "./ledger/store.js";

const sweep: Sweep = {
  ...{ id: makeId("command"), part: 0, organisation: null, by: "agent", of: makeId("agent"), within: null },
  ...{ reason: "identity_revoked", begunAt: 1 },
};

async function liveOnce(data: string): Promise<void> {
  const loaded = loadConfig({
    flags: { data, listen: "127.0.0.1:0", management: "127.0.0.1:0" },
    env: {},
  });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  const broker = await startBroker(loaded.config, { log: pino({ level: "silent" }) });
  await broker.stop();
}

async function withStore<T>(folder: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ folder });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const unfinished = async (store: Store): Promise<readonly Sweep[]> =>
  (await store.read({ sweeps: { find: "unfinishedSweeps", by: {} } })).sweeps;

/** The taking away as the record holds it when the broker has died before the first closing fact. */
async function begin(store: Store, folder: string): Promise<void> {
  const head = openHeadFile(join(folder, "head"));
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  const id = sweep.id;
  const told = { actor: "broker", cause: id, subject: sweep.of } as const;
  const facts = [happened(platformStream, "sweep.began", told, { sweep })];
  const ledger = await openLedger({
    ...{ store, head, clock: { now: () => state.at + 1 } },
    *govern() {
      yield* ask({});
      return accept(undefined as never, { facts });
    },
  });
  await ledger.settle({ kind: "clock.step", id, byMs: 1 });
  await ledger.drain();
  await head.close();
}

test("what a crash has left of a sweep is ended by the next start", async () => {
  const data = mkdtempSync(join(tmpdir(), "parley-left-"));
  onTestFinished(() => rmSync(data, { recursive: true }));
  await liveOnce(data);
  const left = await withStore(data, async (store) => {
    await begin(store, data);
    return unfinished(store);
  });
  expect(left).toEqual([sweep]);
  await liveOnce(data);
  expect(await withStore(data, unfinished)).toEqual([]);
}, 60_000);
