/** When the absence of a holder ends a session: by the timer, and by nothing else [SES-24]. */
import type { InstanceId, Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  cityUnder,
  doing,
  expires,
  joins,
  leaves,
  numbers,
  returns,
  sends,
} from "../testing/envelope-story.js";
import { connect } from "../testing/session-scenes.js";
import { get, patch, put, type World } from "../testing/world.js";
import { recordOf } from "../testing/world-sessions.js";
import { asItStands } from "./session-record.js";

const { now, scout1, north1 } = cast;
const key = { kind: "session.expire", subject: city.active } as const;
const due = (world: World) => get(world, "deadlines", key)?.dueAt;
const lifeOf = (world: World) => get(world, "sessions", { id: city.active })?.life;
const ended = (world: World) => {
  const life = lifeOf(world);
  return life?.state === "closed" ? [life.closedAt - now, life.ending.reason] : undefined;
};

/** It would be idle in ten minutes less twenty seconds. */
const idleAt = now + 580_000;
function town(terms: Partial<Terms> = { absenceSeconds: 60 }): World {
  const world = cityUnder(terms);
  put(world, "deadlines", { ...key, dueAt: idleAt });
  return world;
}

/** The timer fires whenever its row is due. */
function runOut(world: World) {
  for (let turn = 0; turn < 10 && ended(world) === undefined; turn++) {
    const at = due(world);
    if (at === undefined) throw new RangeError("no deadline is left");
    expires(world, at);
  }
  return ended(world);
}

describe("a holder that leaves", () => {
  test.each([
    [scout1, "consumer_lost"],
    [north1, "provider_lost"],
  ] as const)("%s and does not come back: %s", (who, reason) => {
    const world = town();
    leaves(world, who, { goodbye: false }, now + 5_000);
    expect(due(world)).toBe(now + 65_000);
    expect(runOut(world)).toEqual([65_000, reason]);
    expect(due(world)).toBeUndefined();
  });

  test("with a goodbye is gone as much", () => {
    const world = town();
    leaves(world, north1, { goodbye: true });
    expect(runOut(world)).toEqual([60_000, "provider_lost"]);
  });

  test("later than the session ends by itself moves nothing", () => {
    const world = town({ absenceSeconds: 581 });
    leaves(world, north1, { goodbye: false });
    expect(due(world)).toBe(idleAt);
    expect(runOut(world)).toEqual([580_000, "idle_timeout"]);
  });

  test("in the very millisecond of another end: the other", () => {
    const world = town({ absenceSeconds: 580 });
    leaves(world, north1, { goodbye: false });
    expect(runOut(world)).toEqual([580_000, "idle_timeout"]);
  });

  test("after the other one is gone later: the first counts", () => {
    const world = town();
    leaves(world, north1, { goodbye: false }, now + 1_000);
    leaves(world, scout1, { goodbye: false }, now + 2_000);
    expect(due(world)).toBe(now + 61_000);
    expect(runOut(world)).toEqual([61_000, "provider_lost"]);
  });

  test("and comes back is not gone: the timer finds itself early, and is put where it belongs", () => {
    const world = town();
    leaves(world, north1, { goodbye: false });
    returns(world, north1, now + 59_999);
    expect(expires(world, now + 60_000)).toMatchObject({ answer: { closed: false } });
    expect(due(world)).toBe(idleAt);
  });

  test("again, later, is gone from then on", () => {
    const world = town();
    leaves(world, north1, { goodbye: false });
    returns(world, north1, now + 50_000);
    leaves(world, north1, { goodbye: false }, now + 55_000);
    expires(world, now + 60_000);
    expect(due(world)).toBe(now + 115_000);
    expect(runOut(world)).toEqual([115_000, "provider_lost"]);
  });

  test("and whose side was handed over is missed by nobody", () => {
    const world = town();
    connect(world, city.north2);
    leaves(world, north1, { goodbye: true });
    joins(world, city.north2, null, now + 1);
    expires(world, now + 60_000);
    expect([ended(world), due(world)]).toEqual([undefined, idleAt]);
  });

  test("does not stop the other ends from coming", () => {
    const world = town({ absenceSeconds: 60, idleTimeoutSeconds: 70 });
    leaves(world, north1, { goodbye: false });
    expires(world, now + 50_000);
    expect(ended(world)).toEqual([50_000, "idle_timeout"]);
  });

  test("holds nothing: nothing moves", () => {
    const world = town();
    connect(world, city.north2);
    const verdict = leaves(world, city.north2, { goodbye: false });
    expect(verdict).toMatchObject({ answer: { closed: true, left: [] } });
    expect(verdict.work.map(({ table }) => table)).toEqual(["connections", "seen"]);
  });
});

describe("whoever is late by the timer gains nothing", () => {
  test("until it comes, everybody goes on as if the holder were there, and its end is written as of then", () => {
    const world = town();
    leaves(world, north1, { goodbye: false });
    const late = now + 90_000;
    const record = recordOf(world, city.active);
    expect(record && asItStands(record, 1, late).session.life.state).toBe("active");
    expect(sends(world, scout1, numbers(1, 1), late)).toMatchObject({ answer: { taken: [{ n: 1 }] } });
    expires(world, late + 5);
    expect(ended(world)).toEqual([90_005, "provider_lost"]);
  });
});

describe("what is not active yet", () => {
  const id = city.accepted;
  const dueIn = (world: World) => get(world, "deadlines", { kind: "session.expire", subject: id })?.dueAt;
  const { joinBy } = city.lives.accepted;
  /** The consumer has joined, and left ten seconds ago; the provider joins now. */
  function joined(terms: Partial<Terms>): World {
    const world = cityUnder();
    patch(world, "sessions", { id }, { terms: { ...city.weatherTerms, ...terms } });
    patch(world, "sides", { session: id, side: "consumer" }, { joinedAt: now - 20_000 });
    put(world, "deadlines", { kind: "session.expire", subject: id, dueAt: joinBy });
    leaves(world, scout1, { goodbye: false }, now - 10_000);
    expect(dueIn(world)).toBe(joinBy);
    doing(world, command("session.join"), now);
    return world;
  }

  test("is not ended by absence; once it is, absence is counted from then on", () => {
    const world = joined({ absenceSeconds: 20 });
    expect(dueIn(world)).toBe(now + 20_000);
    expect(doing(world, command("session.expire", { session: id }), now + 20_000)).toMatchObject({
      facts: [{ content: { data: { life: { ending: { reason: "consumer_lost" } } } } }],
    });
  });

  test("is not ended by absence when its timer comes early", () => {
    const world = cityUnder({});
    patch(world, "sides", { session: id, side: "consumer" }, { joinedAt: now - 20_000 });
    leaves(world, scout1, { goodbye: false }, now - 86_400_000);
    expect(doing(world, command("session.expire", { session: id }), now)).toMatchObject({ facts: [] });
    expect(dueIn(world)).toBe(joinBy);
  });

  test("keeps its timer where that comes first", () => {
    const world = joined({ absenceSeconds: 60 });
    expect(dueIn(world)).toBe(joinBy);
    doing(world, command("session.expire", { session: id }), joinBy);
    expect(dueIn(world)).toBe(now + 60_000);
  });
});

describe("a start of the broker", () => {
  const start = (world: World, at: number) => doing(world, command("broker.start"), at);

  test("counts anew how long everybody is away", () => {
    const world = town();
    leaves(world, north1, { goodbye: false });
    start(world, now + 59_000);
    expires(world, now + 60_000);
    expect([ended(world), due(world)]).toEqual([undefined, now + 119_000]);
    const back: InstanceId = scout1;
    returns(world, back, now + 59_500);
    expect(runOut(world)).toEqual([119_000, "provider_lost"]);
  });

  test("both are away since then: one of them is lost", () => {
    const world = town();
    start(world, now);
    expect(runOut(world)).toEqual([60_000, "consumer_lost"]);
  });

  test("gives the holder as long to come back as if it had just lost its connection", () => {
    const world = town();
    leaves(world, north1, { goodbye: false });
    start(world, now + 29_000);
    connect(world, city.north2);
    expect(joins(world, city.north2, null, now + 58_999)).toMatchObject({ refusal: { retryAfterMs: 1 } });
    expect(joins(world, city.north2, null, now + 59_000)).toMatchObject({ verdict: "accepted" });
  });
});
