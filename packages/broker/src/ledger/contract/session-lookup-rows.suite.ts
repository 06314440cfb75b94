/** What decisions ask about sessions, as a table: what was put, what is asked, what is found. */
import type { Life, SessionRecord, Side, SweepScope } from "../../governance/engagement-entities.js";
import type { EngagementLookups, HeldSide } from "../../governance/engagement-lookups.js";
import type { Connection } from "../../governance/entities.js";
import * as rows from "./engagement-rows.suite.js";
import { adv, cmd, ctr, lives, prp, ses } from "./engagement-rows.suite.js";
import { holder } from "./envelope-rows.suite.js";
import type { LookupRow, LookupTable } from "./lookup-rows.suite.js";
import { type Engaged, engaged, engagement, hindrances, market, recordOf } from "./market.suite.js";
import { type AnyChange, put } from "./opened.suite.js";
import { agt, connection, ins, org } from "./rows.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

export type SessionLookups = Omit<
  EngagementLookups,
  | "contract"
  | "contractNamed"
  | "contractCount"
  | "contractVersion"
  | "versionCount"
  | "contractUses"
  | "advertisement"
  | "advertisementCount"
  | "engageable"
  | "memberAmong"
>;

const proposed = engagement(1);
const accepted = engagement(2, lives.accepted);
const active = engagement(3, lives.active);
const closed = engagement(4, lives.closed);
const backwards = engagement(5, lives.proposed, {
  session: { consumer: agt(2), provider: agt(1), contract: ctr(2) },
  consumer: { agent: agt(2), organisation: org(2), counterpart: agt(1), instance: null },
  provider: { agent: agt(1), organisation: org(1), counterpart: agt(2), instance: ins(1), joinedAt: 1 },
});
const all: readonly Engaged[] = [active, proposed, backwards, closed, accepted];
const sessions: readonly AnyChange[] = [...market(), ...engaged(...all)];

const mine = { agent: agt(1) };
const found = (...some: readonly Engaged[]): SessionRecord[] => some.map((one) => recordOf(one));

/** Both sides of these are of one agent, organisation and instance. */
const alone = engagement(6, lives.accepted, {
  session: { provider: agt(1) },
  provider: { agent: agt(1), organisation: org(1), instance: ins(1) },
});

const all9 = { after: null, limit: 9 };
const within = null;
const scoped = (
  scope: SweepScope,
  expected: readonly Engaged[],
  among: readonly AnyChange[] = sessions,
): LookupRow<"openSessions"> => [
  `those that are open by ${scope.by} ${scope.of.slice(0, 3)} within ${scope.within?.slice(0, 3) ?? "any"}`,
  among,
  { ...scope, ...all9 },
  found(...expected),
];

const elsewhere = engagement(7, lives.proposed, {
  session: { advertisement: adv(1), workgroup: wkg(1), era: 2 },
});
const scopes: readonly LookupRow<"openSessions">[] = [
  scoped({ by: "organisation", of: org(1), within }, [proposed, accepted, active, backwards]),
  scoped({ by: "organisation", of: org(9), within }, []),
  scoped({ by: "agent", of: agt(2), within }, [proposed, accepted, active, backwards]),
  scoped({ by: "agent", of: agt(3), within }, []),
  scoped({ by: "instance", of: ins(2), within }, [accepted, active]),
  scoped({ by: "instance", of: ins(3), within }, []),
  scoped({ by: "workgroup", of: wkg(1), within }, [proposed, accepted, active, backwards]),
  scoped({ by: "workgroup", of: wkg(2), within }, []),
  scoped({ by: "participation", of: org(2), within: wkg(1) }, [proposed, accepted, active, backwards]),
  scoped({ by: "participation", of: org(2), within: wkg(2) }, []),
  scoped({ by: "participation", of: org(9), within: wkg(1) }, []),
  scoped({ by: "membership", of: agt(1), within: wkg(1) }, [proposed, accepted, active, backwards]),
  scoped({ by: "membership", of: agt(1), within: wkg(2) }, []),
  scoped({ by: "membership", of: agt(9), within: wkg(1) }, []),
  scoped({ by: "advertisement", of: adv(1), within }, [proposed, backwards]),
  scoped({ by: "advertisement", of: adv(2), within }, []),
  scoped({ by: "era", of: "2", within }, [proposed], [...market(), ...engaged(proposed, closed, elsewhere)]),
  scoped({ by: "era", of: "1", within }, [], [...market(), ...engaged(proposed, elsewhere)]),
  ...(["organisation", "agent", "instance", "participation", "membership"] as const).map(
    (by): LookupRow<"openSessions"> => {
      const of = { organisation: org(1), participation: org(1), instance: ins(1) } as const;
      const scope = { by, of: by in of ? of[by as keyof typeof of] : agt(1), within: wkg(1) };
      const [, among, asked, one] = scoped(scope, [alone], [...market(), ...engaged(alone)]);
      return [`once what has both its sides in one ${by}`, among, asked, one];
    },
  ),
];

const later = (n: number) => rows.sweep(n, { organisation: org(1), begunAt: 100 - n });
const underWay = put(
  "sweeps",
  later(1),
  later(2),
  rows.sweep(3, { organisation: org(3) }),
  rows.sweep(4, { organisation: null }),
);

const everywhere = { by: "workgroup", of: wkg(1), within } as const;

const holding = (n: number, more: Partial<Side>, state: Life = lives.active): AnyChange[] => [
  ...engaged(engagement(n, state, { consumer: { instance: ins(3), joinedAt: 5, ...more } })),
];
const due = { kind: "session.expire", subject: ses(5), dueAt: 77 } as const;
const holdings: readonly AnyChange[] = [
  ...market(),
  ...holding(8, {}, lives.accepted),
  ...holding(5, {}),
  ...holding(6, { joinedAt: null }),
  ...holding(7, {}, lives.closed),
  ...holding(9, { instance: ins(4) }),
  ...put("deadlines", due, { ...due, kind: "payloads.erase", subject: ses(8) }),
];
const { resumeGraceSeconds, absenceSeconds } = rows.session(1).terms;
const heldBy = (n: number, dueAt: number | null, state: HeldSide["state"] = "active"): HeldSide => ({
  ...{ session: ses(n), side: "consumer", state, resumeGraceSeconds, absenceSeconds, dueAt },
});
const gone = (n: number, more: Partial<Connection> = {}) => connection(n, { state: "closed", ...more });

export const sessionLookupRows: LookupTable<SessionLookups> = {
  proposal: [
    ["what an agent proposed under an id", sessions, { ...mine, proposal: prp(2) }, recordOf(accepted)],
    ["what is closed as well", sessions, { ...mine, proposal: prp(4) }, recordOf(closed)],
    ["none of another agent", sessions, { agent: agt(2), proposal: prp(1) }, undefined],
    ["none", sessions, { ...mine, proposal: prp(9) }, undefined],
  ],
  openSessionCount: [
    ["open ones of a consumer", sessions, mine, 3],
    ["not those that it provides", sessions, { agent: agt(2) }, 1],
  ],
  openProposalCount: [
    ["proposed ones of a consumer", sessions, mine, 1],
    ["of another", sessions, { agent: agt(2) }, 1],
    ["none", sessions, { agent: agt(3) }, 0],
  ],
  pairProposalCount: [
    ["proposed ones of an organisation to an agent", sessions, { organisation: org(1), provider: agt(2) }, 1],
    ["none of the other way round", sessions, { organisation: org(2), provider: agt(2) }, 0],
    ["none to another", sessions, { organisation: org(1), provider: agt(3) }, 0],
  ],
  contractSessionCount: [
    [
      "open ones of a consumer under a contract",
      sessions,
      { ...mine, contract: ctr(1), provider: org(2) },
      3,
    ],
    ["none with another organisation", sessions, { ...mine, contract: ctr(1), provider: org(3) }, 0],
    ["none under another", sessions, { ...mine, contract: ctr(2), provider: org(2) }, 0],
    ["of another consumer", sessions, { agent: agt(2), contract: ctr(2), provider: org(1) }, 1],
    ["none of a stranger's under it", sessions, { agent: agt(3), contract: ctr(1), provider: org(2) }, 0],
  ],
  heldCount: [
    ["open ones that an instance has joined", sessions, { instance: ins(2) }, 1],
    ["on either side", sessions, { instance: ins(1) }, 2],
    ["none", sessions, { instance: ins(9) }, 0],
  ],
  session: [
    ["one of the consumer's", sessions, { organisation: org(1), id: ses(3) }, recordOf(active)],
    ["one of the provider's", sessions, { organisation: org(2), id: ses(1) }, recordOf(proposed)],
    ["what is closed", sessions, { organisation: org(2), id: ses(4) }, recordOf(closed)],
    [
      "one that is both sides'",
      [...market(), ...engaged(alone)],
      { organisation: org(1), id: ses(6) },
      recordOf(alone),
    ],
    ["hidden: that of others", sessions, { organisation: org(3), id: ses(1) }, undefined],
    ["none", sessions, { organisation: org(1), id: "😀' OR 1=1 --" }, undefined],
    ...hindrances
      .filter(([, { offer }]) => offer === undefined)
      .map(
        ([what, over]) =>
          [
            `what it relied on as it stands where ${what}`,
            [...market(over), ...engaged(active)],
            { organisation: org(1), id: ses(3) },
            recordOf(active, over),
          ] as const,
      ),
  ],
  heldSides: [
    [
      "by session, and when each is looked at again",
      holdings,
      { instance: ins(3) },
      [heldBy(5, 77), heldBy(8, null, "accepted")],
    ],
    ["none of another instance", holdings, { instance: ins(7) }, []],
    [
      "both of one session",
      [
        ...market(),
        ...engaged(
          engagement(3, lives.active, {
            consumer: { instance: ins(3), joinedAt: 5 },
            provider: { instance: ins(3), joinedAt: 5 },
          }),
        ),
      ],
      { instance: ins(3) },
      [heldBy(3, null), { ...heldBy(3, null), side: "provider" }],
    ],
  ],
  holder: [
    ["one", put("holders", holder(1), holder(2)), { ...holder(2) }, holder(2)],
    ["none of another instance", put("holders", holder(1)), { ...holder(1), instance: ins(9) }, undefined],
    ["none of the other side", put("holders", holder(1)), { ...holder(1), side: "consumer" }, undefined],
    ["none of another session", put("holders", holder(1)), { ...holder(1), session: ses(9) }, undefined],
  ],
  absentHolders: [
    [
      "whose connection is closed and that hold something, each once",
      [...holdings, ...put("connections", gone(4), gone(3), gone(9))],
      {},
      [gone(3), gone(4)],
    ],
    ["none that is connected", [...holdings, ...put("connections", gone(3, { state: "open" }))], {}, []],
  ],
  sessionDue: [
    ["any", sessions, { id: ses(2) }, recordOf(accepted)],
    ["none", sessions, { id: ses(9) }, undefined],
  ],
  openSessions: [
    ...scopes,
    ["as many as asked for", sessions, { ...everywhere, after: null, limit: 2 }, found(proposed, accepted)],
    [
      "those after one, by id",
      sessions,
      { ...everywhere, after: ses(2), limit: 9 },
      found(active, backwards),
    ],
    ["none after the last", sessions, { ...everywhere, after: ses(5), limit: 9 }, []],
    [
      "as many of both sides as asked for",
      sessions,
      { by: "organisation", of: org(1), within, after: ses(1), limit: 2 },
      found(accepted, active),
    ],
  ],
  anyOpenSession: scopes.map(([what, among, { after: _after, limit: _limit, ...scope }, expected]) => [
    `whether there are: ${what}`,
    among,
    scope,
    expected.length > 0,
  ]),
  sweep: [
    ["one", put("sweeps", rows.sweep(1)), { id: cmd(1), part: 1 }, rows.sweep(1)],
    ["no other part", put("sweeps", rows.sweep(1)), { id: cmd(1), part: 0 }, undefined],
  ],
  sweepsUnderWay: [
    ["an organisation's own, as they were begun", underWay, { organisation: org(1) }, [later(2), later(1)]],
    ["none of another, nor of the platform", underWay, { organisation: org(2) }, []],
  ],
};
