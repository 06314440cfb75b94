import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "./testing/asked.js";
import {
  abe,
  acme,
  ada,
  auditor,
  day,
  hour,
  idOf,
  minute,
  north1,
  now,
  root,
  ruth,
  scout1,
  scout2,
  thumbprintOf,
} from "./testing/cast.js";
import { settle, verdictOf } from "./testing/decide.js";
import { judged } from "./testing/judged.js";
import { amend, type Scene, sceneOf } from "./testing/scene.js";
import { get, patch, put } from "./testing/world.js";

const stream = `org:${acme}`;

judged("token.grant", {
  checks: {
    keyIsOfPrincipal: {
      refusal: { code: "assertion.invalid" },
      spoil: (scene) => amend(scene, { principal: scout2 }),
    },
    speakerStands: {
      refusal: { code: "identity.suspended" },
      spoil: ({ world }) => patch(world, "instances", { id: scout1 }, { standing: "suspended" }),
    },
    leaseLasts: {
      refusal: { code: "identity.expired" },
      spoil({ world }) {
        world.rows.connections.clear();
        put(world, "seen", { principal: scout1, seenAt: now - 31 * day, connectedAt: null });
        patch(world, "instances", { id: scout1 }, { enrolledAt: now - 60 * day });
      },
    },
  },
});

describe("granting access", () => {
  const seen = (seenAt: number) => [
    { do: "put", table: "seen", row: { principal: scout1, seenAt, connectedAt: null } },
  ];

  test("tells the generations that the token is bound to, and that it was seen", () => {
    const verdict = verdictOf("token.grant", ({ world }) => {
      patch(world, "organisations", { id: acme }, { generation: 5 });
      patch(world, "instances", { id: scout1 }, { generation: 7 });
    });
    expect(verdict).toEqual({
      verdict: "accepted",
      answer: { generation: expect.stringMatching(/^5\.0\.7\b/) },
      facts: [],
      work: seen(now),
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    [minute - 1, []],
    [minute, seen(now)],
  ])("seen to the minute: %i ms after it was", (passed, work) => {
    const verdict = verdictOf("token.grant", ({ world }) =>
      put(world, "seen", { principal: scout1, seenAt: now - passed, connectedAt: null }),
    );
    expect(verdict.work).toEqual(work);
  });

  test("a foreign assertion is recorded at whose key it was [ID-5]", () => {
    const verdict = verdictOf("token.grant", (scene) => amend(scene, { principal: north1 }));
    expect(verdict).toMatchObject({ verdict: "refused", refusal: { code: "assertion.invalid" } });
    expect(verdict.facts).toMatchObject([
      {
        stream,
        kind: "request.refused",
        content: { actor: scout1, subject: scout1, data: { code: "assertion.invalid" } },
      },
    ]);
  });

  test("a key that nobody has is recorded nowhere, whoever is named", () => {
    const verdict = verdictOf("token.grant", (scene) => amend(scene, { thumbprint: "nobody's" }));
    expect(verdict).toEqual({
      verdict: "refused",
      refusal: { code: "assertion.invalid" },
      facts: [],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("a lease that has ended is honoured though the timer is late, and the timer then says so [ID-12]", () => {
    const { world, command } = sceneOf("token.grant");
    world.rows.connections.clear();
    const end = now - 2 * hour + limits.leaseSeconds * 1_000;
    expect(settle(world, command, end)).toMatchObject({
      refusal: { code: "identity.expired" },
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    expect(settle(world, { kind: "instance.expire", ...asked["instance.expire"] }, end)).toMatchObject({
      answer: { expired: true },
    });
    expect(get(world, "instances", { id: scout1 })?.standing).toBe("expired");
  });

  test("a millisecond before, it is seen and lives on", () => {
    const { world, command } = sceneOf("token.grant");
    world.rows.connections.clear();
    const end = now - 2 * hour + limits.leaseSeconds * 1_000;
    expect(settle(world, command, end - 1).verdict).toBe("accepted");
    expect(settle(world, { kind: "instance.expire", ...asked["instance.expire"] }, end)).toMatchObject({
      answer: { expired: false },
    });
  });
});

describe("a replaced key [ID-11]", () => {
  const grace = limits.replacedKeyGraceSeconds * 1_000;
  type Who = typeof scout1 | typeof ada;
  /** The key of this principal, replaced so long ago, asks for access. */
  const use = (principal: Who, ago: number, tune: (scene: Scene<"token.grant">) => void = () => undefined) =>
    verdictOf("token.grant", (scene) => {
      patch(
        scene.world,
        "principalKeys",
        { thumbprint: thumbprintOf(principal) },
        { state: "replaced", replacedAt: now - ago },
      );
      amend(scene, { principal, thumbprint: thumbprintOf(principal) });
      tune(scene);
    });
  const kindsOf = (verdict: { readonly facts: readonly { readonly kind: string }[] }) =>
    verdict.facts.map(({ kind }) => kind);

  test.each([0, grace])("gets no token, and %i ms after its replacement nothing else happens", (ago) => {
    const verdict = use(scout1, ago);
    expect(verdict).toMatchObject({ refusal: { code: "key.replaced" }, cuts: [], sweeps: [] });
    expect(kindsOf(verdict)).toEqual(["request.refused"]);
  });

  test("later than ten minutes it raises an alert and suspends the instance", () => {
    const verdict = use(scout1, grace + 1);
    const alert = {
      id: idOf("alert", 500),
      organisation: acme,
      kind: "replaced-key-used",
      subject: scout1,
      detail: `key ${thumbprintOf(scout1)}, replaced ${new Date(now - grace - 1).toISOString()}, was used again`,
      raisedAt: now,
    };
    const told = { actor: "broker", subject: scout1, cause };
    const data = { instance: scout1, generation: 1, why: "replaced-key-used" };
    expect(verdict).toMatchObject({
      verdict: "refused",
      refusal: { code: "key.replaced" },
      cuts: [{ scope: "principal", id: scout1, reason: "suspended" }],
      sweeps: [{ by: "instance", of: scout1, reason: "identity_suspended" }],
      payloads: [],
    });
    expect(verdict.facts.slice(0, 2)).toEqual([
      { stream, kind: "alert.raised", content: { ...told, data: { alert } } },
      { stream, kind: "instance.suspended", content: { ...told, data } },
    ]);
    expect(kindsOf(verdict)).toEqual([
      "alert.raised",
      "instance.suspended",
      "sweep.began",
      "request.refused",
    ]);
  });

  test.each([
    ["an auditor", auditor, acme],
    ["an admin that is not the last", ada, acme],
    ["a platform operator that is not the last", root, null],
  ] as const)("%s is suspended as well", (_title, who, organisation) => {
    const verdict = use(who, grace + 1);
    const home = organisation === null ? "platform" : `org:${organisation}`;
    expect(verdict.facts[1]).toMatchObject({
      stream: home,
      kind: "operator.suspended",
      content: { actor: "broker", data: { operator: who, generation: 1, version: 2 } },
    });
  });

  const alone = (who: Who) => (scene: Scene) =>
    patch(scene.world, "operators", { id: who === ada ? abe : ruth }, { standing: "suspended" });

  test.each([ada, root])("the last admin %s is not suspended: nobody could resume it", (who) => {
    const verdict = use(who, grace + 1, alone(who));
    expect(kindsOf(verdict)).toEqual(["alert.raised", "request.refused"]);
    expect(verdict.cuts).toEqual([]);
  });

  test("who cannot be suspended cannot fill the record with alerts: no more than refusals are told singly", () => {
    const scene = sceneOf("token.grant");
    patch(
      scene.world,
      "principalKeys",
      { thumbprint: thumbprintOf(ada) },
      { state: "replaced", replacedAt: now - hour },
    );
    amend(scene, { principal: ada, thumbprint: thumbprintOf(ada) });
    alone(ada)(scene);
    const inOneMinute = Array.from({ length: 30 }, () => kindsOf(settle(scene.world, scene.command, now)));
    const alerts = inOneMinute.flat().filter((kind) => kind === "alert.raised");
    expect(alerts).toHaveLength(limits.refusalsRecordedPerMinute);
    expect(kindsOf(settle(scene.world, scene.command, now + minute))).toContain("alert.raised");
  });

  test("who is suspended already is told so, and raises no further alert", () => {
    const { world, command } = sceneOf("token.grant");
    patch(
      world,
      "principalKeys",
      { thumbprint: thumbprintOf(scout1) },
      { state: "replaced", replacedAt: now - hour },
    );
    settle(world, command, now);
    expect(settle(world, command, now)).toMatchObject({
      refusal: { code: "identity.suspended" },
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    expect(world.rows.alerts.size).toBe(1);
  });
});
