/** What becomes of an invitation that waits while who owns the workgroup, or who is in it, changes. */
import type { InvitationId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { callerOf, command } from "../testing/asked.js";
import { acme, ada, bea, borealis, idOf, root } from "../testing/cast.js";
import { channel, delta, den, denInvitation, dora, nobody } from "../testing/city.js";
import { decide } from "../testing/decide.js";
import { codeOf, Story, said } from "../testing/story.js";
import { get, patch } from "../testing/world.js";

const ofDelta = { workgroup: den, organisation: delta };

/** Acme's den, with borealis in it, and delta invited. */
function denOfTwo(admission: "unanimous" | "owner" = "unanimous") {
  const story = new Story();
  story.consent(bea, den, denInvitation);
  patch(story.world, "workgroups", { id: den }, { admission });
  return { story, invitation: story.invite(ada, den, delta) };
}

function handOver(story: Story, from: typeof ada, to: typeof bea, organisation: typeof acme): void {
  const handing = story.handOver(from, den, organisation);
  story.consent(from, den, handing);
  expect(said(story.consent(to, den, handing))).toContain("workgroup workgroup.handed-over");
}
const isIn = ({ world }: Story) => get(world, "participations", ofDelta)?.state === "in";

describe("handed over meanwhile [WKG-6]", () => {
  test("the owner who admits alone is the new one: it is asked, and who was invited stays asked", () => {
    const { story, invitation } = denOfTwo("owner");
    story.consent(ada, den, invitation);
    handOver(story, ada, bea, borealis);
    const consented = story.consent(dora, den, invitation);
    expect(consented).toMatchObject({ answer: { record: { awaited: [borealis] } } });
    expect([codeOf(consented), isIn(story)]).toEqual(["accepted", false]);
    story.consent(bea, den, invitation);
    expect(isIn(story)).toBe(true);
  });

  test("who takes over and had consented before, when it owned it, is not asked again", () => {
    const { story, invitation } = denOfTwo("owner");
    story.consent(ada, den, invitation);
    handOver(story, ada, bea, borealis);
    story.consent(dora, den, invitation);
    const back = story.handOver(bea, den, acme);
    story.consent(bea, den, back);
    expect(said(story.consent(ada, den, back))).toContain("workgroup workgroup.entered");
    expect(isIn(story)).toBe(true);
  });

  test.each([
    ["the new owner", bea, "accepted"],
    ["who invited, while it is in", ada, "accepted"],
    ["nobody else", dora, "role.missing"],
  ] as const)("%s may withdraw it", (_title, who, code) => {
    const { story, invitation } = denOfTwo();
    story.consent(ada, den, invitation);
    story.consent(bea, den, invitation);
    handOver(story, ada, bea, borealis);
    expect(codeOf(story.tell(who, "invitation.withdraw", { workgroup: den, invitation }))).toBe(code);
  });
});

describe("who has consented and has left", () => {
  test("is named no more, to those that are in and to who is invited", () => {
    const { story, invitation } = denOfTwo();
    story.consent(bea, den, invitation);
    expect(story.consent(bea, den, invitation)).toMatchObject({
      answer: { record: { consented: [borealis], awaited: [acme] } },
    });
    story.tell(bea, "workgroup.leave", { workgroup: den });
    const told = story.consent(ada, den, invitation);
    expect(told).toMatchObject({ answer: { record: { organisations: [{ id: acme }], consented: [acme] } } });
    expect(JSON.stringify([told.facts, "answer" in told && told.answer])).not.toContain(borealis);
  });

  test("and who invited: what it has asked goes on under the new owner, and is not seen by it any more", () => {
    const { story, invitation } = denOfTwo();
    story.consent(bea, den, invitation);
    handOver(story, ada, bea, borealis);
    const left = story.tell(ada, "workgroup.leave", { workgroup: den });
    expect(said(left)).toContain("org invitation.received");
    const withdrawn = story.tell(ada, "invitation.withdraw", { workgroup: den, invitation });
    expect(codeOf(withdrawn)).toBe("not-found");
    story.consent(dora, den, invitation);
    expect(isIn(story)).toBe(true);
  });
});

describe("who has invited and has left [WKG-5]", () => {
  const told = (inviter: object | null) => ({ answer: { record: { inviter } } });
  const byAcme = { id: acme, name: "acme" };

  test("is named to who is invited, and no more to those that are in: who came after it has never met it", () => {
    const { story, invitation } = denOfTwo();
    const another = story.invite(ada, den, nobody);
    story.consent(ada, den, invitation);
    expect(story.consent(bea, den, invitation)).toMatchObject(told(byAcme));
    handOver(story, ada, bea, borealis);
    expect(story.consent(bea, den, another)).toMatchObject(told(byAcme));
    story.tell(ada, "workgroup.leave", { workgroup: den });
    expect(story.consent(dora, den, invitation)).toMatchObject(told(byAcme));
    expect(isIn(story)).toBe(true);
    expect(story.consent(dora, den, another)).toMatchObject(told(null));
    const withdrawn = story.tell(bea, "invitation.withdraw", { workgroup: den, invitation: another });
    expect(withdrawn).toMatchObject(told(null));
  });
});

describe("the owner is suspended meanwhile", () => {
  test("nobody is invited; what it has consented to goes on among the others", () => {
    const { story, invitation } = denOfTwo();
    story.consent(ada, den, invitation);
    story.tell(root, "organisation.suspend", { organisation: acme });
    const invited = story.tell(ada, "workgroup.invite", { workgroup: den, organisation: nobody });
    expect(codeOf(invited)).toBe("identity.suspended");
    expect(codeOf(story.tell(bea, "workgroup.invite", { workgroup: den, organisation: nobody }))).toBe(
      "role.missing",
    );
    story.consent(bea, den, invitation);
    story.consent(dora, den, invitation);
    expect(isIn(story)).toBe(true);
  });

  test("what it has not consented to waits for it, and does not pass it by", () => {
    const { story, invitation } = denOfTwo();
    story.tell(root, "organisation.suspend", { organisation: acme });
    expect(said(story.consent(bea, den, invitation))).toEqual(["workgroup invitation.consented"]);
    expect(codeOf(story.consent(ada, den, invitation))).toBe("identity.suspended");
    story.tell(root, "organisation.resume", { organisation: acme });
    expect(said(story.consent(ada, den, invitation))).toContain("org invitation.received");
  });
});

test("who created it and is not in any more is not shown it again, nor is another made, by the key of then [API-6]", () => {
  const story = new Story();
  const lab = { workgroup: idOf("workgroup", 500), name: "lab", idempotency: { key: "k", digest: "same" } };
  const create = () => story.tell(ada, "workgroup.create", { ...lab, workgroup: idOf("workgroup", 501) });
  story.tell(ada, "workgroup.create", lab);
  expect(create()).toMatchObject({
    answer: { repeated: true, record: { workgroup: { id: lab.workgroup } } },
  });
  patch(story.world, "workgroups", { id: lab.workgroup }, { owner: borealis });
  const mine = { workgroup: lab.workgroup, organisation: acme };
  patch(story.world, "participations", mine, { state: "left" });
  expect(create()).toMatchObject({ verdict: "refused", refusal: { code: "not-found" } });
});

describe("what was over before an organisation came in does not exist for it [WKG-5]", () => {
  const story = new Story();
  const invite = (n: number) => story.invite(ada, den, idOf("organisation", 600 + n));
  const [declined, expired, open] = [invite(1), invite(2), invite(3)];
  story.tell(ada, "invitation.decline", { workgroup: den, invitation: declined });
  patch(story.world, "invitations", { id: expired }, { expiresAt: story.now });
  story.consent(bea, den, denInvitation);
  story.tell(ada, "invitation.decline", { workgroup: den, invitation: open });

  test.each([
    ["invitation.consent", "invitation.closed"],
    ["invitation.decline", "accepted"],
    ["invitation.withdraw", "role.missing"],
  ] as const)("%s: not-found, and %s where it ended later", (kind, later) => {
    const caller = callerOf(story.world, bea);
    const decided = (invitation: InvitationId) =>
      decide(story.world, { ...command(kind, { workgroup: den, invitation }), caller }, story.now);
    const absent = decided(idOf("invitation", 404));
    expect(codeOf(absent.verdict)).toBe("not-found");
    for (const before of [declined, expired]) expect(decided(before)).toEqual(absent);
    expect(codeOf(decided(open).verdict)).toBe(later);
  });
});

test("an invitation into another workgroup is no way into this one [WKG-5]", () => {
  const { story, invitation } = denOfTwo();
  const verdict = story.tell(bea, "invitation.decline", { workgroup: channel, invitation });
  expect(codeOf(verdict)).toBe("not-found");
});
