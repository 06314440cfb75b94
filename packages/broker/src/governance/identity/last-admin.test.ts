import { describe, expect, test } from "vitest";
import { abe, ada } from "../testing/cast.js";
import { verdictOf } from "../testing/decide.js";
import { amend, type Scene } from "../testing/scene.js";
import { patch } from "../testing/world.js";

describe("the last admin in good standing [ID-8]", () => {
  const demote = (scene: Scene<"operator.change">) =>
    amend(scene, { operator: ada, role: "auditor", agents: [] });

  test.each([
    ["is the other one suspended", { standing: "suspended" }],
    ["is the other one revoked", { standing: "revoked" }],
    ["has the other one no key yet", { enrolledAt: null }],
    ["is the other one of an earlier era", { era: 0 }],
    ["is the other one an auditor", { role: "auditor" }],
  ] as const)("%s, it cannot be demoted", (_title, set) => {
    const verdict = verdictOf("operator.change", (scene) => {
      patch(scene.world, "operators", { id: abe }, set);
      demote(scene);
    });
    expect(verdict).toMatchObject({ refusal: { code: "operator.last-admin" } });
  });

  test("while there is another, it can", () => {
    const verdict = verdictOf("operator.change", demote);
    expect(verdict).toMatchObject({ answer: { operator: { role: "auditor", generation: 1 } } });
  });

  test("it may be given the role that it has", () => {
    const verdict = verdictOf("operator.change", (scene) => {
      patch(scene.world, "operators", { id: abe }, { standing: "suspended" });
      amend(scene, { operator: ada, role: "admin", agents: [] });
    });
    expect(verdict).toMatchObject({ answer: { operator: { role: "admin", generation: 0, version: 2 } } });
  });

  test("an admin without a key is not it, and can be demoted", () => {
    const verdict = verdictOf("operator.change", (scene) => {
      patch(scene.world, "operators", { id: abe }, { enrolledAt: null });
      amend(scene, { operator: abe, role: "auditor", agents: [] });
    });
    expect(verdict.verdict).toBe("accepted");
  });
});
