/** What is written of who ends a session: the reason by who they are, what they said, what was before, and no deadline after it. */
import { describe, expect, test } from "vitest";
import type { Command, CommandKind } from "../command.js";
import { callerOf, command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { settle } from "../testing/decide.js";
import { get, patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now } = cast;
const act = (world: World, made: Command): Verdict => settle(world, made as Command<CommandKind>, now);

const detail = "no more quotes today";
const { proposed, active } = city;
const never = { acceptedAt: null, acceptedBy: null, activeAt: null };
const { acceptedAt, acceptedBy, activeAt } = city.lives.active;
const once = { acceptedAt, acceptedBy, activeAt };

const ways = {
  rejects: (world: World, by: Parameters<typeof callerOf>[1]) =>
    command("session.reject", { session: proposed, detail, caller: callerOf(world, by) }),
  withdraws: (world: World, by: Parameters<typeof callerOf>[1]) =>
    command("session.withdraw", { session: proposed, caller: callerOf(world, by) }),
  closes: (world: World, by: Parameters<typeof callerOf>[1]) =>
    command("session.close", { session: active, detail, socket: null, caller: callerOf(world, by) }),
} as const;

const rows = [
  [cast.north1, "the provider's instance", "rejects", "rejected"],
  [cast.bea, "the provider's admin", "rejects", "rejected"],
  [cast.scout1, "the consumer's instance", "withdraws", "withdrawn"],
  [cast.ada, "the consumer's admin", "withdraws", "withdrawn"],
  [cast.scout1, "the consumer's instance", "closes", "completed_by_consumer"],
  [cast.north1, "the provider's instance", "closes", "completed_by_provider"],
  [cast.ada, "the consumer's admin", "closes", "operator_closed"],
  [cast.bea, "the provider's admin", "closes", "operator_closed"],
] as const;

describe("the end of a session", () => {
  test.each(rows)("%s, %s, %s: %s [SES-9] [SES-15]", (by, _who, way, reason) => {
    const world = city.city();
    const made = ways[way](world, by);
    const key = { kind: "session.expire", subject: made.session } as const;
    put(world, "deadlines", { ...key, dueAt: now + 5 });
    const verdict = act(world, made);
    const before = way === "closes" ? once : never;
    const ending = { reason, by, detail: way === "withdraws" ? null : detail };
    const life = { state: "closed", closedAt: now, ...before, ending };
    expect(verdict.facts.map(({ kind }) => kind)).toEqual(["session.closed"]);
    expect(verdict.facts[0]?.content.data).toMatchObject({ session: made.session, life });
    expect(get(world, "sessions", { id: made.session })?.life).toMatchObject(life);
    expect(get(world, "deadlines", key)).toBeUndefined();
    const closed = { state: "closed" };
    expect(verdict).toMatchObject({ answer: { session: { life }, consumer: closed, provider: closed } });
    expect(act(world, made)).toMatchObject({ verdict: "accepted", facts: [], work: [] });
  });
});

test("of two agents of one organisation each is its own side [SES-2]", () => {
  const world = city.city();
  const member = get(world, "memberships", { workgroup: city.channel, agent: cast.scout });
  if (member === undefined) throw new Error("the consumer is a member");
  put(world, "memberships", { ...member, agent: cast.miner, offer: true });
  const provided = { agent: cast.miner, organisation: cast.acme };
  patch(world, "sides", { session: proposed, side: "provider" }, provided);
  expect(act(world, ways.withdraws(world, cast.miner1))).toMatchObject({
    refusal: { code: "role.missing", rule: "consumer" },
  });
  expect(act(world, ways.rejects(world, cast.miner1))).toMatchObject({ verdict: "accepted" });
});
