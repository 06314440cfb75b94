/** Until when what a gentle end has left to a provider is listed, so that somebody is offered it [SES-25]. */
import { limits, type SessionEnding } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { acks, cityUnder, closes, erases, expires, numbers, sends } from "../testing/envelope-story.js";
import { get, patch, type World } from "../testing/world.js";
import { recordOf } from "../testing/world-sessions.js";
import { closeStanding, endingOf } from "./session-end.js";
import { rowsOf } from "./session-record.js";

const { now, scout1, north1 } = cast;
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
