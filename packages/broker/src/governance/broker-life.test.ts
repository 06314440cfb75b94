import { describe, expect, test } from "vitest";
import type { Operator } from "./entities.js";
import { asked, cause, newToken } from "./testing/asked.js";
import {
  ada,
  digestOf,
  hour,
  idOf,
  north1,
  now,
  operatorRow,
  pip,
  pipToken,
  root,
  ruth,
  scout,
  scout1,
  scoutToken,
  tokenRow,
} from "./testing/cast.js";
import * as city from "./testing/city.js";
import { settle, verdictOf } from "./testing/decide.js";
import { judged } from "./testing/judged.js";
import { amend, callerStands, type Scene, sceneOf, speakAs } from "./testing/scene.js";
import { beganBy } from "./testing/swept.js";
import { get, patch, put } from "./testing/world.js";

const stream = "platform";
const nothingElse = { work: [], payloads: [], cuts: [], sweeps: [] };
const byBroker = (subject: string) => ({ actor: "broker", cause, subject });

judged("broker-key.rotate", {
  checks: {
    callerStands,
    isPlatform: {
      refusal: { code: "role.missing", rule: "platform" },
      spoil: (scene) => speakAs(scene, ada),
    },
  },
});

test("rotating a key of the broker is one fact of its own stream", () => {
  expect(verdictOf("broker-key.rotate")).toEqual({
    verdict: "accepted",
    answer: { kid: "kid-2" },
    facts: [
      {
        stream,
        kind: "broker-key.rotated",
        content: { actor: root, cause, subject: "kid-2", data: { use: "access", kid: "kid-2" } },
      },
    ],
    ...nothingElse,
  });
});

describe("the broker's start", () => {
  const { operator: first } = asked["broker.start"].platform;
  const started = (era: number) => ({
    stream,
    kind: "broker.started",
    content: { ...byBroker("broker"), data: { era, version: "1.2.3" } },
  });
  const closedAt = (instance: typeof scout1, changedAt: number) => ({
    do: "put",
    table: "connections",
    row: {
      ...get(sceneOf("broker.start").world, "connections", { instance }),
      ...{ state: "closed", changedAt },
    },
  });
  const seen = { do: "put", table: "seen", row: { principal: scout1, seenAt: now, connectedAt: now } };

  const lookedAt = {
    do: "put",
    table: "deadlines",
    row: { kind: "session.expire", subject: city.active, dueAt: now + 86_400_000 },
  };

  const areOut =
    (...out: readonly (typeof scout1)[]) =>
    ({ world }: Scene) => {
      for (const instance of out) patch(world, "connections", { instance }, { state: "closed" });
    };

  test("is a fact, and ends the connections that the last one left", () => {
    expect(verdictOf("broker.start", areOut(north1))).toEqual({
      verdict: "accepted",
      answer: { era: 1, platformToken: null },
      facts: [started(1)],
      work: [closedAt(scout1, now), seen, lookedAt, closedAt(north1, now)],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("leaves alone what was closed already, of an instance that holds nothing", () => {
    const verdict = verdictOf("broker.start", (scene) => {
      areOut(scout1, north1)(scene);
      for (const side of scene.world.rows.sides.values())
        put(scene.world, "sides", { ...side, joinedAt: null });
    });
    expect(verdict.work).toEqual([]);
  });

  const invitation = (era: number) => {
    const operator = {
      ...operatorRow(first, null, "platform", { era, name: "platform", createdAt: now }),
      thumbprint: null,
      enrolledAt: null,
    };
    const token = {
      ...tokenRow(newToken.id, null, first, null),
      digest: newToken.digest,
      era,
      uses: 1,
      usesLeft: 1,
      mintedAt: now,
      notBefore: now,
      expiresAt: now + hour,
    };
    return {
      token,
      facts: [
        { stream, kind: "operator.invited", content: { ...byBroker(first), data: { operator } } },
        { stream, kind: "enrolment-token.minted", content: { ...byBroker(token.id), data: { token } } },
      ],
    };
  };
  const noneCanAct = ({ world }: Scene) => {
    for (const id of [root, ruth]) patch(world, "operators", { id }, { standing: "suspended" });
  };

  test("as long as no platform operator can act, makes one token for the first one, voids those before [ID-6]", () => {
    const { token, facts } = invitation(1);
    const verdict = verdictOf("broker.start", noneCanAct);
    const voided = [
      {
        stream,
        kind: "enrolment-token.voided",
        content: { ...byBroker(pipToken), data: { token: pipToken } },
      },
      {
        stream,
        kind: "operator.revoked",
        content: { ...byBroker(pip), data: { operator: pip, generation: 1, version: 2 } },
      },
    ];
    expect(verdict).toMatchObject({ answer: { era: 1, platformToken: token } });
    expect(verdict.facts).toEqual([started(1), ...voided, ...facts]);
  });

  test("each start voids what the one before has made [ID-6]", () => {
    const { world, command } = sceneOf("broker.start");
    world.rows.operators.clear();
    world.rows.enrolmentTokens.clear();
    const platform = (n: number) => ({
      operator: idOf("operator", n),
      token: { ...newToken, id: idOf("enrolmentToken", n), digest: digestOf(`start ${n}`) },
    });
    for (const n of [601, 602, 603]) {
      const verdict = settle(world, { ...command, platform: platform(n) }, now + n);
      expect(verdict).toMatchObject({ answer: { platformToken: { id: idOf("enrolmentToken", n) } } });
    }
    const redeem = (n: number) =>
      settle(
        world,
        {
          ...asked["principal.enrol"],
          kind: "principal.enrol",
          tokenDigest: digestOf(`start ${n}`),
          thumbprint: `key ${n}`,
        },
        now + 1_000,
      );
    expect(redeem(601)).toMatchObject({ refusal: { code: "enrolment.invalid" } });
    expect(redeem(602)).toMatchObject({ refusal: { code: "enrolment.invalid" } });
    expect(redeem(603)).toMatchObject({ answer: { kind: "operator", organisation: null } });
    expect(settle(world, { ...command, platform: platform(604) }, now + 2_000)).toMatchObject({
      answer: { platformToken: null },
    });
  });

  const pipIs = (set: Partial<Operator>) => (scene: Scene) => {
    noneCanAct(scene);
    patch(scene.world, "operators", { id: pip }, set);
  };

  test("what it revokes was never lower: generation and version rise from where they are", () => {
    const verdict = verdictOf("broker.start", pipIs({ standing: "suspended", generation: 5, version: 9 }));
    expect(verdict.facts).toContainEqual({
      stream,
      kind: "operator.revoked",
      content: { ...byBroker(pip), data: { operator: pip, generation: 6, version: 10 } },
    });
  });

  test.each([
    ["was revoked before", { standing: "revoked", generation: 1, version: 2 }],
    ["has a key by now", { enrolledAt: now - 1, thumbprint: "t", standing: "suspended" }],
  ] as const)("who %s is not revoked with its token", (_title, set) => {
    const verdict = verdictOf("broker.start", pipIs(set));
    const kinds = verdict.facts.map(({ kind }) => kind);
    expect(kinds).toContain("enrolment-token.voided");
    expect(kinds).not.toContain("operator.revoked");
  });

  test("whoever was connected when the broker fell was seen until then, not until now [ID-12]", () => {
    const lastAt = now - 90_000_000;
    const { work } = verdictOf("broker.start", (scene) => amend(scene, { lastAt }));
    const seenThen = work.flatMap((change) =>
      change.table === "seen" && "row" in change ? [change.row] : [],
    );
    expect(seenThen.map(({ seenAt, connectedAt }) => [seenAt, connectedAt])).toEqual([
      [lastAt, lastAt],
      [lastAt, lastAt],
    ]);
  });

  test("a platform recovery makes a token although somebody could act", () => {
    const verdict = verdictOf("broker.start", (scene) => amend(scene, { recover: "platform" }));
    expect(verdict).toMatchObject({ answer: { era: 1, platformToken: { for: first, mintedBy: null } } });
  });

  describe("going on from an older record begins a new era [ID-19]", () => {
    const recovered = () => {
      const scene = sceneOf("broker.start");
      amend(scene, { recover: "record" });
      return { ...scene, verdict: settle(scene.world, scene.command, now) };
    };

    test("it is a fact, before that of the start, and makes a token of that era", () => {
      const { verdict } = recovered();
      const { token, facts } = invitation(2);
      expect(verdict).toMatchObject({ answer: { era: 2, platformToken: token } });
      expect(verdict.facts.slice(0, 3)).toEqual([
        { stream, kind: "era.began", content: { ...byBroker("broker"), data: { era: 2 } } },
        beganBy("broker", null, { by: "era", of: "2", reason: "record_restored" }).fact,
        started(2),
      ]);
      expect(verdict.facts.slice(-2)).toEqual(facts);
    });

    test("comes after every era that was seen outside the store: none is ever lived twice", () => {
      const verdict = verdictOf("broker.start", (scene) => amend(scene, { recover: "record", eraAfter: 7 }));
      expect(verdict).toMatchObject({ answer: { era: 8 } });
      const without = verdictOf("broker.start", (scene) => amend(scene, { recover: "none", eraAfter: 7 }));
      expect(without).toMatchObject({ answer: { era: 1 } });
    });

    test.each([root, ada, scout1])("every principal counts as suspended: %s", (principal) => {
      const { world } = recovered();
      const grant = { ...asked["token.grant"], principal, thumbprint: `key-of-${principal}` };
      expect(settle(world, { kind: "token.grant", ...grant }, now + 1)).toMatchObject({
        refusal: { code: "identity.suspended" },
      });
    });

    test("every enrolment token is void", () => {
      const { world } = recovered();
      for (const tokenDigest of [digestOf(scoutToken), digestOf(pipToken)]) {
        const redeem = { ...asked["principal.enrol"], kind: "principal.enrol", tokenDigest } as const;
        expect(settle(world, redeem, now + 1)).toMatchObject({ refusal: { code: "enrolment.invalid" } });
      }
    });

    test("no access token of before speaks again, although no generation has risen [ID-21]", () => {
      const { world } = recovered();
      const speaking = sceneOf("agent.suspend").command;
      expect(settle(world, speaking, now + 1)).toMatchObject({ refusal: { code: "identity.suspended" } });
      patch(world, "operators", { id: ada }, { era: 2 });
      expect(settle(world, speaking, now + 2)).toMatchObject({ refusal: { code: "access.invalid" } });
      expect(get(world, "agents", { id: scout })?.standing).toBe("active");
    });

    test("the start after it makes another token, until somebody has redeemed one", () => {
      const { world, command } = recovered();
      const platform = {
        operator: idOf("operator", 601),
        token: { ...newToken, id: idOf("enrolmentToken", 601), digest: "d" },
      };
      const next = settle(world, { ...command, recover: "none", platform }, now + hour / 2);
      expect(next).toMatchObject({ answer: { era: 2, platformToken: { for: idOf("operator", 601) } } });
    });
  });
});
