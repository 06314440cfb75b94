/** Looking back at what is signed: the caller's own log, its proofs, and receipts of sessions that the caller sees. */
import type { ProofQuery, ProofView, Refusal } from "@parley/protocol";
import { roleOf } from "../governance/caller.js";
import type { Checkpoint, Receipt } from "../governance/entities.js";
import { sessionStream, streamOf } from "../governance/fact.js";
import type { Principal } from "../governance/question.js";
import { organisationOf } from "../governance/standing.js";
import { no } from "../governance/verdict.js";
import { LogTree } from "../ledger/log-tree.js";
import { secondOf } from "../ledger/seconds.js";
import type { PendingHead, Store } from "../ledger/store.js";
import type { Skeleton } from "../ledger/stored-fact.js";
import { cut, type Page, type Paging } from "./page.js";
import { auditorMissing, looksBack } from "./seeker.js";
import { sessionSeen } from "./sessions.js";

export const ownLog = (principal: Principal): string => streamOf(organisationOf(principal));

export const mayProve = (principal: Principal): Refusal | undefined =>
  roleOf(principal) === "platform" || looksBack(principal) ? undefined : auditorMissing;

/** [REC-8] Everybody of an organisation may hold on to what it was told; an enroller is told nothing. */
export async function showCheckpoint(
  store: Store,
  principal: Principal,
): Promise<Checkpoint | null | Refusal> {
  const refusal = principal.kind === "instance" ? undefined : mayProve(principal);
  if (refusal) return refusal;
  return (await lastCheckpoint(store, ownLog(principal))) ?? null;
}

/** The signed note, for whoever is told of it in passing. */
export async function checkpointOf(store: Store, principal: Principal): Promise<string | null> {
  return (await lastCheckpoint(store, ownLog(principal)))?.note ?? null;
}

/** What another era has signed was of another tree, until it is signed for again. */
export async function lastCheckpoint(store: Store, log: string): Promise<Checkpoint | undefined> {
  const { checkpoint, era } = await store.read({
    checkpoint: { find: "checkpoint", by: { log } },
    era: { find: "era", by: {} },
  });
  return checkpoint?.era === era ? checkpoint : undefined;
}

/** [REC-10] Of the caller's own log alone: what is beyond its size is not there. */
export async function prove(
  store: Store,
  principal: Principal,
  asked: ProofQuery,
): Promise<ProofView | Refusal> {
  const refusal = mayProve(principal);
  if (refusal) return refusal;
  const log = ownLog(principal);
  const { head } = await store.read({ head: { find: "logHead", by: { log } } });
  const size = head?.size ?? 0;
  const tree = new LogTree((question) => store.readAside(question), log);
  if ("leaf" in asked) return asked.size > size ? no("not-found") : proveLeaf(tree, asked);
  return asked.to > size ? no("not-found") : proveGrowth(tree, asked);
}

async function proveLeaf(
  tree: LogTree,
  { leaf, size }: Extract<ProofQuery, { readonly leaf: number }>,
): Promise<ProofView | Refusal> {
  if (leaf >= size) return no("not-found");
  const hash = await tree.subtree({ level: 0, index: leaf });
  return { leaf, size, hash, root: await tree.root(size), hashes: [...(await tree.inclusion(leaf, size))] };
}

async function proveGrowth(
  tree: LogTree,
  { from, to }: Extract<ProofQuery, { readonly from: number }>,
): Promise<ProofView | Refusal> {
  if (from < 1 || from > to) return no("not-found");
  const roots = { fromRoot: await tree.root(from), toRoot: await tree.root(to) };
  return { from, to, ...roots, hashes: [...(await tree.consistency(from, to))] };
}

export interface ReceiptRecord {
  readonly receipt: Receipt;
  readonly head: PendingHead;
  readonly leaf: number;
  readonly size: number;
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

/** [REC-11] For whoever sees the session, with the proof in the log of its own organisation. */
export async function showReceipt(
  store: Store,
  principal: Principal,
  id: string,
): Promise<ReceiptRecord | null | Refusal> {
  const { found } = await sessionSeen(store, principal, id);
  if (found === undefined) return no("not-found");
  const session = found.session.id;
  const log = ownLog(principal);
  const { receipt, proof } = await store.read({
    receipt: { find: "receipt", by: { session } },
    proof: { find: "receiptProof", by: { session, log } },
  });
  if (receipt === undefined || proof === undefined) return null;
  const tree = new LogTree((question) => store.readAside(question), log);
  const head = await headAt(store, log, sessionStream(session));
  const { leaf, size, note: checkpoint } = proof;
  return { receipt, head, leaf, size, hashes: await tree.inclusion(leaf, size), checkpoint };
}

/** As a log has it: a session that is closed has no other any more. */
async function headAt(store: Store, log: string, stream: string): Promise<PendingHead> {
  const { head } = await store.read({ head: { find: "streamHead", by: { stream } } });
  const by = { stream, after: (head?.position ?? 0) - 1, limit: 1, kind: null };
  const { facts } = await store.read({ facts: { find: "factsPage", by } });
  const [last] = facts;
  if (last === undefined) throw new RangeError(`${stream} has a receipt and no facts`);
  const { position, at } = last.skeleton;
  return { log, stream, position, second: secondOf(at), hash: last.hash };
}

/** A fact without what it says. */
export interface LinkRecord {
  readonly skeleton: Skeleton;
  readonly hash: string;
}

/** [REC-12] The skeletons of a session's chain: what a side needs to follow it, whatever was removed of what it says. */
export async function listChain(
  store: Store,
  principal: Principal,
  id: string,
  { after, limit }: Paging<number>,
): Promise<Page<LinkRecord, number> | Refusal> {
  const { found } = await sessionSeen(store, principal, id);
  if (found === undefined) return no("not-found");
  const stream = sessionStream(found.session.id);
  const by = { stream, after: after ?? 0, limit: limit + 1, kind: null };
  const { facts } = await store.read({ facts: { find: "factsPage", by } });
  const { items, next } = cut(facts, limit, ({ skeleton }) => skeleton.position);
  return { items: items.map(({ skeleton, hash }) => ({ skeleton, hash })), next };
}
