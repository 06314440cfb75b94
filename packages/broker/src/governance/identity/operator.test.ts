import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause, newToken } from "../testing/asked.js";
import {
  abe,
  acme,
  ada,
  auditor,
  enroller,
  hour,
  idOf,
  miner,
  north,
  now,
  operatorRow,
  pip,
  root,
  scout,
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

function fillOperators({ world }: Scene, upTo: number): void {
  const here = [...world.rows.operators.values()].filter(({ organisation }) => organisation === acme).length;
  const row = operatorRow(abe, acme, "auditor");
  for (let n = here; n < upTo; n++) world.rows.operators.set(`filler ${n}`, row);
}

function fillTokens({ world }: Scene, upTo: number): void {
  dropTokens(world);
  openTokens(world, acme, miner, upTo);
}

judged("operator.invite", {
  checks: {
    callerStands,
    isAdminOrPlatform: isAdmin,
    roleFitsCaller: {
      refusal: { code: "role.missing", rule: "platform" },
      spoil: (scene) => amend(scene, { role: "platform", agents: [] }),
    },
    keyFits,
    agentsFitRole: {
      refusal: { code: "not-found", rule: "agents" },
      spoil: (scene) => amend(scene, { agents: [scout, north] }),
    },
    operatorsLeft: {
      refusal: { code: "limit.reached", rule: "operatorsPerOrganisation", limit: 1_000, used: 1_000 },
      spoil: (scene) => fillOperators(scene, limits.operatorsPerOrganisation),
    },
    tokensLeft: {
      refusal: {
        code: "limit.reached",
        rule: "openEnrolmentTokensPerOrganisation",
        limit: 10_000,
        used: 10_000,
      },
      spoil: (scene) => fillTokens(scene, limits.openEnrolmentTokensPerOrganisation),
    },
  },
});

judged("operator.change", {
  checks: {
    callerStands,
    operatorIsSeen: {
      refusal: { code: "not-found" },
      spoil: (scene) => amend(scene, { operator: idOf("operator", 404) }),
    },
    isAdmin,
    roleFitsCaller: {
      refusal: { code: "role.missing", rule: "platform" },
      spoil: (scene) => amend(scene, { role: "platform", agents: [] }),
    },
    operatorIsNotFinal: {
      refusal: { code: "standing.final" },
      spoil: ({ world, command }) =>
        patch(world, "operators", { id: command.operator }, { standing: "revoked" }),
    },
    versionFits: {
      refusal: { code: "precondition.failed" },
      spoil: (scene) => amend(scene, { expectedVersion: 2 }),
    },
    agentsFitRole: {
      refusal: { code: "not-found", rule: "agents" },
      spoil: (scene) => amend(scene, { agents: [idOf("agent", 404)] }),
    },
    lastAdminKeepsRole: {
      refusal: { code: "operator.last-admin" },
      spoil(scene) {
        patch(scene.world, "operators", { id: abe }, { standing: "suspended" });
        amend(scene, { operator: ada });
      },
    },
  },
  apart: {
    "operatorIsNotFinal after operatorIsSeen": "what is not there has no standing",
    "lastAdminKeepsRole after callerStands": "the last admin can only be demoted by itself",
    "lastAdminKeepsRole after operatorIsSeen": "what is not there is no admin",
    "lastAdminKeepsRole after isAdmin": "the last admin can only be demoted by itself",
    "lastAdminKeepsRole after operatorIsNotFinal": "who is revoked is no admin that can act",
  },
});

describe("inviting an operator", () => {
  test("makes it and its token, in the organisation's stream", () => {
    const { operator: id, name } = asked["operator.invite"];
    const operator = {
      ...operatorRow(id, acme, "enroller", { agents: [scout], name, createdAt: now }),
      thumbprint: null,
      enrolledAt: null,
    };
    const told = { actor: ada, cause };
    const stream = `org:${acme}`;
    const token = {
      id: newToken.id,
      digest: newToken.digest,
      organisation: acme,
      for: id,
      mintedBy: ada,
      minterGeneration: 7,
      targetGeneration: 0,
      era: 1,
      uses: 1,
      usesLeft: 1,
      ephemeral: false,
      mintedAt: now,
      notBefore: now,
      expiresAt: now + hour,
      voidedAt: null,
    };
    const verdict = verdictOf("operator.invite", (scene) => {
      patch(scene.world, "operators", { id: ada }, { generation: 7 });
      speakAs(scene, ada);
    });
    expect(verdict).toEqual({
      verdict: "accepted",
      answer: { repeated: false, operator, token },
      facts: [
        { stream, kind: "operator.invited", content: { ...told, subject: id, data: { operator } } },
        { stream, kind: "enrolment-token.minted", content: { ...told, subject: token.id, data: { token } } },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("is the platform's affair for platform operators, in the broker's own stream", () => {
    const verdict = verdictOf("operator.invite", (scene) => {
      speakAs(scene, root);
      amend(scene, { role: "platform", agents: [] });
    });
    expect(verdict).toMatchObject({
      answer: { operator: { organisation: null, role: "platform" }, token: { organisation: null } },
      facts: [{ stream: "platform" }, { stream: "platform" }],
    });
  });

  test.each(["admin", "auditor"] as const)("the platform invites no %s, into no organisation", (role) => {
    const verdict = verdictOf("operator.invite", (scene) => {
      speakAs(scene, root);
      amend(scene, { role, agents: [] });
    });
    expect(verdict).toMatchObject({ refusal: { code: "role.missing", rule: "admin" } });
  });

  test.each([
    ["an enroller without agents", "enroller", [], { code: "request.malformed", rule: "agents" }],
    ["an auditor with agents", "auditor", [scout], { code: "request.malformed", rule: "agents" }],
    ["an admin with agents", "admin", [scout], { code: "request.malformed", rule: "agents" }],
  ] as const)("refuses %s", (_title, role, agents, refusal) => {
    const verdict = verdictOf("operator.invite", (scene) => amend(scene, { role, agents }));
    expect(verdict).toMatchObject({ refusal });
  });

  test("an agent named twice is one agent", () => {
    const verdict = verdictOf("operator.invite", (scene) => amend(scene, { agents: [scout, scout] }));
    expect(verdict).toMatchObject({ answer: { operator: { agents: [scout] } } });
  });

  test("another organisation's agent and none at all are the same answer", () => {
    const [foreign, absent] = [north, idOf("agent", 404)].map((agent) =>
      verdictOf("operator.invite", (scene) => amend(scene, { agents: [agent] })),
    );
    expect(foreign).toEqual(absent);
  });

  test("is possible for the last one that each limit allows [LIM-1]", () => {
    const operators = verdictOf("operator.invite", (scene) =>
      fillOperators(scene, limits.operatorsPerOrganisation - 1),
    );
    const tokens = verdictOf("operator.invite", (scene) =>
      fillTokens(scene, limits.openEnrolmentTokensPerOrganisation - 1),
    );
    expect([operators.verdict, tokens.verdict]).toEqual(["accepted", "accepted"]);
  });
});

describe("changing an operator", () => {
  const told = { actor: ada, cause, subject: enroller };
  const fact = (data: object) => ({
    stream: `org:${acme}`,
    kind: "operator.changed",
    content: { ...told, data: { operator: enroller, ...data } },
  });

  test("giving more takes nothing away: the generation stays", () => {
    const data = { role: "enroller", agents: [scout, miner], generation: 0, version: 2 };
    expect(verdictOf("operator.change")).toEqual({
      verdict: "accepted",
      answer: { operator: { ...operatorRow(enroller, acme, "enroller"), ...data } },
      facts: [fact(data)],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    ["losing an agent", { agents: [miner] }, 1],
    ["becoming an auditor", { role: "auditor", agents: [] }, 1],
    ["becoming an admin", { role: "admin", agents: [] }, 0],
    ["staying as it is", { agents: [scout] }, 0],
  ] as const)("%s: the generation is what it must be", (_title, change, generation) => {
    const verdict = verdictOf("operator.change", (scene) => amend(scene, change));
    expect(verdict).toMatchObject({
      answer: { operator: { generation } },
      facts: [{ content: { data: { generation } } }],
    });
  });

  test("an auditor that becomes an enroller has lost what it could read: the generation rises", () => {
    const verdict = verdictOf("operator.change", (scene) => amend(scene, { operator: auditor }));
    expect(verdict).toMatchObject({ answer: { operator: { role: "enroller", generation: 1 } } });
  });

  test("an admin that is not the last may be demoted, and its generation rises", () => {
    const verdict = verdictOf("operator.change", (scene) =>
      amend(scene, { operator: abe, role: "auditor", agents: [] }),
    );
    expect(verdict).toMatchObject({ answer: { operator: { role: "auditor", generation: 1, version: 2 } } });
  });

  test("nobody makes a platform operator of an organisation's, not even its admin", () => {
    const verdict = verdictOf("operator.change", (scene) =>
      amend(scene, { operator: auditor, role: "platform", agents: [] }),
    );
    expect(verdict).toMatchObject({
      refusal: { code: "role.missing", rule: "platform" },
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("the platform sees its own operators, so they are refused by role and not hidden [API-4]", () => {
    const verdict = verdictOf("operator.change", (scene) => {
      speakAs(scene, root);
      amend(scene, { operator: pip, role: "auditor", agents: [] });
    });
    expect(verdict).toMatchObject({ refusal: { code: "role.missing", rule: "admin" } });
  });
});
