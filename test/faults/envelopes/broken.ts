/** For each invariant histories and records, made up, that break it: what the checker must find. */

import type { Seen } from "./history.js";
import * as up from "./made-up.js";
import {
  change,
  drop,
  entry,
  fact,
  isDelivery,
  isOf,
  isSent,
  type Row,
  record,
  seen,
  side,
  terms,
  without,
} from "./planting.js";
import type { Entry } from "./reader.js";

const [one, two, three, four] = up.entries as readonly Entry[] as [Entry, Entry, Entry, Entry];
const [ask, , note] = up.letters as [up.Said, up.Said, up.Said, up.Said];

export const longer = { ...up.letters[2], id: "env_9", text: "x".repeat(200) } as up.Said;
const fresh = { ...note, id: "env_9" };

export const rows: readonly Row[] = [
  [1, "what was accepted is not there", (made) => without(made, 3)],
  [1, "what was accepted is there as another number", (made) => entry(made, 3, { seq: 5 })],
  [1, "what was accepted is there with another payload", (made) => entry(made, 3, { payload: "other" })],
  [2, "something is there that nobody has sent", (made) => drop(made, isSent(two))],
  [2, "something is there with a header that nobody wrote", (made) => entry(made, 1, { header: "{}" })],
  [3, "a repeat gets another answer", (made) => seen(made, [up.answered({ ...one, seq: 7 }, "repeated")])],
  [3, "the payload of what is not handled is gone", (made) => side(made, { handled: 1, handledBytes: 52 })],
  [
    3,
    "a payload is kept of what is not there",
    (made) => record(made, { kept: [{ side: "consumer", n: 9, digest: "d" }] }),
  ],
  [
    3,
    "what is kept is another payload",
    (made) => record(made, { kept: [{ side: "consumer", n: 1, digest: "d" }] }),
  ],
  [4, "an id is there twice", (made) => entry(made, 2, { id: one.id })],
  [
    4,
    "a repeat is refused after the close",
    (made) => seen(made, [up.sentAs(ask), up.refusedAs(ask, "session.state")], isOf("drained")),
  ],
  [
    4,
    "the same id with other content is taken",
    (made) =>
      seen(made, [up.sentAs({ ...ask, text: "other" }), up.answered(one, "repeated")], isOf("drained")),
  ],
  [
    4,
    "a repeat is taken for something else",
    (made) => seen(made, [up.sentAs(ask), up.refusedAs(ask, "envelope.id-reused")], isOf("drained")),
  ],
  [5, "a seq is left out", (made) => entry(made, 3, { seq: 6 })],
  [5, "an n comes twice", (made) => entry(made, 2, { n: 1 })],
  [
    5,
    "a segment's row says something else",
    (made) => record(made, { segments: made.record.segments.slice(1) }),
  ],
  [5, "time runs backwards", (made) => fact(made, "session.closed", { at: up.beganAt - 1 })],
  [
    6,
    "what was sent after an answer stands before it",
    (made) =>
      record(made, { entries: [two, one, three, four].map((each, at) => ({ ...each, seq: at + 1 })) }),
  ],
  [
    7,
    "what one connection has sent stands in another order",
    (made) => {
      const first = drop(made, isSent(three));
      const swapped = seen(first, [up.sentAs(note)], isOf("engaged"));
      return swapped;
    },
  ],
  [8, "an n comes again within one joining", (made) => seen(made, [up.deliveredAs(one)], isDelivery(three))],
  [
    8,
    "a repeat has other bytes",
    (made) =>
      seen(made, [
        { what: "joined", cursor: 0, after: 0, missing: [], ...up.spoken("provider") },
        { ...up.deliveredAs(one), stamp: "another" } as Seen,
      ]),
  ],
  [8, "something is given as another number", (made) => change(made, isDelivery(three), () => ({ seq: 9 }))],
  [
    9,
    "something was given that is not there",
    (made) => seen(made, [up.deliveredAs({ ...three, n: 3, seq: 5 })]),
  ],
  [
    10,
    "an application with a cursor handles something twice",
    (made) =>
      seen(
        made,
        [1, 1].map((n) => ({ what: "handled", session: up.session, side: "provider", n, keeps: "cursor" })),
      ),
  ],
  [
    10,
    "an application never handles something",
    (made) =>
      seen(made, [{ what: "handled", session: up.session, side: "provider", n: 1, keeps: "nothing" }]),
  ],
  [11, "a gap that nobody has said", (made) => drop(made, isDelivery(one))],
  [
    11,
    "a join begins farther than it was asked to",
    (made) => seen(made, [{ what: "joined", cursor: 0, after: 2, missing: [], ...up.spoken("provider") }]),
  ],
  [
    11,
    "something is said to be gone that was never handled",
    (made) => {
      const said = { what: "missing", from: 1, to: 2, why: "erased", ...up.spoken("provider") } as const;
      return seen(made, [said], isOf("joined"));
    },
  ],
  [42, "something never comes", (made) => drop(made, isDelivery(three))],
  [12, "a payload comes as another", (made) => change(made, isDelivery(three), () => ({ payload: "other" }))],
  [
    12,
    "a payload is found in the file after it was erased",
    (made) => ({
      ...made,
      found: { ...made.found, leaks: [{ marker: "marker-env_1", where: "parley.db" }] },
    }),
  ],
  [
    12,
    "a payload is found in what the broker said",
    (made) => ({
      ...made,
      found: { ...made.found, leaks: [{ marker: "marker-env_1", where: "what it said" }] },
    }),
  ],
  [13, "more than the number", (made) => terms(made, { maxEnvelopes: 3 })],
  [
    13,
    "more of one side than its number",
    (made) => terms(made, { maxEnvelopesBySide: { consumer: 1, provider: 4 } }),
  ],
  [
    13,
    "refused before the number was reached",
    (made) =>
      seen(
        made,
        [up.sentAs(fresh), up.refusedAs(fresh, "contract.violation", "maxEnvelopes")],
        isOf("drained"),
      ),
  ],
  [14, "accepted at the deadline", (made) => entry(made, 3, { at: up.beganAt + 60_000 })],
  [14, "accepted when nothing had come for too long", (made) => entry(made, 3, { at: up.beganAt + 33_000 })],
  [
    14,
    "a consumer never joins, and it never expires",
    (made) =>
      record(made, {
        entries: [],
        facts: made.record.facts.filter(({ kind }) =>
          ["session.proposed", "session.accepted"].includes(kind),
        ),
      }),
  ],
  [
    15,
    "a type that is not listed",
    (made) => terms(made, { messageTypes: [{ type: "talk.*", from: "either" }] }),
  ],
  [
    15,
    "a type from the wrong side",
    (made) =>
      terms(made, {
        messageTypes: [
          { type: "talk.*", from: "either" },
          { type: "ask.one", from: "provider" },
        ],
      }),
  ],
  [
    15,
    "a listed type is refused",
    (made) =>
      seen(
        made,
        [up.sentAs(fresh), up.refusedAs(fresh, "contract.violation", "messageTypes")],
        isOf("drained"),
      ),
  ],
  [16, "more bytes than one may have", (made) => entry(made, 0, { payloadBytes: 190 })],
  [16, "more bytes than all may have", (made) => terms(made, { maxTotalBytes: 100 })],
  [
    16,
    "refused for its bytes below the limit",
    (made) =>
      seen(
        made,
        [up.sentAs(fresh), up.refusedAs(fresh, "contract.violation", "maxEnvelopeBytes")],
        isOf("drained"),
      ),
  ],
  [17, "a refused one is counted", (made) => side(made, { n: 3 })],
  [17, "a repeat is counted in bytes", (made) => side(made, { bytes: 1_000 })],
  [17, "a violation is counted twice", (made) => side(made, { violations: 1 })],
  [17, "more is handled than was handed out", (made) => side(made, { handed: 1 })],
  [18, "other terms than were agreed to", (made) => record(made, { termsDigest: "other" })],
  [18, "other terms than were proposed", (made) => terms(made, { violationsAllowed: 9 })],
  [
    19,
    "something follows the close",
    (made) =>
      record(made, {
        facts: [
          ...made.record.facts,
          { position: 11, kind: "session.sent", at: 2e6, data: { side: "consumer", entries: [] } },
        ],
      }),
  ],
  [
    19,
    "active before both have joined",
    (made) => fact(made, "session.joined", { data: { side: "consumer", instance: "ins_c" } }),
  ],
  [24, "the record names another sender", (made) => entry(made, 1, { instance: "ins_x" })],
  [
    24,
    "a stamp names another sender",
    (made) => change(made, isDelivery(three), () => ({ sender: "ins_x" })),
  ],
  [
    25,
    "an old epoch sends",
    (made) =>
      seen(
        made,
        [{ what: "opened", instance: "ins_c", connection: 3, epoch: 2, atMs: up.beganAt }],
        isDelivery(two),
      ),
  ],
  [
    25,
    "what a sibling has acknowledged is not given again",
    (made) => change(made, isOf("joined"), () => ({ after: 2 })),
  ],
  [25, "a sibling acknowledges", (made) => drop(made, isOf("acknowledged", 2))],
  [33, "the chain does not hold", (made) => record(made, { chainFlaw: "3: another hash" })],
];
