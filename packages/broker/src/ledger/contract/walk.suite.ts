/** Walking a list page by page, as its readers do. */
import type { Store } from "../store.js";

/** One page after what was seen last. */
export type NextPage<Item> = (
  store: Store,
  last: Item | undefined,
  limit: number,
) => Promise<readonly Item[]>;

export async function walk<Item>(
  store: Store,
  next: NextPage<Item>,
  limit: number,
  between?: () => Promise<void>,
) {
  const seen: Item[] = [];
  while (seen.length < 1_000) {
    const items = await next(store, seen.at(-1), limit);
    seen.push(...items);
    if (items.length < limit) return seen;
    await between?.();
  }
  throw new Error(`this list has no end: ${JSON.stringify(seen.slice(-2))}`);
}
