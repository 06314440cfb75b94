import { describe, expect, test } from "vitest";
import type { EnrolmentToken } from "../entities.js";
import {
  acme,
  ada,
  digestOf,
  enroller,
  hour,
  idOf,
  ivy,
  ivyToken,
  miner,
  now,
  scoutToken,
} from "../testing/cast.js";
import { decide, settle, verdictOf } from "../testing/decide.js";
import { amend, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { patch, type World } from "../testing/world.js";

type Enrol = Scene<"principal.enrol">;

const setToken = ({ world }: Pick<Enrol, "world">, set: Partial<EnrolmentToken>) =>
  patch(world, "enrolmentTokens", { id: scoutToken }, set);

describe("a token lives no longer than the authority of who minted it and of what it is for [ID-7]", () => {
  type Fall = "operator.suspend" | "operator.revoke";
  const fall = (world: World, kind: Fall | "operator.resume") => {
    const scene = sceneOf("operator.suspend");
    speakAs(scene, idOf("operator", 12));
    expect(settle(world, { ...scene.command, kind, operator: ada }, now).verdict).toBe("accepted");
  };
  const redeem = (world: World, more: object = {}) =>
    settle(world, { ...sceneOf("principal.enrol").command, ...more }, now + 1);
  const invalid = { refusal: { code: "enrolment.invalid" } };

  test.each(["operator.suspend", "operator.revoke"] as const)(
    "a token minted by a fallen admin is void: %s",
    (kind) => {
      const { world } = sceneOf("principal.enrol");
      fall(world, kind);
      expect(redeem(world)).toMatchObject(invalid);
    },
  );

  test("also after the admin is resumed", () => {
    const { world } = sceneOf("principal.enrol");
    fall(world, "operator.suspend");
    fall(world, "operator.resume");
    expect(redeem(world)).toMatchObject(invalid);
  });

  test("also when the admin was demoted", () => {
    const scene = sceneOf("operator.change");
    amend(scene, { operator: ada, role: "auditor", agents: [] });
    settle(scene.world, scene.command, now);
    expect(redeem(scene.world)).toMatchObject(invalid);
  });

  test("also when it was minted by an enroller that has lost an agent", () => {
    const scene = sceneOf("operator.change");
    patch(scene.world, "enrolmentTokens", { id: scoutToken }, { mintedBy: enroller });
    expect(decide(scene.world, sceneOf("principal.enrol").command, now).verdict.verdict).toBe("accepted");
    amend(scene, { agents: [miner] });
    settle(scene.world, scene.command, now);
    expect(redeem(scene.world)).toMatchObject(invalid);
  });

  test.each(["operator.suspend", "operator.revoke"] as const)(
    "the token of an operator that has fallen is void: %s",
    (kind) => {
      const scene = sceneOf(kind);
      amend(scene, { operator: ivy });
      settle(scene.world, scene.command, now);
      expect(redeem(scene.world, { tokenDigest: digestOf(ivyToken) })).toMatchObject(invalid);
      settle(scene.world, { ...scene.command, kind: "operator.resume" }, now);
      expect(redeem(scene.world, { tokenDigest: digestOf(ivyToken) })).toMatchObject(invalid);
    },
  );

  test.each([
    ["voided", { voidedAt: now - 1 }],
    ["of an earlier era", { era: 0 }],
    ["for an agent of before", { targetGeneration: 9 }],
    ["by an operator of before", { minterGeneration: 9 }],
    ["by nobody that is there", { mintedBy: idOf("operator", 404) }],
    ["for nobody that is there", { for: idOf("agent", 404) }],
    ["for an agent of somebody else", { for: idOf("agent", 21) }],
  ])("void: %s", (_title, set) => {
    expect(verdictOf("principal.enrol", (scene) => setToken(scene, set))).toMatchObject(invalid);
  });

  test("a revoked organisation's tokens are void, a suspended one's wait", () => {
    const of = (standing: "revoked" | "suspended") =>
      verdictOf("principal.enrol", ({ world }) => patch(world, "organisations", { id: acme }, { standing }));
    expect(of("revoked")).toMatchObject(invalid);
    expect(of("suspended")).toMatchObject({ refusal: { code: "identity.suspended" } });
  });

  test("a token of the broker itself depends on nobody", () => {
    const verdict = verdictOf("principal.enrol", (scene) =>
      setToken(scene, { mintedBy: null, minterGeneration: 9 }),
    );
    expect(verdict.verdict).toBe("accepted");
  });

  test("at its last millisecond it works, and not after", () => {
    const at = (expiresAt: number) => verdictOf("principal.enrol", (scene) => setToken(scene, { expiresAt }));
    expect(at(now + 1).verdict).toBe("accepted");
    expect(at(now)).toMatchObject({ refusal: { code: "enrolment.expired" } });
  });
});

describe("redeeming the same token again with the same key is answered as the first time [ID-23]", () => {
  const first = (token: EnrolmentToken["id"]) => {
    const scene = sceneOf("principal.enrol");
    amend(scene, { tokenDigest: digestOf(token) });
    const verdict = settle(scene.world, scene.command, now);
    const again = (more: object = {}) =>
      settle(scene.world, { ...scene.command, instance: idOf("instance", 501), ...more }, now + 100 * hour);
    return { world: scene.world, verdict, again };
  };
  const answerOf = (verdict: object) => (verdict as { readonly answer?: unknown }).answer;

  test.each([
    ["the token is used up", { usesLeft: 0 }],
    ["the token has expired", { expiresAt: now + 1 }],
    ["the token was voided", { voidedAt: now + 1 }],
    ["the era is another", { era: 0 }],
  ])("also when %s", (_title, set) => {
    const { world, verdict, again } = first(scoutToken);
    patch(world, "enrolmentTokens", { id: scoutToken }, set);
    expect(answerOf(verdict)).toMatchObject({ kind: "instance", instance: idOf("instance", 500) });
    expect(again()).toEqual({
      verdict: "accepted",
      answer: answerOf(verdict),
      facts: [],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("for an operator too", () => {
    const { verdict, again } = first(ivyToken);
    expect(again()).toMatchObject({ answer: answerOf(verdict), facts: [] });
    expect(answerOf(verdict)).toEqual({ kind: "operator", operator: ivy, organisation: acme });
  });

  test("with another key it is another redemption", () => {
    const { again } = first(ivyToken);
    expect(again({ thumbprint: "another" })).toMatchObject({ refusal: { code: "enrolment.used" } });
  });

  test("with another token and a key that has one already, the key is taken", () => {
    const { world } = first(scoutToken);
    const { command } = sceneOf("principal.enrol");
    const verdict = decide(world, { ...command, tokenDigest: digestOf(ivyToken) }, now).verdict;
    expect(verdict).toMatchObject({ refusal: { code: "key.taken" } });
  });
});
