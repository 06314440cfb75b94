/**
 * Merkle trees as RFC 9162 hashes them [EVD-2]: proofs of inclusion and of consistency, and the root of a log whose leaves are
 * given in order, some of them only as the hashes of perfect subtrees. Sizes go up to 2^53, so nothing is shifted.
 */
import { isDigest, putDigest } from "./base64.js";
import type { EvidenceCrypto } from "./crypto.js";

/** Hashes are base64url text. */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly leaf: string;
  readonly proof: readonly string[];
  readonly root: string;
}

export interface ConsistencyProof {
  readonly first: number;
  readonly firstRoot: string;
  readonly second: number;
  readonly secondRoot: string;
  readonly proof: readonly string[];
}

/** The prefix is one byte in UTF-8 too. */
export const leafHash = (data: string, crypto: EvidenceCrypto): string => crypto.sha256(`\u0000${data}`);

const node = new Uint8Array(65);
node[0] = 0x01;

export function nodeHash(left: string, right: string, crypto: EvidenceCrypto): string {
  if (!putDigest(node, 1, left) || !putDigest(node, 33, right)) throw new TypeError("a hash is base64url");
  return crypto.sha256(node);
}

export const emptyRoot = (crypto: EvidenceCrypto): string => crypto.sha256("");

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const half = (value: number): number => Math.floor(value / 2);

/** Whether a leaf stands at this index of the tree with this root [RFC 9162, 2.1.3.2]. */
export function verifyInclusion(
  { index, size, leaf, proof, root }: InclusionProof,
  crypto: EvidenceCrypto,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || ![leaf, root, ...proof].every(isDigest))
    return false;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash, crypto);
      // Levels at which this is the last node, without a sibling, have no hash in the proof.
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = nodeHash(hash, sibling, crypto);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && hash === root;
}

/** Whether the tree of the first root is the beginning of the tree of the second [RFC 9162, 2.1.4.2]. */
export function verifyConsistency(given: ConsistencyProof, crypto: EvidenceCrypto): boolean {
  const { first, firstRoot, second, secondRoot, proof } = given;
  if (!isCount(first) || !isCount(second) || first > second) return false;
  if (![firstRoot, secondRoot, ...proof].every(isDigest)) return false;
  if (first === second) return proof.length === 0 && firstRoot === secondRoot;
  if (first === 0) return proof.length === 0 && firstRoot === emptyRoot(crypto);
  let [at, last] = [first - 1, second - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  // A first tree that is perfect is its own beginning, and stands in no proof.
  const [begin, ...rest] = at === 0 ? [firstRoot, ...proof] : proof;
  if (begin === undefined) return false;
  let [older, newer] = [begin, begin];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [older, newer] = [nodeHash(sibling, older, crypto), nodeHash(sibling, newer, crypto)];
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else newer = nodeHash(newer, sibling, crypto);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && older === firstRoot && newer === secondRoot;
}

/** A perfect subtree of 2^level leaves. */
interface Subtree {
  readonly level: number;
  readonly hash: string;
}

export const levelMax = 52;

/**
 * A log covered from its first leaf on by perfect subtrees, in order. Keeps one hash for each level; the root at an
 * earlier size is known where it was wanted beforehand and a subtree begins there.
 */
export class Cover {
  readonly #crypto: EvidenceCrypto;
  readonly #wanted: number | undefined;
  readonly #subtrees: Subtree[] = [];
  #size = 0;
  #rootWanted: string | undefined;

  constructor(crypto: EvidenceCrypto, wanted?: number) {
    this.#crypto = crypto;
    this.#wanted = wanted;
    if (wanted === 0) this.#rootWanted = this.root();
  }

  get size(): number {
    return this.#size;
  }

  /** Goes on with a subtree; level 0 is a leaf. False if none of its size can stand here. */
  add(level: number, hash: string): boolean {
    if (!Number.isSafeInteger(level) || level < 0 || level > levelMax || !isDigest(hash)) return false;
    const leaves = 2 ** level;
    if (this.#size % leaves !== 0 || !Number.isSafeInteger(this.#size + leaves)) return false;
    this.#put(level, hash);
    this.#size += leaves;
    if (this.#size === this.#wanted) this.#rootWanted = this.root();
    return true;
  }

  #put(level: number, hash: string): void {
    let [height, root] = [level, hash];
    for (let left = this.#subtrees.at(-1); left?.level === height; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      root = nodeHash(left.hash, root, this.#crypto);
      height += 1;
    }
    this.#subtrees.push({ level: height, hash: root });
  }

  root(): string {
    const smallest = this.#subtrees.at(-1);
    if (smallest === undefined) return emptyRoot(this.#crypto);
    return this.#subtrees
      .slice(0, -1)
      .reduceRight((right, left) => nodeHash(left.hash, right, this.#crypto), smallest.hash);
  }

  /** Undefined if no subtree began there, or if it was not wanted. */
  rootAt(size: number): string | undefined {
    if (size === this.#size) return this.root();
    return size === this.#wanted ? this.#rootWanted : undefined;
  }
}
