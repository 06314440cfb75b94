import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { acme, ada, agentRow, miner, north, now, scout } from "../testing/cast.js";
import { channelSelector } from "../testing/city.js";
import { verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { fillMembers } from "../testing/members.js";
import { amend, callerStands, isAdmin, keyFits, type Scene } from "../testing/scene.js";
import { beganBy } from "../testing/swept.js";
import { patch, put } from "../testing/world.js";

const stream = `org:${acme}`;

function fillAgents({ world }: Scene, upTo: number): void {
  const here = [...world.rows.agents.values()].filter(({ organisation }) => organisation === acme).length;
  const row = agentRow(miner, acme, "filler");
  for (let n = here; n < upTo; n++) world.rows.agents.set(`filler ${n}`, row);
}

const used = limits.membersPerWorkgroup;
/** A selector takes in the tags that the command gives, and there is no place left where it is. */
const taggedMembersLeft = {
  refusal: { code: "limit.reached", rule: "membersPerWorkgroup", limit: used, used },
  spoil({ world }: Scene) {
    world.rows.memberships.clear();
    world.rows.namedMembers.clear();
    patch(world, "selectors", { id: channelSelector }, { tags: { env: "test" }, offer: true });
    fillMembers(world, used);
  },
} as const;

judged("agent.create", {
  checks: {
    callerStands,
    isAdmin,
    keyFits,
    agentNameIsFree: {
      refusal: { code: "agent.name-taken" },
      spoil: (scene) => amend(scene, { name: "scout" }),
    },
    agentsLeft: {
      refusal: { code: "limit.reached", rule: "agentsPerOrganisation", limit: 10_000, used: 10_000 },
      spoil: (scene) => fillAgents(scene, limits.agentsPerOrganisation),
    },
    taggedMembersLeft,
  },
});

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

judged("agent.change", {
  checks: {
    callerStands,
    agentIsSeen,
    isAdmin,
    agentIsNotFinal,
    versionFits: {
      refusal: { code: "precondition.failed" },
      spoil: (scene) => amend(scene, { expectedVersion: 0 }),
    },
    taggedMembersLeft,
  },
});

describe("creating an agent", () => {
  test("is one fact", () => {
    const { agent: id, tags, owner } = asked["agent.create"];
    const agent = { ...agentRow(id, acme, "digger"), tags, owner, createdAt: now };
    expect(verdictOf("agent.create")).toEqual({
      verdict: "accepted",
      answer: { repeated: false, agent },
      facts: [
        { stream, kind: "agent.created", content: { actor: ada, cause, subject: id, data: { agent } } },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("names are unique within the organisation, not beyond it", () => {
    expect(verdictOf("agent.create", (scene) => amend(scene, { name: "north" })).verdict).toBe("accepted");
  });

  test("the last one that the limit allows is made [LIM-1]", () => {
    const verdict = verdictOf("agent.create", (scene) => fillAgents(scene, limits.agentsPerOrganisation - 1));
    expect(verdict.verdict).toBe("accepted");
  });

  test("other organisations' agents fill nothing of its own", () => {
    const verdict = verdictOf("agent.create", ({ world }) => {
      for (let n = 0; n < limits.agentsPerOrganisation; n++) {
        world.rows.agents.set(`north ${n}`, agentRow(north, "org_elsewhere" as typeof acme, "filler"));
      }
    });
    expect(verdict.verdict).toBe("accepted");
  });
});

describe("changing an agent: tags are what its own organisation says of it, and only its admin sets them", () => {
  const before = agentRow(scout, acme, "scout");
  const told = { actor: ada, cause, subject: scout };

  test.each([
    ["tags", { tags: { env: "test" } }, { tags: { env: "test" }, owner: before.owner }],
    ["the owner", { owner: "else@example.org" }, { tags: before.tags, owner: "else@example.org" }],
  ])("%s alone leaves the rest, and the generation", (_title, more, after) => {
    const verdict = verdictOf("agent.change", (scene) => {
      const { tags: _tags, ...bare } = scene.command;
      scene.command = { ...bare, ...more } as typeof scene.command;
    });
    expect(verdict).toEqual({
      verdict: "accepted",
      answer: { agent: { ...before, ...after, version: 2 } },
      facts: [
        { stream, kind: "agent.changed", content: { ...told, data: { agent: scout, ...after, version: 2 } } },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("tags wait for what tags before them have still to close, and for nothing else; the owner waits for nothing [SES-20]", () => {
    const begun = (reason: "membership_removed" | "identity_suspended", part: number, of = scout) =>
      beganBy(ada, acme, { by: "agent", of, reason, part }).sweep;
    const still = begun("membership_removed", 0);
    const others = [begun("identity_suspended", 1), begun("membership_removed", 2, miner)];
    const under = ({ world }: Scene) => {
      for (const sweep of [still, ...others]) put(world, "sweeps", sweep);
    };
    expect(verdictOf("agent.change", under)).toMatchObject({ verdict: "accepted", sweeps: [still] });
    const ofOwner = verdictOf("agent.change", (scene) => {
      under(scene);
      const { tags: _tags, ...bare } = scene.command;
      scene.command = { ...bare, owner: "else@example.org" };
    });
    expect(ofOwner).toMatchObject({ verdict: "accepted", sweeps: [] });
  });
});
