import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { cause, newToken } from "../testing/asked.js";
import {
  acme,
  ada,
  auditor,
  enroller,
  idOf,
  ivyToken,
  miner,
  minerToken,
  north,
  northToken,
  now,
  pipToken,
  root,
  scout,
  scout1,
  scoutToken,
  tokenRow,
} from "../testing/cast.js";
import { verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import {
  amend,
  callerStands,
  dropTokens,
  isAdmin,
  keyFits,
  openTokens,
  type Scene,
  speakAs,
} from "../testing/scene.js";
import { patch } from "../testing/world.js";

const stream = `org:${acme}`;

const agentIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<"agent.change"> | Scene<"enrolment-token.mint">) =>
    amend(scene as Scene<"agent.change">, { agent: north }),
} as const;

const agentIsNotFinal = {
  refusal: { code: "standing.final" },
  spoil: ({ world, command }: Scene<"agent.change"> | Scene<"enrolment-token.mint">) =>
    patch(world, "agents", { id: command.agent }, { standing: "revoked" }),
} as const;

judged("enrolment-token.mint", {
  checks: {
    callerStands,
    agentIsSeen,
    mayMint: {
      refusal: { code: "role.missing", rule: "enroller" },
      spoil: (scene) => speakAs(scene, auditor),
    },
    keyFits,
    agentIsNotFinal,
    agentIsActive: {
      refusal: { code: "agent.suspended" },
      spoil: ({ world }) => patch(world, "agents", { id: scout }, { standing: "suspended" }),
    },
    agentTokensLeft: {
      refusal: { code: "limit.reached", rule: "openEnrolmentTokensPerAgent", limit: 1_000, used: 1_000 },
      spoil({ world }) {
        dropTokens(world);
        openTokens(world, acme, scout, limits.openEnrolmentTokensPerAgent);
      },
    },
    tokensLeft: {
      refusal: {
        code: "limit.reached",
        rule: "openEnrolmentTokensPerOrganisation",
        limit: 10_000,
        used: 10_000,
      },
      spoil({ world }) {
        dropTokens(world);
        openTokens(world, acme, miner, limits.openEnrolmentTokensPerOrganisation);
      },
    },
  },
  apart: {
    "agentIsActive after agentIsNotFinal": "what is revoked is not suspended",
    "tokensLeft after agentTokensLeft":
      "made from the same tokens; the limits are tested beside each other below",
  },
});

judged("enrolment-token.void", {
  checks: {
    callerStands,
    tokenIsSeen: {
      refusal: { code: "not-found" },
      spoil: (scene) => amend(scene, { token: northToken }),
    },
    isAdminOrPlatform: isAdmin,
  },
});

describe("minting an enrolment token [ID-7]", () => {
  test("binds it to the generations of who mints and of what it is for", () => {
    const verdict = verdictOf("enrolment-token.mint", (scene) => {
      patch(scene.world, "operators", { id: enroller }, { generation: 3 });
      patch(scene.world, "agents", { id: scout }, { generation: 5 });
      speakAs(scene, enroller);
      amend(scene, { token: { ...newToken, uses: 100, ephemeral: true, expiresInSeconds: 60 } });
    });
    const token = {
      ...tokenRow(newToken.id, acme, scout, enroller),
      digest: newToken.digest,
      minterGeneration: 3,
      targetGeneration: 5,
      uses: 100,
      usesLeft: 100,
      ephemeral: true,
      mintedAt: now,
      notBefore: now,
      expiresAt: now + 60_000,
    };
    const told = { actor: enroller, cause, subject: token.id };
    expect(verdict).toEqual({
      verdict: "accepted",
      answer: { repeated: false, token },
      facts: [{ stream, kind: "enrolment-token.minted", content: { ...told, data: { token } } }],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("the enroller mints for named agents: the others it does not even see", () => {
    const verdict = verdictOf("enrolment-token.mint", (scene) => {
      speakAs(scene, enroller);
      amend(scene, { agent: miner });
    });
    expect(verdict).toMatchObject({ refusal: { code: "not-found" } });
  });

  test("an instance mints for nobody, its own agent included", () => {
    const verdict = verdictOf("enrolment-token.mint", (scene) => speakAs(scene, scout1));
    expect(verdict).toMatchObject({ refusal: { code: "role.missing", rule: "enroller" } });
  });

  test.each([
    ["of the agent", scout, limits.openEnrolmentTokensPerAgent],
    ["of the organisation", miner, limits.openEnrolmentTokensPerOrganisation],
  ] as const)("the last one %s that the limit allows is made [LIM-1]", (_title, agent, limit) => {
    const verdict = verdictOf("enrolment-token.mint", ({ world }) => {
      dropTokens(world);
      openTokens(world, acme, agent, limit - 1);
    });
    expect(verdict.verdict).toBe("accepted");
  });

  test.each([
    ["used up", { usesLeft: 0 }],
    ["voided", { voidedAt: now }],
    ["expired", { expiresAt: now }],
  ])("a token that is %s counts no more", (_title, set) => {
    const verdict = verdictOf("enrolment-token.mint", ({ world }) => {
      dropTokens(world);
      openTokens(world, acme, scout, limits.openEnrolmentTokensPerAgent);
      patch(world, "enrolmentTokens", { id: idOf("enrolmentToken", 100_000) }, set);
    });
    expect(verdict.verdict).toBe("accepted");
  });
});

describe("voiding an enrolment token", () => {
  test("is one fact; again, it is a success that changes nothing", () => {
    const before = tokenRow(scoutToken, acme, scout, ada);
    const told = { actor: ada, cause, subject: scoutToken };
    expect(verdictOf("enrolment-token.void")).toEqual({
      verdict: "accepted",
      answer: { token: { ...before, voidedAt: now } },
      facts: [{ stream, kind: "enrolment-token.voided", content: { ...told, data: { token: scoutToken } } }],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    const again = verdictOf("enrolment-token.void", ({ world }) =>
      patch(world, "enrolmentTokens", { id: scoutToken }, { voidedAt: now - 1 }),
    );
    expect(again).toMatchObject({ answer: { token: { voidedAt: now - 1 } }, facts: [] });
  });

  test.each([
    ["an auditor sees every token of its organisation", auditor, minerToken, "role.missing"],
    ["an enroller sees those of its agents", enroller, scoutToken, "role.missing"],
    ["an enroller sees no others", enroller, minerToken, "not-found"],
    ["an enroller sees no operator's", enroller, ivyToken, "not-found"],
    ["an instance sees none", scout1, scoutToken, "not-found"],
    ["the platform sees none of an organisation", root, scoutToken, "not-found"],
    ["an admin sees none of the platform", ada, pipToken, "not-found"],
  ] as const)("%s, and none of them voids it [API-4]", (_title, caller, token, code) => {
    const verdict = verdictOf("enrolment-token.void", (scene) => {
      speakAs(scene, caller);
      amend(scene, { token });
    });
    expect(verdict).toMatchObject({ refusal: { code } });
  });

  test("the platform voids its own", () => {
    const verdict = verdictOf("enrolment-token.void", (scene) => {
      speakAs(scene, root);
      amend(scene, { token: pipToken });
    });
    expect(verdict).toMatchObject({ answer: { token: { voidedAt: now } }, facts: [{ stream: "platform" }] });
  });
});
