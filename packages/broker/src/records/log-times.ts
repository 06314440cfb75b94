/** Where in a log a time is: its leaves are in the order of the ledger's time, and facts say theirs. */
import { secondOf } from "../ledger/seconds.js";
import type { LogLeaf, Store } from "../ledger/store.js";

type Read = Pick<Store, "readAside">;

/** The leaves of what happened from the one time on and before the other; either may be open. */
export async function leavesBetween(
  store: Read,
  log: string,
  size: number,
  { from, to }: { readonly from: number | null; readonly to: number | null },
): Promise<{ readonly first: number; readonly end: number }> {
  const first = from === null ? 0 : await firstAt(store, log, size, from);
  const end = to === null ? size : await firstAt(store, log, size, to);
  return { first, end: Math.max(first, end) };
}

/** The first leaf of nothing older, by halving. */
async function firstAt(store: Read, log: string, size: number, time: number): Promise<number> {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if ((await timeOf(store, log, middle)) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function timeOf(store: Read, log: string, index: number): Promise<number> {
  const { leaves } = await store.readAside({
    leaves: { find: "logLeaves", by: { log, after: index - 1, limit: 1 } },
  });
  const leaf: LogLeaf | undefined = leaves[0];
  if (leaf === undefined) throw new RangeError(`${log} has no leaf ${index}`);
  const by = { stream: leaf.stream, after: leaf.position - 1, limit: 1, kind: null };
  const { facts } = await store.readAside({ facts: { find: "factsPage", by } });
  const at = facts[0]?.skeleton.at ?? 0;
  // The head of a shared stream stands for its whole second, and after what happened to the organisation itself in it.
  return leaf.stream === log ? at : secondOf(at) * 1_000 + 999;
}
