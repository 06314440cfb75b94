/** What decisions about envelopes ask, and what they find. */
import type { Side } from "../../governance/engagement-entities.js";
import type { EnvelopeLookups } from "../../governance/session/envelope-lookups.js";
import { ses, side as sideRow } from "./engagement-rows.suite.js";
import { drain, env, handled, payloads, segment, stray, tally, waiting } from "./envelope-rows.suite.js";
import type { LookupTable } from "./lookup-rows.suite.js";
import { type AnyChange, put } from "./opened.suite.js";
import { agt, deadline, ins, org } from "./rows.suite.js";

const side = "consumer" as const;
const one = { session: ses(1), side };
const counted = put("tallies", tally(1), tally(1, { side: "provider", n: 9 }), tally(2, { n: 8 }));
const handledOnes = put("handled", handled(1), handled(1, { side, n: 7 }), handled(2, { side, n: 8 }));

/** The second segment has, beside ids that rise, one that does not. */
const sent = [
  ...put("segments", segment(3), segment(1), segment(2)),
  ...put(
    "segments",
    segment(1, { side: "provider", position: 99 }),
    segment(1, { session: ses(2), position: 98 }),
  ),
  ...put("segments", segment(4, { firstId: null, lastId: null })),
  ...put("strays", stray(15, { id: env(5_000) }), stray(31, { id: env(4) }), stray(1, { session: ses(2) })),
];

/** Agent 1 receives in session `n` what agent 2 of organisation 2 has sent there. */
const receiving = (n: number, bytes: number, more: Partial<Side> = {}): AnyChange[] => [
  ...put(
    "sides",
    sideRow(n, { session: ses(n), side: "consumer", agent: agt(1), organisation: org(1), ...more }),
  ),
  ...put(
    "sides",
    sideRow(n, { session: ses(n), side: "provider", agent: agt(2), organisation: org(2), ...more }),
  ),
  ...put("tallies", tally(n, { side: "consumer", bytes: 7_777 }), tally(n, { side: "provider", bytes })),
];
const toOne = { agent: agt(1), organisation: org(2) };
const kept = put(
  "payloads",
  ...[3, 1, 2].map((n) => payloads(n)),
  payloads(1, { session: ses(2) }),
  payloads(2, { side: "provider" }),
);
const keptRow = (n: number) => {
  const { bytes: _, ...row } = payloads(n);
  return row;
};
const deadlines = put("deadlines", deadline(1), deadline(2));

export const envelopeLookupRows: Omit<LookupTable<EnvelopeLookups>, "sentAt" | "speaker" | "spokenIn"> = {
  tally: [
    ["of a side", counted, one, tally(1)],
    ["of the other side", counted, { ...one, side: "provider" }, tally(1, { side: "provider", n: 9 })],
    ["none", counted, { ...one, session: ses(9) }, undefined],
  ],
  handled: [
    ["of a side", handledOnes, one, handled(1, { side, n: 7 })],
    ["none", handledOnes, { ...one, session: ses(9) }, undefined],
  ],
  waiting: [
    [
      "of the two",
      put("waiting", waiting(1), waiting(2)),
      { agent: agt(2), organisation: org(3) },
      waiting(2),
    ],
    ["none of another agent", put("waiting", waiting(1)), { agent: agt(2), organisation: org(2) }, undefined],
    [
      "none of another organisation",
      put("waiting", waiting(1)),
      { agent: agt(1), organisation: org(1) },
      undefined,
    ],
  ],
  unhandledBytes: [
    ["nothing where there is no session", [], toOne, 0],
    ["what the other side has sent", receiving(1, 500), toOne, 500],
    [
      "without what was handled of it",
      [...receiving(1, 500), ...put("handled", handled(1, { bytes: 120 }), handled(1, { side, bytes: 9 }))],
      toOne,
      380,
    ],
    ["of all their sessions", [...receiving(1, 500), ...receiving(2, 30)], toOne, 530],
    [
      "not of those that are closed",
      [...receiving(1, 500), ...receiving(2, 30, { state: "closed" })],
      toOne,
      500,
    ],
    ["not of another receiver", receiving(1, 500), { ...toOne, agent: agt(3) }, 0],
    ["not of another sender", receiving(1, 500), { ...toOne, organisation: org(3) }, 0],
    [
      "of the other way, what that side has sent",
      receiving(1, 500),
      { agent: agt(2), organisation: org(1) },
      7_777,
    ],
  ],
  payloadsIn: [
    [
      "the oldest first, without their bytes",
      kept,
      { ...one, from: 0, to: 99, limit: 9 },
      [1, 2, 3].map(keptRow),
    ],
    ["that begin at the first", kept, { ...one, from: 11, to: 99, limit: 9 }, [2, 3].map(keptRow)],
    ["none that begin before the first", kept, { ...one, from: 12, to: 99, limit: 9 }, [keptRow(3)]],
    ["that begin at the last", kept, { ...one, from: 0, to: 11, limit: 9 }, [1, 2].map(keptRow)],
    ["none that begin after the last", kept, { ...one, from: 0, to: 10, limit: 9 }, [keptRow(1)]],
    ["as many as asked for", kept, { ...one, from: 0, to: 99, limit: 2 }, [1, 2].map(keptRow)],
    ["none of another session", kept, { ...one, session: ses(3), from: 0, to: 99, limit: 9 }, []],
  ],
  drain: [
    ["of that session", put("drains", drain(1), drain(2)), { session: ses(2) }, drain(2)],
    ["none of another", put("drains", drain(1)), { session: ses(2) }, undefined],
  ],
  deadline: [
    ["of that kind and subject", deadlines, { kind: "instance.expire", subject: ins(2) }, deadline(2)],
    ["none of another kind", deadlines, { kind: "payloads.erase", subject: ins(2) }, undefined],
    ["none of another subject", deadlines, { kind: "instance.expire", subject: ins(3) }, undefined],
  ],
  segmentAt: [
    ["the first of a segment", sent, { ...one, n: 11 }, segment(2)],
    ["the last of it", sent, { ...one, n: 20 }, segment(2)],
    ["the first after it", sent, { ...one, n: 21 }, segment(3)],
    ["none before the first", sent, { ...one, n: 0 }, undefined],
    ["none after the last", sent, { ...one, n: 41 }, undefined],
    ["none in a gap", put("segments", segment(1), segment(3)), { ...one, n: 15 }, undefined],
  ],
  segmentOfId: [
    ["where ids rise past it", sent, { ...one, id: env(15) }, segment(2)],
    ["where it is the first", sent, { ...one, id: env(11) }, segment(2)],
    ["where it is the last", sent, { ...one, id: env(20) }, segment(2)],
    ["of one that did not rise", sent, { ...one, id: env(5_000) }, segment(2)],
    [
      "of one that did not rise, before those that do",
      sent,
      { ...one, id: env(4) },
      segment(4, { firstId: null, lastId: null }),
    ],
    ["none beyond the last", sent, { ...one, id: env(31) }, undefined],
    ["none between two", put("segments", segment(1), segment(3)), { ...one, id: env(15) }, undefined],
    ["none of another session", sent, { session: ses(2), side, id: env(15) }, undefined],
    [
      "of the other side",
      sent,
      { ...one, side: "provider", id: env(1) },
      segment(1, { side: "provider", position: 99 }),
    ],
  ],
};
