/** When a session ends by itself, and as what: with a timer that fires when it should, too early, or never. */
import type { InstanceId, Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { callerOf, command } from "../testing/asked.js";
import { envelopeOf, northSocket, scoutSocket } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  accept,
  act,
  dueAt,
  expire,
  id,
  lifeOf,
  overSocket,
  propose,
  side,
  townUnder,
} from "../testing/session-story.js";
import { patch, put, type World } from "../testing/world.js";
import { recordOf } from "../testing/world-sessions.js";
import { asItStands, closesBy, rowsOf } from "./session-record.js";

const { now } = cast;

describe("time [SES-11]", () => {
  const terms = {
    proposalTimeoutSeconds: 60,
    joinTimeoutSeconds: 20,
    maxDurationSeconds: 100,
    idleTimeoutSeconds: 30,
  };

  /** The timer fires whenever its row is due; returns when and as what the session was closed. */
  function runOut(world: World): readonly [number, string] {
    for (let turn = 0; turn < 10; turn++) {
      const at = dueAt(world);
      if (at === undefined) throw new RangeError("no deadline is left");
      act(world, expire, at);
      const life = lifeOf(world);
      if (life?.state === "closed") return [life.closedAt - now, life.ending.reason];
    }
    throw new RangeError("it does not end");
  }

  /** One envelope of this side; each has an id of its own. */
  let said = 0;
  const say = (world: World, who: InstanceId, at: number) =>
    act(
      world,
      command("envelopes.send", {
        caller: callerOf(world, who),
        envelopes: [envelopeOf(++said, { session: id })],
        socket: who === cast.scout1 ? scoutSocket : northSocket,
      }),
      at,
    );

  const accepted = (world: World, socket: typeof northSocket | null, at: number) =>
    act(world, { ...accept, socket }, at);
  const stories: Readonly<
    Record<string, readonly [number, string, (world: World) => void, Partial<Terms>?]>
  > = {
    "a proposal that nobody answers": [60_000, "proposal_expired", (world) => act(world, propose)],
    "accepted, and nobody comes: sooner than the proposal would have expired": [
      25_000,
      "join_timeout",
      (world) => {
        act(world, propose);
        accepted(world, null, now + 5_000);
      },
    ],
    "accepted late, with longer to join than was left": [
      79_000,
      "join_timeout",
      (world) => {
        act(world, propose);
        accepted(world, null, now + 59_000);
      },
    ],
    "active, and nothing is said": [
      35_000,
      "idle_timeout",
      (world) => {
        act(world, overSocket);
        accepted(world, northSocket, now + 5_000);
      },
    ],
    "active, and something is said: idle is counted from the last that was accepted": [
      35_000 + 20_000,
      "idle_timeout",
      (world) => {
        act(world, overSocket);
        accepted(world, northSocket, now + 5_000);
        say(world, cast.scout1, now + 10_000);
        say(world, cast.north1, now + 25_000);
      },
    ],
    "active, and what is said last is refused": [
      40_000,
      "idle_timeout",
      (world) => {
        act(world, overSocket);
        accepted(world, northSocket, now + 5_000);
        say(world, cast.scout1, now + 10_000);
        say(world, cast.north1, now + 25_000);
      },
      { maxEnvelopesBySide: { consumer: 9, provider: 0 }, violationsAllowed: 1 },
    ],
    "active to the end of its time, though something was said": [
      105_000,
      "duration_reached",
      (world) => {
        act(world, overSocket);
        accepted(world, northSocket, now + 5_000);
        for (const after of [30, 55, 80]) say(world, cast.north1, now + after * 1_000);
      },
    ],
    "active to the end of its time": [
      105_000,
      "duration_reached",
      (world) => {
        act(world, overSocket);
        accepted(world, northSocket, now + 5_000);
      },
      { idleTimeoutSeconds: 100 },
    ],
  };
  test.each(Object.entries(stories))("%s", (_name, [after, reason, live, more = {}]) => {
    const world = townUnder({ ...terms, ...more });
    live(world);
    const record = recordOf(world, id);
    expect(record && closesBy(rowsOf(record))).toBe(now + after);
    expect(runOut(world)).toEqual([after, reason]);
    const left = [...world.rows.deadlines.values()].filter(({ subject }) => subject === id);
    expect(left.map(({ kind }) => kind)).toEqual(world.payloads.size > 0 ? ["payloads.erase"] : []);
    expect([side(world, "consumer")?.state, side(world, "provider")?.state]).toEqual(["closed", "closed"]);
  });

  test.each(["proposed", "accepted", "active"] as const)(
    "%s: what is decided at the deadline is too late, whatever the timer does",
    (state) => {
      const world = city.city();
      const { proposed, accepted: taken, active } = city;
      const subject = { proposed, accepted: taken, active }[state];
      const record = recordOf(world, subject);
      if (record === undefined) throw new RangeError("it is there");
      const due = closesBy(rowsOf(record)) ?? 0;
      expect(asItStands(record, 1, due - 1).session.life.state).toBe(state);
      const shown = asItStands(record, 1, due);
      expect(shown.session.life).toMatchObject({ state: "closed", closedAt: due });
      expect([shown.consumer.state, shown.provider.state]).toEqual(["closed", "closed"]);
      expect(asItStands(record, 1, due + 3_600_000).session.life).toMatchObject({ closedAt: due });
    },
  );

  test("of what has happened to it, the first counts; at the deadline it is over already [SES-10]", () => {
    const { deadline } = { deadline: city.lives.proposed.expiresAt };
    const reasonTaken = (takenAt: number) => {
      const world = city.city();
      patch(world, "memberships", { workgroup: city.channel, agent: cast.north }, { offerTakenAt: takenAt });
      const record = recordOf(world, city.proposed);
      const life = record && asItStands(record, 1, deadline + 50).session.life;
      return life?.state === "closed" && [life.ending.reason, life.closedAt];
    };
    expect(reasonTaken(deadline - 1)).toEqual(["membership_removed", deadline - 1]);
    expect(reasonTaken(deadline)).toEqual(["proposal_expired", deadline]);
    expect(reasonTaken(deadline + 1)).toEqual(["proposal_expired", deadline]);
  });

  test("a timer of a session that is closed, or is not there, takes its row with it", () => {
    const world = townUnder({});
    put(world, "deadlines", { kind: "session.expire", subject: id, dueAt: now });
    expect(act(world, expire)).toMatchObject({ answer: { closed: false }, facts: [] });
    expect(world.rows.deadlines.size).toBe(0);
  });
});
