import { type EnvelopeId, limits, makeId, outcomeFrame, problemOf, type Refusal } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { CommandAnswers } from "../../governance/command.js";
import type { SentIn } from "../../governance/engagement-commands.js";
import type { Marks, SegmentMade, Stands, Taken } from "../../governance/session/envelope-entities.js";
import * as cast from "../../governance/testing/cast.js";
import type { Written } from "../../relay.js";
import { outcomeOf, refusedAll } from "./outcomes.js";

type Answer = CommandAnswers["envelopes.send"];

const [one, two] = [cast.idOf("session", 1), cast.idOf("session", 2)];
const at = Date.UTC(2026, 0, 15, 12, 0, 30, 7);
const time = "2026-01-15T12:00:30.007Z";
const hashed = (text: string): string => text.padEnd(43, "A");
const stands = (state: Stands["state"] = "active"): Stands => ({
  state,
  left: { envelopes: 8, bytes: null, milliseconds: 5_000 },
  sendUpTo: { n: 256, bytes: limits.bytesUnhandledMax },
});

/** One command: which session each of its envelopes names, and what became of it. */
function decided(named: readonly (readonly [session: string, taken: Taken])[]) {
  const envelopes = named.map(([session], place) => ({
    ...{ session, id: makeId("envelope"), type: "a.b", header: "{}", payload: hashed(`p${place}`) },
    ...{ payloadBytes: 0, bytes: 0 },
  }));
  const caller = { principal: cast.scout1, generation: "0.0.0" };
  const socket = { connection: makeId("connection"), epoch: 1 };
  const target = { id: makeId("command"), target: one, caller, socket };
  const command = { kind: "envelopes.send", ...target, envelopes } as unknown as Parameters<
    typeof outcomeOf
  >[0];
  const ids = envelopes.map(({ id }) => id);
  const taken = named.map(([, of]) => of);
  const say = (sessions: readonly Partial<SentIn>[], positions: readonly number[]) => {
    const facts = positions.map(
      (position) => ({ skeleton: { position, at }, hash: hashed(`h${position}`) }) as unknown as Written,
    );
    const frame = outcomeOf(command, { taken, sessions } as unknown as Answer, facts);
    // What clients read has this shape, and no more.
    expect(outcomeFrame.parse(JSON.parse(JSON.stringify(frame)))).toEqual(frame);
    return frame;
  };
  return { command, ids, say };
}

const accepted = (n: number): Taken => ({ outcome: "accepted", n, seq: n, fact: 0 });
const refused = (refusal: Refusal): Taken => ({ outcome: "refused", refusal });
const segment = (
  fact: number,
  n: number,
  places: readonly number[],
  marks: readonly Marks[] = [],
): SegmentMade => ({
  ...{ fact, n, seq: n + 10, sent: n * 100, places, marks },
});
const entry = (id: EnvelopeId | undefined, place: number, marks: object = {}) => ({
  ...{ id, digest: hashed(`p${place}`), ...marks },
});

describe("an outcome [ENV-10]", () => {
  test("lists what was accepted by its segments, in the order in which it was sent", () => {
    const { command, ids, say } = decided([1, 2, 3].map((n) => [one, accepted(n)]));
    const segments = [segment(0, 1, [0, 1]), segment(1, 3, [2])];
    const [outcome] = say([{ session: one, stands: stands(), facts: 2, segments }], [40, 41]).sessions;
    const of = { at: time, cause: command.id };
    expect(outcome?.accepted).toEqual([
      { ...of, position: 40, n: 1, seq: 11, sent: 100, envelopes: [entry(ids[0], 0), entry(ids[1], 1)] },
      { ...of, position: 41, n: 3, seq: 13, sent: 300, envelopes: [entry(ids[2], 2)] },
    ]);
    expect(outcome?.stands).toEqual({ ...stands(), head: { position: 41, hash: hashed("h41") } });
    expect([outcome?.repeated, outcome?.refused]).toEqual([[], []]);
  });

  test("says of what is marked what the fact says", () => {
    const { ids, say } = decided([1, 2].map((n) => [one, accepted(n)]));
    const wouldRefuse = [{ rule: "maxEnvelopes", at: "envelope", limit: 1, used: 1 }] as const;
    const segments = [segment(0, 1, [0, 1], [{ stray: true }, { wouldRefuse }])];
    const [outcome] = say([{ session: one, stands: stands(), facts: 1, segments }], [1]).sessions;
    expect(outcome?.accepted[0]?.envelopes).toEqual([
      entry(ids[0], 0, { stray: true }),
      entry(ids[1], 1, { wouldRefuse }),
    ]);
  });

  test("says of a repeat what it was the first time, and of a refusal its problem", () => {
    const known = { n: 3, seq: 7, position: 9, at, header: "{}", payload: hashed("first") };
    const rate = { code: "envelope.rate", retryAfterMs: 60 } as const;
    const { ids, say } = decided([
      [one, { outcome: "repeated", known }],
      [one, refused(rate)],
    ]);
    const outcome = say([{ session: one, stands: stands("closed"), facts: 0, segments: [] }], []);
    expect(outcome.sessions).toEqual([
      {
        session: one,
        accepted: [],
        repeated: [{ id: ids[0], n: 3, seq: 7, position: 9, at: time, digest: hashed("first") }],
        refused: [{ id: ids[1], problem: problemOf(rate) }],
        // Nothing was written, so the head is where it was.
        stands: { ...stands("closed"), head: null },
      },
    ]);
  });

  test("says of a session that is not there no more than that, by the name it was called", () => {
    const hidden = { code: "not-found" } as const;
    const { ids, say } = decided([
      [two, refused(hidden)],
      [one, accepted(1)],
      [two, refused(hidden)],
    ]);
    const segments = [segment(0, 1, [1])];
    const { sessions } = say([{ session: one, stands: stands(), facts: 1, segments }], [5]);
    const problem = problemOf(hidden);
    expect(sessions[0]).toEqual({
      ...{ session: two, accepted: [], repeated: [], stands: null },
      refused: [
        { id: ids[0], problem },
        { id: ids[2], problem },
      ],
    });
    expect(sessions[1]).toMatchObject({ session: one, accepted: [{ envelopes: [{ id: ids[1] }] }] });
  });

  test("counts the facts of several sessions one after the other, those that are no segments too", () => {
    const { ids, say } = decided([
      [one, accepted(1)],
      [two, accepted(1)],
      [two, accepted(2)],
    ]);
    // In the first a violation follows its segment; in the second one stands between two.
    const { sessions } = say(
      [
        { session: one, stands: stands(), facts: 2, segments: [segment(0, 1, [0])] },
        { session: two, stands: stands(), facts: 3, segments: [segment(0, 1, [1]), segment(2, 2, [2])] },
      ],
      [20, 21, 70, 71, 72, 3],
    );
    expect(sessions.map((each) => each.accepted.map(({ position }) => position))).toEqual([[20], [70, 72]]);
    expect(sessions.map((each) => each.stands?.head?.position)).toEqual([21, 72]);
    expect(sessions[1]?.accepted.map(({ envelopes }) => envelopes[0]?.id)).toEqual([ids[1], ids[2]]);
  });

  test("of a violation that closes in the middle has what came before, and each of the rest with its own no", () => {
    const broken = { code: "contract.violation", rule: "maxEnvelopes", limit: 1, used: 1 } as const;
    const over = { code: "session.state", state: "closed" } as const;
    const { ids, say } = decided([
      [one, accepted(1)],
      [one, refused(broken)],
      [one, refused(over)],
    ]);
    const closed = { session: one, stands: stands("closed"), facts: 3, segments: [segment(0, 1, [0])] };
    const [outcome] = say([closed], [4, 5, 6]).sessions;
    expect(outcome).toMatchObject({
      accepted: [{ position: 4, envelopes: [{ id: ids[0] }] }],
      refused: [
        { id: ids[1], problem: problemOf(broken) },
        { id: ids[2], problem: problemOf(over) },
      ],
      stands: { state: "closed", head: { position: 6 } },
    });
  });

  test("of a segment that names what was not sent is a bug", () => {
    const { say } = decided([[one, accepted(1)]]);
    const segments = [segment(0, 1, [7])];
    expect(() => say([{ session: one, stands: stands(), facts: 1, segments }], [1])).toThrow(RangeError);
  });

  test("where nothing was decided is the same for each, by the session that it names", () => {
    const { command, ids } = decided([
      [one, accepted(1)],
      [two, accepted(1)],
      [one, accepted(1)],
    ]);
    const busy = { code: "broker.busy", retryAfterMs: 1_000 } as const;
    const frame = refusedAll(command, busy);
    expect(outcomeFrame.parse(frame)).toEqual(frame);
    const problem = problemOf(busy);
    const nothing = { accepted: [], repeated: [], stands: null };
    expect(frame.sessions).toEqual([
      {
        session: one,
        ...nothing,
        refused: [
          { id: ids[0], problem },
          { id: ids[2], problem },
        ],
      },
      { session: two, ...nothing, refused: [{ id: ids[1], problem }] },
    ]);
  });
});
