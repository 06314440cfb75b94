/** A ledger with a scripted governance over a memory store, and what became of the commands it was given. */
import { type LedgerOptions, openLedger } from "../batch.js";
import type { Settled } from "../ledger.js";
import { openMemoryStore } from "../memory/store.js";
import { type Store, StoreFailed } from "../store.js";
import { type Before, headInMemory, type Latch, latch, steppedClock, withSteps } from "./harness.js";
import { probe, type Script, scripted } from "./scripted.js";

export interface Setting extends Partial<LedgerOptions> {
  readonly before?: Before;
}

export async function openScripted({ before = {}, ...options }: Setting = {}) {
  const kept = options.store ?? openMemoryStore();
  const head = headInMemory();
  const clock = steppedClock();
  const failures: unknown[] = [];
  let commits = 0;
  let begun = 0;
  const counted: Before = {
    ...before,
    begin: async () => {
      begun += 1;
      await before.begin?.();
    },
    commit: async () => {
      commits += 1;
      await before.commit?.();
    },
  };
  const ledger = await openLedger({
    head,
    clock,
    govern: scripted,
    onFailed: (failure) => failures.push(failure),
    ...options,
    store: withSteps(kept, counted),
  });
  const settle = (script: Script, n = 0) => ledger.settle(probe(script, n));
  return { ledger, settle, store: kept, head, clock, failures, commits: () => commits, begun: () => begun };
}

export const answerOf = ({ verdict }: Settled): unknown =>
  verdict.verdict === "accepted"
    ? (verdict.answer as unknown as { value: string }).value
    : verdict.refusal.code;

export const answers = async (settling: readonly Promise<Settled>[]): Promise<unknown[]> =>
  (await Promise.all(settling)).map(answerOf);

/** What became of each: its answer, or the name of the fault. */
export const outcomes = async (settling: readonly Promise<Settled>[]): Promise<unknown[]> =>
  (await Promise.allSettled(settling)).map((one) =>
    one.status === "fulfilled" ? answerOf(one.value) : (one.reason as Error).name,
  );

export const factCount = async (store: Store): Promise<number> => {
  const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after: 0, limit: 10_000 } } });
  return facts.length;
};

export const storeFailed = (what: StoreFailed["what"], retry: StoreFailed["retry"]) =>
  new StoreFailed(what, retry, { cause: new Error("EIO") });

export interface HeldCommit {
  readonly before: Before;
  readonly committing: Latch;
  readonly held: Latch;
}

/** Commits that say when they begin and wait until they are let go. */
export function holdCommits(): HeldCommit {
  const committing = latch();
  const held = latch();
  return {
    committing,
    held,
    before: {
      commit: () => {
        committing.open();
        return held.opened;
      },
    },
  };
}
