/**
 * Merkle trees as RFC 9162 hashes them, kept as their frontier: the roots of the perfect subtrees, largest first. That
 * is enough to append a leaf and to tell the root in O(log n); which leaves there are is the log's to say.
 */
import { hash } from "node:crypto";

/** Hashes are base64url text, as they are stored. */
export interface Tree {
  readonly size: number;
  readonly frontier: readonly string[];
}

export const emptyTree: Tree = { size: 0, frontier: [] };

const leafPrefix = Buffer.from([0x00]);
const nodePrefix = Buffer.from([0x01]);

export const leafHash = (data: string): string =>
  hash("sha256", Buffer.concat([leafPrefix, Buffer.from(data, "utf8")]), "base64url");

export const nodeHash = (left: string, right: string): string =>
  hash(
    "sha256",
    Buffer.concat([nodePrefix, Buffer.from(left, "base64url"), Buffer.from(right, "base64url")]),
    "base64url",
  );

/** A perfect subtree of 2 to the `level` leaves, the `index`-th of those. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
  readonly hash: string;
}

/** A leaf completes one perfect subtree for every trailing one bit of the size before it; `completed` hears of each. */
export function withLeaf(
  tree: Tree,
  leaf: string,
  completed: (subtree: Subtree) => void = () => undefined,
): Tree {
  const frontier = [...tree.frontier];
  let root = leaf;
  let level = 0;
  // Divided, not shifted: a size beyond 2³¹ must not become negative.
  for (let size = tree.size; size % 2 === 1; size = (size - 1) / 2) {
    const left = frontier.pop();
    if (left === undefined)
      throw new RangeError(`a tree of ${tree.size} leaves has more perfect subtrees than this`);
    root = nodeHash(left, root);
    level += 1;
    completed({ level, index: (size - 1) / 2, hash: root });
  }
  return { size: tree.size + 1, frontier: [...frontier, root] };
}

const emptyRoot = hash("sha256", "", "base64url");

export function rootOf({ frontier }: Tree): string {
  const smallest = frontier.at(-1);
  if (smallest === undefined) return emptyRoot;
  return frontier.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), smallest);
}
