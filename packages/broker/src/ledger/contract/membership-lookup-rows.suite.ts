/** What decisions ask about what agents were given and may do, as a table: what was put, what is asked, what is found. */
import type { WorkgroupLookups } from "../../governance/workgroup/workgroup-lookups.js";
import type { LookupTable } from "./lookup-rows.suite.js";
import { consumer, hindrances, market } from "./market.suite.js";
import { type AnyChange, put } from "./opened.suite.js";
import { agent, agt, org } from "./rows.suite.js";
import { world } from "./workgroup-lookup-rows.suite.js";
import * as rows from "./workgroup-rows.suite.js";
import { membership, sel, since, wkg } from "./workgroup-rows.suite.js";

type MembershipLookups = Pick<
  WorkgroupLookups,
  | "namedMember"
  | "namedMembersOf"
  | "namedIn"
  | "selector"
  | "selectorsOf"
  | "membership"
  | "membershipsOf"
  | "membershipsIn"
  | "memberCount"
  | "agentsTagged"
  | "reach"
>;

/** What does not count: the organisation has left, or came in again since. */
const old = { participation: since - 1 };
const gone = { workgroup: wkg(4) };
const given: readonly AnyChange[] = [
  ...world,
  ...put(
    "namedMembers",
    rows.namedMember(3),
    rows.namedMember(1),
    rows.namedMember(2, { organisation: org(2) }),
    rows.namedMember(4, old),
    rows.namedMember(1, { workgroup: wkg(2) }),
    rows.namedMember(1, { workgroup: wkg(3) }),
    rows.namedMember(1, gone),
  ),
  ...put(
    "selectors",
    rows.selector(3),
    rows.selector(1),
    rows.selector(2, { organisation: org(2) }),
    rows.selector(4, old),
    rows.selector(5, { workgroup: wkg(2) }),
    rows.selector(6, { workgroup: wkg(3) }),
    rows.selector(7, gone),
  ),
];
const nothing = { offer: false, engage: false };
const memberships: readonly AnyChange[] = [
  ...world,
  ...put(
    "memberships",
    membership(3, { offer: false }),
    membership(1),
    membership(2, { organisation: org(2) }),
    membership(4, old),
    membership(5, nothing),
    membership(6, { engage: false }),
    membership(1, { workgroup: wkg(2), ...nothing }),
    membership(1, { workgroup: wkg(3) }),
    membership(1, { workgroup: wkg(4) }),
  ),
];
const tagged: readonly AnyChange[] = put(
  "agents",
  agent(3, { tags: { env: "prod", desk: "rates" } }),
  agent(1),
  agent(2, { organisation: org(2) }),
  agent(4, { tags: { env: "test" } }),
  agent(5, { standing: "revoked" }),
  agent(6, { standing: "suspended" }),
  agent(7, { tags: {} }),
  agent(8, { tags: { größe: "😀'\"" } }),
);

const tags = (wanted: Readonly<Record<string, string>>, limit = 9) => ({
  organisation: org(1),
  tags: wanted,
  limit,
});

/** Whatever of it counts is judged by who asks: a reach is told as it is. */
const reaches = hindrances
  .filter(([, { consumer: over, workgroup }]) => over !== undefined || workgroup !== undefined)
  .map(
    ([what, over]) =>
      [
        `what is there where ${what}`,
        market(over),
        { workgroup: wkg(1), agent: agt(1) },
        consumer(over),
      ] as const,
  );

export const membershipLookupRows: LookupTable<MembershipLookups> = {
  namedMember: [
    ["one", given, { workgroup: wkg(1), agent: agt(1) }, rows.namedMember(1)],
    ["none of before", given, { workgroup: wkg(1), agent: agt(4) }, undefined],
    ["none of who has left", given, { workgroup: wkg(4), agent: agt(1) }, undefined],
    ["none", given, { workgroup: wkg(1), agent: agt(9) }, undefined],
  ],
  namedMembersOf: [
    [
      "those of one organisation that count, by agent",
      given,
      { workgroup: wkg(1), organisation: org(1) },
      [rows.namedMember(1), rows.namedMember(3)],
    ],
    ["none of who has left", given, { workgroup: wkg(4), organisation: org(1) }, []],
  ],
  namedIn: [
    [
      "those in active workgroups that count, by workgroup",
      given,
      { agent: agt(1) },
      [rows.namedMember(1), rows.namedMember(1, { workgroup: wkg(2) })],
    ],
    ["none of before", given, { agent: agt(4) }, []],
  ],
  selector: [
    ["one", given, { organisation: org(1), workgroup: wkg(1), id: sel(1) }, rows.selector(1)],
    ["hidden: another's", given, { organisation: org(1), workgroup: wkg(1), id: sel(2) }, undefined],
    ["none of another workgroup", given, { organisation: org(1), workgroup: wkg(2), id: sel(1) }, undefined],
    ["none of before", given, { organisation: org(1), workgroup: wkg(1), id: sel(4) }, undefined],
    ["none of who has left", given, { organisation: org(1), workgroup: wkg(4), id: sel(7) }, undefined],
  ],
  selectorsOf: [
    [
      "those in active workgroups that count, by id",
      given,
      { organisation: org(1) },
      [rows.selector(1), rows.selector(3), rows.selector(5, { workgroup: wkg(2) })],
    ],
    ["none", given, { organisation: org(9) }, []],
  ],
  membership: [
    ["one", memberships, { workgroup: wkg(1), agent: agt(1) }, membership(1)],
    ["one of before", memberships, { workgroup: wkg(1), agent: agt(4) }, membership(4, old)],
    ["none", memberships, { workgroup: wkg(2), agent: agt(3) }, undefined],
  ],
  membershipsOf: [
    [
      "all in active workgroups where its organisation is, by workgroup",
      memberships,
      { agent: agt(1) },
      [membership(1), membership(1, { workgroup: wkg(2), ...nothing })],
    ],
    [
      "none any more where it was dissolved, or left, meanwhile",
      [
        ...memberships,
        { do: "patch", table: "workgroups", key: { id: wkg(1) }, set: { state: "dissolved" } },
        {
          do: "patch",
          table: "participations",
          key: { workgroup: wkg(2), organisation: org(1) },
          set: { state: "left" },
        },
      ],
      { agent: agt(1) },
      [],
    ],
    ["none", memberships, { agent: agt(9) }, []],
  ],
  membershipsIn: [
    [
      "all of one organisation, by agent",
      memberships,
      { workgroup: wkg(1), organisation: org(1) },
      [
        membership(1),
        membership(3, { offer: false }),
        membership(4, old),
        membership(5, nothing),
        membership(6, { engage: false }),
      ],
    ],
    ["none of another", memberships, { workgroup: wkg(1), organisation: org(9) }, []],
  ],
  memberCount: [
    ["those that may do something", memberships, { workgroup: wkg(1), organisation: org(1) }, 3],
    [
      "those that are suspended, and none that are revoked",
      [
        ...memberships,
        ...put("agents", agent(1, { standing: "suspended" }), agent(3, { standing: "revoked" })),
      ],
      { workgroup: wkg(1), organisation: org(1) },
      2,
    ],
    ["none of who has left", memberships, { workgroup: wkg(4), organisation: org(1) }, 0],
  ],
  agentsTagged: [
    [
      "those that have a tag, by id, none revoked",
      tagged,
      tags({ env: "prod" }),
      [agent(1), agent(3, { tags: { env: "prod", desk: "rates" } }), agent(6, { standing: "suspended" })],
    ],
    [
      "those that have all of them",
      tagged,
      tags({ env: "prod", desk: "rates" }),
      [agent(3, { tags: { env: "prod", desk: "rates" } })],
    ],
    ["one more than the limit at most", tagged, tags({ env: "prod" }, 0), [agent(1)]],
    ["tags of any spelling", tagged, tags({ größe: "😀'\"" }), [agent(8, { tags: { größe: "😀'\"" } })]],
    ["none that has another value", tagged, tags({ env: "Prod" }), []],
    ["nothing that every object has", tagged, tags({ constructor: "x" }), []],
  ],
  reach: [
    ["all by which an agent stands", market(), { workgroup: wkg(1), agent: agt(1) }, consumer()],
    ...reaches,
    ["none of who never was a member", market(), { workgroup: wkg(1), agent: agt(3) }, undefined],
    ["none in another workgroup", market(), { workgroup: wkg(2), agent: agt(1) }, undefined],
    ["nothing that is an id", market(), { workgroup: "😀' OR 1=1 --", agent: agt(1) }, undefined],
  ],
};
