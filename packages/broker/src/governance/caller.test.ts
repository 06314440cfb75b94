import { describe, expect, test } from "vitest";
import { command } from "./testing/asked.js";
import { abe, acme, ada, idOf, now, root, scout, scout1, town } from "./testing/cast.js";
import { decide, settle } from "./testing/decide.js";
import { type Scene, sceneOf, speakAs } from "./testing/scene.js";
import { patch, type World } from "./testing/world.js";

/** What a principal is answered whose token was issued before something happened. */
function speaksAfter(principal: typeof ada | typeof scout1, happens: (world: World) => void) {
  const scene: Scene = sceneOf("refusal.record");
  speakAs(scene, principal);
  happens(scene.world);
  const { verdict } = decide(scene.world, scene.command, now);
  return verdict.verdict === "refused" ? verdict.refusal.code : "accepted";
}

/** `refusal.record` answers this to whoever may speak. */
const mayspeak = "not-found";

describe("the standing of a principal is the worst of its organisation, its agent and its own [ID-20]", () => {
  const standings = ["active", "suspended", "expired", "revoked"] as const;
  const refusals = {
    active: mayspeak,
    suspended: "identity.suspended",
    expired: "identity.expired",
    revoked: "identity.revoked",
  } as const;
  const all = standings.flatMap((organisation) =>
    standings.flatMap((agent) => standings.map((instance) => [organisation, agent, instance] as const)),
  );

  test.each(all)("organisation %s, agent %s, instance %s", (organisation, agent, instance) => {
    const worst = Math.max(...[organisation, agent, instance].map((standing) => standings.indexOf(standing)));
    const code = speaksAfter(scout1, (world) => {
      patch(world, "organisations", { id: acme }, { standing: organisation });
      patch(world, "agents", { id: scout }, { standing: agent });
      patch(world, "instances", { id: scout1 }, { standing: instance });
    });
    expect(code).toBe(refusals[standings[worst] ?? "active"]);
  });

  test.each([
    [
      "an operator's own",
      (world: World) => patch(world, "operators", { id: ada }, { standing: "revoked" }),
      "revoked",
    ],
    [
      "its organisation's",
      (world: World) => patch(world, "organisations", { id: acme }, { standing: "suspended" }),
      "suspended",
    ],
    ["that of its era", (world: World) => patch(world, "operators", { id: ada }, { era: 0 }), "suspended"],
  ] as const)("for an operator: %s", (_title, happens, standing) => {
    expect(speaksAfter(ada, happens)).toBe(refusals[standing]);
  });

  test("an instance of an earlier era counts as suspended", () => {
    expect(speaksAfter(scout1, (world) => patch(world, "instances", { id: scout1 }, { era: 0 }))).toBe(
      "identity.suspended",
    );
  });

  test("a platform operator depends on nobody else", () => {
    expect(speaksAfter(root, () => undefined)).toBe(mayspeak);
    expect(
      speaksAfter(root, (world) => patch(world, "operators", { id: root }, { standing: "revoked" })),
    ).toBe("identity.revoked");
  });
});

describe("an access token ends with whatever is taken away after it was issued [ID-21]", () => {
  test.each([
    [
      "of its organisation",
      scout1,
      (world: World) => patch(world, "organisations", { id: acme }, { generation: 1 }),
    ],
    ["of its agent", scout1, (world: World) => patch(world, "agents", { id: scout }, { generation: 1 })],
    ["of its own", scout1, (world: World) => patch(world, "instances", { id: scout1 }, { generation: 1 })],
    [
      "of an operator's organisation",
      ada,
      (world: World) => patch(world, "organisations", { id: acme }, { generation: 1 }),
    ],
    ["of an operator", ada, (world: World) => patch(world, "operators", { id: ada }, { generation: 1 })],
  ] as const)("a generation %s that has risen", (_title, principal, happens) => {
    expect(speaksAfter(principal, happens)).toBe("access.invalid");
  });

  test("no two things that were taken look like one: 1.0 is not 10, 1.1 is not 11", () => {
    const spelled = new Set<string>();
    for (const organisation of [0, 1, 10, 11]) {
      for (const generation of [0, 1, 10, 11]) {
        const scene: Scene = sceneOf("refusal.record");
        patch(scene.world, "organisations", { id: acme }, { generation: organisation });
        patch(scene.world, "operators", { id: ada }, { generation });
        speakAs(scene, ada);
        spelled.add(
          (scene.command as { readonly caller: { readonly generation: string } }).caller.generation,
        );
      }
    }
    expect(spelled.size).toBe(16);
  });

  test("resuming does not bring it back", () => {
    const world = town();
    const suspend = command("operator.suspend");
    const speaking: Scene = { world, command: command("refusal.record"), now };
    speakAs(speaking, abe);
    settle(world, suspend, now);
    settle(world, { ...suspend, kind: "operator.resume" }, now);
    expect(decide(world, speaking.command, now).verdict).toMatchObject({
      refusal: { code: "access.invalid" },
    });
  });

  test("a role that is taken away ends it too, one that is given does not", () => {
    const change = (role: "auditor" | "admin") => {
      const world = town();
      const speaking: Scene = { world, command: command("refusal.record"), now };
      speakAs(speaking, abe);
      settle(world, { ...command("operator.change"), operator: abe, role, agents: [] }, now);
      return decide(world, speaking.command, now).verdict;
    };
    expect(change("auditor")).toMatchObject({ refusal: { code: "access.invalid" } });
    expect(change("admin")).toMatchObject({ refusal: { code: mayspeak } });
  });
});

describe("role and standing are read where the decision is made [ID-22]", () => {
  test("a token of nobody is no token, and no record of it is made", () => {
    const world = town();
    const caller = { principal: idOf("operator", 404), generation: "0.0.1" };
    expect(decide(world, command("agent.create", { caller }), now).verdict).toEqual({
      verdict: "refused",
      refusal: { code: "access.invalid" },
      facts: [],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each(["", "0", "0.0", "0.0.1.0", "__proto__"])(
    "a token of another shape is none: %j",
    (generation) => {
      const caller = { principal: ada, generation };
      expect(decide(town(), command("agent.create", { caller }), now).verdict).toMatchObject({
        refusal: { code: "access.invalid" },
      });
    },
  );

  test("an admin that was made an auditor a moment ago is an auditor", () => {
    const world = town();
    patch(world, "operators", { id: ada }, { role: "auditor" });
    expect(decide(world, command("agent.create"), now).verdict).toMatchObject({
      refusal: { code: "role.missing" },
    });
  });
});
