import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { iceDigest, iceTerms, signedTerms } from "../testing/asked-contracts.js";
import { acme, bea, borealis, day, north, north1, now, thumbprintOf } from "../testing/cast.js";
import { channel, spareContract, weatherDigest } from "../testing/city.js";
import {
  aboutTerms,
  fillContracts,
  isAdminOrInstance,
  isSigned,
  keyIsCurrent,
  versionOf,
} from "../testing/contract-scenes.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, keyFits, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { patch, put } from "../testing/world.js";

const stream = `org:${borealis}`;

judged("contract.create", {
  checks: {
    callerStands,
    isAdminOrInstance,
    keyFits,
    keyIsCurrent,
    contractIsSigned: isSigned,
    ...aboutTerms,
    contractNameIsFree: {
      refusal: { code: "contract.name-taken" },
      spoil: ({ world }) => patch(world, "contracts", { id: spareContract }, { name: "ice-terms" }),
    },
    contractsLeft: {
      refusal: { code: "limit.reached", rule: "contractsPerOrganisation", limit: 1_000, used: 1_000 },
      spoil: (scene) => fillContracts(scene, limits.contractsPerOrganisation),
    },
  },
});

describe("creating a contract [CON-4]", () => {
  const id = asked["contract.create"].contract;
  const version = versionOf({ contract: id });
  const contract = {
    id,
    organisation: borealis,
    name: "ice-terms",
    state: "active",
    latest: 1,
    createdAt: now,
  };

  test("is one fact, with the complete terms and the statement under them", () => {
    const data = { contract, version };
    expect(verdictOf("contract.create")).toEqual({
      verdict: "accepted",
      answer: { repeated: false, contract, version },
      facts: [{ stream, kind: "contract.created", content: { actor: bea, cause, subject: id, data } }],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("may be done by an agent of the organisation itself, in its own name", () => {
    const verdict = verdictOf("contract.create", (scene) => {
      speakAs(scene, north1);
      amend(scene, { statement: signedTerms("ice-terms", iceDigest, north1) });
    });
    expect(verdict).toMatchObject({ verdict: "accepted", answer: { version: { by: north1 } } });
  });

  test("another digest than that of the terms is answered with the right one [STM-3]", () => {
    const verdict = verdictOf("contract.create", (scene) =>
      amend(scene, { statement: signedTerms("ice-terms", weatherDigest) }),
    );
    const refusal = { code: "statement.invalid", rule: "termsDigest", digest: iceDigest };
    expect(verdict).toMatchObject({ verdict: "refused", refusal });
  });

  test("again under its Idempotency-Key is answered as it stands, for a day, and changes nothing [API-6]", () => {
    const { world, command } = sceneOf("contract.create");
    const keyed = { ...command, idempotency: { key: "once", digest: "of-this" } };
    settle(world, keyed, now);
    patch(world, "contracts", { id }, { latest: 2, state: "deleted" });
    const answer = { repeated: true, version, contract: { ...contract, latest: 2, state: "deleted" } };
    expect(settle(world, keyed, now + day - 1)).toMatchObject({ verdict: "accepted", facts: [], answer });
    expect(settle(world, keyed, now + day)).toMatchObject({
      verdict: "accepted",
      answer: { repeated: false },
    });
  });

  test("again without one is another contract, whose name is taken", () => {
    const verdict = verdictOf("contract.create", ({ world }) => {
      put(world, "contracts", { ...contract, state: "active", organisation: borealis, id });
      put(world, "contractVersions", version);
    });
    expect(verdict).toMatchObject({ refusal: { code: "contract.name-taken" } });
  });

  test.each<[string, (scene: Scene<"contract.create">) => void]>([
    [
      "another organisation's",
      ({ world }) => {
        patch(world, "contracts", { id: spareContract }, { name: "ice-terms", organisation: acme });
      },
    ],
    [
      "a deleted one's",
      ({ world }) => {
        patch(world, "contracts", { id: spareContract }, { name: "ice-terms", state: "deleted" });
      },
    ],
  ])("may take %s name", (_title, tune) => {
    expect(verdictOf("contract.create", tune).verdict).toBe("accepted");
  });

  test("the last one that the limit allows is made; others' and deleted ones fill nothing [LIM-1]", () => {
    const verdict = verdictOf("contract.create", (scene) => {
      fillContracts(scene, limits.contractsPerOrganisation);
      fillContracts(scene, limits.contractsPerOrganisation, acme);
      patch(scene.world, "contracts", { id: spareContract }, { state: "deleted" });
    });
    expect(verdict.verdict).toBe("accepted");
  });
});

describe("what a consumer must be in [CON-6]", () => {
  const requiring = (tune: (scene: Scene<"contract.create">) => void) =>
    verdictOf("contract.create", (scene) => {
      amend(scene, { terms: { ...iceTerms, requiredWorkgroups: [channel] } });
      tune(scene);
    });
  const asInstance = (scene: Scene<"contract.create">) => {
    speakAs(scene, north1);
    amend(scene, { statement: signedTerms("ice-terms", iceDigest, north1) });
  };
  const left = ({ world }: Scene) =>
    patch(world, "participations", { workgroup: channel, organisation: borealis }, { state: "left" });
  const removed = ({ world }: Scene) =>
    patch(world, "memberships", { workgroup: channel, agent: north }, { offer: false });
  const dissolved = ({ world }: Scene) => patch(world, "workgroups", { id: channel }, { state: "dissolved" });

  test.each<[string, ((scene: Scene<"contract.create">) => void)[], boolean]>([
    ["an admin names one that its organisation is in", [], true],
    ["an instance names one that its agent is a member of", [asInstance], true],
    ["an admin names one that no agent of it is a member of", [removed], true],
    ["an instance names one that its agent is no member of", [asInstance, removed], false],
    ["the organisation has left", [left], false],
    ["the workgroup is dissolved", [dissolved], false],
  ])("%s", (_title, tunes, is) => {
    const verdict = requiring((scene) => {
      for (const tune of tunes) tune(scene);
    });
    expect(verdict.verdict === "accepted").toBe(is);
    if (!is) expect(verdict).toMatchObject({ refusal: aboutTerms.requiredWorkgroupsAreSeen.refusal });
  });
});

test("what a key has signed that was replaced since binds nobody [STM-1]", () => {
  const verdict = verdictOf("contract.create", (scene) => {
    const statement = { ...scene.command.statement, thumbprint: thumbprintOf(north1) };
    amend(scene, { statement });
  });
  expect(verdict).toMatchObject({ refusal: { code: "key.replaced" } });
});
