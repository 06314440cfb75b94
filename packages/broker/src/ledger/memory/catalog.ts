/** The catalog: what agents may engage, found among what is in memory without ever looking at what they may not see. */
import type { ContractVersion, Offer, Reach } from "../../governance/engagement-entities.js";
import { may } from "../../governance/reach.js";
import type { Answering } from "../answering.js";
import { catalogDigestOf } from "../digest.js";
import type { CatalogFilter, EngagementPages, OfferRow, Seeker } from "../engagement-pages.js";
import { bindingVersion } from "./engagement-lookups.js";
import type { MemoryTables } from "./holdings.js";
import { page, pageBackwards } from "./order.js";
import { isInAll, mayThere, reachesOf } from "./reaching.js";
import { first, inOrder, made, where } from "./rows.js";

export function catalogPages(tables: MemoryTables) {
  return {
    versionsSeen: ({ contract: id, ...seeker }) => {
      const contract = tables.contracts.find({ id });
      const seen = made(where(tables.offers.group("contract", id), isSeen(tables, seeker)), (offer) =>
        offerRow(tables, offer, 0),
      );
      const versions = new Map<
        number,
        Pick<OfferRow, "organisation"> & { readonly version: ContractVersion }
      >();
      for (const { version, organisation } of seen) {
        if (version !== null) versions.set(version.number, { version, organisation });
      }
      const rows = made(versions.values(), (row) => contract && { contract, ...row });
      return pageBackwards(rows, ({ version }) => [version.number], { before: null, limit: rows.length });
    },
    offersSeen: ({ advertisement, ...seeker }) => {
      const seen = where(tables.offers.group("advertisement", advertisement), isSeen(tables, seeker));
      const rows = made(seen, (offer) => offerRow(tables, offer, 0));
      return inOrder(rows, ({ workgroup }) => [workgroup.id]);
    },
    catalogPage: ({ agent, filter, after, limit }) =>
      page(found(tables, agent, filter), placeOf, {
        after: after && [after.rank, after.name, after.advertisement, after.workgroup],
        limit,
      }),
    catalogDigest: ({ agent, filter }) =>
      catalogDigestOf(
        made(found(tables, agent, filter), ({ advertisement: { id }, workgroup }) => {
          const owner = tables.workgroups.find({ id: workgroup.id })?.owner;
          const offer = tables.offers.find({ workgroup: workgroup.id, advertisement: id });
          return (
            owner && offer && { workgroup: workgroup.id, owner, advertisement: id, version: offer.version }
          );
        }),
      ),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

const placeOf = ({ rank, advertisement, workgroup }: OfferRow) => [
  rank,
  advertisement.name,
  advertisement.id,
  workgroup.id,
];

/** Begins with what the agent may engage in, so that nothing else is ever touched. */
function found(tables: MemoryTables, agent: string, filter: CatalogFilter): OfferRow[] {
  const reaches = reachesOf(tables, tables.memberships.group("agent", agent)).filter(
    (reach) => may(reach, "engage") && (filter.workgroup === null || reach.workgroup.id === filter.workgroup),
  );
  return reaches.flatMap((reach) =>
    made(tables.offers.group("workgroup", reach.workgroup.id), (offer) => {
      const rank = isOpenTo(tables, offer, reach) ? rankOf(tables, offer, filter) : undefined;
      const row = rank === undefined ? undefined : offerRow(tables, offer, rank);
      return row && fits(row, offer, filter) ? row : undefined;
    }),
  );
}

/** Whether one agent, or any of an organisation, may engage an offer. */
const isSeen =
  (tables: MemoryTables, { organisation, agent }: Seeker) =>
  (offer: Offer): boolean => {
    const memberships =
      agent === null
        ? tables.memberships.group("organisation", organisation)
        : tables.memberships.group("agent", agent);
    const there = where(memberships, ({ workgroup }) => workgroup === offer.workgroup);
    const reaches = reachesOf(tables, there);
    return first(reaches, (reach) => may(reach, "engage") && isOpenTo(tables, offer, reach)) !== undefined;
  };

/** Whether who may engage in its workgroup may engage this offer: not its own, and in all that its contract requires. */
const isOpenTo = (tables: MemoryTables, offer: Offer, { agent }: Reach): boolean =>
  offer.agent !== agent.id &&
  mayThere(tables, offer.workgroup, offer.agent, "offer") &&
  isInAll(tables, agent.id, offer.requires);

/** Undefined where the offer has no such capability. */
function rankOf(tables: MemoryTables, offer: Offer, { capability }: CatalogFilter): number | undefined {
  if (capability === null) return 0;
  const wanted = "exactly" in capability ? capability.exactly : capability.beginsWith;
  const names = made(tables.offeredCapabilities.group("advertisement", offer.advertisement), (row) =>
    row.workgroup === offer.workgroup ? row.capability : undefined,
  );
  if (names.includes(wanted)) return 0;
  const isBelow = "beginsWith" in capability && names.some((name) => name.startsWith(`${wanted}.`));
  return isBelow ? 1 : undefined;
}

const fits = ({ organisation, available }: OfferRow, offer: Offer, filter: CatalogFilter): boolean =>
  filter.words.every((word) => offer.words.includes(` ${word}`)) &&
  (filter.organisation === null ||
    filter.organisation === organisation.id ||
    filter.organisation === organisation.name) &&
  (filter.pattern === null || offer.patterns.includes(filter.pattern)) &&
  (filter.available === null || filter.available === available);

function offerRow(tables: MemoryTables, offer: Offer, rank: number): OfferRow | undefined {
  const advertisement = tables.advertisements.find({ id: offer.advertisement });
  const agent = tables.agents.find({ id: offer.agent });
  const organisation = tables.organisations.find({ id: offer.organisation });
  const workgroup = tables.workgroups.find({ id: offer.workgroup });
  const owner = workgroup && tables.organisations.find({ id: workgroup.owner });
  const version = advertisement && bindingVersion(tables, advertisement.content);
  if (!advertisement || !agent || !organisation || !owner || version === undefined) return undefined;
  const isOpen = first(tables.connections.group("agent", offer.agent), ({ state }) => state === "open");
  return {
    advertisement,
    version,
    agentName: agent.name,
    organisation: { id: organisation.id, name: organisation.name },
    workgroup: { id: workgroup.id, name: workgroup.name, ownerName: owner.name },
    available: isOpen !== undefined,
    publishedAt: offer.publishedAt,
    rank,
  };
}
