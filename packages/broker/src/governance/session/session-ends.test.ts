/** Of several ends the first counts: as it is read from that millisecond on, and as it is written by whoever comes to. */
import { describe, expect, test } from "vitest";
import type { Command, CommandKind } from "../command.js";
import { callerOf, command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { settle } from "../testing/decide.js";
import { get, patch, put } from "../testing/world.js";
import { recordOf } from "../testing/world-sessions.js";
import type { Verdict } from "../verdict.js";
import { asItStands } from "./session-record.js";

const { now } = cast;

/** A world in which things happen to one session that is active, each command under an id of its own. */
class Course {
  readonly world = city.city();
  readonly sweeps: Verdict["sweeps"][number][] = [];
  #told = 7_000;

  act(made: Command, at: number): Verdict {
    const verdict = settle(
      this.world,
      { ...made, id: cast.idOf("command", ++this.#told) } as Command<CommandKind>,
      now + at,
    );
    expect(verdict.verdict).toBe("accepted");
    this.sweeps.push(...verdict.sweeps);
    return verdict;
  }

  read(at: number): string {
    const record = recordOf(this.world, city.active);
    const life = record && asItStands(record, 1, now + at).session.life;
    return life?.state === "closed" ? `${life.ending.reason}@${life.closedAt - now}` : "open";
  }

  /** All that were begun, the last first: whichever comes first finds the session. */
  sweep(at: number): void {
    for (const { id: sweep, part } of this.sweeps.toReversed())
      this.act(command("sessions.sweep", { sweep, part, after: null }), at);
  }

  written(): string {
    const life = get(this.world, "sessions", { id: city.active })?.life;
    return life?.state === "closed" ? `${life.ending.reason}@${life.closedAt - now}` : "open";
  }
}

type Happening = (course: Course, at: number) => unknown;

const endsAt =
  (deadline: number): Happening =>
  ({ world }) => {
    patch(
      world,
      "sessions",
      { id: city.active },
      { life: { ...city.lives.active, deadline: now + deadline } },
    );
  };
const by =
  (principal: Parameters<typeof callerOf>[1], kind: CommandKind, more: object): Happening =>
  (course, at) =>
    course.act(command(kind, { ...more, caller: callerOf(course.world, principal) } as never) as Command, at);
const removed = by(cast.ada, "member.remove", { workgroup: city.channel, agent: cast.scout });
const suspended = by(cast.ada, "agent.suspend", { agent: cast.scout });
const revoked = by(cast.ada, "agent.revoke", { agent: cast.scout });
const providerSuspended = by(cast.bea, "agent.suspend", { agent: cast.north });
const consumerLeft = by(cast.ada, "workgroup.leave", { workgroup: city.channel });
const tenantRevoked = by(cast.root, "organisation.revoke", { organisation: cast.borealis });
const instanceSuspended = by(cast.ada, "instance.suspend", { instance: cast.scout1 });
const instanceResumed = by(cast.ada, "instance.resume", { instance: cast.scout1 });
const givenBack = by(cast.ada, "member.add", {
  workgroup: city.channel,
  agent: cast.scout,
  offer: true,
  engage: true,
});
const instanceExpired: Happening = (course, at) => {
  const { world } = course;
  patch(world, "instances", { id: cast.scout1 }, { ephemeral: true, enrolledAt: 0 });
  patch(world, "connections", { instance: cast.scout1 }, { state: "closed" });
  put(world, "seen", { principal: cast.scout1, seenAt: 0, connectedAt: 0 });
  const expired = course.act(command("instance.expire", { instance: cast.scout1 }), at);
  expect(expired).toMatchObject({ answer: { expired: true } });
};

const stories: Readonly<Record<string, readonly [string, readonly (readonly [number, Happening])[]]>> = {
  "a removal, and the agent revoked before it was swept": [
    "membership_removed@1",
    [
      [1, removed],
      [3, revoked],
    ],
  ],
  "a removal that was given back, and the agent suspended": [
    "membership_removed@1",
    [
      [1, removed],
      [2, givenBack],
      [3, suspended],
    ],
  ],
  "a removal, its deadline, and a suspension": [
    "membership_removed@1",
    [
      [0, endsAt(10)],
      [1, removed],
      [20, suspended],
    ],
  ],
  "its deadline, and a suspension": [
    "duration_reached@10",
    [
      [0, endsAt(10)],
      [20, suspended],
    ],
  ],
  "what was taken from the provider, and later from the consumer": [
    "identity_suspended@1",
    [
      [1, providerSuspended],
      [20, consumerLeft],
    ],
  ],
  "what was taken from the consumer, and later from the provider": [
    "organisation_left@1",
    [
      [1, consumerLeft],
      [20, providerSuspended],
    ],
  ],
  "an instance taken, and later its agent": [
    "identity_suspended@1",
    [
      [1, instanceSuspended],
      [3, revoked],
    ],
  ],
  "an organisation revoked, that leaves and dissolves with it": ["identity_revoked@1", [[1, tenantRevoked]]],
  "an instance that was suspended, and then expired": [
    "identity_suspended@1",
    [
      [1, instanceSuspended],
      [3, instanceExpired],
    ],
  ],
  "an instance that was suspended, resumed, and then expired": [
    "identity_suspended@1",
    [
      [1, instanceSuspended],
      [2, instanceResumed],
      [3, instanceExpired],
    ],
  ],
};

describe("of several ends the first counts [SES-10]", () => {
  test.each(Object.entries(stories))("%s", (_name, [expected, happenings]) => {
    const course = new Course();
    const [, first = Number.NaN] = /@(\d+)/.exec(expected)?.map(Number) ?? [];
    for (const [at, happens] of happenings) {
      happens(course, at);
      expect([at, course.read(at)]).toEqual([at, at < first ? "open" : expected]);
    }
    expect(course.read(5_000)).toBe(expected);
    course.sweep(6_000);
    expect(course.written()).toBe(expected);
    expect(course.world.rows.sweeps.size).toBe(0);
  });

  test.each(["instance.expire", "session.expire"] as const)(
    "what an instance that %s leaves is no end: nothing was taken from it [ID-12]",
    (kind) => {
      const course = new Course();
      instanceExpired(course, 3);
      if (kind === "session.expire") course.act(command(kind, { session: city.active }), 4);
      expect([course.read(5), course.written()]).toEqual(["open", "open"]);
    },
  );

  test("a timer that comes late writes when its time had passed [SES-11]", () => {
    const course = new Course();
    endsAt(10)(course, 0);
    expect(course.read(5_000)).toBe("duration_reached@10");
    course.act(command("session.expire", { session: city.active }), 6_000);
    expect(course.written()).toBe("duration_reached@10");
  });

  test("a timer that comes before the sweep writes what was taken, and when", () => {
    const course = new Course();
    endsAt(10)(course, 0);
    removed(course, 1);
    course.act(command("session.expire", { session: city.active }), 6_000);
    expect(course.written()).toBe("membership_removed@1");
  });
});
