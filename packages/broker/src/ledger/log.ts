/**
 * A log: one reader's Merkle tree. Its leaves are the facts of its own stream and, for each second in which a shared
 * stream changed, that stream's head at the end of the second. They follow from facts and their times alone: where a
 * commit began or ended cannot be told from them.
 */
import { canonicalJson } from "@parley/protocol";
import { emptyTree, leafHash, rootOf, type Tree, withLeaf } from "./merkle.js";
import { secondOf } from "./seconds.js";
import type { LogHead, LogLeaf, LogNode, PendingHead, Reader } from "./store.js";
import type { StoredFact } from "./stored-fact.js";
import { readsAsOwn, readsAt } from "./stream.js";

/** The head of a shared stream in a second that may still go on, and where this reader ranks that stream. */
export interface Pending extends PendingHead {
  readonly order: number;
}

/** One log as a transaction works on it. */
export interface OpenLog {
  readonly log: string;
  /** As it is stored. */
  readonly stored: LogHead | undefined;
  tree: Tree;
  /** Subtrees that its new leaves have completed, of those that are kept. */
  readonly nodes: LogNode[];
  /** How many shared streams its organisation has seen. */
  shared: number;
  /** By stream: what is new, and what was read. Heads of a second that goes on are rows that nobody needs to read. */
  readonly pending: Map<string, Pending>;
  /** The streams whose row may have to change: those in `pending`, and those that were. */
  readonly touched: Set<string>;
  /** Stored heads of seconds before this one have been read. */
  readBefore: number;
  /** Of what is pending nothing is of a second before this one. */
  endedBefore: number;
}

export const openLog = (log: string, head?: LogHead): OpenLog => ({
  log,
  stored: head,
  tree: head ? { size: head.size, frontier: head.frontier } : emptyTree,
  nodes: [],
  shared: head?.shared ?? 0,
  pending: new Map(),
  touched: new Set(),
  readBefore: 0,
  endedBefore: 0,
});

/** What is known of a stream already is newer than what is stored of it. */
export function putStored(log: OpenLog, stored: readonly Pending[], before: number): void {
  for (const one of stored) {
    if (log.touched.has(one.stream)) continue;
    log.touched.add(one.stream);
    log.pending.set(one.stream, one);
  }
  log.readBefore = before;
  log.endedBefore = 0;
}

export const headOfLog = ({ log, tree, shared }: OpenLog): LogHead => ({
  log,
  size: tree.size,
  frontier: tree.frontier,
  root: rootOf(tree),
  shared,
});

/** A proof is put together from leaves and from every eighth level: of what is between, no more than 256 are hashed again. */
export const keptLevels = 8;

/** An own fact's leaf is over the canonical text of its skeleton. */
export const ownLeaf = (fact: StoredFact): string => leafHash(fact.skeletonText);

/** A shared stream's leaf is over the canonical JSON of its head and the second at whose end it was the head. */
export const sharedLeaf = ({ stream, position, hash, second }: PendingHead): string =>
  leafHash(canonicalJson({ hash, position, second, stream }));

/** Tells a log of a fact in a stream that it reads, and returns the leaves that this completes. */
export function tell(log: OpenLog, reader: Reader, fact: StoredFact): LogLeaf[] {
  const { stream, position, at } = fact.skeleton;
  if (!readsAt(reader, position)) return [];
  const second = secondOf(at);
  const leaves = endSecondsBefore(log, second);
  if (readsAsOwn(reader)) return [...leaves, addLeaf(log, ownLeaf(fact), stream, position)];
  log.touched.add(stream);
  log.pending.set(stream, { log: log.log, stream, second, position, hash: fact.hash, order: reader.order });
  return leaves;
}

/** A second that is over leaves its shared heads behind, in the order in which this reader first saw the streams. */
export function endSecondsBefore(log: OpenLog, second: number): LogLeaf[] {
  if (log.endedBefore >= second) return [];
  log.endedBefore = second;
  const over = [...log.pending.values()].filter((pending) => pending.second < second);
  over.sort((a, b) => a.second - b.second || a.order - b.order);
  return over.map((pending) => {
    log.pending.delete(pending.stream);
    return addLeaf(log, sharedLeaf(pending), pending.stream, pending.position);
  });
}

function addLeaf(log: OpenLog, leaf: string, stream: string, position: number): LogLeaf {
  const index = log.tree.size;
  log.tree = withLeaf(log.tree, leaf, (subtree) => {
    if (subtree.level % keptLevels === 0) log.nodes.push({ log: log.log, ...subtree });
  });
  return { log: log.log, index, leaf, stream, position };
}
