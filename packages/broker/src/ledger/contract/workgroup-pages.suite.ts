/** Promises about lists of workgroups, invitations and members: in order, and nothing of what the reader does not see. */
import { describe, expect, test } from "vitest";
import type { Selector } from "../../governance/workgroup/workgroup-entities.js";
import type { MemberRow, WorkgroupRow } from "../workgroup-pages.js";
import { home, invitationLists, invitationRows, type PageRow } from "./invitation-pages.suite.js";
import { at, describeLists, type Paged, paged, sorted, times } from "./lists.suite.js";
import { consumer, hindrances, market, provider, reachRows } from "./market.suite.js";
import { type Adapter, type AnyChange, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { agent, agt, org } from "./rows.suite.js";
import { membership, participation, selector, since, wkg, workgroup } from "./workgroup-rows.suite.js";

const groupRows = (ns: readonly number[], over: (n: number) => Parameters<typeof workgroup>[1]) => [
  ...home,
  ...put("workgroups", ...ns.map((n) => workgroup(n, { createdAt: times(n), ...over(n) }))),
  ...put("participations", ...ns.map((n) => participation(1, { workgroup: wkg(n) }))),
];
const rowOf = (n: number, over: Parameters<typeof workgroup>[1] = {}): WorkgroupRow => ({
  workgroup: workgroup(n, { createdAt: times(n), ...over }),
  ownerName: over?.owner === org(2) ? "organisation-2" : "organisation-1",
});
const dissolvedOrNot = (n: number) =>
  n % 2 === 0 ? ({ state: "dissolved" } as const) : ({ owner: org(2) } as const);
const hiddenGroups = (ns: readonly number[]): AnyChange[] => [
  ...put("workgroups", ...ns.map((n) => workgroup(n + 50, { createdAt: times(n) }))),
  ...put("participations", ...ns.map((n) => participation(1, { workgroup: wkg(n + 50), state: "left" }))),
];
const afterGroup = (last: WorkgroupRow | undefined) =>
  at(
    last,
    ({ workgroup }) => workgroup.createdAt,
    ({ workgroup }) => workgroup.id,
  );
const lists: Readonly<Record<string, Paged<object>>> = {
  "workgroupsPage of an organisation": paged<WorkgroupRow>({
    next: (store, last, limit) =>
      ask(store, "workgroupsPage", { organisation: org(1), agent: null, after: afterGroup(last), limit }),
    write: (store, ns) => commit(store, { changes: [...groupRows(ns, dissolvedOrNot), ...hiddenGroups(ns)] }),
    expected: (ns) => sorted(ns).map((n) => rowOf(n, dissolvedOrNot(n))),
  }),
  "workgroupsPage of an agent": paged<WorkgroupRow>({
    next: (store, last, limit) =>
      ask(store, "workgroupsPage", { organisation: org(1), agent: agt(1), after: afterGroup(last), limit }),
    write: (store, ns) =>
      commit(store, {
        changes: [
          ...groupRows(ns, () => ({})),
          ...put("memberships", ...ns.map((n) => membership(1, { workgroup: wkg(n), offer: n % 3 > 0 }))),
          ...groupRows(
            ns.map((n) => n + 50),
            () => ({}),
          ),
          ...groupRows(
            ns.map((n) => n + 100),
            () => ({ state: "dissolved" }),
          ),
          ...put("memberships", ...ns.map((n) => membership(1, { workgroup: wkg(n + 100) }))),
        ],
      }),
    expected: (ns) => sorted(ns).map((n) => rowOf(n)),
  }),
  ...invitationLists,
  membersPage: paged<MemberRow>({
    next: (store, last, limit) =>
      ask(store, "membersPage", { workgroup: wkg(1), after: last?.membership.agent ?? null, limit }),
    write: (store, ns) =>
      commit(store, {
        changes: [
          ...home,
          ...put("workgroups", workgroup(1)),
          ...put("participations", participation(1)),
          ...put("agents", ...ns.flatMap((n) => [agent(n), agent(n + 50), agent(n + 100)])),
          ...put(
            "memberships",
            ...ns.flatMap((n) => [
              membership(n, { engage: n % 2 === 0 }),
              membership(n + 50, { offer: false, engage: false }),
              membership(n + 100, { workgroup: wkg(2) }),
            ]),
          ),
        ],
      }),
    expected: (ns) =>
      sorted(ns).map((n) => ({
        membership: membership(n, { engage: n % 2 === 0 }),
        agentName: `agent-${n}`,
        organisationName: "organisation-1",
      })),
  }),
  selectorsPage: paged<Selector>({
    next: (store, last, limit) => {
      const after = at(
        last,
        ({ createdAt }) => createdAt,
        ({ id }) => id,
      );
      return ask(store, "selectorsPage", { workgroup: wkg(1), organisation: org(1), after, limit });
    },
    write: (store, ns) =>
      commit(store, {
        changes: [
          ...put(
            "participations",
            participation(1),
            participation(2),
            participation(1, { workgroup: wkg(2) }),
          ),
          ...put(
            "selectors",
            ...ns.flatMap((n) => [
              selector(n, { createdAt: times(n) }),
              selector(n + 50, { organisation: org(2) }),
              selector(n + 100, { workgroup: wkg(2) }),
              selector(n + 150, { participation: since - 1 }),
            ]),
          ),
        ],
      }),
    expected: (ns) => sorted(ns).map((n) => selector(n, { createdAt: times(n) })),
  }),
};

const members = { workgroup: wkg(1), after: null, limit: 9 };
const member = (one: ReturnType<typeof consumer>): MemberRow => ({
  membership: one.membership,
  agentName: one.agent.name,
  organisationName: one.organisation.name,
});
const both = { by: "agent", of: agt(1) } as const;
const touched: readonly AnyChange[] = [
  ...market(),
  ...put("workgroups", workgroup(2), workgroup(3, { state: "dissolved" }), workgroup(4)),
  ...put("participations", ...[2, 3, 4].map((n) => participation(1, { workgroup: wkg(n) }))),
  ...put("agents", agent(3)),
  ...put("memberships", membership(1, { workgroup: wkg(3) })),
  ...put("memberships", membership(1, { workgroup: wkg(4), offer: false, engage: false })),
  ...put("memberships", membership(3, { workgroup: wkg(2) }), membership(3)),
];

const single: readonly PageRow[] = [
  [
    "workgroupRow",
    "any with its owner's name",
    [...home, ...put("workgroups", workgroup(1, { owner: org(2), state: "dissolved" }))],
    { id: wkg(1) },
    { workgroup: workgroup(1, { owner: org(2), state: "dissolved" }), ownerName: "organisation-2" },
  ],
  ["workgroupRow", "none", home, { id: wkg(9) }, undefined],
  [
    "workgroupsPage",
    "nothing for a member of before",
    [...groupRows([1], () => ({})), ...put("memberships", membership(1, { participation: since - 1 }))],
    { organisation: org(1), agent: agt(1), after: null, limit: 9 },
    [],
  ],
  ...invitationRows,
  ["membersPage", "all, of whatever organisation", market(), members, [consumer(), provider()].map(member)],
  ...hindrances
    .filter(([, { consumer, workgroup }]) => consumer !== undefined || workgroup !== undefined)
    .map(([what, over]): PageRow => {
      const remain = over.workgroup ? [] : [member(provider())];
      const mayStillOffer = over.consumer?.membership !== undefined;
      return [
        "membersPage",
        `those that still may do something where ${what}`,
        market(over),
        members,
        mayStillOffer ? [member(consumer(over)), ...remain] : remain,
      ];
    }),
  ["workgroupsTouched", "those of an agent", touched, both, [wkg(1)]],
  [
    "workgroupsTouched",
    "those of an organisation's agents, each once, by id",
    touched,
    { by: "organisation", of: org(1) },
    [wkg(1), wkg(2)],
  ],
  [
    "workgroupsTouched",
    "those of who is suspended as well: they were seen there until now",
    reachRows(consumer({ consumer: { agent: { standing: "suspended" } } })),
    both,
    [wkg(1)],
  ],
  ["workgroupsTouched", "none", touched, { by: "agent", of: agt(9) }, []],
];

export function describeWorkgroupPages(adapter: Adapter): void {
  describeLists(adapter, lists);

  describe("about workgroups", () => {
    test.each(single)("%s finds %s", async (find, _what, changes, by, found) => {
      const store = opened(adapter);
      await commit(store, { changes });
      expect(await askBoth(store, find, by as never)).toEqual({ read: found, within: found });
    });
  });
}
