/**
 * The search over what an agent may engage. Every row that is touched is one that the agent may see; what a filter
 * names and the agent does not see acts as if it did not exist. Searches run beside the main thread.
 */
import { type AgentId, type InteractionPattern, limits, type Refusal } from "@parley/protocol";
import { homeOf } from "../governance/caller.js";
import { wordsOf } from "../governance/offer/offers.js";
import { find, type Principal } from "../governance/question.js";
import { idOf } from "../governance/standing.js";
import { no } from "../governance/verdict.js";
import type { CatalogFilter, CatalogPlace, OfferRow } from "../ledger/engagement-pages.js";
import type { Store } from "../ledger/store.js";
import { cut, emptyPage, type Page, type Paging } from "./page.js";
import type { Searches, Waiting } from "./searches.js";
import { auditorMissing, mayList } from "./seeker.js";
import { resolveWorkgroup } from "./workgroups.js";

export type { CatalogPlace, OfferRow };

/** What is looked for, as typed. */
export interface Search {
  readonly capability?: string | undefined;
  readonly q?: string | undefined;
  readonly workgroup?: string | undefined;
  readonly organisation?: string | undefined;
  readonly pattern?: InteractionPattern | undefined;
  readonly available?: boolean | undefined;
  /** On whose behalf, for an operator; an instance looks for its own agent. */
  readonly agent?: string | undefined;
}

interface Looking {
  readonly organisation: ReturnType<typeof homeOf>;
  readonly agent: AgentId;
  readonly filter: CatalogFilter;
}

/** Undefined: there is nothing that it could find. */
async function agentOf(store: Store, principal: Principal, typed: string | undefined) {
  const refusal = mayList(principal);
  if (refusal) return auditorMissing;
  if (principal.kind === "instance") {
    const { id } = principal.agent;
    return typed === undefined || typed === id ? id : undefined;
  }
  if (typed === undefined) return no("request.malformed", { rule: "agent" });
  const { found } = await store.read({
    found: find("agent", { organisation: homeOf(principal), id: typed }),
  });
  return found?.id;
}

const capabilityOf = (typed: string | undefined): CatalogFilter["capability"] => {
  if (typed === undefined) return null;
  return typed.endsWith(".*") ? { beginsWith: typed.slice(0, -2) } : { exactly: typed };
};

async function lookingFor(
  store: Store,
  principal: Principal,
  search: Search,
): Promise<Looking | Refusal | undefined> {
  const agent = await agentOf(store, principal, search.agent);
  if (agent === undefined || typeof agent !== "string") return agent;
  const organisation = homeOf(principal);
  // [API-12] Cut as the words of an offer are.
  const words = search.q === undefined ? [] : [...new Set(wordsOf(search.q))];
  const { searchWordsMax: limit } = limits;
  if (words.length > limit) return no("request.malformed", { rule: "q", limit, used: words.length });
  if (search.q !== undefined && words.length === 0) return undefined;
  const workgroup =
    search.workgroup === undefined
      ? null
      : await resolveWorkgroup(store, { organisation, agent }, search.workgroup);
  if (workgroup !== null && typeof workgroup !== "string")
    return workgroup.code === "not-found" ? undefined : workgroup;
  const { organisation: provider = null, pattern = null, available = null } = search;
  const capability = capabilityOf(search.capability);
  const filter = { capability, words, workgroup, organisation: provider, pattern, available };
  return { organisation, agent, filter };
}

const placeOf = ({ rank, advertisement, workgroup }: OfferRow): CatalogPlace => ({
  rank,
  name: advertisement.name,
  advertisement: advertisement.id,
  workgroup: workgroup.id,
});

/** Where searches are looked up, and where they wait for it. */
export interface Finding {
  readonly store: Store;
  readonly searches: Searches;
}

const waitingFor = (principal: Principal, why: Waiting["why"]): Waiting => ({
  organisation: homeOf(principal),
  principal: idOf(principal),
  why,
});

export async function searchCatalog(
  { store, searches }: Finding,
  principal: Principal,
  search: Search,
  { after, limit }: Paging<CatalogPlace>,
): Promise<Page<OfferRow, CatalogPlace> | Refusal> {
  const looking = await lookingFor(store, principal, search);
  if (looking === undefined) return emptyPage;
  if ("code" in looking) return looking;
  const by = { ...looking, after, limit: limit + 1 };
  const found = await searches.ask(waitingFor(principal, "asked"), () =>
    store.readAside({ page: { find: "catalogPage", by } }),
  );
  return "code" in found ? found : cut(found.page, limit, placeOf);
}

/** All that a search finds, as one digest: another one means that something appeared, changed or went. */
export async function digestCatalog(
  { store, searches }: Finding,
  principal: Principal,
  search: Search,
  why: Waiting["why"],
): Promise<string | Refusal> {
  const looking = await lookingFor(store, principal, search);
  if (looking === undefined) return "";
  if ("code" in looking) return looking;
  const found = await searches.ask(waitingFor(principal, why), () =>
    store.readAside({ digest: { find: "catalogDigest", by: looking } }),
  );
  return "code" in found ? found : found.digest;
}
