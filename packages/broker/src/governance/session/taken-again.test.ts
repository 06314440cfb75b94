/** Taking again what was taken is a success that changes nothing, and is answered when the first is swept [SES-20]. */
import { describe, expect, test } from "vitest";
import type { Command, CommandKind } from "../command.js";
import { callerOf, command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { settle } from "../testing/decide.js";
import { patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now } = cast;
let told = 9_000;
const act = (world: World, by: Parameters<typeof callerOf>[1], kind: CommandKind, more: object, at = now) =>
  settle(
    world,
    command(kind, {
      ...more,
      id: cast.idOf("command", ++told),
      caller: callerOf(world, by),
    } as never) as Command,
    at,
  ) as Verdict;

const agent = { agent: cast.scout };
const takings = {
  "agent.suspend": [cast.ada, agent],
  "agent.revoke": [cast.ada, agent],
  "instance.suspend": [cast.ada, { instance: cast.scout1 }],
  "instance.revoke": [cast.ada, { instance: cast.scout1 }],
  "organisation.suspend": [cast.root, { organisation: cast.acme }],
  "organisation.revoke": [cast.root, { organisation: cast.borealis }],
  "workgroup.dissolve": [cast.bea, { workgroup: city.channel }],
  "member.remove": [cast.ada, { ...agent, workgroup: city.channel }],
  "advertisement.retract": [cast.bea, { agent: cast.north, name: "weather" }],
} as const;
const rows = Object.entries(takings).map(([kind, [by, more]]) => [kind as CommandKind, by, more] as const);

describe("what was taken before", () => {
  test.each(rows)("%s again waits for the sweeps that it began, and for no other", (kind, by, more) => {
    const world = city.city();
    const first = act(world, by, kind, more);
    expect(first.sweeps.length).toBeGreaterThan(0);
    const [sweep] = first.sweeps;
    for (const [part, of] of ["elsewhere", "another"].entries())
      if (sweep) put(world, "sweeps", { ...sweep, part: 50 + part, of, organisation: city.delta });
    const again = act(world, by, kind, more, now + 1);
    expect([again.verdict, again.facts, again.sweeps]).toEqual(["accepted", [], first.sweeps]);
    for (const { id, part } of first.sweeps)
      settle(world, command("sessions.sweep", { sweep: id, part, after: null }), now + 2);
    expect(act(world, by, kind, more, now + 3).sweeps).toEqual([]);
  });

  test.each(["agent.resume", "instance.resume"] as const)("%s waits for none", (kind) => {
    const world = city.city();
    const more = { ...agent, instance: cast.scout1 };
    act(world, cast.ada, kind === "agent.resume" ? "agent.suspend" : "instance.suspend", more);
    act(world, cast.ada, kind, more, now + 1);
    expect(act(world, cast.ada, kind, more, now + 2).sweeps).toEqual([]);
  });

  test("of another thing of the organisation is not waited for", () => {
    const world = city.city();
    patch(world, "agents", { id: cast.miner }, { standing: "suspended" });
    expect(act(world, cast.ada, "agent.suspend", agent).sweeps).toHaveLength(1);
    expect(act(world, cast.ada, "agent.suspend", { agent: cast.miner }, now + 1).sweeps).toEqual([]);
  });
});
