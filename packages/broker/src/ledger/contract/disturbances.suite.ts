/**
 * Two adapters, one town: whatever is taken from its people and given back at random, they show the same to everybody.
 * What is done keeps what rows refer to, as facts do: an offer has its agent, a session both its sides.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SweepScope } from "../../governance/engagement-entities.js";
import type { Store, StoreLookup } from "../store.js";
import { adv, contract, contractVersion, ctr, lives, prp, ses } from "./engagement-rows.suite.js";
import { type Engagement, engaged, engagement } from "./market.suite.js";
import { type Adapter, type AnyChange, commit, put } from "./opened.suite.js";
import { agt, connection, ins, org } from "./rows.suite.js";
import { any, begins, filtered, type Stall, set, stalls, taken, town } from "./stalls.suite.js";
import * as rows from "./workgroup-rows.suite.js";
import { inv, since, wkg } from "./workgroup-rows.suite.js";

const who = fc.constantFrom(1, 2, 3, 4);
const home = (n: number) => org(n === 4 ? 1 : n);
const homes = fc.constantFrom(1, 2, 3);
const standing = fc.constantFrom("active", "active", "suspended", "revoked");
const participation = fc.constantFrom(since, since, since + 1);
const rights = fc.record({ offer: fc.boolean(), engage: fc.boolean() });
const patch = (table: string, key: object, change: object) =>
  [{ do: "patch", table, key, set: change }] as unknown as readonly AnyChange[];

const authorities = fc.oneof(
  fc.tuple(who, standing).map(([n, to]) => patch("agents", { id: agt(n) }, { standing: to })),
  fc.tuple(homes, standing).map(([n, to]) => patch("organisations", { id: org(n) }, { standing: to })),
  fc
    .tuple(homes, homes, fc.constantFrom("active", "active", "dissolved"))
    .map(([n, owner, state]) => patch("workgroups", { id: wkg(n) }, { state, owner: org(owner) })),
  fc
    .tuple(homes, homes, fc.constantFrom("in", "in", "left"), participation)
    .map(([group, n, state, from]) =>
      put("participations", rows.participation(n, { workgroup: wkg(group), state, since: from })),
    ),
);

const given = fc.tuple(homes, who, participation, rights).map(([group, n, from, may]) => ({
  workgroup: wkg(group),
  organisation: home(n),
  participation: from,
  n,
  may,
}));
const members = given.chain(({ n, may, ...row }) =>
  fc.constantFrom(
    put("memberships", rows.membership(n, { ...row, ...may })),
    put("memberships", rows.membership(n, { ...row, ...may })),
    put("namedMembers", rows.namedMember(n, { ...row, ...may })),
    put("selectors", rows.selector(n, { ...row, ...may })),
  ),
);

const offered = fc
  .tuple(fc.constantFrom<Stall>(...stalls), fc.boolean(), fc.nat({ max: 3 }))
  .map(([stall, isThere, version]) => (isThere ? set({ ...stall, version }) : taken(stall)));
const connected = fc
  .tuple(who, fc.constantFrom("open" as const, "closed" as const))
  .map(([n, state]) => put("connections", connection(n, { agent: agt(n), organisation: home(n), state })));

const invited = fc
  .record({
    state: fc.constantFrom("open", "declined"),
    shownAt: fc.constantFrom(null, 4_000),
    expiresAt: fc.constantFrom(4_999, 5_000, 5_001),
    endedAt: fc.constantFrom(null, since, since + 1),
  })
  .chain((over) =>
    fc
      .tuple(homes, homes, homes)
      .map(([n, group, invitee]) => [
        ...put("invitations", rows.invitation(n, { ...over, workgroup: wkg(group), invitee: org(invitee) })),
        ...put("consents", rows.consent(invitee, { invitation: inv(n) })),
      ]),
  );

const sides = (n: number, provider: number): Engagement => ({
  session: { provider: agt(provider), advertisement: adv(((n - 1) % 4) + 1), era: n % 2 },
  provider: { agent: agt(provider), organisation: home(provider), instance: n % 2 ? null : ins(provider) },
});
const sessions = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5), fc.constantFrom(...Object.values(lives)))
  .map(([n, life]) => engaged(engagement(n, life, sides(n, (n % 3) + 2))));

const disturbances = fc.array(fc.oneof(authorities, members, offered, connected, invited, sessions), {
  minLength: 1,
  maxLength: 12,
  size: "max",
});

/** Every membership that a session or an invitation could ask for is there, as one that gives nothing. */
const everywhere: readonly AnyChange[] = [1, 2, 3].flatMap((group) =>
  [1, 2, 3, 4].flatMap((n) =>
    put(
      "memberships",
      rows.membership(n, { workgroup: wkg(group), organisation: home(n), offer: false, engage: false }),
    ),
  ),
);
const founded: readonly AnyChange[] = [
  ...everywhere,
  ...town,
  ...put("contracts", contract(1, { organisation: org(2) })),
  ...put("contractVersions", contractVersion(1, { organisation: org(2) })),
];

const now = 5_000;
const page = { after: null, limit: 4 };
const newest = { before: null, limit: 4 };
const filters = [any, begins("markets"), filtered({ words: ["live"] }), filtered({ available: true })];

const ofAgent = (n: number): StoreLookup[] => {
  const seeker = { organisation: home(n), agent: agt(n) };
  const agent = agt(n);
  return [
    { find: "membershipsOf", by: { agent } },
    { find: "namedIn", by: { agent } },
    { find: "memberAmong", by: { agent, workgroups: [wkg(1), wkg(2), wkg(3)] } },
    { find: "openSessionCount", by: { agent } },
    { find: "openProposalCount", by: { agent } },
    { find: "heldCount", by: { instance: ins(n) } },
    { find: "takeableSessions", by: { agent, capabilities: ["markets.equity"], limit: 4 } },
    { find: "lostSessions", by: { agent, capabilities: ["markets.equity"], limit: 9 } },
    { find: "workgroupsPage", by: { ...seeker, ...page } },
    { find: "workgroupsTouched", by: { by: "agent", of: agent } },
    { find: "sessionsPage", by: { ...seeker, side: null, state: "open", ...newest } },
    { find: "proposal", by: { agent, proposal: prp(1) } },
    ...filters.flatMap((filter): StoreLookup[] => [
      { find: "catalogPage", by: { ...seeker, filter, ...page } },
      { find: "catalogDigest", by: { ...seeker, filter } },
    ]),
    ...[1, 2].flatMap((one): StoreLookup[] => [
      { find: "engageable", by: { agent, advertisement: adv(one), workgroup: wkg(1) } },
      { find: "offersSeen", by: { ...seeker, advertisement: adv(one) } },
      { find: "reach", by: { agent, workgroup: wkg(one) } },
    ]),
  ];
};

const ofOrganisation = (n: number): StoreLookup[] => {
  const organisation = org(n);
  const address = { id: null, owner: null, name: "workgroup-1" };
  return [
    { find: "workgroupsAddressed", by: { organisation, agent: null, address } },
    { find: "participationsOf", by: { organisation } },
    { find: "participationCount", by: { organisation } },
    { find: "selectorsOf", by: { organisation } },
    { find: "openInvitationCount", by: { inviter: organisation, now } },
    { find: "invitationsPage", by: { invitee: organisation, ...newest } },
    { find: "invitation", by: { organisation, workgroup: wkg(1), id: inv(1) } },
    { find: "session", by: { organisation, id: ses(1) } },
    { find: "sessionsPage", by: { organisation, agent: null, side: "consumer", state: null, ...newest } },
    { find: "versionsSeen", by: { organisation, agent: null, contract: ctr(1) } },
    { find: "offersSeen", by: { organisation, agent: null, advertisement: adv(2) } },
    { find: "workgroupsTouched", by: { by: "organisation", of: organisation } },
  ];
};

const ofWorkgroup = (n: number): StoreLookup[] => {
  const workgroup = wkg(n);
  return [
    { find: "participants", by: { workgroup } },
    { find: "openInvitationsOf", by: { workgroup, now } },
    { find: "membersPage", by: { workgroup, ...page } },
    { find: "workgroupRow", by: { id: workgroup } },
    ...[1, 2, 3].flatMap((home): StoreLookup[] => [
      { find: "workgroupInvitationsPage", by: { workgroup, organisation: org(home), ...newest } },
      { find: "memberCount", by: { workgroup, organisation: org(home) } },
      { find: "membershipsIn", by: { workgroup, organisation: org(home) } },
      { find: "namedMembersOf", by: { workgroup, organisation: org(home) } },
    ]),
  ];
};

const scopes: readonly SweepScope[] = [
  { by: "organisation", of: org(1), within: null },
  { by: "agent", of: agt(2), within: null },
  { by: "instance", of: ins(1), within: null },
  { by: "workgroup", of: wkg(1), within: null },
  { by: "participation", of: org(3), within: wkg(1) },
  { by: "membership", of: agt(1), within: wkg(1) },
  { by: "advertisement", of: adv(1), within: null },
  { by: "era", of: "1", within: null },
];
const ofScope = (scope: SweepScope): StoreLookup[] => [
  { find: "openSessions", by: { ...scope, ...page } },
  { find: "anyOpenSession", by: scope },
];

const all = [
  ...[1, 2, 3, 4].flatMap(ofAgent),
  ...[1, 2, 3].flatMap(ofOrganisation),
  ...[1, 2, 3].flatMap(ofWorkgroup),
  ...scopes.flatMap(ofScope),
];
/** By what each asks, so that a difference says where it is. */
const questions: Readonly<Record<string, StoreLookup>> = Object.fromEntries(
  all.map((lookup) => [`${lookup.find} ${JSON.stringify(lookup.by)}`, lookup]),
);

async function told(store: Store, changes: readonly (readonly AnyChange[])[]): Promise<unknown> {
  await commit(store, { changes: founded });
  await commit(store, { changes: changes.flat() });
  const answers = await store.read(questions);
  await store.close();
  return answers;
}

export function describeDisturbances(adapters: Readonly<Record<string, Adapter>>): void {
  test("show the same to everybody, whatever was taken and given", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (changes) => {
        const [first, ...others] = Object.values(adapters).map((adapter) => told(adapter.open(), changes));
        for (const other of others) expect(await other).toEqual(await first);
      }),
      { numRuns: 60 },
    );
  });
}
