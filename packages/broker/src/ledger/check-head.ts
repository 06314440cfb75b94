/**
 * Whether the store is the record that was acknowledged: it must continue the head that was kept outside it. A store
 * restored from an old copy verifies perfectly in itself; only that head can tell. Reads no more than what follows it.
 */
import { emptyStream, flawOf, headOf, runningAfter } from "./chain.js";
import { RecordBehind } from "./faults.js";
import type { KeptHead } from "./head.js";
import { emptyState, type LedgerState, type Store } from "./store.js";
import type { StoredFact, StreamHead } from "./stored-fact.js";

const pageSize = 1_000;

/** Throws `RecordBehind` unless the store's facts go on from the kept head to the store's own state. */
export async function checkHead(
  store: Pick<Store, "read">,
  kept: KeptHead | undefined,
): Promise<LedgerState> {
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  await checkRebuilt(store, state);
  const from = kept ?? emptyState;
  if (kept === undefined && state.ordinal > 0)
    throw new RecordBehind("head-missing", "a kept head", standsAt(state));
  if (state.ordinal < from.ordinal || state.era < from.era) {
    throw new RecordBehind("behind", standsAt(from), standsAt(state));
  }
  await foldOnto(store, from, state);
  return state;
}

/** A rebuild moves the state with what it has replayed: facts beyond it tell of one that did not come to its end. */
async function checkRebuilt(store: Pick<Store, "read">, { ordinal }: LedgerState): Promise<void> {
  const { beyond } = await store.read({ beyond: { find: "factsInOrder", by: { after: ordinal, limit: 1 } } });
  const next = beyond[0];
  if (next)
    throw new RecordBehind("unfinished-rebuild", `fact ${ordinal} as the last`, `fact ${next.ordinal}`);
}

const standsAt = ({ ordinal, era }: KeptHead): string => `fact ${ordinal} of era ${era}`;

async function foldOnto(store: Pick<Store, "read">, kept: KeptHead, state: LedgerState): Promise<void> {
  const heads = new Map<string, StreamHead>();
  let { running } = kept;
  // Begins with the fact at the head itself: nothing else reads it at start.
  let last = Math.max(0, kept.ordinal - 1);
  for await (const fact of factsAfter(store, last)) {
    if (fact.ordinal !== last + 1)
      throw new RecordBehind("altered", `fact ${last + 1}`, `fact ${fact.ordinal}`);
    await checkLink(store, heads, fact);
    last = fact.ordinal;
    if (last > kept.ordinal) running = runningAfter(running, fact.hash);
  }
  checkEnd(state, last, running);
  await checkStreamHeads(store, heads);
}

async function* factsAfter(store: Pick<Store, "read">, ordinal: number): AsyncGenerator<StoredFact> {
  let after = ordinal;
  while (true) {
    const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after, limit: pageSize } } });
    yield* facts;
    const last = facts.at(-1);
    if (last === undefined || facts.length < pageSize) return;
    after = last.ordinal;
  }
}

async function checkLink(
  store: Pick<Store, "read">,
  heads: Map<string, StreamHead>,
  fact: StoredFact,
): Promise<void> {
  const { stream, position } = fact.skeleton;
  const flaw = flawOf(fact, heads.get(stream) ?? (await headBefore(store, stream, position)));
  if (flaw) throw new RecordBehind("altered", `fact ${fact.ordinal} as it was hashed`, `another ${flaw}`);
  heads.set(stream, headOf(fact));
}

async function headBefore(store: Pick<Store, "read">, stream: string, position: number): Promise<StreamHead> {
  if (position <= 1) return emptyStream(stream);
  const by = { stream, after: position - 2, limit: 1, kind: null };
  const { facts } = await store.read({ facts: { find: "factsPage", by } });
  const before = facts[0];
  return before ? headOf(before) : emptyStream(stream);
}

function checkEnd(state: LedgerState, last: number, running: string): void {
  if (last !== state.ordinal)
    throw new RecordBehind("altered", `fact ${state.ordinal}`, `fact ${last} as the last`);
  if (running !== state.running) throw new RecordBehind("diverged", `running hash ${running}`, state.running);
}

async function checkStreamHeads(
  store: Pick<Store, "read">,
  heads: ReadonlyMap<string, StreamHead>,
): Promise<void> {
  for (const { stream, position, hash } of heads.values()) {
    const { head } = await store.read({ head: { find: "streamHead", by: { stream } } });
    if (head?.position === position && head.hash === hash) continue;
    throw new RecordBehind("altered", `${stream} at ${position}`, `${stream} at ${head?.position ?? 0}`);
  }
}
