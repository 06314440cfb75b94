import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { acme, ada, idOf, miner, north, now, scout } from "../testing/cast.js";
import { channel, channelSelector, den, participationRow } from "../testing/city.js";
import { verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { fillMembers } from "../testing/members.js";
import { amend, callerStands, isAdmin, keyFits, type Scene } from "../testing/scene.js";
import { codeOf, Story, said } from "../testing/story.js";
import { beganBy } from "../testing/swept.js";
import {
  addressIsClear,
  dissolvedIsOne,
  unseen,
  workgroupIsActive,
  workgroupIsSeen,
} from "../testing/workgroup-scenes.js";
import { get, patch, put } from "../testing/world.js";

const agentIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<"member.add"> | Scene<"member.remove">) =>
    amend(scene as Scene<"member.add">, { agent: north }),
} as const;

const used = limits.membersPerWorkgroup;
const full = { code: "limit.reached", rule: "membersPerWorkgroup", limit: used, used } as const;
const fill = ({ world }: Scene) => fillMembers(world, used);

const start = { callerStands, workgroupIsSeen, addressIsClear };
const apart = { ...unseen, ...dissolvedIsOne };

judged("member.add", {
  checks: {
    ...start,
    agentIsSeen,
    isAdmin,
    workgroupIsActive,
    agentIsNotFinal: {
      refusal: { code: "standing.final" },
      spoil: ({ world, command }) => patch(world, "agents", { id: command.agent }, { standing: "revoked" }),
    },
    membersLeft: { refusal: full, spoil: fill },
  },
  apart: {
    ...apart,
    "membersLeft after workgroupIsSeen": "what is not seen is not full",
    "membersLeft after addressIsClear": "of two, neither is meant",
    "agentIsNotFinal after agentIsSeen": "what is not seen is not revoked",
  },
});

judged("member.remove", { checks: { ...start, agentIsSeen, isAdmin, workgroupIsActive }, apart });

const most = limits.selectorsPerOrganisation;
judged("selector.add", {
  checks: {
    ...start,
    isAdmin,
    keyFits,
    workgroupIsActive,
    selectorsLeft: {
      refusal: { code: "limit.reached", rule: "selectorsPerOrganisation", limit: most, used: most },
      spoil({ world }) {
        const row = get(world, "selectors", { id: channelSelector });
        if (row === undefined) throw new RangeError("the selector of the town is gone");
        for (let n = 1; n < most; n++) put(world, "selectors", { ...row, id: idOf("selector", 10_000 + n) });
      },
    },
    selectedFit: { refusal: full, spoil: fill },
  },
  apart: {
    ...apart,
    "selectedFit after workgroupIsSeen": "what is not seen is not full",
    "selectedFit after addressIsClear": "of two, neither is meant",
  },
});

judged("selector.remove", {
  checks: {
    ...start,
    selectorIsSeen: {
      refusal: { code: "not-found" },
      spoil: (scene) => amend(scene, { selector: idOf("selector", 404) }),
    },
    isAdmin,
    workgroupIsActive,
  },
  apart: {
    ...apart,
    "selectorIsSeen after addressIsClear": "of two, neither is meant",
  },
});

describe("members by name [WKG-8]", () => {
  const place = { workgroup: channel, organisation: acme };
  const swept = beganBy(ada, acme, {
    by: "membership",
    of: scout,
    within: channel,
    reason: "membership_removed",
  });

  test("are facts of the own organisation, and what they may do of the workgroup's", () => {
    const verdict = verdictOf("member.add");
    expect(verdict).toMatchObject({
      answer: {
        agentName: "miner",
        membership: { ...place, agent: miner, offer: true, engage: false, since: now },
      },
      facts: [
        { stream: `org:${acme}`, kind: "member.named", content: { actor: ada } },
        { stream: `workgroup:${channel}`, kind: "memberships.changed", content: { data: place } },
      ],
      sweeps: [],
      payloads: [],
    });
  });

  test("the last place is given [LIM-1], and who has one keeps it in a full workgroup", () => {
    const last = verdictOf("member.add", ({ world }) => fillMembers(world, used - 1));
    expect(last.verdict).toBe("accepted");
    const again = verdictOf("member.add", (scene) => {
      fill(scene);
      amend(scene, { agent: scout, offer: true, engage: true });
    });
    expect(again.verdict).toBe("accepted");
  });

  test("who is revoked has no place any more: there is room for another [LIM-1]", () => {
    const verdict = verdictOf("member.add", (scene) => {
      fill(scene);
      patch(scene.world, "agents", { id: scout }, { standing: "revoked" });
    });
    expect(verdict.verdict).toBe("accepted");
  });

  test("losing one right is a sweep of the agent's sessions there, and keeps when it was lost", () => {
    const verdict = verdictOf("member.add", (scene) => amend(scene, { agent: scout }));
    expect(verdict).toMatchObject({
      answer: { membership: { offer: true, engage: false, engageTakenAt: now, offerTakenAt: 0 } },
      sweeps: [swept.sweep],
      payloads: [],
    });
    expect(verdict.facts.at(-1)).toEqual(swept.fact);
  });

  test("again with the same rights, and removing twice, are successes that change nothing", () => {
    const story = new Story();
    const engaging = { agent: scout, offer: false, engage: true };
    expect(story.tell(ada, "member.add", engaging)).toMatchObject({ verdict: "accepted", facts: [] });
    expect(said(story.tell(ada, "member.remove"))).toEqual([
      "org member.unnamed",
      "workgroup memberships.changed",
      "org sweep.began",
    ]);
    const again = story.tell(ada, "member.remove");
    expect(again).toMatchObject({ verdict: "accepted", facts: [] });
    const never = story.tell(ada, "member.remove", { agent: miner });
    expect(never).toMatchObject({ facts: [], answer: { membership: { offer: false, engage: false } } });
  });

  test("what an agent could do before its organisation left and came in again is not answered [WKG-7]", () => {
    const story = new Story();
    story.tell(ada, "workgroup.leave");
    const back = { ...participationRow(channel, acme), since: story.now + 1 };
    put(story.world, "participations", back);
    const none = { offer: false, engage: false, participation: back.since, since: back.since };
    for (const kind of ["member.remove", "member.add"] as const)
      expect(story.tell(ada, kind, { agent: scout, offer: false, engage: false })).toMatchObject({
        facts: kind === "member.remove" ? [] : [{ kind: "member.named" }],
        answer: { membership: none },
      });
  });

  test("what was lost and given back later stays lost to what relied on it before [WKG-9]", () => {
    const story = new Story();
    story.tell(ada, "member.remove");
    const lostAt = story.now;
    const back = story.tell(ada, "member.add", { agent: scout, offer: false, engage: true });
    expect(back).toMatchObject({
      answer: { membership: { engage: true, engageTakenAt: lostAt, since: story.now } },
    });
  });
});

describe("members by tags [WKG-8]", () => {
  const byTags = { tags: { env: "prod" }, offer: true, engage: false };

  test("a selector gives all agents with the tags a right, and takes from none", () => {
    const story = new Story();
    const added = story.tell(ada, "selector.add", byTags);
    expect(said(added)).toEqual(["org selector.added", "workgroup memberships.changed"]);
    expect(added).toMatchObject({ answer: { members: 2 }, sweeps: [] });
    const row = (agent: string) => get(story.world, "memberships", { workgroup: channel, agent });
    expect(row(scout)).toMatchObject({ offer: true, engage: true });
    expect(row(miner)).toMatchObject({ offer: true, engage: false });
    expect(row(north)).toMatchObject({ offer: true, engage: false, offerTakenAt: 0 });
  });

  test("what was given by name stays when the selector goes, and the other way round", () => {
    const story = new Story();
    story.tell(ada, "selector.add", { ...byTags, engage: true });
    const removed = story.tell(ada, "member.remove");
    expect(removed).toMatchObject({ answer: { membership: { offer: true, engage: true } }, sweeps: [] });
    const gone = story.tell(ada, "selector.remove", { selector: idOf("selector", 500) });
    expect(gone).toMatchObject({
      answer: { members: 2 },
      sweeps: [{ by: "participation", of: acme, within: channel, reason: "membership_removed" }],
      payloads: [],
    });
    const again = story.tell(ada, "selector.remove", { selector: idOf("selector", 500) });
    expect(codeOf(again)).toBe("not-found");
  });

  test("an agent that is made with the tags is a member from the first moment", () => {
    const story = new Story();
    story.tell(ada, "selector.add", { ...byTags, tags: { env: "test" } });
    expect(said(story.tell(ada, "agent.create"))).toEqual([
      "org agent.created",
      "workgroup memberships.changed",
    ]);
  });

  test("an agent that loses the tags loses what came with them, in the same verdict, and its sessions are swept", () => {
    const story = new Story();
    patch(story.world, "memberships", { workgroup: channel, agent: scout }, { engage: false });
    story.world.rows.namedMembers.clear();
    story.tell(ada, "selector.add", { ...byTags, offer: false, engage: true });
    const changed = story.tell(ada, "agent.change", { tags: {} });
    expect(said(changed)).toEqual(["org agent.changed", "workgroup memberships.changed", "org sweep.began"]);
    expect(changed).toMatchObject({ sweeps: [{ by: "agent", of: scout, reason: "membership_removed" }] });
    expect(get(story.world, "memberships", { workgroup: channel, agent: scout })).toMatchObject({
      engage: false,
      engageTakenAt: story.now,
    });
  });

  test("tags that no selector is about change no membership; another workgroup's selector does not count", () => {
    const story = new Story();
    story.tell(ada, "selector.add", { ...byTags, workgroup: den, tags: { env: "test" }, engage: true });
    const changed = story.tell(ada, "agent.change", { agent: miner, tags: { env: "test" } });
    expect(changed.facts.map(({ stream }) => stream)).toEqual([`org:${acme}`, `workgroup:${den}`]);
    const unmoved = story.tell(ada, "agent.change", { agent: scout, tags: { env: "other" } });
    expect(said(unmoved)).toEqual(["org agent.changed"]);
  });

  test("a repeated creation tells of what was made, or that it is gone [API-6]", () => {
    const story = new Story();
    const idempotency = { key: "k", digest: "of-this" };
    story.tell(ada, "selector.add", { ...byTags, idempotency });
    const again = story.tell(ada, "selector.add", {
      ...byTags,
      idempotency,
      selector: idOf("selector", 501),
    });
    expect(again).toMatchObject({
      answer: { repeated: true, selector: { id: idOf("selector", 500) } },
      facts: [],
    });
    story.tell(ada, "selector.remove", { selector: idOf("selector", 500) });
    const after = story.tell(ada, "selector.add", {
      ...byTags,
      idempotency,
      selector: idOf("selector", 502),
    });
    expect(codeOf(after)).toBe("not-found");
  });
});
