/** For whom an acknowledgement changes nothing, and is not even looked at twice [ENV-13] [API-4]. */
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command, CommandAnswers } from "../command.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide } from "../testing/decide.js";
import { acking, acks, cityUnder, closedAt, doing, numbers, sends } from "../testing/envelope-story.js";
import { socketOf } from "../testing/session-scenes.js";
import { get, patch, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now, scout1, north1, idOf } = cast;
const acked = (verdict: Verdict) =>
  verdict.verdict === "accepted" ? (verdict.answer as CommandAnswers["envelopes.ack"]).acked : verdict;

/** Six of the consumer, none acknowledged. */
function town(): World {
  const world = cityUnder();
  sends(world, scout1, numbers(1, 6));
  return world;
}

describe("changes nothing, and asks the same questions", () => {
  const asks = (world: World, who: typeof scout1, session: string, at = now) =>
    decide(world, acking(world, who, [{ session, n: 3 }]), at);
  const absent = asks(town(), north1, idOf("session", 404));

  const rows: Readonly<Record<string, (world: World) => ReturnType<typeof asks>>> = {
    "what is hidden": (world) => {
      for (const side of ["consumer", "provider"] as const) {
        const theirs = { agent: city.drift, organisation: city.delta, instance: null };
        patch(world, "sides", { session: city.active, side }, theirs);
      }
      return asks(world, north1, city.active);
    },
    "what is no id": (world) => asks(world, north1, "no id at all"),
    "who has not joined": (world) => {
      patch(world, "sides", { session: city.active, side: "provider" }, { joinedAt: null });
      return asks(world, north1, city.active);
    },
    "a sibling of the holder": (world) => {
      patch(world, "sides", { session: city.active, side: "provider" }, { instance: city.north2 });
      return asks(world, north1, city.active);
    },
    "what was cut": (world) => {
      closedAt(world, now - 1, "operator_closed");
      return asks(world, north1, city.active);
    },
    "what is void": (world) => {
      const key = { workgroup: city.channel, agent: cast.scout };
      patch(world, "memberships", key, { engageTakenAt: now - 1 });
      return asks(world, north1, city.active);
    },
    "what has drained": (world) => {
      closedAt(world, now - limits.drainSeconds * 1_000, "idle_timeout");
      return asks(world, north1, city.active);
    },
  };
  test.each(Object.keys(rows))("%s", (name) => {
    const world = town();
    const found = rows[name]?.(world);
    expect(found?.asked).toEqual(absent.asked);
    expect(found?.verdict).toEqual(absent.verdict);
    expect(absent.verdict).toMatchObject({ answer: { acked: [] }, facts: [], work: [], payloads: [] });
  });

  test("what has not drained yet, by a millisecond, is acknowledged", () => {
    const world = town();
    closedAt(world, now - limits.drainSeconds * 1_000 + 1, "idle_timeout");
    expect(acked(acks(world, north1, 6))).toMatchObject([{ handled: { n: 6 } }]);
  });

  test("over a connection that was replaced", () => {
    const world = town();
    const socket = { ...socketOf(world, north1), epoch: 1 } as Command<"envelopes.ack">["socket"];
    const { verdict } = decide(
      world,
      { ...acking(world, north1, [{ session: city.active, n: 3 }]), socket },
      now,
    );
    expect(verdict).toMatchObject({ refusal: { code: "connection.replaced" }, payloads: [] });
    expect(verdict.work.filter(({ table }) => table === "handled" || table === "waiting")).toEqual([]);
  });

  test("one that applies, beside others that do not, is done alone", () => {
    const world = town();
    const said = [
      { session: "elsewhere", n: 9 },
      { session: city.active, n: 1 },
      { session: city.accepted, n: 1 },
    ];
    expect(acked(doing(world, acking(world, north1, said)))).toMatchObject([{ session: city.active }]);
    expect(get(world, "handled", { session: city.accepted, side: "consumer" })).toBeUndefined();
  });
});
