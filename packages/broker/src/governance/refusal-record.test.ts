import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "./testing/asked.js";
import { acme, ada, auditor, minute, north, now, root, scout1 } from "./testing/cast.js";
import { decide, settle, verdictOf } from "./testing/decide.js";
import { amend, callerStands, type Scene, sceneOf, speakAs } from "./testing/scene.js";
import { get, put } from "./testing/world.js";

const thisMinute = Math.floor(now / minute);
const subject = `${ada}|not-found|${thisMinute}`;
const stream = `org:${acme}`;
const due = (dueAt: number) => ({
  do: "put",
  table: "deadlines",
  row: { kind: "refusals.count", subject, dueAt },
});
const row = (count: number) => ({
  principal: ada,
  organisation: acme,
  code: "not-found",
  minute: thisMinute,
  count,
});

/** Asks for what is somebody else's. */
const refusedScene = (): Scene<"agent.suspend"> => {
  const scene = sceneOf("agent.suspend");
  amend(scene, { agent: north });
  return scene;
};

describe("refusals are facts of the caller's organisation, with the target as it was typed [REC-6]", () => {
  test("the first of a minute is told, counted, and its count given a time", () => {
    const { world, command } = refusedScene();
    const data = { command: "agent.suspend", target: "/v1/as/typed", code: "not-found", rule: null };
    expect(decide(world, command, now).verdict).toEqual({
      verdict: "refused",
      refusal: { code: "not-found" },
      facts: [{ stream, kind: "request.refused", content: { actor: ada, subject: ada, cause, data } }],
      work: [{ do: "put", table: "refusalCounts", row: row(1) }, due((thisMinute + 1) * minute)],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("never of the target's owner: nothing of it stands in another stream", () => {
    const { world, command } = refusedScene();
    const { facts } = decide(world, command, now).verdict;
    expect(facts.map((fact) => fact.stream)).toEqual([stream]);
    expect(JSON.stringify(facts)).not.toContain(north);
  });

  test("the rule that refused is told with it", () => {
    const verdict = verdictOf("agent.suspend", (scene) => speakAs(scene, auditor));
    expect(verdict).toMatchObject({
      facts: [{ content: { data: { code: "role.missing", rule: "admin" } } }],
    });
  });

  test.each([
    ["the platform's operators", root, "platform"],
    ["an instance", scout1, stream],
  ] as const)("for %s they stand in their own stream", (_title, caller, own) => {
    const scene = refusedScene();
    speakAs(scene, caller);
    expect(decide(scene.world, scene.command, now).verdict).toMatchObject({
      facts: [{ stream: own, content: { subject: caller } }],
    });
  });

  test("what was typed is kept to its limit, not one character more [LIM-1]", () => {
    const keeps = (target: string) =>
      verdictOf("agent.suspend", (scene) => amend(scene, { agent: north, target })).facts[0]?.content.data;
    const long = "t".repeat(limits.refusalTargetLengthMax);
    expect(keeps(long)).toMatchObject({ target: long });
    expect(keeps(`${long}!`)).toMatchObject({ target: long });
  });

  test("whoever is nobody has no record", () => {
    const scene = refusedScene();
    scene.world.rows.operators.clear();
    expect(decide(scene.world, scene.command, now).verdict).toEqual({
      verdict: "refused",
      refusal: { code: "access.invalid" },
      facts: [],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });
});

describe("ten per principal, code and minute singly, the rest as one count [REC-6]", () => {
  const refuse = (scene: Scene<"agent.suspend">, times: number, at: number) =>
    Array.from({ length: times }, () => settle(scene.world, scene.command, at).facts.length);
  const count = (scene: Scene, at: number, of = subject) =>
    settle(scene.world, { kind: "refusals.count", ...asked["refusals.count"], subject: of }, at);

  test("ten are told, the eleventh is counted, and the minute's end tells how many there were", () => {
    const scene = refusedScene();
    expect(refuse(scene, 13, now)).toEqual([...Array<number>(10).fill(1), 0, 0, 0]);
    expect(count(scene, (thisMinute + 1) * minute)).toEqual({
      verdict: "accepted",
      answer: { counted: 3 },
      facts: [
        {
          stream,
          kind: "requests.refused",
          content: {
            actor: ada,
            subject: ada,
            cause,
            data: { code: "not-found", minute: thisMinute, count: 3 },
          },
        },
      ],
      work: [
        {
          do: "drop",
          table: "refusalCounts",
          key: { principal: ada, code: "not-found", minute: thisMinute },
        },
        { do: "drop", table: "deadlines", key: { kind: "refusals.count", subject } },
      ],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("exactly ten leave nothing to count", () => {
    const scene = refusedScene();
    refuse(scene, limits.refusalsRecordedPerMinute, now);
    expect(count(scene, (thisMinute + 1) * minute)).toMatchObject({ answer: { counted: 0 }, facts: [] });
    expect(scene.world.rows.refusalCounts.size + scene.world.rows.deadlines.size).toBe(0);
  });

  test("another minute, another code and another principal each have ten of their own", () => {
    const scene = refusedScene();
    refuse(scene, 12, now);
    expect(refuse(scene, 1, (thisMinute + 1) * minute)).toEqual([1]);
    const role = sceneOf("agent.suspend");
    speakAs(role, auditor);
    expect(settle(scene.world, role.command, now).facts).toHaveLength(1);
    speakAs(scene, auditor);
    expect(refuse(scene, 1, now)).toEqual([1]);
  });

  test("a count that comes early is put off, and loses nothing", () => {
    const scene = refusedScene();
    refuse(scene, 12, now);
    expect(count(scene, (thisMinute + 1) * minute - 1)).toEqual({
      verdict: "accepted",
      answer: { counted: 0 },
      facts: [],
      work: [due((thisMinute + 1) * minute)],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    expect(count(scene, (thisMinute + 1) * minute)).toMatchObject({ answer: { counted: 2 } });
  });

  test("a count of nothing only takes its deadline away", () => {
    const scene = refusedScene();
    put(scene.world, "deadlines", { kind: "refusals.count", subject, dueAt: now });
    expect(count(scene, now + minute)).toMatchObject({ answer: { counted: 0 }, facts: [] });
    expect(get(scene.world, "deadlines", { kind: "refusals.count", subject })).toBeUndefined();
  });
});

describe("a look that was refused is recorded like a command that was", () => {
  test("by the name of what was looked at", () => {
    const data = { command: "GET /v1/agents/{agent}", target: "/v1/as/typed", code: "not-found", rule: null };
    expect(verdictOf("refusal.record")).toMatchObject({
      verdict: "refused",
      refusal: { code: "not-found" },
      facts: [{ stream, kind: "request.refused", content: { actor: ada, data } }],
    });
  });

  test("who is not in good standing is told that instead", () => {
    expect(verdictOf("refusal.record", (scene) => callerStands.spoil(scene))).toMatchObject({
      refusal: { code: "identity.suspended" },
      facts: [{ content: { data: { code: "identity.suspended" } } }],
    });
  });
});
