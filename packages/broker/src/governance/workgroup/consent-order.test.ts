/** In which order organisations consent, and what the last consent brings about. */
import { describe, expect, test } from "vitest";
import { consentOf } from "../testing/asked-workgroups.js";
import { acme, ada, bea, borealis, idOf, north1, root } from "../testing/cast.js";
import {
  channel,
  channelInvitation,
  delta,
  den,
  denInvitation,
  dora,
  drift,
  drift1,
  nobody,
  workgroupRow,
} from "../testing/city.js";
import { codeOf, Story, said } from "../testing/story.js";
import { get, patch, put } from "../testing/world.js";

const ofDelta = { workgroup: den, organisation: delta };
const ready = ["workgroup invitation.consented", "workgroup invitation.ready", "org invitation.received"];
const entered = [
  "workgroup invitation.consented",
  "workgroup workgroup.entered",
  "workgroup invitation.closed",
];

/** Delta is invited into acme's den, where acme is alone. */
function invited() {
  const story = new Story();
  return { story, invitation: story.invite(ada, den, delta) };
}

describe("everyone consents for itself, those that are in first, the newcomer last [WKG-3]", () => {
  test("the newcomer is told once all that are in have consented, and comes in with its own", () => {
    const { story, invitation } = invited();
    expect(codeOf(story.consent(dora, den, invitation))).toBe("not-found");
    const first = story.consent(ada, den, invitation);
    expect(said(first)).toEqual(ready);
    expect(first.facts[2]).toMatchObject({ stream: `org:${delta}` });
    const second = story.consent(dora, den, invitation);
    expect(said(second)).toEqual(entered);
    expect(second).toMatchObject({ answer: { record: { invitation: { state: "consented" } } } });
    expect(get(story.world, "participations", ofDelta)).toMatchObject({ state: "in", since: story.now });
  });

  test("unanimous: who has come in meanwhile is asked as well, and consents given stay [WKG-2]", () => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    // Borealis is in before delta has answered; delta has read it before that.
    const before = consentOf(story.world, dora, invitation);
    expect(said(story.consent(bea, den, denInvitation))).toEqual(entered);
    const late = story.tell(dora, "invitation.consent", { workgroup: den, invitation, statement: before });
    const { digest } = consentOf(story.world, dora, invitation).claims;
    expect(late).toMatchObject({ refusal: { code: "workgroup.changed", digest } });
    expect(said(story.consent(dora, den, invitation))).toEqual(["workgroup invitation.consented"]);
    expect(get(story.world, "participations", ofDelta)).toBeUndefined();
    expect(said(story.consent(bea, den, invitation))).toEqual(entered);
    expect(get(story.world, "participations", ofDelta)).toMatchObject({ state: "in" });
  });

  test("owner: the owner alone is asked, and nobody else that is in", () => {
    const { story, invitation } = invited();
    patch(story.world, "workgroups", { id: den }, { admission: "owner" });
    story.consent(bea, den, denInvitation);
    expect(codeOf(story.consent(bea, den, invitation))).toBe("role.missing");
    expect(said(story.consent(ada, den, invitation))).toEqual(ready);
    expect(said(story.consent(dora, den, invitation))).toEqual(entered);
  });

  test("who leaves is not waited for: the invited one is told, or comes in", () => {
    const { story, invitation } = invited();
    story.consent(bea, den, denInvitation);
    story.consent(ada, den, invitation);
    expect(said(story.tell(bea, "workgroup.leave", { workgroup: den }))).toEqual([
      "workgroup workgroup.left",
      ...ready.slice(1),
    ]);
  });

  test("a newcomer that waits for one who leaves comes in, and is asked about the next", () => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    story.consent(bea, den, denInvitation);
    story.consent(dora, den, invitation);
    expect(said(story.tell(bea, "workgroup.leave", { workgroup: den }))).toEqual([
      "workgroup workgroup.left",
      ...entered.slice(1),
    ]);
  });

  test("an organisation that was revoked meanwhile does not come in", () => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    story.consent(bea, den, denInvitation);
    story.consent(dora, den, invitation);
    patch(story.world, "organisations", { id: delta }, { standing: "revoked" });
    expect(said(story.consent(bea, den, invitation))).toEqual(["workgroup invitation.consented"]);
  });

  test("consenting again is a success that changes nothing, whatever was signed", () => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    const statement = consentOf(story.world, ada, invitation, { digest: "another" });
    const again = story.tell(ada, "invitation.consent", { workgroup: den, invitation, statement });
    expect(again).toMatchObject({ verdict: "accepted", facts: [], work: [] });
  });

  test.each([
    ["an instance of the invited organisation", drift1],
    ["an agent of one that is in", north1],
    ["the platform", root],
  ])("%s sees no invitation [WKG-5]", (_title, principal) => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    const verdict = story.tell(principal, "invitation.decline", { workgroup: den, invitation });
    expect(codeOf(verdict)).toBe("not-found");
  });
});

describe("an id that nobody has is asked, waits and ends like any other [WKG-4]", () => {
  const toldOf = (organisation: typeof delta) => {
    const story = new Story();
    const invitation = story.invite(ada, den, organisation);
    const verdicts = [
      story.consent(ada, den, invitation),
      story.tell(ada, "invitation.withdraw", { workgroup: den, invitation }),
    ];
    return JSON.stringify(verdicts).replaceAll(organisation, "org_of_whom");
  };
  test("the same facts in the same streams, but for the id", () => {
    expect(toldOf(nobody)).toBe(toldOf(delta));
  });
});

describe("declining and withdrawing", () => {
  test.each([
    ["the invited one declines", dora, "invitation.decline", "declined"],
    ["one that is in declines", ada, "invitation.decline", "declined"],
    ["the owner withdraws", ada, "invitation.withdraw", "withdrawn"],
  ] as const)("%s: it has ended for everybody; again is a success [WKG-4]", (_title, who, kind, state) => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    const ended = story.tell(who, kind, { workgroup: den, invitation });
    expect(said(ended)).toEqual(["workgroup invitation.closed", "org invitation.ended"]);
    expect(ended).toMatchObject({ answer: { record: { invitation: { state } } } });
    const again = story.tell(who, kind, { workgroup: den, invitation });
    expect(again).toMatchObject({ verdict: "accepted", facts: [] });
    expect(story.consent(dora, den, invitation)).toMatchObject({
      refusal: { code: "invitation.closed", state },
    });
  });

  test("what has ended does not tell who was invited what became of the workgroup [WKG-5]", () => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    story.tell(dora, "invitation.decline", { workgroup: den, invitation });
    story.consent(bea, den, denInvitation);
    const again = story.tell(dora, "invitation.decline", { workgroup: den, invitation });
    expect(again).toMatchObject({
      answer: { record: { organisations: [{ id: acme }], consented: [], awaited: [] } },
    });
  });

  test("one that is not asked cannot decline", () => {
    const story = new Story();
    patch(story.world, "workgroups", { id: channel }, { admission: "owner" });
    const declined = story.tell(ada, "invitation.decline", {
      workgroup: channel,
      invitation: channelInvitation,
    });
    expect(codeOf(declined)).toBe("role.missing");
  });
});

describe("handing over happens with the consent of who takes over [WKG-6]", () => {
  test("after the owner's: then it owns it, and other hand-overs are withdrawn", () => {
    const story = new Story();
    const toAcme = story.handOver(bea, channel, acme);
    const toDelta = story.handOver(bea, channel, delta);
    expect(codeOf(story.consent(ada, channel, toAcme))).toBe("role.missing");
    for (const one of [toAcme, toDelta]) expect(said(story.consent(bea, channel, one))).toEqual(ready);
    const taken = story.consent(ada, channel, toAcme);
    expect(said(taken)).toEqual([
      "workgroup invitation.consented",
      "workgroup workgroup.handed-over",
      "workgroup invitation.closed",
      "workgroup invitation.closed",
      "org invitation.ended",
    ]);
    expect(get(story.world, "workgroups", { id: channel })?.owner).toBe(acme);
    expect(codeOf(story.tell(bea, "workgroup.leave", { workgroup: channel }))).toBe("accepted");
    expect(story.consent(dora, channel, toDelta)).toMatchObject({ refusal: { code: "invitation.closed" } });
  });

  test("who already owns one of that name is told so, and nobody else is", () => {
    const story = new Story();
    const toAcme = story.handOver(bea, channel, acme);
    put(story.world, "workgroups", workgroupRow(idOf("workgroup", 79), acme, "channel"));
    expect(codeOf(story.consent(bea, channel, toAcme))).toBe("accepted");
    expect(codeOf(story.consent(ada, channel, toAcme))).toBe("workgroup.name-taken");
  });

  test("who was asked to take over and leaves is asked no more", () => {
    const story = new Story();
    const toAcme = story.handOver(bea, channel, acme);
    story.consent(bea, channel, toAcme);
    const left = story.tell(ada, "workgroup.leave", { workgroup: channel });
    expect(said(left)).toContain("workgroup invitation.closed");
    expect(get(story.world, "invitations", { id: toAcme })?.state).toBe("withdrawn");
  });
});

describe("leaving and coming back begins anew [WKG-7]", () => {
  test("no member, name or selector of before counts; what was taken stays taken", () => {
    const { story, invitation } = invited();
    story.consent(ada, den, invitation);
    story.consent(dora, den, invitation);
    story.tell(dora, "member.add", { workgroup: den, agent: drift, offer: true, engage: true });
    const selector = idOf("selector", 900);
    const rights = { tags: { env: "prod" }, offer: true, engage: true };
    story.tell(dora, "selector.add", { workgroup: den, selector, ...rights });
    story.tell(dora, "workgroup.leave", { workgroup: den });
    const leftAt = story.now;
    // All in one millisecond: the clock does not tell them apart.
    const again = story.invite(ada, den, delta);
    story.consent(ada, den, again);
    const old = get(story.world, "participations", ofDelta);
    patch(story.world, "participations", ofDelta, { since: story.now + 1_000 });
    story.consent(dora, den, again);
    const anew = get(story.world, "participations", ofDelta);
    expect(anew).toMatchObject({ state: "in", takenAt: leftAt, since: story.now + 1 });
    expect(old?.takenAt).toBe(leftAt);
    const changed = story.tell(dora, "agent.change", { agent: drift, owner: "desk", expectedVersion: 1 });
    expect(said(changed)).toEqual(["org agent.changed"]);
    const added = story.tell(dora, "member.add", {
      workgroup: den,
      agent: drift,
      offer: true,
      engage: false,
    });
    expect(added).toMatchObject({
      answer: { membership: { offer: true, engage: false, participation: anew?.since, since: story.now } },
    });
    expect(said(added)).toEqual(["org member.named", "workgroup memberships.changed"]);
  });
});

test("borealis is told of den as it stands", () => {
  const story = new Story();
  const consented = story.consent(bea, den, denInvitation);
  expect(consented).toMatchObject({
    answer: { record: { organisations: [{ id: acme }, { id: borealis }], consented: [acme] } },
  });
});
