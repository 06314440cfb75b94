/** What the checker must find in a session that is handed over, under terms on trial, or has run out. */
import type { Seen } from "./history.js";
import * as up from "./made-up.js";
import { closedAs, handedOver, idleAt, next, onTrial, ranOut, withFact } from "./made-up-kinds.js";
import { change, drop, entry, fact, isOf, type Made, type Row, terms } from "./planting.js";
import type { Mark } from "./reader.js";

const isNext = (each: Seen): boolean => "instance" in each && each.instance === next.instance;
const mark: Mark = { rule: "messageTypes", at: "envelope" };

const violated = (made: Made, position: number, at: number): Made =>
  withFact(made, {
    ...{ position, at, kind: "session.violated" },
    data: { side: "consumer", instance: "ins_c", rule: "messageTypes" },
  });
const leftAt = (made: Made, atMs: number): Made => change(made, isOf("lost"), () => ({ atMs }));
const until = (made: Made, atMs: number): Made =>
  terms(made, {
    observe: { until: new Date(atMs).toISOString(), terms: ["messageTypes", "maxEnvelopeBytes"] },
  });

const handOvers: readonly Row[] = [
  [
    25,
    "who held it before sends",
    (made) =>
      change(
        entry(handedOver(made), 2, { instance: "ins_c" }),
        (each) => "id" in each && each.id === "env_3",
        () => up.spoken("consumer"),
      ),
  ],
  [
    25,
    "who held it before closes it",
    (made) => {
      const closedAt = up.beganAt + 5_000;
      return closedAs(handedOver(made), closedAt, { closedAt, reason: "completed_by_consumer", by: "ins_c" });
    },
  ],
  [25, "who held it before violates", (made) => violated(handedOver(made), 8.5, up.beganAt + 3_500)],
  [
    25,
    "who held it before acknowledges",
    (made) => drop(handedOver(made), (each) => isOf("acknowledged", 2)(each) && isNext(each)),
  ],
  [25, "its holder is there", (made) => leftAt(handedOver(made), up.beganAt + 3_000)],
  [25, "its grace is not over", (made) => leftAt(handedOver(made), up.beganAt + 1_600)],
  [
    25,
    "it was somebody else's",
    (made) =>
      fact(handedOver(made), "session.handed-over", {
        data: { side: "consumer", from: "ins_x", to: "ins_d" },
      }),
  ],
  [
    10,
    "what comes again is not marked",
    (made) => change(handedOver(made), isOf("delivered", 1), () => ({ isAgain: false })),
  ],
  [
    42,
    "a sibling is not given what was not handled",
    (made) => drop(handedOver(made), (each) => isOf("delivered", 1)(each) && isNext(each)),
  ],
];

const trials: readonly Row[] = [
  [15, "what is on trial is not marked", (made) => entry(onTrial(made), 0, { wouldRefuse: [] })],
  [15, "what breaks nothing is marked", (made) => entry(onTrial(made), 1, { wouldRefuse: [mark] })],
  [15, "accepted at the end of the trial", (made) => until(onTrial(made), up.beganAt + 1_000)],
  [15, "refused on trial", (made) => violated(onTrial(made), 7.5, up.beganAt + 2_500)],
  [
    15,
    "who receives is not told",
    (made) => change(onTrial(made), isOf("delivered", 1), () => ({ wouldRefuse: [] })),
  ],
  [16, "bytes on trial are not marked", (made) => terms(onTrial(made), { maxEnvelopeBytes: 10 })],
  [
    16,
    "bytes are marked as others",
    (made) => {
      const one = { rule: "maxEnvelopeBytes", limit: 10, used: 1, at: "envelope" };
      return entry(terms(onTrial(made), { maxEnvelopeBytes: 10 }), 1, { wouldRefuse: [one] });
    },
  ],
  [13, "more than the number, which is not on trial", (made) => terms(onTrial(made), { maxEnvelopes: 3 })],
];

const endings: readonly Row[] = [
  [
    14,
    "ends as something else than what ran out",
    (made) => closedAs(made, idleAt + 10, { closedAt: idleAt, reason: "duration_reached", by: "broker" }),
  ],
  [
    14,
    "ends before its time",
    (made) => closedAs(made, idleAt, { closedAt: idleAt - 1, reason: "idle_timeout", by: "broker" }),
  ],
  [
    14,
    "is closed by its holder when it has run out",
    (made) => closedAs(made, idleAt, { closedAt: idleAt, reason: "completed_by_consumer", by: "ins_c" }),
  ],
  [
    14,
    "is written to have ended before that is so",
    (made) => closedAs(made, idleAt - 1, { closedAt: idleAt, reason: "idle_timeout", by: "broker" }),
  ],
  [14, "something happens at the deadline", (made) => violated(ranOut(made), 9.5, idleAt)],
];

export const rowsOfKinds: readonly Row[] = [...handOvers, ...trials, ...endings];
