/**
 * Looking back at advertisements: an organisation and the agent itself read what it advertises, others as the catalog
 * shows it. Each reader is told the workgroups in which it may see it, and no others [API-13].
 */
import {
  type AgentId,
  defaultContract,
  defaultTerms,
  type NamedOrganisation,
  type Refusal,
  type Terms,
  type WorkgroupId,
} from "@parley/protocol";
import type { Advertisement } from "../governance/engagement-entities.js";
import { find, type Principal } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import type { OfferRow } from "../ledger/engagement-pages.js";
import type { Store } from "../ledger/store.js";
import { showAgent } from "./identities.js";
import { cutRead, type Page, type Paging } from "./page.js";
import { auditorMissing, mayList, type Seeker, seekerOf } from "./seeker.js";
import { stillSeen } from "./workgroups.js";

export interface AddressedWorkgroup {
  readonly id: WorkgroupId;
  readonly name: string;
  readonly ownerName: string;
}

export interface AdvertisementRecord {
  readonly advertisement: Advertisement;
  readonly terms: Terms;
  readonly agentName: string;
  readonly organisation: NamedOrganisation;
  readonly workgroups: readonly AddressedWorkgroup[];
  /** Since when the reader sees it as it is. */
  readonly publishedAt: number;
  /** Null for others than its organisation: it counts what they may not see [ADV-7]. */
  readonly version: number | null;
}

/** Workgroups as one look has found them: those that the seeker does not see are null. */
type Addressed = Map<WorkgroupId, AddressedWorkgroup | null>;

/** Those of its workgroups that the seeker sees: names are read before it is asked whether they are still seen. */
async function workgroupsSeen(
  store: Store,
  seeker: Seeker,
  ids: readonly WorkgroupId[],
  known: Addressed,
): Promise<readonly AddressedWorkgroup[]> {
  const unknown = ids.filter((id) => !known.has(id));
  const rows = await store.read(
    Object.fromEntries(unknown.map((id) => [id, { find: "workgroupRow" as const, by: { id } }])),
  );
  const seen = await store.read(Object.fromEntries(unknown.map((id) => [id, stillSeen(seeker, id)])));
  for (const id of unknown) {
    const row = (seen[id] ?? []).length === 0 ? undefined : rows[id];
    known.set(id, row === undefined ? null : { id, name: row.workgroup.name, ownerName: row.ownerName });
  }
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** What the seeker's own organisation advertises, with the names that belong to it. */
export async function describeOwn(
  store: Store,
  seeker: Seeker,
  advertisement: Advertisement,
  known: Addressed = new Map(),
): Promise<AdvertisementRecord> {
  const { organisation, agent: id, content } = advertisement;
  const { id: contract, termsDigest } = content.contract;
  const { agent, home, version } = await store.read({
    agent: find("agent", { organisation, id }),
    home: find("organisation", { id: organisation }),
    version: find("contractVersion", { organisation, agent: null, contract, termsDigest }),
  });
  return {
    advertisement,
    terms: contract === defaultContract ? defaultTerms : (version?.terms ?? defaultTerms),
    agentName: agent?.name ?? "",
    organisation: { id: organisation, name: home?.name ?? "" },
    workgroups: await workgroupsSeen(store, seeker, content.workgroups, known),
    publishedAt: advertisement.publishedAt,
    version: advertisement.version,
  };
}

const describeOffers = (first: OfferRow, rows: readonly OfferRow[]): AdvertisementRecord => ({
  advertisement: first.advertisement,
  terms: first.version?.terms ?? defaultTerms,
  agentName: first.agentName,
  organisation: first.organisation,
  workgroups: rows.map(({ workgroup }) => workgroup),
  publishedAt: Math.max(...rows.map(({ publishedAt }) => publishedAt)),
  version: null,
});

const isOwnOf = ({ agent }: Seeker, id: AgentId): boolean => agent === null || agent === id;

export async function showAdvertisement(
  store: Store,
  principal: Principal,
  id: string,
): Promise<AdvertisementRecord | Refusal> {
  const seeker = seekerOf(principal);
  const { organisation } = seeker;
  const { own, offers } = await store.read({
    own: { find: "ownAdvertisement", by: { organisation, id } },
    offers: { find: "offersSeen", by: { ...seeker, advertisement: id } },
  });
  if (own && isOwnOf(seeker, own.agent)) return describeOwn(store, seeker, own);
  const [first] = offers;
  return first === undefined ? no("not-found") : describeOffers(first, offers);
}

/** One's own, by the name under which its agent has published it. */
export async function showOwnAdvertisement(
  store: Store,
  principal: Principal,
  agent: string,
  name: string,
): Promise<AdvertisementRecord | Refusal> {
  const seen = await showAgent(store, principal, agent);
  if ("code" in seen) return seen;
  if (mayList(principal)) return auditorMissing;
  const seeker = seekerOf(principal);
  const { organisation } = seeker;
  const { own } = await store.read({ own: find("advertisement", { organisation, agent, name }) });
  return own === undefined ? no("not-found") : describeOwn(store, seeker, own);
}

/** All of an agent, retracted ones included: for its organisation and itself. */
export async function listAdvertisements(
  store: Store,
  principal: Principal,
  agent: string,
  { after, limit }: Paging<string>,
): Promise<Page<AdvertisementRecord, string> | Refusal> {
  const seen = await showAgent(store, principal, agent);
  if ("code" in seen) return seen;
  if (mayList(principal)) return auditorMissing;
  const seeker = seekerOf(principal);
  const by = { organisation: seeker.organisation, agent, after, limit: limit + 1 };
  const { page } = await store.read({ page: { find: "advertisementsPage", by } });
  const placeOf = ({ name }: Advertisement) => name;
  const known: Addressed = new Map();
  return cutRead(page, limit, placeOf, (own) => describeOwn(store, seeker, own, known));
}
