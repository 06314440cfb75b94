/** Looking back at facts and alerts: an organisation's own, and the shared streams that it reads, as far as it does. */
import type { FactView, Refusal } from "@parley/protocol";
import { roleOf } from "../governance/caller.js";
import type { Alert } from "../governance/entities.js";
import type { Principal } from "../governance/question.js";
import { organisationOf } from "../governance/standing.js";
import { comparePlaces, type LogPlace } from "../ledger/log-pages.js";
import type { Store } from "../ledger/store.js";
import type { Skeleton, StoredFact } from "../ledger/stored-fact.js";
import type { FactFilter } from "./fact-filter.js";
import { type LookedBack, lookBack } from "./look-back.js";
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

export const mayFollow = (_store: Store, principal: Principal): Refusal | undefined => mayAudit(principal);

/** What is settled of them: nothing comes before it any more, so whoever goes on after it misses nothing [API-19]. */
export async function followFacts(
  store: Store,
  principal: Principal,
  paging: Paging<LogPlace>,
  filter: FactFilter,
): Promise<Followed | Refusal> {
  const refusal = mayAudit(principal);
  if (refusal) return refusal;
  // Time in the ledger does not run backwards: what is committed from here on is of this second, or a later one.
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  const settledBefore = Math.floor(state.at / 1_000);
  const { found, upTo, isOver } = await lookBack(store, principal, filter, paging, { settledBefore });
  const settled: LogPlace = { second: settledBefore, rank: 0, position: 0 };
  const isBehind = isOver && (upTo === null || comparePlaces(upTo, settled) < 0);
  return {
    found: found.map(({ fact, place }) => ({ record: recordOf(fact), place })),
    ...{ upTo: isBehind ? settled : upTo, isOver },
  };
}

export interface Followed extends Pick<LookedBack, "upTo" | "isOver"> {
  readonly found: readonly { readonly record: FactRecord; readonly place: LogPlace }[];
}

const recordOf = ({ skeleton, hash, contentText }: StoredFact): FactRecord => ({
  skeleton,
  hash,
  content: contentText === null ? null : (JSON.parse(contentText) as FactView["content"]),
});
