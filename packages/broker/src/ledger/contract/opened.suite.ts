/** What the contract is tried on: a store that is closed when its test ends, and the shortest ways to write and ask. */
import { onTestFinished } from "vitest";
import type { Change } from "../../governance/change.js";
import type {
  LedgerChange,
  LedgerState,
  Store,
  StoreLookup,
  StoreLookupName,
  StoreLookups,
  StoreQuestion,
  Transaction,
} from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import type { StoreRows, StoreTable } from "../tables.js";
import { chainOf, note } from "../testing/made-up.js";

export interface Adapter {
  /** An empty store; what it holds is thrown away by the caller of this. */
  open(): Store;
  /** Closes a store and opens what it has left behind; absent where nothing is promised to outlive the process. */
  reopen?(store: Store): Promise<Store>;
}

export function opened(adapter: Adapter): Store {
  const store = adapter.open();
  onTestFinished(() => store.close());
  return store;
}

export type AnyChange = Change | LedgerChange;

export const put = <T extends StoreTable>(table: T, ...rows: readonly StoreRows[T][]): AnyChange[] =>
  rows.map((row) => ({ do: "put", table, row }) as unknown as AnyChange);

export interface Written {
  readonly facts?: readonly StoredFact[];
  readonly changes?: readonly AnyChange[];
  readonly state?: LedgerState;
}

export async function writeIn(tx: Transaction, { facts = [], changes = [], state }: Written): Promise<void> {
  await tx.append(facts);
  await tx.change(changes);
  if (state) await tx.putState(state);
}

export async function commit(store: Store, written: Written): Promise<void> {
  const tx = await store.begin();
  await writeIn(tx, written);
  await tx.commit();
}

export async function rollBack(store: Store, written: Written): Promise<void> {
  const tx = await store.begin();
  await writeIn(tx, written);
  await tx.rollback();
}

type Answered = { readonly answer: Transaction["answer"] } | { readonly read: Store["read"] };

/** One answer, of a transaction or of what was committed. */
export async function ask<N extends StoreLookupName>(
  from: Answered,
  find: N,
  by: StoreLookups[N]["ask"],
): Promise<StoreLookups[N]["found"]> {
  const question: StoreQuestion = { it: { find, by } as unknown as StoreLookup };
  const answers = await ("read" in from ? from.read(question) : from.answer(question));
  return answers.it as StoreLookups[N]["found"];
}

/** What a committed store answers, to readers and within a transaction alike. */
export async function askBoth<N extends StoreLookupName>(store: Store, find: N, by: StoreLookups[N]["ask"]) {
  const tx = await store.begin();
  const within = await ask(tx, find, by);
  await tx.rollback();
  return { read: await ask(store, find, by), within };
}

/** As many facts of one stream as asked for, chained. */
export const factsOf = (stream: string, count: number): StoredFact[] =>
  chainOf(Array.from({ length: count }, (_, n) => ({ fact: note(stream, n), at: 1_000 + n })));
