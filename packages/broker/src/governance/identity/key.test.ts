import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { acme, day, hour, keyRow, north1, now, root, scout1, scout2, thumbprintOf } from "../testing/cast.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, sceneOf, speakAs } from "../testing/scene.js";
import { put, type World } from "../testing/world.js";

const stream = `org:${acme}`;

function replacedBefore(world: World, count: number, since: number): void {
  for (let n = 0; n < count; n++) {
    put(
      world,
      "principalKeys",
      keyRow(scout1, { thumbprint: `old ${n}`, state: "replaced", since, token: null }),
    );
  }
}

judged("key.replace", {
  checks: {
    callerStands,
    oldKeyIsCurrent: {
      refusal: { code: "access.proof" },
      spoil: (scene) => amend(scene, { old: thumbprintOf(scout2) }),
    },
    newKeyIsFree: {
      refusal: { code: "key.taken" },
      spoil: (scene) => amend(scene, { thumbprint: thumbprintOf(north1) }),
    },
    replacementsLeft: {
      refusal: { code: "key.too-often", rule: "keyReplacementsPerDay", limit: 100, used: 100 },
      spoil: ({ world }) => replacedBefore(world, limits.keyReplacementsPerDay, now - hour),
    },
  },
});

describe("replacing a key: the new one signed by the old [ID-10]", () => {
  const key = {
    thumbprint: "fresh",
    principal: scout1,
    x: "x-of-fresh",
    state: "current",
    since: now,
    replacedAt: null,
    token: null,
  };
  const accepted = {
    verdict: "accepted",
    answer: { thumbprint: "fresh" },
    facts: [
      {
        stream,
        kind: "key.replaced",
        content: {
          actor: scout1,
          subject: scout1,
          cause,
          data: { principal: scout1, old: thumbprintOf(scout1), key },
        },
      },
    ],
    work: [],
    cuts: [],
    sweeps: [],
    payloads: [],
  };

  test("is one fact", () => {
    expect(verdictOf("key.replace")).toEqual(accepted);
  });

  test("again, it is a success that changes nothing", () => {
    const { world, command } = sceneOf("key.replace");
    settle(world, command, now);
    expect(settle(world, command, now + 1)).toEqual({ ...accepted, facts: [] });
  });

  test("an old key is replaced once", () => {
    const { world, command } = sceneOf("key.replace");
    settle(world, command, now);
    expect(settle(world, { ...command, thumbprint: "fresher" }, now)).toMatchObject({
      refusal: { code: "key.replaced" },
    });
  });

  test("a key cannot replace itself", () => {
    const verdict = verdictOf("key.replace", (scene) => amend(scene, { thumbprint: scene.command.old }));
    expect(verdict).toMatchObject({ refusal: { code: "key.taken" } });
  });

  test("the hundredth of a day is made, and a day later there is room again [LIM-1]", () => {
    const after = (count: number, since: number) =>
      verdictOf("key.replace", ({ world }) => replacedBefore(world, count, since)).verdict;
    expect(after(limits.keyReplacementsPerDay - 1, now - hour)).toBe("accepted");
    expect(after(limits.keyReplacementsPerDay, now - day + 1)).toBe("refused");
    expect(after(limits.keyReplacementsPerDay, now - day)).toBe("accepted");
  });

  test("the platform's operators replace theirs in the broker's own stream", () => {
    const verdict = verdictOf("key.replace", (scene) => {
      speakAs(scene, root);
      amend(scene, { old: thumbprintOf(root) });
    });
    expect(verdict).toMatchObject({ facts: [{ stream: "platform" }] });
  });
});

describe("a thumbprint belongs to one principal for ever [ID-3]", () => {
  test.each([
    ["a key in use", thumbprintOf(north1)],
    ["the key that it has given up itself", thumbprintOf(scout1)],
  ])("%s is taken, for enrolling and for replacing", (_title, thumbprint) => {
    const { world, command } = sceneOf("key.replace");
    settle(world, command, now);
    const replacing = { ...command, old: "fresh", thumbprint };
    expect(settle(world, replacing, now + 400 * day)).toMatchObject({ refusal: { code: "key.taken" } });
    const enrolling = { ...asked["principal.enrol"], kind: "principal.enrol", thumbprint } as const;
    expect(settle(world, enrolling, now + 1)).toMatchObject({ refusal: { code: "key.taken" } });
  });

  test("also when the principal that had it is revoked", () => {
    const { world, command } = sceneOf("instance.revoke");
    settle(world, command, now);
    const enrolling = {
      ...asked["principal.enrol"],
      kind: "principal.enrol",
      thumbprint: thumbprintOf(scout1),
    } as const;
    expect(settle(world, enrolling, now + 1)).toMatchObject({ refusal: { code: "key.taken" } });
  });
});
