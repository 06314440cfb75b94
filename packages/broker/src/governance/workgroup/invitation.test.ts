import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { asked, cause } from "../testing/asked.js";
import { acme, ada, bea, borealis, day, hour, idOf, now } from "../testing/cast.js";
import {
  channel,
  channelInvitation,
  delta,
  den,
  invitationRow,
  nobody,
  participationRow,
  workgroupRow,
} from "../testing/city.js";
import { verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, keyFits, type Scene, speakAs } from "../testing/scene.js";
import { codeOf } from "../testing/story.js";
import {
  addressIsClear,
  dissolvedIsOne,
  unseen,
  workgroupIsActive,
  workgroupIsSeen,
} from "../testing/workgroup-scenes.js";
import { get, patch, put, type World } from "../testing/world.js";

const demote = (operator: typeof ada) => ({
  refusal: { code: "role.missing", rule: "admin" } as const,
  spoil(scene: Scene) {
    patch(scene.world, "operators", { id: operator }, { role: "auditor" });
    speakAs(scene, operator);
  },
});
const isOwner = {
  refusal: { code: "role.missing", rule: "owner" },
  spoil: ({ world }: Scene) => patch(world, "workgroups", { id: channel }, { owner: delta }),
} as const;

const fresh = (n: number) => idOf("invitation", 10_000 + n);
/** In a workgroup of borealis's own, and none of them in the channel. */
function openElsewhere(world: World, upTo: number): void {
  const other = idOf("workgroup", 78);
  put(world, "workgroups", workgroupRow(other, borealis, "other"));
  put(world, "participations", participationRow(other, borealis));
  for (let n = 1; n < upTo; n++) put(world, "invitations", invitationRow(fresh(n), other, borealis, nobody));
}
const most = limits.openInvitationsPerOrganisation;
const invitationsLeft = {
  refusal: { code: "limit.reached", rule: "openInvitationsPerOrganisation", limit: most, used: most },
  spoil: ({ world }: Scene) => openElsewhere(world, most),
} as const;

const daily = limits.invitationsPerDay;
/** Borealis's: of the day that ends now it has made one, into the channel. All have ended, and nobody has the ids. */
function inviteOften(world: World, upTo: number, createdAt = now - day + 1): void {
  patch(world, "invitations", { id: channelInvitation }, { createdAt });
  const over = { createdAt, state: "withdrawn", endedAt: createdAt } as const;
  for (let n = 1; n < upTo; n++)
    put(world, "invitations", invitationRow(fresh(2_000 + n), channel, borealis, nobody, over));
}
const invitationsOfDayLeft = {
  refusal: { code: "limit.reached", rule: "invitationsPerDay", limit: daily, used: daily },
  spoil: ({ world }: Scene) => inviteOften(world, daily),
} as const;

function fillChannel(world: World, upTo: number): void {
  // Acme, borealis and delta are in, and one is invited.
  for (let n = 4; n < upTo; n++) {
    const id = idOf("organisation", 10_000 + n);
    const organisation = get(world, "organisations", { id: delta });
    if (organisation) put(world, "organisations", { ...organisation, id, name: `filler-${n}` });
    put(world, "participations", participationRow(channel, id));
  }
}
const places = limits.organisationsPerWorkgroup;

const start = { callerStands, workgroupIsSeen, addressIsClear, isAdmin: demote(bea), isOwner, keyFits };
const apart = {
  ...unseen,
  ...dissolvedIsOne,
  "isOwner after workgroupIsSeen": "what is not seen has no owner",
  "isOwner after addressIsClear": "of two, neither is meant",
};

judged("workgroup.invite", {
  checks: {
    ...start,
    workgroupIsActive,
    invitedIsNotIn: {
      refusal: { code: "workgroup.already-in" },
      spoil: (scene) => amend(scene, { organisation: acme }),
    },
    invitationIsNew: {
      refusal: { code: "invitation.exists" },
      spoil: ({ world, command }) =>
        put(world, "invitations", invitationRow(fresh(0), channel, borealis, command.organisation)),
    },
    organisationsFit: {
      refusal: { code: "limit.reached", rule: "organisationsPerWorkgroup", limit: places, used: places },
      spoil: ({ world }) => fillChannel(world, places),
    },
    invitationsLeft,
    invitationsOfDayLeft,
  },
  apart: {
    ...apart,
    "invitedIsNotIn after workgroupIsSeen": "nobody is in what is not seen",
    "invitedIsNotIn after addressIsClear": "of two, neither is meant",
    "invitationIsNew after workgroupIsSeen": "what is not seen has no invitations",
    "invitationIsNew after addressIsClear": "of two, neither is meant",
    "organisationsFit after workgroupIsSeen": "what is not seen has no places",
    "organisationsFit after addressIsClear": "of two, neither is meant",
  },
});

judged("workgroup.hand-over", {
  checks: {
    ...start,
    workgroupIsActive,
    successorIsIn: {
      refusal: { code: "workgroup.not-in" },
      spoil: (scene) => amend(scene, { organisation: nobody }),
    },
    successorIsAnother: {
      refusal: { code: "workgroup.already-in" },
      spoil: (scene) => amend(scene, { organisation: borealis }),
    },
    invitationIsNew: {
      refusal: { code: "invitation.exists" },
      spoil: ({ world }) =>
        put(world, "invitations", invitationRow(fresh(0), channel, borealis, acme, { as: "owner" })),
    },
    invitationsLeft,
    invitationsOfDayLeft,
  },
  apart: {
    ...apart,
    "invitationIsNew after workgroupIsSeen": "what is not seen has no invitations",
    "invitationIsNew after addressIsClear": "of two, neither is meant",
    "successorIsAnother after workgroupIsSeen": "what is not seen has no owner",
    "successorIsAnother after addressIsClear": "of two, neither is meant",
  },
});

describe("inviting", () => {
  const { invitation: id, introduction } = asked["workgroup.invite"];
  const opened = (invitee: typeof acme) =>
    invitationRow(id, channel, borealis, invitee, { introduction, createdAt: now, expiresAt: now + 7 * day });

  test("is one fact of the workgroup's stream, and a deadline of seven days: those that are in come first [WKG-3]", () => {
    const { organisation } = asked["workgroup.invite"];
    const invitation = opened(organisation);
    const verdict = verdictOf("workgroup.invite");
    expect(verdict).toMatchObject({
      answer: { repeated: false, record: { invitation, consented: [], awaited: [acme, borealis, delta] } },
      facts: [
        {
          stream: `workgroup:${channel}`,
          kind: "invitation.opened",
          content: { actor: bea, cause, subject: id, data: { invitation } },
        },
      ],
      work: [
        {
          do: "put",
          table: "deadlines",
          row: { kind: "invitation.expire", subject: id, dueAt: now + 7 * day },
        },
      ],
      sweeps: [],
      payloads: [],
    });
    expect(verdict.facts).toHaveLength(1);
  });

  test("where the owner admits alone, it alone is asked first [WKG-3]", () => {
    const verdict = verdictOf("workgroup.invite", ({ world }) =>
      patch(world, "workgroups", { id: channel }, { admission: "owner" }),
    );
    expect(verdict).toMatchObject({ answer: { record: { awaited: [borealis] } } });
  });

  test.each([
    ["the last place in the workgroup", (world: World) => fillChannel(world, places - 1)],
    ["the last invitation of the owner", (world: World) => openElsewhere(world, most - 1)],
    ["the last invitation of a day", (world: World) => inviteOften(world, daily - 1)],
    ["one more, a day later,", (world: World) => inviteOften(world, daily, now - day)],
  ])("%s is given [LIM-1]", (_title, fill) => {
    expect(verdictOf("workgroup.invite", ({ world }) => fill(world)).verdict).toBe("accepted");
  });

  test("who took over may invite as many as any: what the former owner has open is its own, while it is in [WKG-6]", () => {
    const mine = idOf("workgroup", 78);
    const inviting = (tune: (world: World) => void) =>
      codeOf(
        verdictOf("workgroup.invite", ({ world }) => {
          openElsewhere(world, most);
          tune(world);
        }),
      );
    const handOver = (world: World) => patch(world, "workgroups", { id: mine }, { owner: acme });
    expect(inviting(handOver)).toBe("limit.reached");
    const left = (world: World) => {
      handOver(world);
      patch(world, "participations", { workgroup: mine, organisation: borealis }, { state: "left" });
    };
    expect(inviting(left)).toBe("accepted");
    const asked = verdictOf("workgroup.invite", (scene) => {
      openElsewhere(scene.world, most);
      put(scene.world, "participations", participationRow(mine, acme));
      handOver(scene.world);
      amend(scene, { workgroup: mine });
      speakAs(scene, ada);
    });
    expect(codeOf(asked)).toBe("accepted");
  });

  test("what others invite, and what has ended, fills nothing", () => {
    const verdict = verdictOf("workgroup.invite", ({ world }) => {
      openElsewhere(world, most);
      for (const [key, row] of world.rows.invitations)
        world.rows.invitations.set(key, { ...row, ...(row.inviter === borealis ? { expiresAt: now } : {}) });
      for (let n = 1; n < most; n++)
        put(
          world,
          "invitations",
          invitationRow(fresh(1_000 + n), den, acme, idOf("organisation", 90_000 + n)),
        );
      for (let n = 0; n < daily; n++)
        put(world, "invitations", invitationRow(fresh(4_000 + n), den, acme, borealis));
    });
    expect(verdict.verdict).toBe("accepted");
  });

  test("one that was asked and whose time has passed is asked again, whatever the timer does [WKG-4]", () => {
    const verdict = verdictOf("workgroup.invite", (scene) => {
      amend(scene, { organisation: nobody });
      patch(scene.world, "invitations", { id: channelInvitation }, { expiresAt: now });
    });
    expect(verdict.verdict).toBe("accepted");
  });
});

describe("a time that has passed [WKG-4]", () => {
  const expiry = (expiresAt: number, shownAt: number | null) =>
    verdictOf("invitation.expire", ({ world }) =>
      patch(world, "invitations", { id: channelInvitation }, { expiresAt, shownAt }),
    );

  test("ends the invitation; nobody was told of it, so nobody is told of its end", () => {
    const verdict = expiry(now, null);
    expect(verdict).toMatchObject({ answer: { expired: true }, work: [{ do: "drop" }] });
    expect(verdict.facts.map(({ stream, kind }) => [stream, kind])).toEqual([
      [`workgroup:${channel}`, "invitation.closed"],
    ]);
    expect(verdict.facts[0]?.content).toMatchObject({
      actor: "broker",
      data: { invitation: channelInvitation, state: "expired", by: null },
    });
  });

  test("is told to who was told of the invitation, whether or not anybody has that id", () => {
    const { facts } = expiry(now, now - hour);
    expect(facts.map(({ stream }) => stream)).toEqual([`workgroup:${channel}`, `org:${nobody}`]);
  });

  test("a timer that comes early is put off", () => {
    expect(expiry(now + 1, null)).toMatchObject({
      answer: { expired: false },
      facts: [],
      work: [{ do: "put", row: { dueAt: now + 1 } }],
    });
  });
});
