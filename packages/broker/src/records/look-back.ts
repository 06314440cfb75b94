/** One page of what somebody looks for in the record: as much as fits, and no more looked at than a page is worth. */
import { limits, type OrganisationId } from "@parley/protocol";
import { streamOf } from "../governance/fact.js";
import { find, type Principal } from "../governance/question.js";
import { organisationOf } from "../governance/standing.js";
import type { LogPlace } from "../ledger/log-pages.js";
import type { Store } from "../ledger/store.js";
import { nextTurn } from "../turn.js";
import { type FactFilter, isWanted, kindsOf } from "./fact-filter.js";
import { type Looking, sourcesOf, streamsMax } from "./fact-sources.js";
import { type Bounds, merge, type Placed, walk } from "./fact-steps.js";
import type { Paging } from "./page.js";

/** Where little of what is looked at is wanted, a page is a shorter one and goes on from its cursor. */
const lookedMax = 2_048;

export interface LookedBack {
  readonly found: readonly Placed[];
  /** Nothing that is wanted is left up to here. */
  readonly upTo: LogPlace | null;
  /** There is no more of it, as things stand. */
  readonly isOver: boolean;
}

export interface LookedAs {
  /** Only what nothing can come before any more: shared streams before this second; null: all there is. */
  readonly settledBefore?: number | null;
  readonly streamsMax?: number;
}

/** [API-18] In the order of the log, page by page. */
export async function lookBack(
  store: Store,
  principal: Principal,
  filter: FactFilter,
  { after, limit }: Paging<LogPlace>,
  as: LookedAs = {},
): Promise<LookedBack> {
  const looking = await lookingFor(store, principal, filter, as);
  const sources = await sourcesOf(store, looking);
  const bounds: Bounds = { after, settledBefore: as.settledBefore ?? null };
  const steps = sources === null ? walk(store, looking, bounds) : merge(store, looking, sources, bounds);
  const kinds = looking.kinds && new Set(looking.kinds);
  const page = new Filling(limit);
  let [upTo, looked] = [after, 0];
  for await (const step of steps) {
    for (const placed of step.facts) {
      if (isWanted(filter, kinds, placed.fact) && !page.take(placed))
        return { found: page.found, upTo, isOver: false };
      upTo = placed.place;
    }
    upTo = step.upTo;
    looked += step.looked;
    if (looked > lookedMax) return { found: page.found, upTo, isOver: false };
    await nextTurn();
  }
  return { found: page.found, upTo, isOver: true };
}

async function lookingFor(
  store: Store,
  principal: Principal,
  filter: FactFilter,
  as: LookedAs,
): Promise<Looking> {
  const organisation = organisationOf(principal);
  const { workgroup, contract } = filter;
  const looking = {
    ...{ log: streamOf(organisation), filter, kinds: kindsOf(filter) },
    streamsMax: as.streamsMax ?? streamsMax,
  };
  if (organisation === null) return { ...looking, about: null };
  const agent = filter.agent ?? (await agentOf(store, organisation, filter.instance ?? filter.actor));
  return { ...looking, about: { organisation, agent, workgroup, contract } };
}

/** What an own instance has done in sessions it has done in those of its agent. */
async function agentOf(store: Store, organisation: OrganisationId, instance: string | null) {
  if (instance === null) return null;
  const { found } = await store.read({ found: find("instance", { organisation, id: instance }) });
  return found?.agent ?? null;
}

/** A page as it fills: one at least, and no more than its reader takes in one piece. */
class Filling {
  readonly found: Placed[] = [];
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(placed: Placed): boolean {
    this.#bytes += Buffer.byteLength(placed.fact.contentText ?? "");
    const isFull = this.found.length >= this.#limit || this.#bytes > limits.pageBytesMax;
    if (isFull && this.found.length > 0) return false;
    this.found.push(placed);
    return true;
  }
}
