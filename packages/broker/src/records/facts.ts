/** Looking back at facts and alerts: an organisation's own, and the shared streams that it reads, as far as it does. */
import type { FactView, Refusal } from "@parley/protocol";
import { roleOf } from "../governance/caller.js";
import type { Alert } from "../governance/entities.js";
import type { Principal } from "../governance/question.js";
import { organisationOf } from "../governance/standing.js";
import type { LogPlace } from "../ledger/log-pages.js";
import type { Store } from "../ledger/store.js";
import type { Skeleton, StoredFact } from "../ledger/stored-fact.js";
import type { FactFilter } from "./fact-filter.js";
import { lookBack } from "./look-back.js";
import { type After, cut, type Page, type Paging } from "./page.js";
import { auditorMissing, looksBack } from "./seeker.js";

export type { FactFilter, LogPlace };

export interface FactRecord {
  readonly skeleton: Skeleton;
  readonly hash: string;
  readonly content: FactView["content"];
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

/** [API-14] [API-18] The facts that the caller's organisation (or the platform) reads, in the order of its log. */
export async function listFacts(
  store: Store,
  principal: Principal,
  paging: Paging<LogPlace>,
  filter: FactFilter,
): Promise<Page<FactRecord, LogPlace> | Refusal> {
  const refusal = mayAudit(principal);
  if (refusal) return refusal;
  const { found, upTo, isOver } = await lookBack(store, principal, filter, paging);
  return { items: found.map(({ fact }) => recordOf(fact)), next: isOver ? null : upTo };
}

const recordOf = ({ skeleton, hash, contentText }: StoredFact): FactRecord => ({
  skeleton,
  hash,
  content: contentText === null ? null : (JSON.parse(contentText) as FactView["content"]),
});
