import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { acme, ada, agentRow, north, now, scout, scout1 } from "../testing/cast.js";
import { settle, verdictOf } from "../testing/decide.js";
import { type Judged, judged } from "../testing/judged.js";
import { amend, callerStands, isAdmin, type Scene, sceneOf } from "../testing/scene.js";
import { beganBy } from "../testing/swept.js";
import { patch } from "../testing/world.js";

type Kind = "agent.suspend" | "agent.resume" | "agent.revoke";

const agentIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<Kind>) => amend(scene, { agent: north }),
} as const;
const isNotFinal = {
  refusal: { code: "standing.final" },
  spoil: ({ world, command }: Scene<Kind>) =>
    patch(world, "agents", { id: command.agent }, { standing: "revoked" }),
} as const;
const checks = { callerStands, agentIsSeen, isAdmin, isNotFinal } as unknown as Judged<Kind>["checks"];

judged("agent.suspend", { checks });
judged("agent.resume", { checks });

test("agent.revoke is judged alike, but what is revoked may be revoked again", () => {
  const refused = (name: string) =>
    verdictOf("agent.revoke", (scene) => checks[name]?.spoil(scene as unknown as Scene<Kind>));
  expect(refused("callerStands")).toMatchObject({ refusal: callerStands.refusal });
  expect(refused("agentIsSeen")).toMatchObject({ refusal: agentIsSeen.refusal });
  expect(refused("isAdmin")).toMatchObject({ refusal: isAdmin.refusal });
  expect(refused("isNotFinal")).toMatchObject({ verdict: "accepted", facts: [], cuts: [], sweeps: [] });
});

describe("the standing of an agent", () => {
  const before = agentRow(scout, acme, "scout");
  const told = { actor: ada, cause, subject: scout };
  const stream = `org:${acme}`;

  test.each([
    ["agent.suspend", "suspended", "agent.suspended"],
    ["agent.revoke", "revoked", "agent.revoked"],
  ] as const)(
    "%s is one fact that raises the generation, and cuts every instance's socket",
    (kind, standing, past) => {
      const swept = beganBy(ada, acme, { by: "agent", of: scout, reason: `identity_${standing}` });
      expect(verdictOf(kind)).toEqual({
        verdict: "accepted",
        answer: { agent: { ...before, standing, generation: 1, takenAt: now, version: 2 } },
        facts: [
          { stream, kind: past, content: { ...told, data: { agent: scout, generation: 1, version: 2 } } },
          swept.fact,
        ],
        work: [],
        cuts: [{ scope: "agent", id: scout, reason: standing }],
        sweeps: [swept.sweep],
        payloads: [],
      });
    },
  );

  test("agent.resume gives back the standing, not the generation", () => {
    const verdict = verdictOf("agent.resume", ({ world }) =>
      patch(world, "agents", { id: scout }, { standing: "suspended", generation: 3, version: 4 }),
    );
    expect(verdict).toMatchObject({
      answer: { agent: { ...before, generation: 3, version: 5 } },
      facts: [{ stream, kind: "agent.resumed", content: { ...told, data: { agent: scout, version: 5 } } }],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    ["agent.suspend", "suspended"],
    ["agent.resume", "active"],
    ["agent.revoke", "revoked"],
  ] as const)("%s of what is %s already is a success that changes nothing", (kind, standing) => {
    const verdict = verdictOf(kind, ({ world }) => patch(world, "agents", { id: scout }, { standing }));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [], sweeps: [] });
  });

  test("suspending an agent voids its tokens, also after it is resumed [ID-7]", () => {
    const { world, command } = sceneOf("agent.suspend");
    const redeem = (at: number) =>
      settle(world, { kind: "principal.enrol", ...asked["principal.enrol"] }, at);
    settle(world, command, now);
    expect(redeem(now + 1)).toMatchObject({ refusal: { code: "enrolment.invalid" } });
    settle(world, { ...command, kind: "agent.resume" }, now + 2);
    expect(redeem(now + 3)).toMatchObject({ refusal: { code: "enrolment.invalid" } });
  });

  test("every instance of a suspended agent is refused, and speaks again when it is resumed, with a new token", () => {
    const { world, command } = sceneOf("agent.suspend");
    const grant = (at: number) => settle(world, { kind: "token.grant", ...asked["token.grant"] }, at);
    expect(grant(now)).toMatchObject({ answer: { generation: expect.any(String) } });
    settle(world, command, now + 1);
    expect(grant(now + 2)).toMatchObject({ refusal: { code: "identity.suspended" } });
    settle(world, { ...command, kind: "agent.resume" }, now + 3);
    const speaking = sceneOf("connection.open").command;
    expect(settle(world, speaking, now + 4)).toMatchObject({ refusal: { code: "access.invalid" } });
    const granted = grant(now + 5);
    const generation = granted.verdict === "accepted" ? granted.answer.generation : "";
    const caller = { principal: scout1, generation };
    expect(settle(world, { ...speaking, caller }, now + 6).verdict).toBe("accepted");
  });
});
