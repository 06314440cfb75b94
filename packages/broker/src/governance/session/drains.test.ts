/** Until when what a gentle end has left to a provider is listed, so that somebody is offered it [SES-25]. */
import { limits, type SessionEnding } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  acking,
  acks,
  cityUnder,
  closes,
  doing,
  erases,
  expires,
  handledIn,
  joins,
  leaves,
  numbers,
  returns,
  sends,
} from "../testing/envelope-story.js";
import { connect } from "../testing/session-scenes.js";
import { get, patch, type World } from "../testing/world.js";
import { recordOf } from "../testing/world-sessions.js";
import type { Verdict } from "../verdict.js";
import { closeStanding, endingOf } from "./session-end.js";
import { rowsOf } from "./session-record.js";

const { now, scout1, north1 } = cast;
const { north2 } = city;
const session = city.active;
const drain = (world: World) => get(world, "drains", { session });
const until = now + limits.drainSeconds * 1_000;

/** The consumer has sent three. */
function town(): World {
  const world = cityUnder();
  sends(world, scout1, numbers(1, 3));
  return world;
}

describe("what is left to a provider", () => {
  test("is listed at the end, with who held its side", () => {
    const world = town();
    acks(world, north1, 2);
    closes(world, scout1, now);
    const { agent, openedAt } = recordOf(world, session)?.provider.side ?? {};
    expect(drain(world)).toEqual({
      ...{ session, agent, openedAt, until, instance: north1 },
      capability: "weather.current",
    });
  });

  test("is nobody's where nobody has joined, though an instance has accepted", () => {
    const world = town();
    patch(world, "sides", { session, side: "provider" }, { joinedAt: null });
    closes(world, scout1, now);
    expect(drain(world)).toMatchObject({ instance: null });
  });

  test("ends a day after the session did, whenever that was written", () => {
    const world = town();
    const lifeOf = () => get(world, "sessions", { id: session })?.life;
    const open = lifeOf();
    const deadline = open?.state === "active" ? open.deadline : 0;
    expires(world, deadline + 5_000);
    const over = lifeOf();
    const closedAt = over?.state === "closed" ? over.closedAt : Number.NaN;
    expect(closedAt).toBeLessThanOrEqual(deadline);
    expect(drain(world)?.until).toBe(closedAt + limits.drainSeconds * 1_000);
  });

  test("is not listed where all was handled, or nothing was sent to it", () => {
    const world = town();
    acks(world, north1, 3);
    closes(world, scout1, now);
    const silent = cityUnder();
    sends(silent, north1, numbers(1, 3));
    closes(silent, scout1, now);
    expect([drain(world), drain(silent)]).toEqual([undefined, undefined]);
  });

  test.each<[SessionEnding, boolean]>([
    ["completed_by_consumer", true],
    ["contract_violation", true],
    ["provider_lost", true],
    ["completed_by_provider", false],
    ["operator_closed", false],
    ["membership_removed", false],
  ])("ended as %s: %s", (reason, isListed) => {
    const record = recordOf(town(), session);
    if (record === undefined) throw new RangeError("the town has an active session");
    const { work } = closeStanding(
      rowsOf(record),
      endingOf(reason, "broker"),
      { id: cast.idOf("command", 1) },
      now,
    );
    expect(work.some(({ table }) => table === "drains")).toBe(isListed);
  });

  test("is not listed any more once the last of it was handled", () => {
    const world = town();
    closes(world, scout1, now);
    acks(world, north1, 2);
    expect(drain(world)).toBeDefined();
    acks(world, north1, 3);
    expect(drain(world)).toBeUndefined();
  });

  test("stays what it is when the consumer acknowledges the provider's", () => {
    const world = town();
    sends(world, north1, numbers(11, 13));
    closes(world, scout1, now);
    acks(world, scout1, 3);
    expect(drain(world)).toBeDefined();
  });

  test("is not listed any more when its day is over, and until then", () => {
    const world = town();
    closes(world, scout1, now);
    erases(world, until - 1);
    expect(drain(world)).toBeDefined();
    erases(world, until);
    expect(drain(world)).toBeUndefined();
  });
});

describe("who drains for a provider", () => {
  const answerOf = (verdict: Verdict) => (verdict.verdict === "accepted" ? "accepted" : verdict.refusal);

  /** Three are left to a provider of whom nobody has ever joined; two of its instances are connected. */
  function left(): World {
    const world = town();
    connect(world, north2);
    patch(world, "sides", { session, side: "provider" }, { joinedAt: null });
    closes(world, scout1, now);
    return world;
  }

  test("is one at a time, however many come", () => {
    const world = left();
    expect(answerOf(joins(world, north2, null, now + 1))).toBe("accepted");
    expect(drain(world)).toMatchObject({ instance: north2 });
    expect(answerOf(joins(world, north1, null, now + 2))).toEqual({ code: "session.not-held" });
    doing(world, acking(world, north1, [{ session, n: 3 }]), now + 3);
    expect(handledIn(world)?.n ?? 0).toBe(0);
    expect(answerOf(joins(world, north2, null, now + 4))).toBe("accepted");
    acks(world, north2, 2, now + 5);
    expect(handledIn(world)?.n).toBe(2);
  });

  test("is the next one when its grace is over, and then not the first again", () => {
    const world = left();
    joins(world, north2, null, now + 1);
    leaves(world, north2, { goodbye: false }, now + 2);
    const wait = { code: "session.not-held", retryAfterMs: 29_999 };
    expect(answerOf(joins(world, north1, null, now + 3))).toEqual(wait);
    expect(answerOf(joins(world, north1, null, now + 30_002))).toBe("accepted");
    returns(world, north2, now + 30_003);
    expect(answerOf(joins(world, north2, null, now + 30_004))).toEqual({ code: "session.not-held" });
  });

  test("is not who held the side, once a sibling has gone on with it", () => {
    const world = town();
    connect(world, north2);
    leaves(world, north1, { goodbye: true });
    closes(world, scout1, now);
    expect(answerOf(joins(world, north2, null, now + 1))).toBe("accepted");
    returns(world, north1, now + 2);
    expect(answerOf(joins(world, north1, null, now + 3))).toEqual({ code: "session.not-held" });
  });

  const workgroup = city.channel;
  test.each<[string, (world: World) => void]>([
    [
      "the provider's right to offer",
      (world) => patch(world, "memberships", { workgroup, agent: cast.north }, { offerTakenAt: now + 1 }),
    ],
    ["the workgroup", (world) => patch(world, "workgroups", { id: workgroup }, { takenAt: now + 1 })],
    ["the consumer's standing", (world) => patch(world, "agents", { id: cast.scout }, { takenAt: now + 1 })],
  ])("is nobody any more when %s was taken away since, whatever was given back", (_what, take) => {
    const world = left();
    joins(world, north2, null, now + 1);
    take(world);
    expect(answerOf(joins(world, north2, null, now + 2))).toEqual({ code: "session.state", state: "closed" });
    doing(world, acking(world, north2, [{ session, n: 3 }]), now + 3);
    expect(handledIn(world)?.n ?? 0).toBe(0);
  });
});
