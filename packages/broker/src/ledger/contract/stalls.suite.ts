/** What a catalog is searched in: offers of several agents in several workgroups, some of them hidden from agent 1. */
import {
  completeAdvertisement,
  defaultContract,
  defaultTermsDigest,
  type InteractionPattern,
} from "@parley/protocol";
import type { Advertisement } from "../../governance/engagement-entities.js";
import type { CatalogFilter, OfferRow } from "../engagement-pages.js";
import { adv, advertisement, offer } from "./engagement-rows.suite.js";
import { type AnyChange, put } from "./opened.suite.js";
import { agent, agt, connection, ins, org, organisation } from "./rows.suite.js";
import { membership, participation, wkg, workgroup } from "./workgroup-rows.suite.js";

/** Agent 1 and its sibling 4 are of organisation 1; agents 2 and 3 of organisations 2 and 3. */
const homes = { 1: 1, 2: 2, 3: 3, 4: 1 } as const;
type Who = keyof typeof homes;

export interface Stall {
  readonly n: number;
  readonly by: Who;
  readonly in: readonly number[];
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly words?: string;
  readonly patterns?: readonly InteractionPattern[];
  readonly version?: number;
}

const capabilitiesOf = ({ in: groups, capabilities, n }: Stall) =>
  groups.flatMap((group) =>
    capabilities.map((capability) => ({ workgroup: wkg(group), capability, advertisement: adv(n) })),
  );

/** Under the broker's own terms: catalogs are not about contracts. */
export function advertised(stall: Stall): Advertisement {
  const { n, by, name, capabilities, patterns, version = 1 } = stall;
  const content = completeAdvertisement({
    agent: agt(by),
    name,
    capabilities: capabilities.map((one) => ({ name: one })),
    workgroups: stall.in.map(wkg),
    patterns,
    contract: { id: defaultContract, termsDigest: defaultTermsDigest },
  });
  return advertisement(n, { agent: agt(by), organisation: org(homes[by]), name, content, version });
}

export function set(stall: Stall): AnyChange[] {
  const { n, by, name, words, version = 1 } = stall;
  const { patterns } = advertised(stall).content;
  const searched = words ?? ` ${name} ${stall.capabilities.join(" ")}`;
  const rows = stall.in.map((group) =>
    offer(n, {
      workgroup: wkg(group),
      agent: agt(by),
      organisation: org(homes[by]),
      contract: defaultContract,
      name,
      words: searched,
      patterns,
      version,
    }),
  );
  return [
    ...put("advertisements", advertised(stall)),
    ...put("offers", ...rows),
    ...put("offeredCapabilities", ...capabilitiesOf(stall).map((key) => ({ ...key, name }))),
  ];
}

export const taken = (stall: Stall): AnyChange[] => [
  ...stall.in.map(
    (group): AnyChange => ({
      do: "drop",
      table: "offers",
      key: { workgroup: wkg(group), advertisement: adv(stall.n) },
    }),
  ),
  ...capabilitiesOf(stall).map((key): AnyChange => ({ do: "drop", table: "offeredCapabilities", key })),
];

export const equity: Stall = {
  n: 1,
  by: 2,
  in: [1],
  name: "equity-prices",
  capabilities: ["markets.equity"],
  words: " equity-prices live größer 100% a_b markets.equity",
  patterns: ["request-response", "stream"],
};
export const bond: Stall = {
  n: 2,
  by: 3,
  in: [1, 2],
  name: "bond-prices",
  capabilities: ["markets.bond", "markets"],
  words: " bond-prices live markets.bond markets",
};
export const weather: Stall = {
  n: 3,
  by: 3,
  in: [2],
  name: "weather",
  capabilities: ["marketsx", "weather"],
  patterns: ["custom"],
};
export const hidden: Stall = {
  n: 4,
  by: 2,
  in: [3],
  name: "hidden-prices",
  capabilities: ["markets.equity", "markets"],
};
export const own: Stall = { n: 5, by: 1, in: [1], name: "own", capabilities: ["markets.equity"] };
export const sibling: Stall = { n: 6, by: 4, in: [1], name: "sibling", capabilities: ["misc.one"] };

const member = (who: Who, group: number, over: Parameters<typeof membership>[1]) =>
  membership(who, {
    workgroup: wkg(group),
    organisation: org(homes[who]),
    offer: false,
    engage: false,
    ...over,
  });
const both = { offer: true, engage: true };
const offers = { offer: true };
export const engaging = (group: number) => member(1, group, both);

/** Agent 1 may engage in workgroups 1 (of organisation 2) and 2 (of organisation 3), and is not in 3. */
export const people: readonly AnyChange[] = [
  ...put("organisations", organisation(1), organisation(2), organisation(3)),
  ...put("agents", ...([1, 2, 3, 4] as const).map((n) => agent(n, { organisation: org(homes[n]) }))),
  ...put(
    "workgroups",
    workgroup(1, { owner: org(2) }),
    workgroup(2, { owner: org(3) }),
    workgroup(3, { owner: org(2) }),
  ),
  ...put(
    "participations",
    ...[1, 2, 3].flatMap((group) =>
      [1, 2, 3].map((n) => participation(n, { workgroup: wkg(group), takenAt: 0 })),
    ),
  ),
  ...put("memberships", engaging(1), engaging(2), member(4, 1, offers)),
  ...put(
    "memberships",
    member(2, 1, offers),
    member(2, 3, offers),
    member(3, 1, offers),
    member(3, 2, offers),
  ),
  ...put(
    "connections",
    connection(2, { agent: agt(2), organisation: org(2) }),
    connection(3, { agent: agt(3), organisation: org(3), state: "closed" }),
    connection(12, { instance: ins(12), agent: agt(2), organisation: org(2) }),
  ),
];

export const stalls = [equity, bond, weather, hidden, own, sibling] as const;
export const town: readonly AnyChange[] = [...people, ...stalls.flatMap(set)];

export const any: CatalogFilter = {
  capability: null,
  words: [],
  workgroup: null,
  organisation: null,
  pattern: null,
  available: null,
};
export const filtered = (filter: Partial<CatalogFilter>): CatalogFilter => ({ ...any, ...filter });
export const seeker = { organisation: org(1), agent: agt(1) };
export const begins = (beginsWith: string) => filtered({ capability: { beginsWith } });

export const short = ({ advertisement, workgroup, rank }: OfferRow) =>
  `${advertisement.name} ${Number(workgroup.id.slice(4))} ${rank}`;

export const rowOf = (stall: Stall, group: 1 | 2, over: Partial<OfferRow> = {}): OfferRow => ({
  advertisement: advertised(stall),
  version: null,
  agentName: `agent-${stall.by}`,
  organisation: { id: org(stall.by), name: `organisation-${stall.by}` },
  workgroup: { id: wkg(group), name: `workgroup-${group}`, ownerName: `organisation-${group + 1}` },
  available: stall.by === 2,
  publishedAt: advertised(stall).publishedAt,
  rank: 0,
  ...over,
});
