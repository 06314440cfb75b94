import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "../command.js";
import type { Sweep } from "../engagement-entities.js";
import { asked, cause, command } from "../testing/asked.js";
import { acme, ada, auditor, bea, borealis, idOf, now } from "../testing/cast.js";
import {
  channel,
  channelInvitation,
  delta,
  den,
  denInvitation,
  dora,
  participationRow,
  workgroupRow,
} from "../testing/city.js";
import { decide, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, isAdmin, keyFits, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { codeOf, Story, said } from "../testing/story.js";
import { beganBy } from "../testing/swept.js";
import {
  addressIsClear,
  dissolvedIsOne,
  fillWorkgroups,
  twins,
  unseen,
  workgroupIsActive,
  workgroupIsSeen,
} from "../testing/workgroup-scenes.js";
import { patch, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const full = limits.workgroupsPerOrganisation;

const isOwner = {
  refusal: { code: "role.missing", rule: "owner" },
  spoil: (scene: Scene) => speakAs(scene, ada),
} as const;
const ownersAdmin = {
  refusal: { code: "role.missing", rule: "admin" },
  spoil: (scene: Scene) => {
    patch(scene.world, "operators", { id: bea }, { role: "auditor" });
    speakAs(scene, bea);
  },
} as const;
judged("workgroup.create", {
  checks: {
    callerStands,
    isAdmin,
    keyFits,
    workgroupNameIsFree: {
      refusal: { code: "workgroup.name-taken" },
      spoil: (scene) => amend(scene, { name: "den" }),
    },
    workgroupsLeft: {
      refusal: { code: "limit.reached", rule: "workgroupsPerOrganisation", limit: full, used: full },
      spoil: (scene) => fillWorkgroups(scene, acme, full),
    },
  },
});

judged("workgroup.leave", {
  checks: {
    callerStands,
    workgroupIsSeen,
    addressIsClear,
    isAdmin,
    workgroupIsActive,
    ownerStays: {
      refusal: { code: "workgroup.owner-stays" },
      spoil: ({ world }) => patch(world, "workgroups", { id: channel }, { owner: acme }),
    },
  },
  apart: {
    ...unseen,
    ...dissolvedIsOne,
    "ownerStays after workgroupIsSeen": "what is not seen is not owned",
    "ownerStays after addressIsClear": "of two, neither is meant",
  },
});

judged("workgroup.dissolve", {
  checks: { callerStands, workgroupIsSeen, addressIsClear, isAdmin: ownersAdmin, isOwner },
  apart: {
    ...unseen,
    "isOwner after addressIsClear": "of two, neither is meant",
    "isOwner after workgroupIsSeen": "what is not seen has no owner",
    "isOwner after callerStands": "somebody else asks",
    "isOwner after isAdmin": "somebody else asks",
  },
});

const told = (actor: string, subject: string) => ({ actor, cause, subject });
const inChannel = `workgroup:${channel}`;

describe("making a workgroup", () => {
  test("is one fact of its own stream, and the owner alone is in", () => {
    const { workgroup: id, name, purpose, rules } = asked["workgroup.create"];
    const workgroup = { ...workgroupRow(id, acme, name), purpose, rules, createdAt: now };
    const participation = { ...participationRow(id, acme), since: now };
    expect(verdictOf("workgroup.create")).toEqual({
      verdict: "accepted",
      answer: {
        repeated: false,
        record: { workgroup, ownerName: "acme", organisations: [{ id: acme, name: "acme", since: now }] },
      },
      facts: [
        {
          stream: `workgroup:${id}`,
          kind: "workgroup.created",
          content: { ...told(ada, id), data: { workgroup, participation } },
        },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("the last one that the limit allows is made [LIM-1]", () => {
    const verdict = verdictOf("workgroup.create", (scene) => fillWorkgroups(scene, acme, full - 1));
    expect(verdict.verdict).toBe("accepted");
  });

  test.each([
    ["another organisation owns one of that name", "channel"],
    ["its own of that name was dissolved", "den"],
  ])("a name is free while %s", (_title, name) => {
    const verdict = verdictOf("workgroup.create", (scene) => {
      patch(scene.world, "workgroups", { id: den }, { state: "dissolved" });
      amend(scene, { name });
    });
    expect(verdict.verdict).toBe("accepted");
  });
});

describe("a workgroup is addressed by its id, as owner/name, or by a name that only one visible group has [WKG-1]", () => {
  const leaving = (world: World, workgroup: string, by: typeof ada) => {
    const scene = { world, command: command("workgroup.leave", { workgroup }), now } as Scene;
    speakAs(scene, by);
    const { verdict } = decide(world, scene.command as Command<"workgroup.leave">, now);
    return verdict.verdict === "accepted" ? verdict.answer.workgroup : verdict.refusal.code;
  };
  test.each([channel, "borealis/channel", "channel"])("%s", (address) => {
    expect(leaving(sceneOf("workgroup.leave").world, address, ada)).toBe(channel);
  });

  test.each(["acme/channel", "borealis/channel/", "/channel", "channels", "den", "", "/"])(
    "%s is nothing to delta",
    (typed) => {
      expect(leaving(sceneOf("workgroup.leave").world, typed, dora)).toBe("not-found");
    },
  );

  test("a second one that a stranger makes is not in the way, one that is visible is [WKG-1]", () => {
    const { world } = sceneOf("workgroup.leave");
    put(world, "workgroups", workgroupRow(idOf("workgroup", 77), delta, "channel"));
    expect(leaving(world, "channel", ada)).toBe(channel);
    twins({ world }, acme);
    expect(leaving(world, "channel", ada)).toBe("workgroup.ambiguous");
    expect(leaving(world, "borealis/channel", ada)).toBe(channel);
  });

  test("a dissolved one leaves its name to the next of its owner, and is reached by its id alone [WKG-1]", () => {
    const { world } = sceneOf("workgroup.leave");
    const [old, older] = [idOf("workgroup", 0), idOf("workgroup", 76)];
    for (const id of [old, older]) {
      put(world, "workgroups", { ...workgroupRow(id, borealis, "channel"), state: "dissolved" });
      put(world, "participations", participationRow(id, acme));
    }
    for (const address of ["channel", "borealis/channel"]) expect(leaving(world, address, ada)).toBe(channel);
    expect(leaving(world, old, ada)).toBe("workgroup.dissolved");
    patch(world, "workgroups", { id: channel }, { state: "dissolved" });
    for (const address of ["channel", "borealis/channel"])
      expect(leaving(world, address, ada)).toBe("not-found");
  });
});

const sweepsOf = (verdict: Verdict) => (verdict.verdict === "accepted" ? verdict.sweeps : []);

describe("leaving [WKG-7]", () => {
  const swept = beganBy(ada, acme, {
    by: "participation",
    of: acme,
    within: channel,
    reason: "organisation_left",
  });
  const left = {
    stream: inChannel,
    kind: "workgroup.left",
    content: { ...told(ada, acme), data: { workgroup: channel, organisation: acme, why: "left" } },
  };

  test("is one fact, with a sweep of the organisation's sessions there", () => {
    const verdict = verdictOf("workgroup.leave");
    expect(verdict).toMatchObject({ answer: { workgroup: channel }, sweeps: [swept.sweep], cuts: [] });
    expect(verdict.facts).toEqual([left, swept.fact]);
  });

  test("again, by its id, is a success that tells nothing new, whatever became of it; by a name or for others it is not there", () => {
    const story = new Story();
    const leave = (by: typeof ada | typeof auditor, workgroup: string) =>
      story.tell(by, "workgroup.leave", { workgroup });
    leave(ada, channel);
    story.world.rows.sweeps.clear();
    const again = { verdict: "accepted", answer: { workgroup: channel }, facts: [], sweeps: [] };
    expect(leave(ada, channel)).toMatchObject(again);
    patch(story.world, "workgroups", { id: channel }, { state: "dissolved" });
    expect(leave(ada, channel)).toMatchObject(again);
    expect([leave(ada, "borealis/channel"), leave(auditor, channel)].map(codeOf)).toEqual([
      "not-found",
      "not-found",
    ]);
  });

  test("again, while what it closes is not all written, waits for that, and for nothing else [SES-20]", () => {
    const story = new Story();
    const leave = () => story.tell(ada, "workgroup.leave", { workgroup: channel });
    const first = sweepsOf(leave());
    expect(first).toMatchObject([{ by: "participation", of: acme, within: channel }]);
    const [sweep] = first as [Sweep];
    put(story.world, "sweeps", { ...sweep, part: 1, within: den });
    put(story.world, "sweeps", { ...sweep, part: 2, of: borealis, organisation: borealis });
    expect(leave()).toMatchObject({ facts: [], sweeps: first });
    patch(story.world, "workgroups", { id: channel }, { state: "dissolved" });
    expect(leave()).toMatchObject({ facts: [], sweeps: first });
    patch(story.world, "workgroups", { id: channel }, { state: "active" });
    put(story.world, "participations", { ...participationRow(channel, acme), since: story.now + 1 });
    expect(sweepsOf(leave())).toEqual([...first, { ...sweep, id: expect.any(String), begunAt: story.now }]);
  });

  test("when in again, leaves again", () => {
    const story = new Story();
    story.tell(ada, "workgroup.leave");
    const back = { ...participationRow(channel, acme), since: story.now + 1 };
    put(story.world, "participations", back);
    expect(said(story.tell(ada, "workgroup.leave"))).toContain("workgroup workgroup.left");
  });

  test("no session, no sweep", () => {
    const verdict = verdictOf("workgroup.leave", ({ world }) => {
      world.rows.sessions.clear();
      world.rows.sides.clear();
    });
    expect(verdict).toMatchObject({ facts: [left], sweeps: [] });
  });
});

describe("dissolving", () => {
  test("is one fact that closes what is open, with a sweep; again it is a success that changes nothing", () => {
    const swept = beganBy(bea, borealis, { by: "workgroup", of: channel, reason: "workgroup_dissolved" });
    const verdict = verdictOf("workgroup.dissolve");
    const data = { workgroup: channel, why: "dissolved", invitations: [channelInvitation] };
    expect(verdict.facts).toEqual([
      { stream: inChannel, kind: "workgroup.dissolved", content: { ...told(bea, channel), data } },
      swept.fact,
    ]);
    expect(verdict).toMatchObject({
      answer: { record: { workgroup: { state: "dissolved", takenAt: now } } },
      sweeps: [swept.sweep],
      payloads: [],
      work: [
        { do: "drop", table: "deadlines", key: { kind: "invitation.expire", subject: channelInvitation } },
      ],
    });
    const again = verdictOf("workgroup.dissolve", workgroupIsActive.spoil);
    expect(again).toMatchObject({ verdict: "accepted", facts: [], work: [], sweeps: [] });
  });

  test("who was told of an invitation is told that it has ended [WKG-4]", () => {
    const verdict = verdictOf("workgroup.dissolve", (scene) => {
      amend(scene, { workgroup: den });
      speakAs(scene, ada);
    });
    expect(verdict.facts.map(({ stream, kind }) => [stream, kind])).toEqual([
      [`workgroup:${den}`, "workgroup.dissolved"],
      [`org:${borealis}`, "invitation.ended"],
      [`org:${acme}`, "sweep.began"],
    ]);
    expect(verdict.facts[1]?.content.data).toEqual({ invitation: denInvitation, state: "withdrawn" });
  });
});
