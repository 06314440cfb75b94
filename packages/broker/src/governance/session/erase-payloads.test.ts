/** What of a session's payloads is gone at which moment, and what is said of what was never delivered [ENV-16]. */
import { limits, type Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  acks,
  cityUnder,
  closedAt,
  eraseDue,
  erases,
  kept,
  numbers,
  sends,
  waitingFor,
} from "../testing/envelope-story.js";
import { put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now, scout1, north1 } = cast;
const drainMs = limits.drainSeconds * 1_000;
const dayMs = 86_400_000;

/** Segments 1 to 3, 4 to 6, 7 to 9 of the consumer, five acknowledged; one of the provider, not acknowledged. */
function town(terms: Partial<Terms>): World {
  const world = cityUnder(terms);
  for (const first of [1, 4, 7]) sends(world, scout1, numbers(first, first + 2));
  sends(world, north1, [{ n: 90 }]);
  acks(world, north1, 5);
  return world;
}
const whole = [
  [1, 3],
  [4, 6],
  [7, 9],
];
const unhandled = [
  [6, 6],
  [7, 9],
];
const handled = [
  [1, 3],
  [4, 5],
];
const facts = ({ facts: made }: Verdict) =>
  made.map(({ stream, kind, content: { data } }) => ({ stream, kind, data }));

interface Row {
  readonly keep: Terms["payloadRetention"];
  readonly reason?: "idle_timeout" | "contract_violation" | "operator_closed";
  readonly later?: number;
  readonly left: readonly (readonly number[])[];
  /** Of the other side, which has acknowledged nothing. */
  readonly others?: readonly (readonly number[])[];
  readonly next?: number;
}
const one = [[1, 1]];
const two = { days: 2 } as const;

const rows: Readonly<Record<string, Row>> = {
  "open, until delivered: what is acknowledged goes": {
    keep: "until_delivered",
    left: unhandled,
    others: one,
  },
  "open, until closed: nothing goes": { keep: "until_closed", left: whole, others: one },
  "open, for days: nothing goes": { keep: two, left: whole, others: one },
  "closed gently, until delivered: what is acknowledged goes, the rest when it has drained": {
    ...{ keep: "until_delivered", reason: "idle_timeout", left: unhandled, others: one, next: drainMs },
  },
  "closed gently, until closed: what is acknowledged goes, the rest when it has drained": {
    ...{ keep: "until_closed", reason: "contract_violation", left: unhandled, others: one, next: drainMs },
  },
  "closed gently, for days: nothing goes before it has drained": {
    ...{ keep: two, reason: "idle_timeout", left: whole, others: one, next: drainMs },
  },
  "a millisecond before it has drained: nothing more goes": {
    ...{
      keep: "until_delivered",
      reason: "idle_timeout",
      later: drainMs - 1,
      left: unhandled,
      others: one,
      next: drainMs,
    },
  },
  "drained, until delivered: everything goes": {
    ...{ keep: "until_delivered", reason: "idle_timeout", later: drainMs, left: [] },
  },
  "drained, until closed: everything goes": {
    ...{ keep: "until_closed", reason: "idle_timeout", later: drainMs, left: [] },
  },
  "drained, for days: what is acknowledged is kept": {
    ...{ keep: two, reason: "idle_timeout", later: drainMs, left: handled, next: 2 * dayMs },
  },
  "drained, a millisecond before its days are over": {
    ...{ keep: two, reason: "idle_timeout", later: 2 * dayMs - 1, left: handled, next: 2 * dayMs },
  },
  "its days are over": { keep: two, reason: "idle_timeout", later: 2 * dayMs, left: [] },
  "cut, until delivered: everything goes at once": {
    keep: "until_delivered",
    reason: "operator_closed",
    left: [],
  },
  "cut, until closed: everything goes at once": { keep: "until_closed", reason: "operator_closed", left: [] },
  "cut, for days: what is acknowledged is kept": {
    ...{ keep: two, reason: "operator_closed", left: handled, next: 2 * dayMs },
  },
};

describe("what is left of payloads", () => {
  test.each(Object.entries(rows))("%s", (_what, { keep, reason, later = 0, left, others = [], next }) => {
    const world = town({ payloadRetention: keep });
    if (reason !== undefined) closedAt(world, now, reason);
    put(world, "deadlines", { kind: "payloads.erase", subject: city.active, dueAt: now });
    const verdict = erases(world, now + later);
    expect(kept(world)).toEqual(left);
    expect(kept(world, "provider")).toEqual(others);
    expect(eraseDue(world)).toBe(next === undefined ? undefined : now + next);
    // Nothing is left to do, and said again, at that moment.
    expect(erases(world, now + later)).toMatchObject({ facts: [], payloads: [], answer: { erased: 0 } });
    expect(verdict.payloads.every(({ session }) => session === city.active)).toBe(true);
  });

  test("is cut from a row to the byte, at both of its ends", () => {
    const world = cityUnder({ payloadRetention: { days: 1 } });
    sends(
      world,
      scout1,
      [7, 30, 500, 11, 13].map((payloadBytes, at) => ({ n: at + 1, payloadBytes })),
    );
    acks(world, north1, 4);
    closedAt(world, now, "operator_closed");
    const of = { session: city.active, side: "consumer", n: 1 };
    expect(erases(world).payloads).toEqual([
      { do: "trim", ...of, trimmed: 0, count: 4, skip: 0, length: 7 + 30 + 500 + 11 },
    ]);
    expect(erases(world, now + dayMs).payloads).toEqual([{ do: "erase", ...of }]);
  });

  test("is cut again from where it was cut before", () => {
    const world = cityUnder();
    sends(
      world,
      scout1,
      [7, 30, 500, 11].map((payloadBytes, at) => ({ n: at + 1, payloadBytes })),
    );
    acks(world, north1, 1);
    const of = { do: "trim", session: city.active, side: "consumer", n: 1, count: 4 };
    expect(erases(world).payloads).toEqual([{ ...of, trimmed: 1, skip: 7, length: 541 }]);
    acks(world, north1, 3);
    expect(erases(world).payloads).toEqual([{ ...of, trimmed: 3, skip: 530, length: 11 }]);
    expect(eraseDue(world)).toBeUndefined();
  });

  test("of a session that is not there any more takes its timer with it", () => {
    const world = town({});
    world.rows.sessions.clear();
    put(world, "deadlines", { kind: "payloads.erase", subject: city.active, dueAt: now });
    expect(erases(world)).toMatchObject({ payloads: [], facts: [] });
    expect(eraseDue(world)).toBeUndefined();
  });
});

describe("what was never delivered [SES-12]", () => {
  const said = (side: string, from: number, to: number) =>
    [cast.acme, cast.borealis].map((organisation) => ({
      stream: `org:${organisation}`,
      kind: "session.undelivered",
      data: { session: city.active, side, from, to },
    }));

  test.each([
    ["when it has drained", "idle_timeout", drainMs],
    ["when it was cut", "operator_closed", 0],
  ] as const)("is said to both organisations, once, %s", (_what, reason, later) => {
    const world = town({ payloadRetention: { days: 2 } });
    closedAt(world, now, reason);
    const found = facts(erases(world, now + later));
    expect(found).toEqual([...said("consumer", 6, 9), ...said("provider", 1, 1)]);
    for (const at of [later, 2 * dayMs]) expect(facts(erases(world, now + at))).toEqual([]);
  });

  test("does not wait for anybody any longer", () => {
    const world = town({});
    closedAt(world, now, "idle_timeout");
    expect([waitingFor(world), waitingFor(world, "provider")]).toEqual([4 * 24, 25]);
    erases(world, now + drainMs - 1);
    expect([waitingFor(world), waitingFor(world, "provider")]).toEqual([4 * 24, 25]);
    erases(world, now + drainMs);
    expect([waitingFor(world), waitingFor(world, "provider")]).toEqual([0, 0]);
  });

  test("takes nothing from what waits in their other sessions", () => {
    const world = town({});
    put(world, "waiting", { agent: cast.north, organisation: cast.acme, bytes: 4 * 24 + 1_000 });
    closedAt(world, now, "operator_closed");
    erases(world);
    expect(waitingFor(world)).toBe(1_000);
  });

  test("is nothing where everything was acknowledged", () => {
    const world = town({});
    acks(world, north1, 9);
    acks(world, scout1, 1);
    closedAt(world, now, "idle_timeout");
    expect(facts(erases(world, now + drainMs))).toEqual([]);
  });
});

describe("more rows than are erased at once", () => {
  const most = 1_300;

  /** Each of one envelope. */
  function crowded(world: World, acknowledged: number): World {
    const key = { session: city.active, side: "consumer" } as const;
    for (let n = 1; n <= most; n++)
      world.payloads.set(`${city.active} consumer ${n}`, { ...key, n, count: 1, trimmed: 0 });
    const [lastId, lastAt] = [null, now];
    put(world, "tallies", { ...key, n: most, bytes: most * 10, violations: 0, lastId, lastAt });
    put(world, "handled", { ...key, n: acknowledged, bytes: acknowledged * 10, handed: acknowledged });
    put(world, "waiting", { agent: cast.north, organisation: cast.acme, bytes: (most - acknowledged) * 10 });
    return world;
  }

  /** The timer fires while it is due; how often, and what was said meanwhile. */
  function runOut(world: World, at: number) {
    put(world, "deadlines", { kind: "payloads.erase", subject: city.active, dueAt: at });
    const made: ReturnType<typeof facts>[number][] = [];
    let turns = 0;
    while ((eraseDue(world) ?? at + 1) <= at) {
      if (++turns > 100) throw new RangeError("it does not end");
      made.push(...facts(erases(world, at)));
    }
    return { turns, made };
  }

  test("go a number at a time, and the timer stays until they are gone", () => {
    const world = crowded(cityUnder(), most);
    expect(runOut(world, now).turns).toBeGreaterThan(1);
    expect(kept(world)).toEqual([]);
  });

  test("what was never delivered is said once, however many rows it has", () => {
    const world = crowded(cityUnder(), 100);
    closedAt(world, now, "operator_closed");
    const { turns, made } = runOut(world, now);
    expect(turns).toBeGreaterThan(1);
    expect(made.map(({ data }) => data)).toEqual(
      [1, 2].map(() => ({ session: city.active, side: "consumer", from: 101, to: most })),
    );
    expect([kept(world), waitingFor(world)]).toEqual([[], 0]);
  });

  test("behind those that are kept are found as well, and those that are kept are no reason to come again", () => {
    const world = crowded(cityUnder({ payloadRetention: { days: 2 } }), 1_200);
    closedAt(world, now, "idle_timeout");
    expect(runOut(world, now).turns).toBe(1);
    expect(eraseDue(world)).toBe(now + drainMs);
    runOut(world, now + drainMs);
    expect([kept(world).length, kept(world).at(-1)]).toEqual([1_200, [1_200, 1_200]]);
    expect(eraseDue(world)).toBe(now + 2 * dayMs);
    runOut(world, now + 2 * dayMs);
    expect(kept(world)).toEqual([]);
  });
});
