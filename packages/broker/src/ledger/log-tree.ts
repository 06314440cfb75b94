/**
 * A log's Merkle tree as it is stored: any root, proof or perfect subtree of it, from leaves and from the levels that are
 * kept, so that no answer reads more than a few hundred rows for each level. Leaves never change, so it does not matter
 * that a log grows while it is read.
 */
import { keptLevels } from "./log.js";
import { emptyTree, nodeHash, rootOf } from "./merkle.js";
import type { Maybe, StoreAnswers, StoreQuestion } from "./store.js";

export type Read = <Q extends StoreQuestion>(question: Q) => Maybe<StoreAnswers<Q>>;

/** A perfect subtree of 2 to the `level` leaves, the `index`-th of those. */
export interface Place {
  readonly level: number;
  readonly index: number;
}

export class LogTree {
  readonly #read: Read;
  readonly #log: string;

  constructor(read: Read, log: string) {
    this.#read = read;
    this.#log = log;
  }

  /** Of the first so many leaves. */
  root(size: number): Promise<string> {
    return this.#rootOf(0, size);
  }

  /** [REC-10] RFC 9162 § 2.1.3.1: that the leaf stands among the first so many. */
  async inclusion(leaf: number, size: number): Promise<readonly string[]> {
    if (leaf >= size) throw new RangeError(`leaf ${leaf} is not among ${size}`);
    const proof: string[] = [];
    let [from, to] = [0, size];
    while (to - from > 1) {
      const middle = from + largestPowerBelow(to - from);
      if (leaf < middle) {
        proof.push(await this.#rootOf(middle, to));
        to = middle;
      } else {
        proof.push(await this.#rootOf(from, middle));
        from = middle;
      }
    }
    return proof.reverse();
  }

  /** [REC-10] RFC 9162 § 2.1.4.1: that the first `first` leaves are the beginning of the first `second`. */
  async consistency(first: number, second: number): Promise<readonly string[]> {
    if (first < 1 || first > second) throw new RangeError(`${first} leaves are no beginning of ${second}`);
    const proof: string[] = [];
    let [from, to] = [0, second];
    while (first !== to) {
      const middle = from + largestPowerBelow(to - from);
      if (first <= middle) {
        proof.push(await this.#rootOf(middle, to));
        to = middle;
      } else {
        proof.push(await this.#rootOf(from, middle));
        from = middle;
      }
    }
    // Where the older tree is one of the newer one's own subtrees, whoever asks has its root.
    if (from > 0) proof.push(await this.#rootOf(from, to));
    return proof.reverse();
  }

  async subtree({ level, index }: Place): Promise<string> {
    const above = level % keptLevels;
    const count = 2 ** above;
    const [only, ...more] = await this.#kept(level - above, index * count, count);
    if (only === undefined) throw new RangeError(`${this.#log} has no such subtree yet`);
    return folded([only, ...more]);
  }

  async #rootOf(from: number, to: number): Promise<string> {
    const hashes: string[] = [];
    for (const place of perfectSubtrees(from, to)) hashes.push(await this.subtree(place));
    return rootOf({ ...emptyTree, frontier: hashes });
  }

  /** So many neighbours on a level that is kept. */
  async #kept(level: number, from: number, count: number): Promise<readonly string[]> {
    if (level === 0) return this.#leaves(from, count);
    const by = { log: this.#log, level, from, limit: count };
    const { nodes } = await this.#read({ nodes: { find: "logNodes", by } });
    const found = new Map(nodes.map(({ index, hash }) => [index, hash]));
    const hashes: string[] = [];
    for (let index = from; index < from + count; index++) {
      // A log that is older than the levels that are kept is hashed again from below.
      hashes.push(found.get(index) ?? folded(await this.#below(level, index)));
    }
    return hashes;
  }

  #below(level: number, index: number): Promise<readonly string[]> {
    const count = 2 ** keptLevels;
    return this.#kept(level - keptLevels, index * count, count);
  }

  async #leaves(from: number, count: number): Promise<readonly string[]> {
    const by = { log: this.#log, after: from - 1, limit: count };
    const { leaves } = await this.#read({ leaves: { find: "logLeaves", by } });
    if (leaves.length < count) throw new RangeError(`${this.#log} has no leaf ${from + leaves.length} yet`);
    return leaves.map(({ leaf }) => leaf);
  }
}

/** The roots of neighbouring perfect subtrees, as many as a power of two, become the one above them all. */
function folded(hashes: readonly string[]): string {
  let row = hashes;
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, pair) =>
      nodeHash(row[2 * pair] as string, row[2 * pair + 1] as string),
    );
  }
  return row[0] as string;
}

/** The fewest perfect subtrees that cover these leaves, in order. Powers are multiplied: sizes may be beyond 2³¹. */
export function perfectSubtrees(from: number, to: number): readonly Place[] {
  const places: Place[] = [];
  let at = from;
  while (at < to) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    places.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return places;
}

function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
