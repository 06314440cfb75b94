import { limits, type Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { cause } from "../testing/asked.js";
import { iceDigest, iceTerms, signedTerms } from "../testing/asked-contracts.js";
import { bea, borealis, idOf, north1, now } from "../testing/cast.js";
import { city, spareContract, weatherContract, weatherDigest } from "../testing/city.js";
import {
  aboutTerms,
  fillVersions,
  isAdminOrInstance,
  isSigned,
  keyIsCurrent,
  versionOf,
} from "../testing/contract-scenes.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { get, patch, put } from "../testing/world.js";

const stream = `org:${borealis}`;

const contractIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<"contract.version"> | Scene<"contract.delete">) =>
    amend(scene as Scene<"contract.delete">, { contract: idOf("contract", 404) }),
} as const;

judged("contract.version", {
  checks: {
    callerStands,
    contractIsSeen,
    contractIsNotDeleted: {
      refusal: { code: "not-found" },
      spoil: ({ world }) => patch(world, "contracts", { id: weatherContract }, { state: "deleted" }),
    },
    isAdminOrInstance,
    keyIsCurrent,
    versionIsSigned: isSigned,
    ...aboutTerms,
    versionsLeft: {
      refusal: { code: "limit.reached", rule: "versionsPerContract", limit: 1_000, used: 1_000 },
      spoil: (scene) => fillVersions(scene, limits.versionsPerContract),
    },
  },
});

judged("contract.delete", {
  checks: {
    callerStands,
    contractIsSeen,
    isAdminOrInstance,
    contractIsNotInUse: {
      refusal: { code: "contract.in-use", used: 1 },
      spoil: (scene) => amend(scene, { contract: weatherContract }),
    },
  },
});

describe("a version", () => {
  test("is one fact, with the next number; those before it stay as they are [CON-4]", () => {
    const scene = sceneOf("contract.version");
    const before = get(scene.world, "contractVersions", { contract: weatherContract, number: 1 });
    const version = versionOf({ number: 2, statement: "signed-weather-terms" });
    expect(settle(scene.world, scene.command, now)).toMatchObject({
      answer: { repeated: false, version, contract: { id: weatherContract, latest: 2 } },
      facts: [
        {
          stream,
          kind: "contract.versioned",
          content: { actor: bea, subject: weatherContract, data: { version } },
        },
      ],
      work: [],
    });
    expect(get(scene.world, "contractVersions", { contract: weatherContract, number: 1 })).toEqual(before);
    expect(get(scene.world, "contractVersions", { contract: weatherContract, number: 2 })).toEqual(version);
  });

  test.each<[string, (scene: Scene<"contract.version">) => void]>([
    ["by the same", () => undefined],
    ["by an instance", (scene) => speakAs(scene, north1)],
    ["where no version is left", (scene) => fillVersions(scene, limits.versionsPerContract)],
  ])("of the same terms is the one that is there: %s [CON-5]", (_title, tune) => {
    const verdict = verdictOf("contract.version", (scene) => {
      amend(scene, { termsDigest: weatherDigest, statement: signedTerms("weather-terms", weatherDigest) });
      tune(scene);
    });
    const answer = { repeated: true, version: { number: 1, termsDigest: weatherDigest } };
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], answer });
  });

  test("of terms that another contract has is its own", () => {
    const verdict = verdictOf("contract.version", ({ world }) => {
      put(world, "contractVersions", versionOf({ contract: spareContract }));
    });
    expect(verdict).toMatchObject({
      answer: { repeated: false, version: { contract: weatherContract, number: 2 } },
    });
  });

  test("is the last one that the limit allows [LIM-1]", () => {
    const verdict = verdictOf("contract.version", (scene) =>
      fillVersions(scene, limits.versionsPerContract - 1),
    );
    expect(verdict).toMatchObject({ answer: { version: { number: limits.versionsPerContract } } });
  });

  test("of terms that were tried out, without trying, promotes them [CON-7]", () => {
    const trying: Terms = {
      ...iceTerms,
      observe: { until: new Date(now + 1_000).toISOString(), terms: ["messageTypes"] },
    };
    const { world, command } = sceneOf("contract.version");
    const first = {
      ...command,
      terms: trying,
      termsDigest: "trying",
      statement: signedTerms("weather-terms", "trying"),
    };
    settle(world, first, now);
    const promoted = settle(world, command, now + 5_000);
    expect(promoted).toMatchObject({
      answer: { repeated: false, version: { number: 3, terms: { observe: null } } },
    });
  });
});

describe("deleting a contract [CON-8]", () => {
  test("is one fact; again is a success that changes nothing", () => {
    const scene = sceneOf("contract.delete");
    const told = { actor: bea, cause, subject: spareContract, data: { contract: spareContract } };
    const answer = { contract: { id: spareContract, state: "deleted" } };
    const first = settle(scene.world, scene.command, now);
    expect(first).toMatchObject({ answer, facts: [{ stream, kind: "contract.deleted", content: told }] });
    expect(settle(scene.world, scene.command, now + 1)).toMatchObject({ answer, facts: [], work: [] });
  });

  test("leaves its name to a new one, and takes no version any more", () => {
    const world = city();
    settle(world, sceneOf("contract.delete").command, now);
    const named = { name: "spare-terms", statement: signedTerms("spare-terms", iceDigest) };
    expect(settle(world, { ...sceneOf("contract.create").command, ...named }, now).verdict).toBe("accepted");
    const late = {
      ...sceneOf("contract.version").command,
      contract: spareContract,
      statement: named.statement,
    };
    expect(settle(world, late, now)).toMatchObject({ refusal: { code: "not-found" } });
  });

  test("waits until the last advertisement that names any version of it is retracted", () => {
    const world = city();
    const deleting = { ...sceneOf("contract.delete").command, contract: weatherContract };
    settle(world, sceneOf("contract.version").command, now);
    expect(settle(world, deleting, now)).toMatchObject({ refusal: { code: "contract.in-use", used: 1 } });
    settle(world, sceneOf("advertisement.retract").command, now);
    expect(settle(world, deleting, now).verdict).toBe("accepted");
  });
});
