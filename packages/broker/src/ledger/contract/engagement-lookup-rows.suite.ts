/** What decisions ask about contracts and offers, as a table: what was put, what is asked, what is found. */
import {
  completeAdvertisement,
  completeTerms,
  defaultContract,
  defaultTermsDigest,
  type WorkgroupId,
} from "@parley/protocol";
import type { EngagementLookups } from "../../governance/engagement-lookups.js";
import * as rows from "./engagement-rows.suite.js";
import { adv, ctr } from "./engagement-rows.suite.js";
import type { LookupTable } from "./lookup-rows.suite.js";
import * as scene from "./market.suite.js";
import { consumer, hindrances, type Market, market, provider, required } from "./market.suite.js";
import { put } from "./opened.suite.js";
import { agt, org } from "./rows.suite.js";
import { type SessionLookups, sessionLookupRows } from "./session-lookup-rows.suite.js";
import { membership, wkg } from "./workgroup-rows.suite.js";

const contracts = put(
  "contracts",
  rows.contract(1),
  rows.contract(2, { organisation: org(2) }),
  rows.contract(3, { name: "contract-1", state: "deleted" }),
  rows.contract(4),
);
const versions = put(
  "contractVersions",
  rows.contractVersion(1),
  rows.contractVersion(2),
  rows.contractVersion(10, { termsDigest: rows.contractVersion(1).termsDigest }),
  rows.contractVersion(9, { termsDigest: rows.contractVersion(1).termsDigest }),
  rows.contractVersion(1, { contract: ctr(2), organisation: org(2) }),
);
const digest = (n: number) => rows.contractVersion(n).termsDigest;
const naming = (id: typeof defaultContract, termsDigest = digest(1)) =>
  completeAdvertisement({
    agent: agt(2),
    name: "offer-1",
    capabilities: [{ name: "markets.equity" }],
    workgroups: [wkg(1)],
    contract: { id, termsDigest },
  });
const advertisements = put(
  "advertisements",
  rows.advertisement(1),
  rows.advertisement(2, { organisation: org(2), agent: agt(3) }),
  rows.advertisement(3, { state: "retracted" }),
  rows.advertisement(4, { content: naming(ctr(2)) }),
  rows.advertisement(5, { content: naming(ctr(1), digest(2)) }),
);

const engage = { agent: agt(1), advertisement: adv(1), workgroup: wkg(1) };
const found = (over: Market = {}) => ({
  advertisement: scene.advertisement(over),
  statement: rows.offer(1).statement,
  version: scene.version(over),
  consumer: consumer(over),
  provider: provider(over),
});
const underDefault: Market = {
  advertisement: { content: naming(defaultContract, defaultTermsDigest) },
  offer: { contract: defaultContract },
};
const both = { membership: { engage: true, offer: true } };
const demanding: Market = { offer: { requires: [wkg(1), wkg(2)] } };
const notThere: readonly Market[] = [
  { workgroup: { state: "dissolved" } },
  { consumer: { participation: { state: "left" } } },
  { consumer: { participation: { since: 2_001 } } },
  { consumer: { membership: { engage: false, offer: false } } },
];

const engageable: LookupTable<EngagementLookups>["engageable"] = [
  ["what the catalog shows", market(), engage, found()],
  ["under the broker's own terms", market(underDefault), engage, { ...found(underDefault), version: null }],
  [
    "an own one: who may not engage it is judged by who asks",
    market({ provider: both }),
    { ...engage, agent: agt(2) },
    { ...found({ provider: both }), consumer: provider({ provider: both }) },
  ],
  [
    "what requires workgroups that the consumer is all in",
    [...market(demanding), ...required()],
    engage,
    found(demanding),
  ],
  ...notThere.map(
    (over) =>
      [
        `nothing for who is in a required workgroup no more: ${JSON.stringify(over)}`,
        [...market(demanding), ...required(over)],
        engage,
        undefined,
      ] as const,
  ),
  ...hindrances.map(([what, over]) => [`nothing where ${what}`, market(over), engage, undefined] as const),
  ["nothing that is not offered there", market(), { ...engage, workgroup: wkg(2) }, undefined],
  ["no other advertisement", market(), { ...engage, advertisement: adv(2) }, undefined],
  ["nothing for who is no member", market(), { ...engage, agent: agt(3) }, undefined],
  [
    "nothing that is an advertisement and no offer",
    market({ offer: { advertisement: adv(2) } }),
    engage,
    undefined,
  ],
];

const among = (over: Market = {}) => [...market(over), ...required()];
const everywhere = { agent: agt(1), workgroups: [wkg(2), wkg(9), wkg(1), wkg(2), "x"] };

const mine = { organisation: org(1), agent: null };
const agent1 = { organisation: org(1), agent: agt(1) };
const ofAgent = { ...agent1, contract: ctr(1), termsDigest: digest(1) };
const requiring = (requiredWorkgroups: WorkgroupId[]) =>
  rows.contractVersion(1, { terms: completeTerms({ requiredWorkgroups }) });
/** Agent 1 is in workgroups 1 and 2, and its organisation has a contract that requires some. */
const inside = (required: WorkgroupId[]) => [
  ...among(),
  ...put("contracts", rows.contract(1)),
  ...put("contractVersions", requiring(required)),
];
const left = put("memberships", membership(1, { workgroup: wkg(2), offer: false, engage: false }));
type OfferLookups = Omit<EngagementLookups, keyof SessionLookups>;
const offerLookupRows: LookupTable<OfferLookups> = {
  contract: [
    ["of the organisation", contracts, { ...mine, id: ctr(1) }, rows.contract(1)],
    [
      "one that was deleted",
      contracts,
      { ...mine, id: ctr(3) },
      rows.contract(3, { name: "contract-1", state: "deleted" }),
    ],
    ["hidden: another's", contracts, { ...mine, id: ctr(2) }, undefined],
    ["none", contracts, { ...mine, id: ctr(9) }, undefined],
    ["of an agent: one that requires nothing", inside([]), { ...agent1, id: ctr(1) }, rows.contract(1)],
    ["of an agent that is in all", inside([wkg(1), wkg(2)]), { ...agent1, id: ctr(1) }, rows.contract(1)],
    ["hidden: the agent is not in all", inside([wkg(1), wkg(9)]), { ...agent1, id: ctr(1) }, undefined],
    ["of an admin, whatever is required", inside([wkg(9)]), { ...mine, id: ctr(1) }, rows.contract(1)],
    [
      "of an agent that sees one version of it",
      [...inside([wkg(9)]), ...put("contractVersions", rows.contractVersion(2))],
      { ...agent1, id: ctr(1) },
      rows.contract(1),
    ],
  ],
  contractNamed: [
    ["the active one", contracts, { organisation: org(1), name: "contract-1" }, rows.contract(1)],
    ["hidden: another's", contracts, { organisation: org(1), name: "contract-2" }, undefined],
    [
      "none that was deleted",
      put("contracts", rows.contract(1, { state: "deleted" })),
      { organisation: org(1), name: "contract-1" },
      undefined,
    ],
  ],
  contractCount: [
    ["active ones", contracts, { organisation: org(1) }, 2],
    ["none", contracts, { organisation: org(9) }, 0],
  ],
  contractVersion: [
    [
      "by the digest of its terms",
      versions,
      { ...mine, contract: ctr(1), termsDigest: digest(2) },
      rows.contractVersion(2),
    ],
    [
      "of equal terms the newest",
      versions,
      { ...mine, contract: ctr(1), termsDigest: digest(1) },
      rows.contractVersion(10, { termsDigest: digest(1) }),
    ],
    ["hidden: another's", versions, { ...mine, contract: ctr(2), termsDigest: digest(1) }, undefined],
    ["none", versions, { ...mine, contract: ctr(1), termsDigest: digest(3) }, undefined],
    ["of an agent that is in all", inside([wkg(2)]), ofAgent, requiring([wkg(2)])],
    ["hidden: the agent is not in all", inside([wkg(2), wkg(9)]), ofAgent, undefined],
    ["hidden: it is not any more", [...inside([wkg(2)]), ...left], ofAgent, undefined],
  ],
  versionCount: [
    ["all of one contract", versions, { contract: ctr(1) }, 4],
    ["none", versions, { contract: ctr(9) }, 0],
  ],
  contractUses: [
    ["active advertisements that name any version", advertisements, { contract: ctr(1) }, 3],
    ["of another contract", advertisements, { contract: ctr(2) }, 1],
    ["none", advertisements, { contract: ctr(9) }, 0],
  ],
  advertisement: [
    [
      "one of the agent",
      advertisements,
      { organisation: org(1), agent: agt(2), name: "offer-1" },
      rows.advertisement(1),
    ],
    [
      "one that was retracted",
      advertisements,
      { organisation: org(1), agent: agt(2), name: "offer-3" },
      rows.advertisement(3, { state: "retracted" }),
    ],
    [
      "hidden: another's",
      advertisements,
      { organisation: org(1), agent: agt(3), name: "offer-2" },
      undefined,
    ],
    ["none", advertisements, { organisation: org(1), agent: agt(2), name: "offer-2" }, undefined],
  ],
  advertisementCount: [
    ["active ones", advertisements, { agent: agt(2) }, 3],
    ["none", advertisements, { agent: agt(9) }, 0],
  ],
  engageable,
  memberAmong: [
    ["those in which the agent may do something, by id, each once", among(), everywhere, [wkg(1), wkg(2)]],
    ...notThere.map(
      (over) => [`not where it is not: ${JSON.stringify(over)}`, among(over), everywhere, [wkg(2)]] as const,
    ),
    ["none", among(), { agent: agt(1), workgroups: [] }, []],
    [
      "none of another agent",
      [...among(), ...put("memberships", membership(3, { workgroup: wkg(9) }))],
      { agent: agt(3), workgroups: [wkg(1), wkg(9)] },
      [],
    ],
  ],
};

export const engagementLookupRows: LookupTable<EngagementLookups> = {
  ...offerLookupRows,
  ...sessionLookupRows,
};
