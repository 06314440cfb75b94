/** One page of a list: what is on it, and where the next one begins. */
import { limits } from "@parley/protocol";
import type { After } from "../ledger/after.js";
import { nextTurn } from "../turn.js";

export type { After };

export interface Page<T, A> {
  readonly items: readonly T[];
  /** Where the next page begins, or null after the last. */
  readonly next: A | null;
}

export interface Paging<A> {
  readonly after: A | null;
  readonly limit: number;
}

export const emptyPage: Page<never, never> = { items: [], next: null };

const bytesOf = (row: unknown): number => Buffer.byteLength(JSON.stringify(row));

/** So many of these stand on one page: what is longer than its reader takes in one piece goes on on the next. */
export function fitting(rows: readonly unknown[], limit: number): number {
  let bytes = 0;
  for (const [at, row] of rows.slice(0, limit).entries()) {
    bytes += bytesOf(row);
    if (at > 0 && bytes > limits.pageBytesMax) return at;
  }
  return Math.min(rows.length, limit);
}

/** One more than asked for tells whether there is a next page. */
export function cut<T, A>(rows: readonly T[], limit: number, afterOf: (last: T) => A): Page<T, A> {
  const items = rows.slice(0, fitting(rows, limit));
  const last = items.at(-1);
  return { items, next: rows.length > items.length && last !== undefined ? afterOf(last) : null };
}

/** As `cut`, where each of them has to be read about: one after the other, and others have turns in between. */
export async function cutRead<T, R, A>(
  rows: readonly T[],
  limit: number,
  afterOf: (last: T) => A,
  readOne: (row: T) => Promise<R | undefined>,
): Promise<Page<R, A>> {
  const items: R[] = [];
  let [bytes, last]: [number, T | undefined] = [0, undefined];
  for (const [at, row] of rows.slice(0, limit).entries()) {
    if (at > 0) await nextTurn();
    const item = await readOne(row);
    bytes += item === undefined ? 0 : bytesOf(item);
    if (last !== undefined && bytes > limits.pageBytesMax) return { items, next: afterOf(last) };
    if (item !== undefined) items.push(item);
    last = row;
  }
  return { items, next: rows.length > limit && last !== undefined ? afterOf(last) : null };
}

export const byCreation = (row: { readonly createdAt: number; readonly id: string }): After => ({
  at: row.createdAt,
  id: row.id,
});
