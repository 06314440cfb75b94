import { describe, expect, test } from "vitest";
import { cause } from "./testing/asked.js";
import { acme, ada, idOf, now, organisationRow, root } from "./testing/cast.js";
import { decide, verdictOf } from "./testing/decide.js";
import { type Judged, judged } from "./testing/judged.js";
import { amend, callerStands, type Scene, sceneOf, speakAs } from "./testing/scene.js";
import { get, patch } from "./testing/world.js";

type Kind = "organisation.suspend" | "organisation.resume" | "organisation.revoke";
type Spoiling = Pick<Scene<Kind>, "world">;

const setStanding = ({ world }: Spoiling, standing: "suspended" | "revoked") =>
  patch(world, "organisations", { id: acme }, { standing });

const checks: Judged<Kind>["checks"] = {
  callerStands,
  organisationIsSeen: {
    refusal: { code: "not-found" },
    spoil: (scene) => amend(scene, { organisation: idOf("organisation", 404) }),
  },
  isPlatform: {
    refusal: { code: "role.missing", rule: "platform" },
    spoil: (scene) => speakAs(scene, ada),
  },
  isNotFinal: { refusal: { code: "standing.final" }, spoil: (scene) => setStanding(scene, "revoked") },
};
const apart = { "isNotFinal after organisationIsSeen": "what is not there is not revoked" };
const ownIsRevoked = { "isNotFinal after isPlatform": "whoever else sees it is of it, and revoked with it" };

judged("organisation.suspend", { checks, apart: { ...apart, ...ownIsRevoked } });
judged("organisation.resume", { checks, apart: { ...apart, ...ownIsRevoked } });

describe("organisation.revoke", () => {
  const { isNotFinal: _never, ...others } = checks;
  test("is never refused for what is revoked already: it is a success that changes nothing", () => {
    const verdict = verdictOf("organisation.revoke", (scene) => setStanding(scene, "revoked"));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [] });
  });

  test.each(Object.keys(others))("%s refuses as for the other two", (name) => {
    const scene = sceneOf("organisation.revoke");
    checks[name]?.spoil(scene as unknown as Scene<Kind>);
    expect(decide(scene.world, scene.command, scene.now).verdict).toMatchObject({
      refusal: checks[name]?.refusal,
    });
  });
});

describe("the standing of an organisation", () => {
  const told = { actor: root, cause, subject: acme };
  const before = organisationRow(acme, "acme");

  test.each([
    ["organisation.suspend", "suspended", "organisation.suspended"],
    ["organisation.revoke", "revoked", "organisation.revoked"],
  ] as const)(
    "%s takes away: both streams say so, the generation rises, every socket is cut",
    (kind, standing, past) => {
      const data = { organisation: acme, generation: 1, version: 2 };
      expect(verdictOf(kind)).toEqual({
        verdict: "accepted",
        answer: { organisation: { ...before, standing, generation: 1, version: 2 } },
        facts: [
          { stream: "platform", kind: past, content: { ...told, data } },
          { stream: `org:${acme}`, kind: past, content: { ...told, data } },
        ],
        work: [],
        cuts: [{ scope: "organisation", id: acme, reason: standing }],
      });
    },
  );

  test("organisation.resume gives back the standing, not the generation", () => {
    const verdict = verdictOf("organisation.resume", ({ world }) =>
      patch(world, "organisations", { id: acme }, { standing: "suspended", generation: 1, version: 2 }),
    );
    expect(verdict).toMatchObject({
      answer: { organisation: { ...before, standing: "active", generation: 1, version: 3 } },
      facts: [{ stream: "platform", kind: "organisation.resumed" }, { kind: "organisation.resumed" }],
      cuts: [],
    });
  });

  test.each([
    ["organisation.suspend", "suspended"],
    ["organisation.resume", "active"],
    ["organisation.revoke", "revoked"],
  ] as const)("%s of what is %s already is a success that changes nothing", (kind, standing) => {
    const verdict = verdictOf(kind, ({ world }) => patch(world, "organisations", { id: acme }, { standing }));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [] });
  });

  test("a suspended one can still be revoked, and its generation rises again", () => {
    const scene = sceneOf("organisation.revoke");
    patch(scene.world, "organisations", { id: acme }, { standing: "suspended", generation: 1, version: 2 });
    const { verdict } = decide(scene.world, scene.command, now);
    expect(verdict).toMatchObject({
      answer: { organisation: { standing: "revoked", generation: 2, version: 3 } },
    });
    expect(get(scene.world, "organisations", { id: acme })?.standing).toBe("suspended");
  });
});
