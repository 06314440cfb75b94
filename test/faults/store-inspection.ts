/** What a separate reader finds in a store after something has happened to it, beside what was acknowledged. */
import { join } from "node:path";
import { runningAfter } from "../../packages/broker/dist/ledger/chain.js";
import { checkHead } from "../../packages/broker/dist/ledger/check-head.js";
import { openHeadFile } from "../../packages/broker/dist/ledger/sqlite/head-file.js";
import { openSqliteStore } from "../../packages/broker/dist/ledger/sqlite/store.js";
import { emptyState, type Store } from "../../packages/broker/dist/ledger/store.js";
import type { Acknowledged } from "./store-process.js";

export interface Inspection {
  /** How many facts the store holds, each chained to the one before. */
  readonly facts: number;
  /** Of what was acknowledged, what is not there or is there as something else. */
  readonly lost: readonly Acknowledged[];
  /** Why the record would not be gone on from; undefined if it would. */
  readonly head: string | undefined;
}

export async function inspect(folder: string, acknowledged: readonly Acknowledged[]): Promise<Inspection> {
  const store = openSqliteStore({ folder });
  try {
    const runnings = await runningHashes(store);
    return {
      facts: runnings.length - 1,
      lost: acknowledged.filter(({ ordinal, running }) => runnings[ordinal] !== running),
      head: await headOf(folder, store),
    };
  } finally {
    await store.close();
  }
}

/** All facts of a broker that has gone, with what they say, in the order in which they were written. */
export async function recordedFacts(folder: string) {
  const store = openSqliteStore({ folder });
  const found: { stream: string; kind: string; at: number; data: Record<string, unknown> }[] = [];
  try {
    for (let after = 0, more = true; more; ) {
      const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after, limit: 1_000 } } });
      for (const { skeleton, contentText } of facts) {
        const content = JSON.parse(contentText ?? "{}") as { data?: Record<string, unknown> };
        const { stream, kind, at } = skeleton;
        found.push({ stream, kind, at, data: content.data ?? {} });
      }
      after += facts.length;
      more = facts.length > 0;
    }
    return found;
  } finally {
    await store.close();
  }
}

/** The running hash after each fact, by its ordinal. */
async function runningHashes(store: Store): Promise<string[]> {
  const runnings: string[] = [emptyState.running];
  while (true) {
    const after = runnings.length - 1;
    const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after, limit: 1_000 } } });
    for (const fact of facts) {
      if (fact.ordinal !== runnings.length)
        throw new Error(`fact ${fact.ordinal} stands where ${runnings.length} should`);
      runnings.push(runningAfter(runnings.at(-1) ?? "", fact.hash));
    }
    if (facts.length === 0) return runnings;
  }
}

async function headOf(folder: string, store: Store): Promise<string | undefined> {
  const head = openHeadFile(join(folder, "head"));
  try {
    await checkHead(store, await head.read());
    return undefined;
  } catch (cause) {
    return String(cause);
  } finally {
    await head.close();
  }
}
