import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { EnrolmentToken } from "../entities.js";
import { asked, cause } from "../testing/asked.js";
import {
  acme,
  digestOf,
  enroller,
  hour,
  instanceRow,
  ivy,
  ivyToken,
  now,
  pip,
  pipToken,
  scout,
  scout1,
  scoutToken,
  thumbprintOf,
} from "../testing/cast.js";
import { decide, settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, type Scene, sceneOf } from "../testing/scene.js";
import { patch, type World } from "../testing/world.js";

type Enrol = Scene<"principal.enrol">;

const setToken = ({ world }: Pick<Enrol, "world">, set: Partial<EnrolmentToken>) =>
  patch(world, "enrolmentTokens", { id: scoutToken }, set);

/** Those of other agents fill nothing of this one's. */
function fillInstances(world: World, upTo: number): void {
  const here = [...world.rows.instances.values()].filter(({ agent }) => agent === scout).length;
  const row = instanceRow(scout1, scout, acme);
  for (let n = here; n < upTo; n++) world.rows.instances.set(`filler ${n}`, row);
}

judged("principal.enrol", {
  checks: {
    tokenIsKnown: {
      refusal: { code: "enrolment.invalid" },
      spoil: (scene) => amend(scene, { tokenDigest: digestOf("nothing") }),
    },
    tokenIsNotVoid: {
      refusal: { code: "enrolment.invalid" },
      spoil: (scene) => setToken(scene, { voidedAt: now - 1 }),
    },
    organisationIsActive: {
      refusal: { code: "identity.suspended" },
      spoil: ({ world }) => patch(world, "organisations", { id: acme }, { standing: "suspended" }),
    },
    tokenHasUses: {
      refusal: { code: "enrolment.used" },
      spoil: (scene) => setToken(scene, { usesLeft: 0 }),
    },
    operatorIsNew: {
      refusal: { code: "enrolment.used" },
      spoil(scene) {
        setToken(scene, { for: enroller });
      },
    },
    tokenIsNotExpired: {
      refusal: { code: "enrolment.expired" },
      spoil: (scene) => setToken(scene, { expiresAt: now }),
    },
    tokenWorksYet: {
      refusal: { code: "enrolment.not-yet", retryAfterMs: 1 },
      spoil: (scene) => setToken(scene, { notBefore: now + 1 }),
    },
    keyIsFree: {
      refusal: { code: "key.taken" },
      spoil: (scene) => amend(scene, { thumbprint: thumbprintOf(scout1) }),
    },
    instancesLeft: {
      refusal: { code: "limit.reached", rule: "instancesPerAgent", limit: 10_000, used: 10_000 },
      spoil: ({ world }) => fillInstances(world, limits.instancesPerAgent),
    },
  },
  apart: {
    "tokenIsNotVoid after tokenIsKnown": "of an unknown token nothing else can be said",
    "organisationIsActive after tokenIsKnown": "of an unknown token nothing else can be said",
    "tokenHasUses after tokenIsKnown": "of an unknown token nothing else can be said",
    "operatorIsNew after tokenIsKnown": "of an unknown token nothing else can be said",
    "tokenIsNotExpired after tokenIsKnown": "of an unknown token nothing else can be said",
    "tokenWorksYet after tokenIsKnown": "of an unknown token nothing else can be said",
    "instancesLeft after operatorIsNew": "an operator has no instances",
  },
});

describe("redeeming an enrolment token", () => {
  const fresh = {
    thumbprint: "fresh",
    x: "x-of-fresh",
    state: "current",
    since: now,
    replacedAt: null,
  } as const;

  test("makes an instance of the agent, uses the token up by one, and sets its lease", () => {
    const { instance: id } = asked["principal.enrol"];
    const instance = { ...instanceRow(id, scout, acme), thumbprint: "fresh", enrolledAt: now };
    const key = { ...fresh, principal: id, token: scoutToken };
    const data = { instance, key, token: { id: scoutToken, usesLeft: 1 } };
    const dueAt = now + limits.leaseSeconds * 1_000;
    expect(verdictOf("principal.enrol")).toEqual({
      verdict: "accepted",
      answer: { kind: "instance", instance: id, agent: scout, organisation: acme },
      facts: [
        {
          stream: `org:${acme}`,
          kind: "instance.enrolled",
          content: { actor: scoutToken, cause, subject: id, data },
        },
      ],
      work: [
        { do: "put", table: "seen", row: { principal: id, seenAt: now, connectedAt: null } },
        { do: "put", table: "deadlines", row: { kind: "instance.expire", subject: id, dueAt } },
      ],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("an ephemeral one is given an hour, in the era of now", () => {
    const verdict = verdictOf("principal.enrol", (scene) => {
      scene.world.era = 3;
      setToken(scene, { ephemeral: true, era: 3 });
    });
    expect(verdict).toMatchObject({
      facts: [{ content: { data: { instance: { ephemeral: true, era: 3 } } } }],
      work: [{}, { row: { dueAt: now + hour } }],
    });
  });

  test.each([
    ["an organisation's operator", ivyToken, ivy, acme, `org:${acme}`],
    ["a platform operator", pipToken, pip, null, "platform"],
  ] as const)("gives %s its key", (_title, token, operator, organisation, stream) => {
    const key = { ...fresh, principal: operator, token };
    const data = {
      operator,
      version: 2,
      thumbprint: "fresh",
      enrolledAt: now,
      key,
      token: { id: token, usesLeft: 0 },
    };
    expect(verdictOf("principal.enrol", (scene) => amend(scene, { tokenDigest: digestOf(token) }))).toEqual({
      verdict: "accepted",
      answer: { kind: "operator", operator, organisation },
      facts: [
        { stream, kind: "operator.enrolled", content: { actor: token, cause, subject: operator, data } },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("an operator holds one key: a second use of its token is no second key, however many it has", () => {
    const { world, command } = sceneOf("principal.enrol");
    patch(world, "enrolmentTokens", { id: ivyToken }, { usesLeft: 5 });
    const ofIvy = { ...command, tokenDigest: digestOf(ivyToken) };
    expect(settle(world, ofIvy, now).verdict).toBe("accepted");
    expect(settle(world, { ...ofIvy, thumbprint: "another" }, now)).toMatchObject({
      refusal: { code: "enrolment.used" },
    });
  });

  test("the last instance that the limit allows is made; revoked and expired ones do not count [LIM-1]", () => {
    const { world, command } = sceneOf("principal.enrol");
    fillInstances(world, limits.instancesPerAgent - 1);
    world.rows.instances.set("gone", { ...instanceRow(scout1, scout, acme), standing: "revoked" });
    world.rows.instances.set("lost", { ...instanceRow(scout1, scout, acme), standing: "expired" });
    expect(decide(world, command, now).verdict.verdict).toBe("accepted");
  });

  test("a refused redemption is a fact, of the organisation whose token it is", () => {
    const verdict = verdictOf("principal.enrol", (scene) => setToken(scene, { usesLeft: 0 }));
    expect(verdict.facts).toEqual([
      {
        stream: `org:${acme}`,
        kind: "request.refused",
        content: {
          actor: scoutToken,
          subject: scoutToken,
          cause,
          data: { command: "principal.enrol", target: "", code: "enrolment.used", rule: null },
        },
      },
    ]);
  });

  test("a token that nobody minted leaves no trace: nobody is there to be told", () => {
    const verdict = verdictOf("principal.enrol", (scene) => amend(scene, { tokenDigest: digestOf("no") }));
    expect(verdict).toEqual({
      verdict: "refused",
      refusal: { code: "enrolment.invalid" },
      facts: [],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("whose key is tried is told only to who holds a token that works", () => {
    const taken = (set: Partial<EnrolmentToken>, thumbprint: string) =>
      verdictOf("principal.enrol", (scene) => {
        setToken(scene, set);
        amend(scene, { thumbprint });
      });
    for (const set of [{ voidedAt: 1 }, { usesLeft: 0 }, { expiresAt: now }, { notBefore: now + 1 }]) {
      expect(taken(set, thumbprintOf(scout1))).toEqual(taken(set, "fresh"));
    }
  });
});
