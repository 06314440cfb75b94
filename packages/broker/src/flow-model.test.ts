/**
 * What is sent, acknowledged, left, taken over and drained in one session, against a reference model of it. After every
 * step the answer is the model's, and so are the numbers that decisions go by.
 */
import { randomInt } from "node:crypto";
import { type InstanceId, limits } from "@parley/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CommandAnswers } from "./governance/command.js";
import { asItStands } from "./governance/session/session-record.js";
import { callerOf, command } from "./governance/testing/asked.js";
import { envelopeOf } from "./governance/testing/asked-sessions.js";
import * as cast from "./governance/testing/cast.js";
import * as city from "./governance/testing/city.js";
import {
  acking,
  cityUnder,
  doing,
  expires,
  handledIn,
  joins,
  kept,
  leaves,
  resumed,
  returns,
  waitingFor,
} from "./governance/testing/envelope-story.js";
import { connect, socketOf } from "./governance/testing/session-scenes.js";
import { get, put, type World } from "./governance/testing/world.js";
import { recordOf } from "./governance/testing/world-sessions.js";
import type { Verdict } from "./governance/verdict.js";
import {
  bytesWaiting,
  type FlowState,
  type FlowStep,
  flowBegins,
  flowTerms,
  type Said,
  takeFlow,
} from "./testing/model/flow-model.js";

const numRuns = Number(process.env.PARLEY_MODEL_RUNS ?? 500);
const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));
const { now } = cast;
const { activeAt } = city.lives.active;
const people: readonly InstanceId[] = [cast.scout1, cast.scout2, cast.north1, city.north2];
const named = (who: number): InstanceId => people[who] as InstanceId;
const sides = ["consumer", "provider"] as const;

const who = fc.constantFrom(0, 0, 0, 2, 2, 2, 1, 3);
const passes = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 500, 5_000) },
  { weight: 3, arbitrary: fc.constantFrom(12_000, 29_999, 30_000, 59_999, 60_000, 100_000, 299_999) },
);
const said = fc.record({
  id: fc.nat(24),
  bytes: fc.constantFrom(20, 30, 30, 45, 60, 60, 61),
  variant: fc.constantFrom(0, 0, 0, 0, 0, 1),
});
const steps: fc.Arbitrary<FlowStep> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      who,
      said: fc.array(said, { minLength: 1, maxLength: 4 }),
      passes,
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("ack" as const), who, n: fc.nat(22), passes }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("leave" as const), who, goodbye: fc.boolean(), passes }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("return" as const), who, passes }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("join" as const),
      who: fc.nat(3),
      after: fc.option(fc.nat(22)),
      passes,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("timer" as const), passes }) },
);

function beginning(): World {
  const world = cityUnder(flowTerms);
  for (const [at, side] of [
    [0, "consumer"],
    [2, "provider"],
  ] as const)
    put(world, "holders", { session: city.active, side, instance: named(at) });
  for (const at of [1, 3]) connect(world, named(at));
  const dueAt = activeAt + flowTerms.idleTimeoutSeconds * 1_000;
  put(world, "deadlines", { kind: "session.expire", subject: city.active, dueAt });
  return world;
}

/** In the words of the model. */
function saidOf(verdict: Verdict, kind: FlowStep["kind"]): unknown {
  if (verdict.verdict === "refused") {
    const { code, retryAfterMs = null } = verdict.refusal;
    return code === "session.not-held" ? [code, retryAfterMs] : code;
  }
  if (kind === "join") {
    const { after, upTo, handed, missing } = resumed(verdict) ?? {};
    return { after, upTo, handed, missing };
  }
  if (kind !== "send") return undefined;
  return (verdict.answer as CommandAnswers["envelopes.send"]).taken.map((one) => {
    if (one.outcome === "refused") return one.refusal.code;
    return one.outcome === "repeated" ? one.known.n : one.n;
  });
}

function sends(world: World, by: InstanceId, all: readonly Said[], at: number): Verdict {
  const envelopes = all.map(({ id, bytes, variant }) => {
    const made = envelopeOf(id);
    return { ...made, payload: `${id} ${variant} ${bytes}`, bytes, payloadBytes: bytes - made.header.length };
  });
  const socket = socketOf(world, by) ?? { connection: cast.idOf("connection", 404), epoch: 1 };
  return doing(world, command("envelopes.send", { caller: callerOf(world, by), envelopes, socket }), at);
}

function fires(world: World, at: number): void {
  for (const { kind, subject, dueAt } of [...world.rows.deadlines.values()]) {
    if (dueAt > at || subject !== city.active) continue;
    if (kind === "session.expire") expires(world, at);
    else doing(world, command("payloads.erase", { session: city.active }), at);
  }
}

function take(world: World, step: FlowStep, at: number): unknown {
  switch (step.kind) {
    case "timer":
      return void fires(world, at);
    case "leave":
      return void leaves(world, named(step.who), step, at);
    case "return": {
      const isOpen = get(world, "connections", { instance: named(step.who) })?.state === "open";
      return void (isOpen || returns(world, named(step.who), at));
    }
    case "send":
      return saidOf(sends(world, named(step.who), step.said, at), step.kind);
    case "ack": {
      const made = acking(world, named(step.who), [{ session: city.active, n: step.n }]);
      return saidOf(doing(world, made, at), step.kind);
    }
    default: {
      const cursor = step.after === null ? null : { after: step.after, era: 1 };
      return saidOf(joins(world, named(step.who), cursor, at), step.kind);
    }
  }
}

/** What decisions go by, as the rows say it and as the model does. */
function numbersOf(world: World, at: number) {
  const record = recordOf(world, city.active);
  const life = record && asItStands(record, 1, at).session.life;
  return {
    closed: life?.state === "closed" ? { reason: life.ending.reason, at: life.closedAt } : undefined,
    sides: sides.map((side) => {
      const { n, violations } = get(world, "tallies", { session: city.active, side }) ?? {};
      const { n: acked = 0, handed = 0 } = handledIn(world, side) ?? {};
      const { instance } = get(world, "sides", { session: city.active, side }) ?? {};
      return { n, violations, acked, handed, holder: instance, waiting: waitingFor(world, side) ?? 0 };
    }),
  };
}
const modelled = (state: FlowState) => ({
  closed: state.closed,
  sides: state.sides.map((side) => {
    const { violations, acked, handed, holder, sent } = side;
    const waiting = bytesWaiting(side);
    return { n: sent.length, violations, acked, handed, holder: named(holder), waiting };
  }),
});

/** Of what was not acknowledged every payload is kept, and of what was none but those that are to be cut out yet. */
function keepsWhatWaits(world: World, state: FlowState): boolean {
  return sides.every((side, at) => {
    const { acked, sent } = state.sides[at as 0 | 1];
    const rows = kept(world, side);
    const covers = (n: number) => rows.some(([from, to]) => from <= n && n <= to);
    return sent.every((_, index) => index < acked || covers(index + 1)) && rows.every(([, to]) => to > acked);
  });
}

function walk(story: readonly FlowStep[]): void {
  const world = beginning();
  const state = flowBegins(now, activeAt);
  for (const [at, step] of story.entries()) {
    const time = state.now + step.passes;
    // All of a story is over before anything is erased that nobody has acknowledged.
    if (time > now + limits.drainSeconds * 500) return;
    expect([at, step.kind, take(world, step, time)]).toEqual([at, step.kind, takeFlow(state, step)]);
    expect([at, step.kind, numbersOf(world, time)]).toEqual([at, step.kind, modelled(state)]);
    expect([at, step.kind, keepsWhatWaits(world, state)]).toEqual([at, step.kind, true]);
  }
}

test(`one session and its model agree on ${numRuns} stories (PARLEY_SEED=${seed}) [ENV-2] [ENV-13] [SES-23]`, () => {
  const stories = fc.array(steps, { minLength: 1, maxLength: 60, size: "max" });
  fc.assert(fc.property(stories, walk), { numRuns, seed, endOnFailure: false });
}, 0);
