import { limits } from "@parley/protocol";
import { expect } from "vitest";
import { consentOf } from "../testing/asked-workgroups.js";
import { acme, ada, bea, idOf, now } from "../testing/cast.js";
import { channel, channelInvitation, delta, workgroupRow } from "../testing/city.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, isAdmin, type Scene, speakAs } from "../testing/scene.js";
import { addressIsClear, fillWorkgroups } from "../testing/workgroup-scenes.js";
import { patch, put } from "../testing/world.js";

type Answering = "invitation.consent" | "invitation.decline" | "invitation.withdraw";

const invitationIsSeen = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<Answering>) => amend(scene, { invitation: idOf("invitation", 404) }),
} as const;
/** Under `owner` admission acme is not asked. */
const consentIsAsked = {
  refusal: { code: "role.missing", rule: "awaited" },
  spoil: ({ world }: Scene) => patch(world, "workgroups", { id: channel }, { admission: "owner" }),
} as const;
const invitationIsOpen = {
  refusal: { code: "invitation.closed", state: "expired" },
  spoil: ({ world }: Scene) => patch(world, "invitations", { id: channelInvitation }, { expiresAt: now }),
} as const;
const start = { callerStands, addressIsClear, invitationIsSeen };
const apart = { "invitationIsSeen after addressIsClear": "of two, neither is meant" };

function bySuccessor(scene: Scene<"invitation.consent">): void {
  const { world } = scene;
  patch(world, "invitations", { id: channelInvitation }, { as: "owner", invitee: acme, shownAt: now - 1 });
  amend(scene, { statement: consentOf(world, ada, channelInvitation) });
}

judged("invitation.consent", {
  checks: {
    ...start,
    isAdmin,
    consentIsAsked,
    invitationIsOpen,
    keyIsCurrent: {
      refusal: { code: "key.replaced" },
      spoil: ({ world }) => patch(world, "operators", { id: ada }, { thumbprint: "another" }),
    },
    consentFits: {
      refusal: { code: "statement.invalid", rule: "organisation" },
      spoil: (scene) =>
        amend(scene, { statement: consentOf(scene.world, ada, channelInvitation, { organisation: delta }) }),
    },
    charterIsCurrent: {
      refusal: { code: "workgroup.changed", digest: expect.any(String) as unknown as string },
      spoil: (scene) =>
        amend(scene, { statement: consentOf(scene.world, ada, channelInvitation, { digest: "of-before" }) }),
    },
    successorOwnsNone: {
      refusal: { code: "workgroup.name-taken" },
      spoil(scene) {
        put(scene.world, "workgroups", workgroupRow(idOf("workgroup", 79), acme, "channel"));
        bySuccessor(scene);
      },
    },
    newcomerFits: {
      refusal: {
        code: "limit.reached",
        rule: "workgroupsPerOrganisation",
        limit: limits.workgroupsPerOrganisation,
        used: limits.workgroupsPerOrganisation,
      },
      spoil(scene) {
        patch(scene.world, "invitations", { id: channelInvitation }, { invitee: acme });
        amend(scene, { statement: consentOf(scene.world, ada, channelInvitation) });
        fillWorkgroups(scene, acme, limits.workgroupsPerOrganisation);
      },
    },
  },
  apart: { ...apart, "successorOwnsNone after consentIsAsked": "who is to take over is asked" },
});

judged("invitation.decline", {
  checks: { ...start, isAdmin, consentIsAsked, invitationIsOpen },
  apart,
});

judged("invitation.withdraw", {
  checks: {
    ...start,
    isAdmin: {
      refusal: { code: "role.missing", rule: "admin" },
      spoil(scene) {
        patch(scene.world, "operators", { id: bea }, { role: "auditor" });
        speakAs(scene, bea);
      },
    },
    mayWithdraw: {
      refusal: { code: "role.missing", rule: "owner" },
      spoil({ world }) {
        patch(world, "workgroups", { id: channel }, { owner: delta });
        patch(world, "invitations", { id: channelInvitation }, { inviter: delta });
      },
    },
    invitationIsOpen,
  },
  apart,
});
