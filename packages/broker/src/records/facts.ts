/** Looking back at facts and alerts: an organisation's own, and the shared streams that it reads, as far as it does. */
import type { FactView, Refusal } from "@parley/protocol";
import { roleOf } from "../governance/caller.js";
import type { Alert } from "../governance/entities.js";
import { streamOf } from "../governance/fact.js";
import type { Principal } from "../governance/question.js";
import { organisationOf } from "../governance/standing.js";
import type { Reader, Store } from "../ledger/store.js";
import type { Skeleton, StoredFact } from "../ledger/stored-fact.js";
import { type After, cut, emptyPage, type Page, type Paging } from "./page.js";
import { auditorMissing, looksBack } from "./seeker.js";

export interface FactRecord {
  readonly skeleton: Skeleton;
  readonly hash: string;
  readonly content: FactView["content"];
}

/** Of which kind, and of which stream: null for the own one. */
export interface FactFilter {
  readonly kind: string | null;
  readonly stream: string | null;
}

const mayAudit = (principal: Principal): Refusal | undefined =>
  roleOf(principal) === "platform" || looksBack(principal) ? undefined : auditorMissing;

export async function listAlerts(
  store: Store,
  principal: Principal,
  { after, limit }: Paging<After>,
): Promise<Page<Alert, After> | Refusal> {
  const refusal = mayAudit(principal);
  if (refusal) return refusal;
  const by = { organisation: organisationOf(principal), before: after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "alertsPage", by } });
  return cut(page, limit, (last) => ({ at: last.raisedAt, id: last.id }));
}

/** [API-14] The facts of one stream: those positions that the caller's organisation (or the platform) reads. */
export async function listFacts(
  store: Store,
  principal: Principal,
  paging: Paging<number>,
  { kind, stream }: FactFilter,
): Promise<Page<FactRecord, number> | Refusal> {
  const refusal = mayAudit(principal);
  if (refusal) return refusal;
  const log = streamOf(organisationOf(principal));
  if (stream === null) return readFacts(store, { stream: log, from: 1, until: null }, paging, kind);
  const { reader } = await store.read({ reader: { find: "readerOf", by: { log, stream } } });
  return reader === undefined ? emptyPage : readFacts(store, reader, paging, kind);
}

async function readFacts(
  store: Store,
  { stream, from, until }: Pick<Reader, "stream" | "from" | "until">,
  { after, limit }: Paging<number>,
  kind: string | null,
): Promise<Page<FactRecord, number>> {
  const by = { stream, after: Math.max(after ?? 0, from - 1), limit: limit + 1, kind };
  const { page } = await store.read({ page: { find: "factsPage", by } });
  const read = page.filter(({ skeleton }) => until === null || skeleton.position <= until);
  const { items, next } = cut(read, limit, (last) => last.skeleton.position);
  return { items: items.map(recordOf), next };
}

const recordOf = ({ skeleton, hash, contentText }: StoredFact): FactRecord => ({
  skeleton,
  hash,
  content: contentText === null ? null : (JSON.parse(contentText) as FactView["content"]),
});
