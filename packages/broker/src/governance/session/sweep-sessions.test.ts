/** Sweeps: what is taken away closes sessions for every decision at once; the facts that say so follow in batches. */
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command, CommandKind } from "../command.js";
import type { Sweep } from "../engagement-entities.js";
import { callerOf, command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { settle } from "../testing/decide.js";
import { all, get, patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";
import { beginSweeps } from "./sweep.js";

const { now } = cast;
const act = (world: World, made: Command, at = now): Verdict =>
  settle(world, made as Command<CommandKind>, at);
const kindsOf = ({ facts }: Verdict) => facts.map(({ kind }) => kind);
const reasons = (world: World) =>
  Object.fromEntries(
    all(world, "sessions").map(({ id, life }) => [
      id,
      life.state === "closed" ? life.ending.reason : life.state,
    ]),
  );
const untouched = { [city.proposed]: "proposed", [city.accepted]: "accepted", [city.active]: "active" };
const allClosed = (reason: string) => ({
  [city.proposed]: reason,
  [city.accepted]: reason,
  [city.active]: reason,
});

/** What the line does with a verdict: batch after batch until each sweep is done. Returns the batches' sizes. */
function run(world: World, { sweeps }: Pick<Verdict, "sweeps">, at = now): readonly number[] {
  const sizes: number[] = [];
  for (const { id: sweep, part } of sweeps) {
    let after: Command<"sessions.sweep">["after"] = null;
    do {
      const made: Command<"sessions.sweep"> = command("sessions.sweep", { sweep, part, after });
      const verdict = settle(world, made, at);
      if (verdict.verdict === "refused") throw new Error(verdict.refusal.code);
      sizes.push(verdict.answer.closed);
      after = verdict.answer.next;
    } while (after !== null);
  }
  return sizes;
}

describe("what is taken from agents and instances [SES-20]", () => {
  const rows = [
    ["agent.suspend", { agent: cast.scout }, "identity_suspended", allClosed],
    ["agent.revoke", { agent: cast.scout }, "identity_revoked", allClosed],
    ["instance.suspend", { instance: cast.scout1 }, "identity_suspended", allClosed],
    ["instance.revoke", { instance: cast.scout1 }, "identity_revoked", allClosed],
  ] as const;
  test.each(rows)("%s closes what it holds and what it proposed", (kind, more, reason, after) => {
    const world = city.city();
    const verdict = act(world, command(kind, more));
    expect(kindsOf(verdict)).toContain("sweep.began");
    expect(reasons(world)).toEqual(untouched);
    expect(run(world, verdict, now + 5)).toEqual([3]);
    expect(reasons(world)).toEqual(after(reason));
    expect([world.rows.sweeps.size, world.rows.deadlines.size]).toEqual([0, 0]);
    const by = [...all(world, "sessions")].map(({ life }) => life.state === "closed" && life.ending.by);
    expect(new Set(by)).toEqual(new Set(["broker"]));
  });

  test("touches no sibling: what another instance has joined goes on", () => {
    const world = city.city();
    const verdict = act(
      world,
      command("instance.revoke", { instance: cast.north1, caller: callerOf(world, cast.bea) }),
    );
    run(world, verdict);
    expect(reasons(world)).toEqual({ ...allClosed("identity_revoked"), [city.proposed]: "proposed" });
    const other = city.city();
    const idle = act(other, command("instance.revoke", { instance: cast.scout2 }));
    expect([kindsOf(idle), idle.sweeps]).toEqual([["instance.revoked"], []]);
  });

  test.each(["agent.resume", "instance.resume"] as const)(
    "%s begins none, and opens nothing again",
    (kind) => {
      const world = city.city();
      run(world, act(world, command(kind === "agent.resume" ? "agent.suspend" : "instance.suspend")));
      expect(act(world, command(kind), now + 1).sweeps).toEqual([]);
      expect(reasons(world)).toEqual(allClosed("identity_suspended"));
    },
  );

  test("what is given back before the sweep comes closes all the same, and for the reason of the taking", () => {
    const world = city.city();
    const verdict = act(world, command("agent.suspend"));
    act(world, command("agent.resume"), now + 1);
    expect(run(world, verdict, now + 2)).toEqual([3]);
    expect(reasons(world)).toEqual(allClosed("identity_suspended"));
  });

  test("a key that was replaced long ago and is used again takes its instance's sessions too", () => {
    const world = city.city();
    const thumbprint = cast.thumbprintOf(cast.scout1);
    patch(world, "principalKeys", { thumbprint }, { state: "replaced", replacedAt: now - cast.hour });
    const verdict = act(world, command("token.grant"));
    expect(kindsOf(verdict).slice(0, 3)).toEqual(["alert.raised", "instance.suspended", "sweep.began"]);
    run(world, verdict);
    expect(reasons(world)).toEqual(allClosed("identity_suspended"));
  });
});

describe("a new era [SES-22]", () => {
  test("closes every open session, by the platform's own record", () => {
    const world = city.city();
    const verdict = act(world, command("broker.start", { recover: "record" }));
    expect(verdict.facts.find(({ kind }) => kind === "sweep.began")).toMatchObject({ stream: "platform" });
    expect(run(world, verdict)).toEqual([3]);
    expect(reasons(world)).toEqual(allClosed("record_restored"));
  });

  test.each(["none", "platform"] as const)("does not begin with recover %s", (recover) => {
    const world = city.city();
    expect(act(world, command("broker.start", { recover })).sweeps).toEqual([]);
  });
});

/** A sweep that somebody has begun, as the rules of workgroups and advertisements do. */
function begun(world: World, by: Sweep["by"], of: string, reason: Sweep["reason"], at = now) {
  const within = by === "membership" || by === "participation" ? city.channel : null;
  const scopes = [{ by, of, within }];
  const swept = beginSweeps(
    {
      command: { id: cast.idOf("command", 77) },
      actor: cast.bea,
      organisation: cast.borealis,
      reason,
      scopes,
    },
    at,
  );
  for (const sweep of swept.sweeps) put(world, "sweeps", sweep);
  return swept;
}

describe("an owner that dissolves its workgroup [SES-2]", () => {
  /** The channel is delta's, which is no side of any session there; `more` is what else is so. */
  const dissolved = (more: (world: World) => void) => {
    const world = city.city();
    patch(world, "workgroups", { id: city.channel }, { owner: city.delta });
    more(world);
    const asked = { workgroup: city.channel, caller: callerOf(world, city.dora) };
    const verdict = act(world, command("workgroup.dissolve", asked));
    return { world, verdict, told: verdict.facts.filter(({ stream }) => stream === `org:${city.delta}`) };
  };

  test("is not told whether others have sessions there, by its answer nor in its own stream", () => {
    const having = dissolved(() => undefined);
    const without = dissolved(({ rows }) => {
      rows.sessions.clear();
      rows.sides.clear();
    });
    expect(having.told).toEqual(without.told);
    expect(run(having.world, having.verdict)).toEqual([0]);
    expect(run(without.world, without.verdict)).toEqual([0]);
    expect(reasons(having.world)).toEqual(allClosed("workgroup_dissolved"));
  });

  test("is told of its own", () => {
    const { world, verdict } = dissolved((before) =>
      patch(before, "sides", { session: city.active, side: "consumer" }, { organisation: city.delta }),
    );
    expect(run(world, verdict)).toEqual([1]);
    expect(reasons(world)).toEqual(allClosed("workgroup_dissolved"));
  });
});

describe("the closing facts", () => {
  test("a session in scope that still stands is left alone", () => {
    const world = city.city();
    const swept = begun(world, "membership", cast.scout, "membership_removed");
    expect(run(world, swept)).toEqual([0]);
    expect(reasons(world)).toEqual(untouched);
    expect(world.rows.sweeps.size).toBe(0);
  });

  test("what had run out of its own time before is closed as that", () => {
    const world = city.city();
    const { expiresAt } = city.lives.proposed;
    patch(
      world,
      "memberships",
      { workgroup: city.channel, agent: cast.scout },
      { engageTakenAt: expiresAt + 1 },
    );
    run(world, begun(world, "membership", cast.scout, "membership_removed"), expiresAt + 2);
    expect(reasons(world)).toEqual({
      ...allClosed("membership_removed"),
      [city.proposed]: "proposal_expired",
    });
  });

  test("retracting closes what waits for an answer, nothing that was accepted, and nothing proposed since [SES-21]", () => {
    const world = city.city();
    const later = cast.idOf("session", 9);
    city.putSession(world, city.sessionRow(later, city.lives.proposed, { proposedAt: now + 1 }));
    patch(world, "advertisements", { id: city.weather }, { takenAt: now });
    run(world, begun(world, "advertisement", city.weather, "advertisement_retracted"), now + 2);
    expect(reasons(world)).toEqual({
      ...untouched,
      [city.proposed]: "advertisement_retracted",
      [later]: "proposed",
    });
  });

  test("another sweep that comes first says so too: nothing else was taken from that proposal", () => {
    const world = city.city();
    patch(world, "advertisements", { id: city.weather }, { takenAt: now });
    run(world, begun(world, "agent", cast.scout, "identity_suspended"), now + 2);
    expect(reasons(world)).toEqual({ ...untouched, [city.proposed]: "advertisement_retracted" });
  });

  test.each([0, 1])(
    "come sessionsClosedPerSweep at a time, the last of %s beyond two full batches with the end",
    (more) => {
      const world = city.city();
      const count = 2 * limits.sessionsClosedPerSweep + more - 3;
      for (let n = 0; n < count; n++)
        city.putSession(world, city.sessionRow(cast.idOf("session", 50_000 + n), city.lives.active));
      const verdict = act(world, command("agent.revoke"));
      const full = limits.sessionsClosedPerSweep;
      expect(run(world, verdict)).toEqual([full, full, more]);
      expect(new Set(Object.values(reasons(world)))).toEqual(new Set(["identity_revoked"]));
    },
  );

  test("are the last of the chain, and name the command that took away [SES-15]", () => {
    const world = city.city();
    const verdict = act(world, command("agent.revoke", { id: cast.idOf("command", 5) }));
    const batch = act(world, command("sessions.sweep", { sweep: cast.idOf("command", 5) }));
    const closed = batch.facts.filter(({ kind }) => kind === "session.closed");
    expect(closed.map(({ content }) => content.cause)).toEqual(Array(3).fill(verdict.sweeps[0]?.id));
    expect(kindsOf(batch).at(-1)).toBe("sweep.ended");
  });

  test("a sweep that is taken up again, or was ended, closes nothing twice", () => {
    const world = city.city();
    const verdict = act(world, command("agent.revoke"));
    const [sweep] = verdict.sweeps;
    const half = command("sessions.sweep", {
      sweep: sweep?.id ?? cast.idOf("command", 0),
      after: city.proposed,
    });
    act(world, half);
    expect(get(world, "sweeps", { id: sweep?.id, part: 0 })).toBeUndefined();
    expect(act(world, { ...half, after: null })).toMatchObject({
      answer: { closed: 0, next: null },
      facts: [],
    });
  });
});
