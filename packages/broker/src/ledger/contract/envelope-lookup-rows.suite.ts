/** What decisions about envelopes ask, and what they find. */
import type { EnvelopeLookups } from "../../governance/session/envelope-lookups.js";
import { ses } from "./engagement-rows.suite.js";
import { env, handled, segment, stray, tally } from "./envelope-rows.suite.js";
import type { LookupTable } from "./lookup-rows.suite.js";
import { put } from "./opened.suite.js";

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

export const envelopeLookupRows: Omit<LookupTable<EnvelopeLookups>, "sentAt"> = {
  tally: [
    ["of a side", counted, one, tally(1)],
    ["of the other side", counted, { ...one, side: "provider" }, tally(1, { side: "provider", n: 9 })],
    ["none", counted, { ...one, session: ses(9) }, undefined],
  ],
  handled: [
    ["of a side", handledOnes, one, handled(1, { side, n: 7 })],
    ["none", handledOnes, { ...one, session: ses(9) }, undefined],
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
