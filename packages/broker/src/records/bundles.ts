/**
 * The record as a bundle that anybody checks offline: one log from its first leaf to a signed head, in which what is not
 * shown is the hash of a subtree [REC-13]. It comes in pages of lines; all that is remembered is where the next begins.
 */
import {
  type BrokerKeyView,
  type BundleScope,
  checkpointLine,
  headerLine,
  parseCheckpoint,
  type Refusal,
  receiptLine,
  skippedLine,
} from "@parley/protocol";
import { sessionStream } from "../governance/fact.js";
import type { Principal } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import { LogTree, perfectSubtrees } from "../ledger/log-tree.js";
import type { LogLeaf, Store } from "../ledger/store.js";
import { keyLinesFor } from "./bundled-keys.js";
import { BundledLeaves } from "./bundled-leaves.js";
import { lastCheckpoint, mayProve, ownLog } from "./evidence.js";
import { leavesBetween } from "./log-times.js";
import type { Page, Paging } from "./page.js";
import { sessionSeen } from "./sessions.js";

/** What is asked for: one session, or what happened between two times; `against` is the size of an older head. */
export interface BundleAsked {
  readonly session?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly against?: number | undefined;
}

interface BundleTimes {
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

/** Where a page begins. The signed head is chosen once, however long the reading takes. */
export interface BundlePlace {
  /** Leaves that the head covers. */
  readonly size: number;
  /** The leaves that are shown: from `at` on they are still to come, up to `end`. */
  readonly at: number;
  readonly end: number;
  /** Of the shared stream of the leaf at `at`: facts up to this position have been shown already. */
  readonly shown: number | null;
  /** The receipt of the session comes last. */
  readonly receipted: boolean;
}

interface Chosen {
  readonly note: string;
  readonly place: BundlePlace;
  readonly receipt: string | null;
  readonly scope: BundleScope;
}

/** What one page takes up at most, in characters: one line is always on it. */
const pageLengthMax = 1_048_576;

export interface BundleFrom {
  readonly store: Store;
  readonly issuer: string;
  readonly keys: readonly BrokerKeyView[];
}

export async function readBundle(
  from: BundleFrom,
  principal: Principal,
  asked: BundleAsked,
  { after, limit }: Paging<BundlePlace>,
): Promise<Page<string, BundlePlace> | Refusal> {
  const log = ownLog(principal);
  const tree = new LogTree((question) => from.store.readAside(question), log);
  // Who may see it is judged for every page: it may have changed since the first.
  const seen = await streamSeen(from.store, principal, asked);
  if (typeof seen === "object" && seen !== null) return seen;
  const lines: string[] = [];
  let place = after;
  if (place === null) {
    const chosen = await choose(from.store, log, asked, seen);
    if ("code" in chosen) return chosen;
    place = chosen.place;
    lines.push(...prelude(from, log, chosen), ...(await skipped(tree, 0, place.at, asked.against)));
  }
  const leaves = new BundledLeaves(from.store, log, seen);
  let length = 0;
  for await (const { line, at, shown } of leaves.from(place)) {
    lines.push(line);
    length += line.length;
    place = { ...place, at, shown };
    if (lines.length >= limit || length > pageLengthMax) break;
  }
  if (place.at < place.end) return { items: lines, next: place };
  lines.push(...(await skipped(tree, place.end, place.size, asked.against)));
  if (place.receipted && seen !== null) lines.push(receiptLine(await receiptOf(from.store, seen)));
  return { items: lines, next: null };
}

async function receiptOf(store: Store, stream: string): Promise<string> {
  const { receipt } = await store.read({ receipt: { find: "receipt", by: { session: sessionOf(stream) } } });
  if (receipt === undefined) throw new RangeError(`the receipt of ${stream} is gone`);
  return receipt.statement;
}

const sessionOf = (stream: string): string => stream.slice(stream.indexOf(":") + 1);

/** The one stream that is shown, of a session; null where it is everything. */
async function streamSeen(
  store: Store,
  principal: Principal,
  { session }: BundleAsked,
): Promise<string | null | Refusal> {
  if (session === undefined) return mayProve(principal) ?? null;
  const { found } = await sessionSeen(store, principal, session);
  return found === undefined ? no("not-found") : sessionStream(found.session.id);
}

async function choose(
  store: Store,
  log: string,
  asked: BundleAsked,
  stream: string | null,
): Promise<Chosen | Refusal> {
  const chosen = stream === null ? await chooseTimes(store, log, asked) : await chooseEnd(store, log, stream);
  if (chosen === undefined) return no("not-found");
  const { size } = chosen.place;
  return (asked.against ?? 0) > size ? no("not-found") : chosen;
}

async function chooseTimes(store: Store, log: string, asked: BundleAsked): Promise<Chosen | undefined> {
  const { from = null, to = null }: BundleTimes = asked;
  const checkpoint = await lastCheckpoint(store, log);
  if (checkpoint === undefined) return undefined;
  const { size, note } = checkpoint;
  const times = { from: from === null ? null : Date.parse(from), to: to === null ? null : Date.parse(to) };
  const { first, end } = await leavesBetween(store, log, size, times);
  const place = { size, at: first, end, shown: null, receipted: false };
  return { note, scope: { from, to }, place, receipt: null };
}

/** A session that has its receipt is shown under the head that the receipt came with: always the same bytes. */
async function chooseEnd(store: Store, log: string, stream: string): Promise<Chosen | undefined> {
  const session = sessionOf(stream);
  const scope = { session } as BundleScope;
  const { receipt, proof } = await store.read({
    receipt: { find: "receipt", by: { session } },
    proof: { find: "receiptProof", by: { session, log } },
  });
  if (receipt !== undefined && proof !== undefined) {
    const { leaf: at, size, note } = proof;
    const place = { size, at, end: at + 1, shown: null, receipted: true };
    return { note, scope, place, receipt: receipt.statement };
  }
  const checkpoint = await lastCheckpoint(store, log);
  if (checkpoint === undefined) return undefined;
  const { size, note } = checkpoint;
  const leaf = await lastLeafBelow(store, log, stream, size);
  if (leaf === undefined) return undefined;
  const place = { size, at: leaf.index, end: leaf.index + 1, shown: null, receipted: false };
  return { note, scope, place, receipt: null };
}

async function lastLeafBelow(
  store: Store,
  log: string,
  stream: string,
  size: number,
): Promise<LogLeaf | undefined> {
  let position = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const { leaf } = await store.read({ leaf: { find: "leafBefore", by: { log, stream, position } } });
    if (leaf === undefined || leaf.index < size) return leaf;
    position = leaf.position;
  }
}

function prelude({ issuer, keys }: BundleFrom, log: string, { note, scope, receipt }: Chosen): string[] {
  const origin = parseCheckpoint(note)?.checkpoint.origin ?? "";
  const era = Number(/\/era-(\d+)$/.exec(origin)?.[1]);
  return [
    headerLine({ bundle: "parley/1", era, issuer, log: log as "platform", scope }),
    ...keyLinesFor(keys, note, receipt),
    checkpointLine(note),
  ];
}

/** Cut where the older head ended, so that its root can be told. */
async function skipped(tree: LogTree, from: number, to: number, at?: number): Promise<readonly string[]> {
  const cut = at !== undefined && from < at && at < to ? [at, to] : [to];
  const lines: string[] = [];
  let begin = from;
  for (const end of cut) {
    for (const place of perfectSubtrees(begin, end))
      lines.push(skippedLine({ level: place.level, hash: await tree.subtree(place) }));
    begin = end;
  }
  return lines;
}
