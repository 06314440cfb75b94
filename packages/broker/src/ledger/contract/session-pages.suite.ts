/** Promises about lists of contracts and sessions: in order, each once, and nothing of who is no side. */
import type { WouldRefuse } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type {
  Advertisement,
  Contract,
  ContractVersion,
  SessionRecord,
} from "../../governance/engagement-entities.js";
import type { StoreLookups } from "../store.js";
import * as rows from "./engagement-rows.suite.js";
import { contractVersion, ctr, lives } from "./engagement-rows.suite.js";
import { at, describeLists, type Paged, paged, sorted, times } from "./lists.suite.js";
import { type Engaged, type Engagement, engaged, engagement, market, recordOf } from "./market.suite.js";
import { type Adapter, type AnyChange, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { describeOwnContracts } from "./own-contracts.suite.js";
import { agt, ins, org } from "./rows.suite.js";

const before = (last: SessionRecord | undefined) =>
  at(
    last,
    ({ session }) => session.proposedAt,
    ({ session }) => session.id,
  );
const all = { side: null, state: null, before: null, limit: 9 };
const timed = (n: number) => engagement(n, lives.proposed, { session: { proposedAt: times(n) } });

/** A session between others: agents 1 and 2 are no side of it. */
const strangers = (n: number) =>
  engagement(n, lives.proposed, {
    session: { consumer: agt(8), provider: agt(9) },
    consumer: { agent: agt(8), organisation: org(8) },
    provider: { agent: agt(9), organisation: org(9) },
  });

const lists: Readonly<Record<string, Paged<object>>> = {
  contractsPage: paged<Contract>({
    next: (store, last, limit) =>
      ask(store, "contractsPage", { organisation: org(1), agent: null, after: last?.name ?? null, limit }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "contracts",
          ...ns.flatMap((n) => [
            rows.contract(n),
            rows.contract(n + 50, { organisation: org(2) }),
            rows.contract(n + 100, { state: "deleted" }),
          ]),
        ),
      }),
    expected: (ns) => sorted(ns).map((n) => rows.contract(n)),
  }),
  versionsPage: paged<ContractVersion>({
    next: (store, last, limit) =>
      ask(store, "versionsPage", {
        organisation: org(1),
        agent: null,
        contract: ctr(1),
        before: last?.number ?? null,
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "contractVersions",
          ...ns.flatMap((n) => [contractVersion(n), contractVersion(n, { contract: ctr(2) })]),
        ),
      }),
    expected: (ns) =>
      sorted(ns)
        .reverse()
        .map((n) => contractVersion(n)),
  }),
  advertisementsPage: paged<Advertisement>({
    next: (store, last, limit) =>
      ask(store, "advertisementsPage", {
        organisation: org(1),
        agent: agt(2),
        after: last?.name ?? null,
        limit,
      }),
    write: (store, ns) =>
      commit(store, {
        changes: put(
          "advertisements",
          ...ns.flatMap((n) => [
            rows.advertisement(n, { state: n % 2 === 0 ? "retracted" : "active" }),
            rows.advertisement(n + 50, { agent: agt(3) }),
            rows.advertisement(n + 100, { organisation: org(2) }),
          ]),
        ),
      }),
    expected: (ns) =>
      sorted(ns).map((n) => rows.advertisement(n, { state: n % 2 === 0 ? "retracted" : "active" })),
  }),
  ...Object.fromEntries(
    (
      [
        ["of an organisation", org(2), null],
        ["of an agent", org(1), agt(1)],
      ] as const
    ).map(([what, organisation, agent]) => [
      `sessionsPage ${what}`,
      paged<SessionRecord>({
        next: (store, last, limit) =>
          ask(store, "sessionsPage", { ...all, organisation, agent, before: before(last), limit }),
        write: (store, ns) =>
          commit(store, {
            changes: [...market(), ...engaged(...ns.flatMap((n) => [timed(n), strangers(n + 50)]))],
          }),
        expected: (ns) =>
          sorted(ns)
            .reverse()
            .map((n) => recordOf(timed(n))),
      }),
    ]),
  ),
};

const own: Engagement = {
  session: { provider: agt(1) },
  provider: { agent: agt(1), organisation: org(1), instance: ins(1) },
};
const proposed = engagement(1);
const accepted = engagement(2, lives.accepted);
const active = engagement(3, lives.active);
const closed = engagement(4, lives.closed);
const within = engagement(5, lives.accepted, own);
const every = [closed, within, active, proposed, accepted, strangers(6)];
const sessions: readonly AnyChange[] = [...market(), ...engaged(...every)];
type Asked = Partial<StoreLookups["sessionsPage"]["ask"]>;

const filters: readonly (readonly [what: string, by: Asked, found: readonly Engaged[]])[] = [
  ["all, each once", {}, [within, closed, active, accepted, proposed]],
  ["as consumer", { side: "consumer" }, [within, closed, active, accepted, proposed]],
  ["as provider", { side: "provider" }, [within]],
  ["that are open", { state: "open" }, [within, active, accepted, proposed]],
  ["in one state", { state: "accepted" }, [within, accepted]],
  ["that are closed", { state: "closed" }, [closed]],
  ["of the other side", { organisation: org(2) }, [closed, active, accepted, proposed]],
  [
    "of the other side's agent",
    { organisation: org(2), agent: agt(2) },
    [closed, active, accepted, proposed],
  ],
  ["of the other side, as consumer", { organisation: org(2), side: "consumer" }, []],
  ["none of another organisation's agent", { organisation: org(1), agent: agt(2) }, []],
  ["none of who is no side", { organisation: org(7) }, []],
];

/** Which of these an instance of agent 2 may take, and why. */
const takeable: readonly (readonly [string, Engaged, boolean])[] = [
  ["proposed, to be decided by an instance", engagement(1), true],
  ["proposed, to be decided by an admin", engagement(1, lives.proposed, underTerms("operator")), false],
  ["proposed, open", engagement(1, lives.proposed, underTerms("open")), false],
  ["accepted and not joined", accepted, true],
  [
    "accepted, open and not joined",
    engagement(2, lives.accepted, { ...underTerms("open"), provider: { instance: null, boundAt: null } }),
    true,
  ],
  [
    "accepted, joined by the consumer only",
    engagement(2, lives.accepted, { consumer: { joinedAt: 1 } }),
    true,
  ],
  ["accepted and joined", engagement(2, lives.accepted, { provider: { joinedAt: 1 } }), false],
  ["active", active, false],
  ["closed", closed, false],
];
function underTerms(acceptance: "operator" | "open"): Engagement {
  return { session: { terms: { ...engagement(1).session.terms, acceptance } } };
}

const under = { contract: ctr(1), termsDigest: contractVersion(1).termsDigest };
const broken = (at: WouldRefuse["at"], rule: WouldRefuse["rule"] = "requiredTags"): WouldRefuse => ({
  rule,
  at,
});
const marked = [
  [broken("proposal")],
  [broken("envelope", "maxEnvelopes"), broken("envelope", "maxEnvelopes")],
  [broken("proposal"), broken("envelope", "maxEnvelopes")],
].map((wouldRefuse, at) => {
  const n = 2 * at + 1;
  return engagement(n, lives.proposed, { session: { proposedAt: times(n), wouldRefuse } });
});
const unmarked = [2, 4].map((n) => engagement(n));
const elsewhere = [
  engagement(7, lives.proposed, { session: { contract: ctr(2) } }),
  engagement(9, lives.proposed, { session: { termsDigest: contractVersion(2).termsDigest } }),
];
const reported: readonly AnyChange[] = [
  ...market(),
  ...engaged(...[...marked].reverse(), ...unmarked, ...elsewhere),
];

export function describeSessionPages(adapter: Adapter): void {
  describeLists(adapter, lists);

  test.each(filters)("sessionsPage finds sessions %s", async (_what, by, found) => {
    const store = opened(adapter);
    await commit(store, { changes: sessions });
    const asked = { organisation: org(1), agent: null, ...all, ...by };
    const read = found.map((one) => recordOf(one));
    expect(await askBoth(store, "sessionsPage", asked)).toEqual({ read, within: read });
  });

  describeTakeable(adapter);
  describeReports(adapter);
  describeOwnContracts(adapter);

  test("an advertisement of another organisation is not there", async () => {
    const store = opened(adapter);
    await commit(store, { changes: put("advertisements", rows.advertisement(1)) });
    const by = (n: number, whose: number) => ({ organisation: org(whose), id: rows.adv(n) });
    expect(await ask(store, "ownAdvertisement", by(1, 1))).toEqual(rows.advertisement(1));
    expect(await ask(store, "ownAdvertisement", by(1, 2))).toBeUndefined();
    expect(await ask(store, "ownAdvertisement", by(9, 1))).toBeUndefined();
  });
}

const capabilities = ["markets.equity"];

function describeTakeable(adapter: Adapter): void {
  describe("takeableSessions", () => {
    test.each(takeable)("what is %s", async (_what, one, isThere) => {
      const store = opened(adapter);
      await commit(store, { changes: [...market(), ...engaged(one)] });
      const read = isThere ? [recordOf(one)] : [];
      expect(await askBoth(store, "takeableSessions", { agent: agt(2), capabilities, limit: 9 })).toEqual({
        read,
        within: read,
      });
      expect(await ask(store, "takeableSessions", { agent: agt(1), capabilities, limit: 9 })).toEqual([]);
    });

    test("oldest first, as many as asked for", async () => {
      const store = opened(adapter);
      await commit(store, { changes: [...market(), ...engaged(...[4, 1, 6, 3].map(timed))] });
      const found = await ask(store, "takeableSessions", { agent: agt(2), capabilities, limit: 3 });
      expect(found).toEqual([1, 3, 4].map((n) => recordOf(timed(n))));
    });

    test("for the capabilities that are asked for, whatever waits for others", async () => {
      const store = opened(adapter);
      const session = { proposedAt: times(9), capability: "markets.bonds" };
      const bonds = engagement(9, lives.proposed, { session });
      await commit(store, { changes: [...market(), ...engaged(...[1, 2, 3].map(timed), bonds)] });
      const asked = (...capabilities: string[]) =>
        ask(store, "takeableSessions", { agent: agt(2), capabilities, limit: 2 });
      expect(await asked("markets.bonds")).toEqual([recordOf(bonds)]);
      const oldest = [1, 2].map((n) => recordOf(timed(n)));
      expect(await asked("markets.bonds", "markets.equity")).toEqual(oldest);
      expect(await asked()).toEqual([]);
    });
  });
}

function describeReports(adapter: Adapter): void {
  describe("sessions under one version", () => {
    test("are counted, and those that are marked", async () => {
      const store = opened(adapter);
      await commit(store, { changes: reported });
      const byRule = [
        { rule: "maxEnvelopes", sessions: 2 },
        { rule: "requiredTags", sessions: 2 },
      ];
      expect(await ask(store, "versionSessions", under)).toEqual({ sessions: 5, marked: 3, byRule });
      const none = { contract: ctr(9), termsDigest: "" };
      expect(await ask(store, "versionSessions", none)).toEqual({ sessions: 0, marked: 0, byRule: [] });
    });

    test("are told where they are marked, oldest first, as many as asked for", async () => {
      const store = opened(adapter);
      await commit(store, { changes: reported });
      const all = marked.map((one) => recordOf(one).session);
      const found = await ask(store, "markedSessions", { ...under, after: null, limit: 2 });
      expect(found).toEqual(all.slice(0, 2));
      const last = all[1];
      const after = last ? { at: last.proposedAt, id: last.id } : null;
      expect(await ask(store, "markedSessions", { ...under, after, limit: 9 })).toEqual(all.slice(2));
    });
  });
}
