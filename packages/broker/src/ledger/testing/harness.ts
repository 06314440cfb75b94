/** What ledger tests run a ledger with: a clock that is stepped, a head in memory, a store whose steps can be got at. */
import type { Clock } from "../../clock.js";
import type { NewFact } from "../../governance/fact.js";
import { beginAppending } from "../appending.js";
import type { HeadKeeper, KeptHead } from "../head.js";
import { emptyState, type LedgerState, type Store, type Transaction } from "../store.js";

export interface SteppedClock extends Clock {
  set(at: number): void;
}

export function steppedClock(start = 1_000): SteppedClock {
  let at = start;
  return {
    now: () => at,
    set: (to) => {
      at = to;
    },
  };
}

export interface HeadInMemory extends HeadKeeper {
  readonly kept: KeptHead[];
}

const atBeginning: KeptHead = { ordinal: 0, running: emptyState.running, era: emptyState.era };

/** Of a record that has begun before; `first` says what it holds at first otherwise. */
export function headInMemory(first: KeptHead | "none" = atBeginning): HeadInMemory {
  const kept: KeptHead[] = [];
  return {
    kept,
    read: () => kept.at(-1) ?? (first === "none" ? undefined : first),
    keep: (head) => void kept.push(head),
    close: () => undefined,
  };
}

/** Does something before a step of a transaction is taken: waits, counts, throws. */
export type Before = Partial<Record<keyof Transaction | "begin", () => Promise<void> | void>>;

/** The same store, with something done before the steps of its transactions. */
export function withSteps(store: Store, before: Before): Store {
  const stepped = (tx: Transaction): Transaction => ({
    answer: async (question) => {
      await before.answer?.();
      return tx.answer(question);
    },
    append: async (facts) => {
      await before.append?.();
      return tx.append(facts);
    },
    change: async (changes) => {
      await before.change?.();
      return tx.change(changes);
    },
    putState: async (state) => {
      await before.putState?.();
      return tx.putState(state);
    },
    commit: async () => {
      await before.commit?.();
      return tx.commit();
    },
    rollback: async () => {
      await before.rollback?.();
      return tx.rollback();
    },
  });
  return {
    begin: async () => {
      await before.begin?.();
      return stepped(await store.begin());
    },
    read: (question) => store.read(question),
    readAside: (question) => store.readAside(question),
    get waitingBytes() {
      return store.waitingBytes;
    },
    watch: (wake) => store.watch(wake),
    dropDerived: () => store.dropDerived(),
    dumpDerived: () => store.dumpDerived(),
    close: () => store.close(),
  };
}

export interface Latch {
  readonly opened: Promise<void>;
  open(): void;
}

export function latch(): Latch {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Lets everything happen that waits for nothing from outside. */
export async function settleDown(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface Timed {
  readonly fact: NewFact;
  readonly at: number;
}

/** Appends facts as the ledger does, each at its time, one transaction for each of the given sizes. */
export async function appendInBatches(
  store: Store,
  facts: readonly Timed[],
  sizes: readonly number[],
): Promise<LedgerState> {
  let from = 0;
  let state: LedgerState | undefined;
  for (const size of [...sizes, facts.length]) {
    const batch = facts.slice(from, from + Math.max(1, size));
    from += batch.length;
    if (batch.length > 0) state = await appendTogether(store, batch);
  }
  if (state === undefined) throw new RangeError("a history has at least one fact");
  return state;
}

/** The same with the seconds ended after some of the transactions, as late as the next fact allows. */
export async function appendAndSeal(
  store: Store,
  facts: readonly Timed[],
  sealsAfter: readonly boolean[],
): Promise<LedgerState> {
  let state: LedgerState | undefined;
  for (const [index, timed] of facts.entries()) {
    state = await appendTogether(store, [timed]);
    if (sealsAfter[index % sealsAfter.length]) state = await sealAt(store, facts[index + 1]?.at ?? timed.at);
  }
  if (state === undefined) throw new RangeError("a history has at least one fact");
  return state;
}

export async function sealAt(store: Store, at: number): Promise<LedgerState> {
  const tx = await store.begin();
  const appending = await beginAppending(tx);
  await appending.append({ facts: [], work: [], payloads: [], seals: true }, [], at);
  const state = await appending.finish();
  await tx.commit();
  return state;
}

async function appendTogether(store: Store, batch: readonly Timed[]): Promise<LedgerState> {
  const tx = await store.begin();
  const appending = await beginAppending(tx);
  for (const { fact, at } of batch) await appending.append({ facts: [fact], work: [], payloads: [] }, [], at);
  const state = await appending.finish();
  await tx.commit();
  return state;
}
