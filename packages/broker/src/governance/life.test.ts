/** What holds after every step of random lives. A failure prints the seed and the shortest life that shows it. */
import { strict as assert } from "node:assert";
import type { OrganisationId } from "@parley/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Caller, Command } from "./command.js";
import type { Authority } from "./entities.js";
import { cause, command } from "./testing/asked.js";
import { decide } from "./testing/decide.js";
import { kindsOfLife, Life, lives, livesWithRecoveries, type Step, type Taken } from "./testing/life.js";
import { answerFrom, get, type World } from "./testing/world.js";

type Holds = (life: Pick<Life, "world" | "issued">, taken: Taken) => void;

function afterEveryStep(steps: readonly Step[], invariants: readonly Holds[]): void {
  const life = new Life();
  for (const step of steps) {
    const taken = life.take(step);
    if (taken) for (const holds of invariants) holds(life, taken);
  }
}

/** Invariants may remember what came before in the same life, so each life has its own. */
const alwaysHolds = (numRuns: number, arbitrary: typeof lives, invariants: () => readonly Holds[]) =>
  fc.assert(
    fc.property(arbitrary, (steps) => afterEveryStep(steps, invariants())),
    { numRuns },
  );

const authorities = ["organisations", "operators", "agents", "instances"] as const;

/** Every row that can be taken away, as it was and as it is. */
function* pairsOf(before: World, after: World): Generator<readonly [Authority, Authority]> {
  for (const table of authorities) {
    for (const [key, was] of before.rows[table]) {
      const is = after.rows[table].get(key);
      assert(is, `${table} ${key} is gone`);
      if (was !== is) yield [was, is];
    }
  }
}

const generationsNeverFall: Holds = ({ world }, { before }) => {
  for (const [was, is] of pairsOf(before, world)) {
    assert(is.generation >= was.generation, `a generation fell: ${JSON.stringify([was, is])}`);
    const taken = was.standing === "active" && is.standing !== "active";
    if (taken) assert(is.generation > was.generation, `taken, and no generation rose: ${JSON.stringify(is)}`);
  }
};

const finalNeverChanges: Holds = ({ world }, { before }) => {
  for (const [was, is] of pairsOf(before, world)) {
    const final = was.standing === "revoked" || was.standing === "expired";
    assert(!final, `what is final has changed: ${JSON.stringify([was, is])}`);
  }
};

const tokensOnlyWane: Holds = ({ world }, { before }) => {
  for (const is of world.rows.enrolmentTokens.values()) {
    assert(is.usesLeft >= 0 && is.usesLeft <= is.uses, `uses: ${JSON.stringify(is)}`);
    const was = get(before, "enrolmentTokens", { id: is.id });
    if (was === undefined) continue;
    assert(is.usesLeft <= was.usesLeft);
    assert(was.voidedAt === null || was.voidedAt === is.voidedAt, "voided twice, or made valid again");
  }
};

const keysStayWhose: Holds = ({ world }, { before }) => {
  for (const [key, was] of before.rows.principalKeys) {
    const is = world.rows.principalKeys.get(key);
    assert(is && is.principal === was.principal && (was.state === "current" || is.state === "replaced"));
  }
  const current = [...world.rows.principalKeys.values()].filter(({ state }) => state === "current");
  assert.equal(new Set(current.map(({ principal }) => principal)).size, current.length, "two current keys");
};

/** Homes of the platform and of all organisations that are not revoked; each of them began with an admin. */
const homesOf = (world: World): readonly (OrganisationId | null)[] => [
  null,
  ...[...world.rows.organisations.values()]
    .filter(({ standing }) => standing !== "revoked")
    .map(({ id }) => id),
];

const anAdminIsLeft: Holds = ({ world }) => {
  for (const organisation of homesOf(world)) {
    const { left } = answerFrom(world, { left: { find: "adminCount", by: { organisation } } });
    assert(left > 0, `nobody can act for ${organisation ?? "the platform"}`);
  }
};

const targetOf = (asked: Command, world: World): Authority | undefined => {
  if ("organisation" in asked && "caller" in asked)
    return get(world, "organisations", { id: asked.organisation });
  if ("operator" in asked) return get(world, "operators", { id: asked.operator });
  if ("instance" in asked && "caller" in asked) return get(world, "instances", { id: asked.instance });
  return "agent" in asked ? get(world, "agents", { id: asked.agent }) : undefined;
};

const wanted = { suspend: "suspended", resume: "active", revoke: "revoked" } as const;
const verbIn = ({ kind }: Command): keyof typeof wanted | undefined => {
  const [, verb = ""] = kind.split(".");
  return verb in wanted ? (verb as keyof typeof wanted) : undefined;
};

const acceptedIsWhatIs: Holds = ({ world }, { command, before, decided: { verdict } }) => {
  if (verdict.verdict === "refused") return;
  const verb = verbIn(command);
  if (verb !== undefined) {
    assert.equal(targetOf(command, world)?.standing, wanted[verb]);
    if (verdict.facts.length === 0) assert.equal(targetOf(command, before)?.standing, wanted[verb]);
  }
  // What is answered is what a reader finds afterwards.
  const answer = verdict.answer as Record<string, unknown>;
  for (const [name, table] of [...authorities, "enrolmentTokens" as const].map(
    (table) => [nameOf[table], table] as const,
  )) {
    const said = answer[name];
    if (said !== null && typeof said === "object") assert.deepEqual(said, get(world, table, said));
  }
};
const nameOf = {
  organisations: "organisation",
  operators: "operator",
  agents: "agent",
  instances: "instance",
  enrolmentTokens: "token",
} as const;

const alarm = new Set(["request.refused", "alert.raised", "instance.suspended", "operator.suspended"]);

const refusedChangesNothing: Holds = (_life, { command, decided: { verdict } }) => {
  if (verdict.verdict === "accepted") return;
  const kinds = verdict.facts.map(({ kind }) => kind);
  if (command.kind === "token.grant") assert(kinds.every((kind) => alarm.has(kind)));
  else
    assert(
      kinds.every((kind) => kind === "request.refused"),
      `refused, but ${kinds.join()}`,
    );
};

const homeOf = (world: World, { principal }: Caller): string => {
  const row = get(world, "operators", { id: principal }) ?? get(world, "instances", { id: principal });
  return row?.organisation == null ? "platform" : `org:${row.organisation}`;
};

const nobodyChangesWhatAnotherOwns: Holds = (_life, { command, before, decided: { verdict } }) => {
  if (!("caller" in command)) return;
  const home = homeOf(before, command.caller);
  const reaches = home === "platform" && verdict.verdict === "accepted";
  for (const { stream, kind } of verdict.facts) {
    assert(reaches || stream === home, `${command.caller.principal} of ${home} wrote ${kind} to ${stream}`);
  }
};

const mayspeak = (world: World, caller: Caller, at: number): boolean => {
  const { verdict } = decide(world, command("refusal.record", { caller, code: "cursor.invalid" }), at);
  return verdict.verdict === "refused" && verdict.refusal.code === "cursor.invalid";
};

function takenFrom({ decided: { verdict }, before }: Taken): readonly Caller["principal"][] {
  const cuts = new Set(verdict.cuts.filter(({ reason }) => reason !== "replaced").map(({ id }) => id));
  const operators = [...before.rows.operators.values()].filter(
    (one) => cuts.has(one.id) || cuts.has(one.organisation ?? ""),
  );
  const instances = [...before.rows.instances.values()].filter(
    (one) => cuts.has(one.id) || cuts.has(one.agent) || cuts.has(one.organisation),
  );
  return [...operators, ...instances].map(({ id }) => id);
}

/** Who has lost its standing gets no token with any key, and none that it had speaks again, now or when resumed. */
const takenIsTaken =
  (dead: Map<string, Set<string>>): Holds =>
  ({ world, issued }, taken) => {
    for (const principal of takenFrom(taken)) {
      for (const { thumbprint } of [...world.rows.principalKeys.values()].filter(
        (key) => key.principal === principal,
      )) {
        const grant = command("token.grant", { id: cause, principal, thumbprint });
        assert.equal(
          decide(world, grant, taken.at).verdict.verdict,
          "refused",
          `${principal} was granted a token`,
        );
      }
      dead.set(principal, new Set([...(dead.get(principal) ?? []), ...(issued.get(principal) ?? [])]));
    }
    // A refusal gives nothing back.
    if (taken.decided.verdict.verdict === "refused") return;
    for (const [principal, generations] of dead) {
      for (const generation of generations) {
        const caller = { principal: principal as Caller["principal"], generation };
        assert(!mayspeak(world, caller, taken.at), `${principal} speaks with ${generation}`);
      }
    }
  };

/** In a new era everybody was taken from. */
const erasTakeAll =
  (dead: Map<string, Set<string>>): Holds =>
  ({ world, issued }, taken) => {
    takenIsTaken(dead)({ world, issued }, taken);
    if (world.era === taken.before.era) return;
    for (const [principal, generations] of issued) dead.set(principal, new Set(generations));
    for (const { thumbprint, principal } of world.rows.principalKeys.values()) {
      const grant = command("token.grant", { id: cause, principal, thumbprint });
      assert.equal(
        decide(world, grant, taken.at).verdict.verdict,
        "refused",
        `${principal} outlived its era`,
      );
    }
    for (const { digest } of taken.before.rows.enrolmentTokens.values()) {
      const enrol = command("principal.enrol", { tokenDigest: digest, thumbprint: "never seen" });
      assert.equal(decide(world, enrol, taken.at).verdict.verdict, "refused", "a token outlived its era");
    }
  };

/** The platform reaches into an organisation only while nobody there can act, and then one can. */
const reachesOutOnce: Holds = ({ world }, { command, before, decided: { verdict } }) => {
  if (command.kind !== "operator.resume" || verdict.verdict === "refused" || verdict.facts.length === 0)
    return;
  const organisation = get(before, "operators", { id: command.operator })?.organisation ?? null;
  if (organisation === null || homeOf(before, command.caller) !== "platform") return;
  const count = (of: World) => answerFrom(of, { left: { find: "adminCount", by: { organisation } } }).left;
  assert.equal(count(before), 0, "somebody could act");
  assert.equal(count(world), 1, "nobody can act");
};

describe("whatever anybody does, in whatever order", () => {
  test("an admin that can act is left everywhere [ID-8], and who was taken from is not heard again [ID-21]", () => {
    alwaysHolds(800, lives, () => [anAdminIsLeft, takenIsTaken(new Map())]);
  }, 30_000);

  test("over new eras too: what is taken stays taken, each owns its own, one admin is given back [ID-19]", () => {
    alwaysHolds(1_200, livesWithRecoveries, () => [
      generationsNeverFall,
      finalNeverChanges,
      tokensOnlyWane,
      keysStayWhose,
      acceptedIsWhatIs,
      refusedChangesNothing,
      nobodyChangesWhatAnotherOwns,
      erasTakeAll(new Map()),
      reachesOutOnce,
    ]);
  }, 30_000);
});

/** Lives in which nothing happens would hold everything. */
test("the lives get around: whatever can be accepted or refused has been, and every kind of fact was made", () => {
  const seen = new Set<string>();
  const notes: Holds = (_life, { command, before, decided: { verdict } }) => {
    seen.add(`${command.kind} ${verdict.verdict}`);
    for (const { kind, stream } of verdict.facts) {
      seen.add(kind);
      const reachesOut = command.kind === "operator.resume" && homeOf(before, command.caller) === "platform";
      if (reachesOut && stream !== "platform") seen.add("reaching out");
    }
    if (verdict.verdict === "refused") seen.add(verdict.refusal.code);
  };
  for (const steps of fc.sample(livesWithRecoveries, { numRuns: 600, seed: 7 }))
    afterEveryStep(steps, [notes]);
  const outcomes = kindsOfLife.flatMap((kind) =>
    kind === "instance.expire" ? [`${kind} accepted`] : [`${kind} accepted`, `${kind} refused`],
  );
  const taken = ["organisation", "operator", "agent", "instance"].flatMap((what) =>
    ["suspended", "resumed", "revoked"].map((past) => `${what}.${past}`),
  );
  const rare = ["reaching out", "instance.expired", "era.began", "alert.raised", "key.replaced", "key.taken"];
  const refusals = [
    "access.invalid",
    "operator.last-admin",
    "standing.final",
    "enrolment.used",
    "identity.expired",
  ];
  const expected: readonly string[] = [...outcomes, ...taken, ...rare, ...refusals];
  expect(expected.filter((one) => !seen.has(one))).toEqual([]);
}, 30_000);
