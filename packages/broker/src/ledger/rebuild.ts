/**
 * Rebuilding: every derived row is dropped and made again from the facts, in the order in which they were appended,
 * through the same code that live appending uses. For an operator with the broker stopped.
 */
import { Appending } from "./appending.js";
import { RecordBehind } from "./faults.js";
import { emptyState, type LedgerState, type Store, type Transaction } from "./store.js";
import type { StoredFact } from "./stored-fact.js";
import { orRollBack } from "./transact.js";

export interface RebuildOptions {
  readonly factsPerTransaction?: number;
}

export async function rebuild(
  store: Store,
  { factsPerTransaction = 1_000 }: RebuildOptions = {},
): Promise<LedgerState> {
  const { before } = await store.read({ before: { find: "ledgerState", by: {} } });
  // The state says how far the replay has come: one that is interrupted is found at the next start, and run again.
  // Which seconds have ended is not in the facts: checkpoints may have been signed since.
  const nothing: LedgerState = { ...emptyState, sealed: before.sealed };
  await inTransaction(store, async (tx) => tx.putState(nothing));
  await store.dropDerived();
  let state = nothing;
  while (true) {
    const by = { after: state.ordinal, limit: factsPerTransaction };
    const { facts } = await store.read({ facts: { find: "factsInOrder", by } });
    if (facts.length > 0) state = await replay(store, state, facts);
    if (facts.length < factsPerTransaction) break;
  }
  return finish(store, before, state);
}

const replay = (store: Store, state: LedgerState, facts: readonly StoredFact[]): Promise<LedgerState> =>
  inTransaction(store, async (tx) => {
    const appending = new Appending(tx, state);
    for (const fact of facts) await appending.replay(fact);
    return appending.finish();
  });

/** The time of the last commit may have been that of working rows only, of which facts do not know. */
async function finish(store: Store, before: LedgerState, state: LedgerState): Promise<LedgerState> {
  const wasWhole = before.ordinal === state.ordinal;
  if (wasWhole && before.running !== state.running)
    throw new RecordBehind("altered", before.running, state.running);
  const finished = { ...state, at: Math.max(before.at, state.at, state.sealed * 1_000) };
  return inTransaction(store, async (tx) => {
    const appending = new Appending(tx, finished);
    await appending.seal(finished.sealed);
    return appending.finish();
  });
}

async function inTransaction<T>(store: Store, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = await store.begin();
  const result = await orRollBack(tx, () => work(tx));
  await tx.commit();
  return result;
}
