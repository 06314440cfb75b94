/** What holds for every list: complete and in one order at every page size, under insertion too. */
import { canonicalJson, type Json } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Store } from "../store.js";
import { type Adapter, opened } from "./opened.suite.js";
import { type NextPage, walk } from "./walk.suite.js";

export const at = <Item>(last: Item | undefined, when: (item: Item) => number, id: (item: Item) => string) =>
  last === undefined ? null : { at: when(last), id: id(last) };

/** Seven rows, put in no order; three of them at the same time. */
const shuffled = [4, 1, 6, 3, 7, 2, 5];
export const times = (n: number) => (n >= 3 && n <= 5 ? 1_003 : 1_000 + n);

export interface Paged<Item extends object> {
  readonly next: NextPage<Item>;
  readonly write: (store: Store, ns: readonly number[]) => Promise<void>;
  readonly expected: (ns: readonly number[]) => readonly Item[];
}

export const paged = <Item extends object>(one: Paged<Item>): Paged<object> =>
  one as unknown as Paged<object>;
export const sorted = (ns: readonly number[]) => [...ns].sort((a, b) => a - b);

export function describeLists(adapter: Adapter, lists: Readonly<Record<string, Paged<object>>>): void {
  describe.each(Object.entries(lists))("%s", (_name, { next, write, expected }) => {
    test.each([1, 2, 3, 7, 8])("tells everything once and in order, %d at a time", async (limit) => {
      const store = opened(adapter);
      await write(store, shuffled);
      expect(await walk(store, next, limit)).toEqual(expected(shuffled));
    });

    test("tells what was there all the time exactly once while others come", async () => {
      const store = opened(adapter);
      const there = [10, 14, 18, 22];
      await write(store, there);
      const coming = [[11], [9, 15], [19, 23], [12, 24]];
      const told = await walk(store, next, 1, async () => {
        const ns = coming.shift();
        if (ns) await write(store, ns);
      });
      // The order of a row's columns is each adapter's own.
      const names = told.map((item) => canonicalJson(item as unknown as Json));
      for (const item of expected(there))
        expect(names.filter((name) => name === canonicalJson(item as unknown as Json))).toHaveLength(1);
      expect(new Set(names).size).toBe(names.length);
    });

    test("is empty where there is nothing", async () => {
      expect(await next(opened(adapter), undefined, 5)).toEqual([]);
    });
  });
}
