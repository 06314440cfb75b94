import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import {
  acme,
  ada,
  day,
  enroller,
  hour,
  instanceRow,
  miner1,
  north1,
  now,
  scout,
  scout1,
  scout2,
} from "../testing/cast.js";
import { settle, verdictOf } from "../testing/decide.js";
import { type Judged, judged } from "../testing/judged.js";
import { amend, callerStands, isAdmin, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { beganBy } from "../testing/swept.js";
import { get, patch, put } from "../testing/world.js";

type Kind = "instance.suspend" | "instance.resume" | "instance.revoke";

const instanceIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<Kind>) => amend(scene, { instance: north1 }),
} as const;
const isNotFinal = {
  refusal: { code: "standing.final" },
  spoil: ({ world, command }: Scene<Kind>) =>
    patch(world, "instances", { id: command.instance }, { standing: "expired" }),
} as const;
const checks = { callerStands, instanceIsSeen, isAdmin, isNotFinal } as unknown as Judged<Kind>["checks"];

judged("instance.suspend", { checks });
judged("instance.resume", { checks });
judged("instance.revoke", { checks });

const stream = `org:${acme}`;

describe("the standing of an instance", () => {
  const before = instanceRow(scout1, scout, acme);
  const told = { actor: ada, cause, subject: scout1 };

  test.each([
    ["instance.suspend", "suspended", "instance.suspended", { why: "operator" }],
    ["instance.revoke", "revoked", "instance.revoked", {}],
  ] as const)(
    "%s is one fact that raises the generation, and cuts its socket",
    (kind, standing, past, why) => {
      const swept = beganBy(ada, acme, { by: "instance", of: scout1, reason: `identity_${standing}` });
      expect(verdictOf(kind)).toEqual({
        verdict: "accepted",
        answer: { instance: { ...before, standing, generation: 1, takenAt: now } },
        facts: [
          { stream, kind: past, content: { ...told, data: { instance: scout1, generation: 1, ...why } } },
          swept.fact,
        ],
        work: [],
        cuts: [{ scope: "principal", id: scout1, reason: standing }],
        sweeps: [swept.sweep],
        payloads: [],
      });
    },
  );

  test("instance.resume gives back the standing, in this era, not the generation", () => {
    const verdict = verdictOf("instance.resume", ({ world }) => {
      world.era = 2;
      patch(world, "operators", { id: ada }, { era: 2 });
      patch(world, "instances", { id: scout1 }, { standing: "suspended", generation: 2 });
    });
    // The caller's token was of the era before.
    expect(verdict).toMatchObject({ refusal: { code: "access.invalid" } });
    const fresh = verdictOf("instance.resume", (scene) => {
      scene.world.era = 2;
      patch(scene.world, "operators", { id: ada }, { era: 2 });
      patch(scene.world, "instances", { id: scout1 }, { standing: "suspended", generation: 2 });
      speakAs(scene, ada);
    });
    expect(fresh).toEqual({
      verdict: "accepted",
      answer: { instance: { ...before, era: 2, generation: 2 } },
      facts: [{ stream, kind: "instance.resumed", content: { ...told, data: { instance: scout1, era: 2 } } }],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("one that is active but of an earlier era counts as suspended, and is resumed by a fact [ID-20]", () => {
    const verdict = verdictOf("instance.resume", (scene) => {
      scene.world.era = 2;
      patch(scene.world, "operators", { id: ada }, { era: 2 });
      speakAs(scene, ada);
    });
    expect(verdict).toMatchObject({ facts: [{ kind: "instance.resumed" }] });
  });

  test.each([
    ["instance.suspend", "suspended"],
    ["instance.resume", "active"],
    ["instance.revoke", "revoked"],
  ] as const)("%s of what is %s already is a success that changes nothing", (kind, standing) => {
    const verdict = verdictOf(kind, ({ world }) => patch(world, "instances", { id: scout1 }, { standing }));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [], sweeps: [] });
  });

  test("it touches no sibling", () => {
    const { world, command } = sceneOf("instance.revoke");
    settle(world, command, now);
    expect(get(world, "instances", { id: scout2 })).toEqual(instanceRow(scout2, scout, acme));
    const grant = {
      ...asked["token.grant"],
      kind: "token.grant",
      principal: scout2,
      thumbprint: `key-of-${scout2}`,
    } as const;
    expect(settle(world, grant, now).verdict).toBe("accepted");
  });

  test.each([
    ["an instance sees itself", scout1, scout1, "role.missing"],
    ["an instance sees no sibling", scout1, scout2, "not-found"],
    ["an enroller sees no instance", enroller, miner1, "not-found"],
  ] as const)("%s [API-4]", (_title, caller, instance, code) => {
    const verdict = verdictOf("instance.suspend", (scene) => {
      speakAs(scene, caller);
      amend(scene, { instance });
    });
    expect(verdict).toMatchObject({ refusal: { code } });
  });
});

describe("an instance that was not seen for 30 days expires, an ephemeral one an hour after its connection [ID-12]", () => {
  const done = { do: "drop", table: "deadlines", key: { kind: "instance.expire", subject: scout1 } };
  const later = (dueAt: number) => ({
    do: "put",
    table: "deadlines",
    row: { kind: "instance.expire", subject: scout1, dueAt },
  });
  interface Life {
    readonly ephemeral?: boolean;
    readonly seenAt?: number;
    readonly connectedAt?: number | null;
    readonly open?: boolean;
  }
  const expireAt = (at: number, { ephemeral = false, seenAt, connectedAt = null, open = false }: Life) =>
    verdictOf("instance.expire", (scene) => {
      const { world } = scene;
      patch(world, "instances", { id: scout1 }, { ephemeral, enrolledAt: now });
      if (seenAt === undefined) world.rows.seen.clear();
      else put(world, "seen", { principal: scout1, seenAt, connectedAt });
      if (!open) world.rows.connections.clear();
      scene.now = at;
    });

  test.each([
    ["a lasting one that was seen", { seenAt: now + hour }, now + hour + limits.leaseSeconds * 1_000],
    ["a lasting one of which nothing is known", {}, now + limits.leaseSeconds * 1_000],
    ["an ephemeral one that never connected", { ephemeral: true, seenAt: now + hour }, now + hour],
    [
      "an ephemeral one that was connected",
      { ephemeral: true, seenAt: now + 9 * hour, connectedAt: now + 2 * hour },
      now + 3 * hour,
    ],
  ])("%s: not a millisecond before", (_title, life, end) => {
    expect(expireAt(end - 1, life)).toEqual({
      verdict: "accepted",
      answer: { expired: false },
      facts: [],
      work: [later(end)],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    const told = { actor: "broker", cause, subject: scout1 };
    expect(expireAt(end, life)).toEqual({
      verdict: "accepted",
      answer: { expired: true },
      facts: [
        { stream, kind: "instance.expired", content: { ...told, data: { instance: scout1, generation: 1 } } },
      ],
      work: [done],
      cuts: [{ scope: "principal", id: scout1, reason: "revoked" }],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    ["lasting", false, limits.leaseSeconds],
    ["ephemeral", true, limits.ephemeralSeconds],
  ])("a %s one that is connected does not expire, however long it is", (_title, ephemeral, seconds) => {
    const at = now + 100 * day;
    expect(expireAt(at, { ephemeral, seenAt: now, connectedAt: now, open: true })).toMatchObject({
      answer: { expired: false },
      work: [later(at + seconds * 1_000)],
    });
  });

  test.each(["revoked", "expired"] as const)("what is %s does not expire again", (standing) => {
    const verdict = verdictOf("instance.expire", (scene) => {
      patch(scene.world, "instances", { id: scout1 }, { standing });
      scene.now = now + 100 * day;
    });
    expect(verdict).toMatchObject({ answer: { expired: false }, facts: [], work: [done] });
  });

  test("a suspended one expires: it is not seen either", () => {
    const verdict = verdictOf("instance.expire", (scene) => {
      patch(scene.world, "instances", { id: scout1 }, { standing: "suspended", generation: 1 });
      scene.world.rows.connections.clear();
      scene.now = now + 100 * day;
    });
    expect(verdict).toMatchObject({
      facts: [{ kind: "instance.expired", content: { data: { generation: 2 } } }],
    });
  });

  test("a deadline of nobody goes", () => {
    const verdict = verdictOf("instance.expire", (scene) => scene.world.rows.instances.clear());
    expect(verdict).toMatchObject({ answer: { expired: false }, work: [done] });
  });

  test("expired is final: not resumed, not revoked", () => {
    for (const kind of ["instance.resume", "instance.revoke"] as const) {
      const verdict = verdictOf(kind, ({ world }) =>
        patch(world, "instances", { id: scout1 }, { standing: "expired" }),
      );
      expect(verdict).toMatchObject({ refusal: { code: "standing.final" } });
    }
  });
});
