import { describe, expect, test } from "vitest";
import { adv, ctr, prp, ses } from "../contract/engagement-rows.suite.js";
import { engaged, engagement, market } from "../contract/market.suite.js";
import { type AnyChange, ask, commit, put } from "../contract/opened.suite.js";
import { agent, agt, org, organisation } from "../contract/rows.suite.js";
import {
  inv,
  invitation,
  membership,
  participation,
  sel,
  selector,
  wkg,
  workgroup,
} from "../contract/workgroup-rows.suite.js";
import type { CatalogFilter } from "../engagement-pages.js";
import type { StoreLookup } from "../store.js";
import { openStore, temporaryFolder } from "./temporary.suite.js";

/** Who looks: agent 3 of organisation 3, a member of a workgroup of its own. What is hidden from it has number 1. */
const own = { organisation: org(3) };
const seeker = { ...own, agent: agt(3) };
const outsider: readonly AnyChange[] = [
  ...put("organisations", organisation(3)),
  ...put("agents", agent(3, own)),
  ...put("workgroups", workgroup(5, { owner: org(3) })),
  ...put("participations", participation(3, { workgroup: wkg(5) })),
  ...put("memberships", membership(3, { workgroup: wkg(5), ...own })),
];
const hiddenThings: readonly AnyChange[] = [
  ...market(),
  ...engaged(engagement(1)),
  ...put("invitations", invitation(1)),
  ...put("selectors", selector(1, { organisation: org(2) })),
];

const page = { after: null, limit: 5 };
const newest = { before: null, limit: 5 };
const filter = (more: Partial<CatalogFilter>): CatalogFilter => ({
  capability: null,
  words: [],
  workgroup: null,
  organisation: null,
  pattern: null,
  available: null,
  ...more,
});
const named = (n: number) => (n === 1 ? "workgroup-1" : "workgroup-9");
const ownerNamed = (n: number) => (n === 1 ? "organisation-2" : "organisation-9");

/** For each lookup: what is hidden (1), and what nobody has (9). */
const lookups: readonly (readonly [what: string, by: (n: number) => StoreLookup])[] = [
  [
    "workgroupsAddressed by id",
    (n) => ({
      find: "workgroupsAddressed",
      by: { ...seeker, address: { id: wkg(n), owner: null, name: null } },
    }),
  ],
  [
    "workgroupsAddressed by name",
    (n) => ({
      find: "workgroupsAddressed",
      by: { ...own, agent: null, address: { id: null, owner: ownerNamed(n), name: named(n) } },
    }),
  ],
  ["invitation", (n) => ({ find: "invitation", by: { ...own, workgroup: wkg(n), id: inv(n) } })],
  ["invitationShown", (n) => ({ find: "invitationShown", by: { invitee: org(3), id: inv(n) } })],
  ["selector", (n) => ({ find: "selector", by: { ...own, workgroup: wkg(1), id: sel(n) } })],
  ["reach", (n) => ({ find: "reach", by: { workgroup: wkg(n), agent: agt(3) } })],
  ["memberAmong", (n) => ({ find: "memberAmong", by: { agent: agt(3), workgroups: [wkg(n)] } })],
  ["contract", (n) => ({ find: "contract", by: { ...own, agent: null, id: ctr(n) } })],
  ["contractNamed", (n) => ({ find: "contractNamed", by: { ...own, name: `contract-${n}` } })],
  [
    "contractVersion",
    (n) => ({
      find: "contractVersion",
      by: { ...own, agent: null, contract: ctr(n), termsDigest: "digest" },
    }),
  ],
  [
    "versionsPage",
    (n) => ({ find: "versionsPage", by: { ...own, agent: null, contract: ctr(n), ...newest } }),
  ],
  ["versionsSeen", (n) => ({ find: "versionsSeen", by: { ...seeker, contract: ctr(n) } })],
  [
    "versionsSeen by any agent",
    (n) => ({ find: "versionsSeen", by: { ...own, agent: null, contract: ctr(n) } }),
  ],
  ["advertisement", (n) => ({ find: "advertisement", by: { ...own, agent: agt(n + 1), name: "offer-1" } })],
  ["advertisementsPage", (n) => ({ find: "advertisementsPage", by: { ...own, agent: agt(n + 1), ...page } })],
  ["ownAdvertisement", (n) => ({ find: "ownAdvertisement", by: { ...own, id: adv(n) } })],
  ["offersSeen", (n) => ({ find: "offersSeen", by: { ...seeker, advertisement: adv(n) } })],
  [
    "offersSeen by any agent",
    (n) => ({ find: "offersSeen", by: { ...own, agent: null, advertisement: adv(n) } }),
  ],
  [
    "engageable",
    (n) => ({ find: "engageable", by: { agent: agt(3), advertisement: adv(n), workgroup: wkg(n) } }),
  ],
  [
    "catalogPage in a workgroup",
    (n) => ({ find: "catalogPage", by: { ...seeker, filter: filter({ workgroup: wkg(n) }), ...page } }),
  ],
  [
    "catalogPage of an organisation",
    (n) => ({
      find: "catalogPage",
      by: { ...seeker, filter: filter({ organisation: org(n + 1) }), ...page },
    }),
  ],
  [
    "catalogPage of a capability",
    (n) => ({
      find: "catalogPage",
      by: {
        ...seeker,
        filter: filter({ capability: { beginsWith: n === 1 ? "markets" : "nobodys" } }),
        ...page,
      },
    }),
  ],
  [
    "catalogPage of words",
    (n) => ({
      find: "catalogPage",
      by: { ...seeker, filter: filter({ words: [n === 1 ? "markets" : "nobodys"] }), ...page },
    }),
  ],
  [
    "catalogDigest of words",
    (n) => ({
      find: "catalogDigest",
      by: { ...seeker, filter: filter({ words: [n === 1 ? "markets" : "nobodys"] }) },
    }),
  ],
  ["session", (n) => ({ find: "session", by: { ...own, id: ses(n) } })],
  ["proposal", (n) => ({ find: "proposal", by: { agent: agt(3), proposal: prp(n) } })],
  [
    "sessionsPage of an agent",
    (n) => ({
      find: "sessionsPage",
      by: { ...own, agent: agt(n), side: null, state: null, ...newest },
    }),
  ],
];

/** As what is asked for says, whoever looks. */
function statementsFor(lookup: StoreLookup): number {
  // Each side in each state has a list of its own; what they tell is read once.
  if (lookup.find === "sessionsPage") return 2 * 4 + 1;
  if (lookup.find !== "catalogPage") return 1;
  // What has the capability itself comes before what is below it.
  const { capability } = lookup.by.filter;
  return capability !== null && "beginsWith" in capability ? 2 : 1;
}

describe("what an outsider may not see", () => {
  test.each(lookups)("is answered by %s as what nobody has is: by the same statements", async (_what, by) => {
    const statements: string[] = [];
    const store = openStore(temporaryFolder(), { trace: (statement) => statements.push(statement) });
    await commit(store, { changes: [...outsider, ...hiddenThings] });
    const run = async (n: number) => {
      statements.length = 0;
      const { find, by: asked } = by(n);
      const found = await ask(store, find, asked as never);
      return { found, statements: statements.filter((statement) => statement.startsWith("SELECT")) };
    };
    const [hidden, absent] = [await run(1), await run(9)];
    expect(hidden).toEqual(absent);
    expect(hidden.statements).toHaveLength(statementsFor(by(1)));
    if (typeof hidden.found !== "string") expect([undefined, []]).toContainEqual(hidden.found);
  });

  test("is there: those who may see it find it by the same lookups", async () => {
    const store = openStore(temporaryFolder());
    await commit(store, { changes: [...outsider, ...hiddenThings] });
    const theirs = { organisation: org(1), agent: agt(1) };
    const found = {
      session: await ask(store, "session", { organisation: org(1), id: ses(1) }),
      offers: await ask(store, "offersSeen", { ...theirs, advertisement: adv(1) }),
      versions: await ask(store, "versionsSeen", { ...theirs, agent: null, contract: ctr(1) }),
      catalog: await ask(store, "catalogPage", { ...theirs, filter: filter({}), ...page }),
      invitation: await ask(store, "invitation", { organisation: org(1), workgroup: wkg(1), id: inv(1) }),
    };
    expect(found).toMatchObject({
      session: { session: { id: ses(1) } },
      offers: [{ advertisement: { id: adv(1) } }],
      versions: [{ contract: { id: ctr(1) } }],
      catalog: [{ advertisement: { id: adv(1) } }],
      invitation: { invitation: { id: inv(1) } },
    });
  });
});
