/**
 * What follows for an open invitation when somebody has consented, or somebody who had to has gone: the invited one is
 * told of it, or comes in, or takes over. Asks for what it needs, and changes nothing itself.
 */
import {
  type CommandId,
  charterText,
  type InvitationState,
  type NamedOrganisation,
  type OrganisationId,
  type PrincipalId,
} from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { Millis } from "../entities.js";
import { happened, type NewFact, streamOf, workgroupStream } from "../fact.js";
import { find } from "../question.js";
import { type Asking, ask } from "../rule.js";
import { awaitedOf, charterOf } from "./invitation-record.js";
import type { Consent, Invitation, Participation, Workgroup } from "./workgroup-entities.js";
import type { InvitationFound } from "./workgroup-lookups.js";

export interface Cause {
  readonly actor: PrincipalId | "broker";
  readonly cause: CommandId;
}

export interface Following {
  readonly facts: readonly NewFact[];
  readonly work: readonly WorkingChange[];
}

/** A workgroup with who is in, as it is after what was decided so far. */
export interface Circle extends Following {
  readonly workgroup: Workgroup;
  readonly organisations: readonly NamedOrganisation[];
}

export const noLongerDue = ({ id }: Pick<Invitation, "id">): WorkingChange => ({
  do: "drop",
  table: "deadlines",
  key: { kind: "invitation.expire", subject: id },
});

/** Ended without anybody coming in: who was told of it is told that as well. */
export function endedFor(
  { id, invitee, shownAt }: Invitation,
  state: Exclude<InvitationState, "open">,
  { actor, cause }: Cause,
): readonly NewFact[] {
  const told = { actor, cause, subject: id };
  return shownAt === null
    ? []
    : [happened(streamOf(invitee), "invitation.ended", told, { invitation: id, state })];
}

export function closeInvitation(
  invitation: Invitation,
  state: Exclude<InvitationState, "open">,
  by: OrganisationId | null,
  cause: Cause,
): Following {
  const { id, workgroup } = invitation;
  const told = { ...cause, subject: id };
  const closed = happened(workgroupStream(workgroup), "invitation.closed", told, {
    invitation: id,
    state,
    by,
  });
  const ended = state === "consented" ? [] : endedFor(invitation, state, cause);
  return { facts: [closed, ...ended], work: [noLongerDue(invitation)] };
}

const after = (circle: Circle, { facts, work }: Following, more: Partial<Circle> = {}): Circle => ({
  ...circle,
  ...more,
  facts: [...circle.facts, ...facts],
  work: [...circle.work, ...work],
});

/** The open invitations of a workgroup, each with who has consented. */
export function* askOpenInvitations(
  workgroup: Workgroup["id"],
  now: Millis,
): Asking<readonly InvitationFound[]> {
  const { open } = yield* ask({ open: find("openInvitationsOf", { workgroup, now }) });
  if (open.length === 0) return [];
  const found = yield* ask(
    Object.fromEntries(open.map(({ id }) => [id, find("invitationDue", { id })] as const)),
  );
  return Object.values(found).filter((one) => one !== undefined);
}

/** One after the other: who comes in by the first is asked about the second [WKG-3]. */
export function* advanceAll(
  circle: Circle,
  open: readonly InvitationFound[],
  cause: Cause,
  now: Millis,
): Asking<Circle> {
  let reached = circle;
  for (const found of open) reached = yield* advance(reached, found, open, cause, now);
  return reached;
}

export function* advance(
  circle: Circle,
  { invitation, inviterName, consents }: InvitationFound,
  open: readonly InvitationFound[],
  cause: Cause,
  now: Millis,
): Asking<Circle> {
  const { workgroup, organisations } = circle;
  const found = { invitation, workgroup, inviterName, consents };
  const { invitee, as } = invitation;
  // Asked alike whether or not anybody has this id, and whoever comes next.
  const { digest, organisation, before } = yield* ask({
    digest: find("digest", { text: charterText(charterOf(found, organisations)) }),
    organisation: find("organisation", { id: invitee }),
    before: find("participation", { workgroup: workgroup.id, organisation: invitee }),
  });
  if (as === "owner" && !organisations.some(({ id }) => id === invitee)) {
    return after(circle, closeInvitation(invitation, "withdrawn", null, cause));
  }
  if (awaitedOf(found, organisations).length > 0) return circle;
  if (invitation.shownAt === null) return after(circle, show(found, organisations, digest, cause, now));
  const consent = consents.find((one) => one.organisation === invitee);
  if (consent === undefined || organisation === undefined || organisation.standing === "revoked")
    return circle;
  return as === "owner"
    ? handOver(circle, invitation, consent, open, cause)
    : enter(
        circle,
        invitation,
        { id: organisation.id, name: organisation.name },
        consent,
        before,
        cause,
        now,
      );
}

/** [WKG-4] Told to the invited id, whether or not anybody has it. */
function show(
  { invitation, workgroup, inviterName }: InvitationFound,
  organisations: readonly NamedOrganisation[],
  digest: string,
  cause: Cause,
  now: Millis,
): Following {
  const told = { ...cause, subject: invitation.id };
  const inviter = { id: invitation.inviter, name: inviterName };
  const facts = [
    happened(workgroupStream(workgroup.id), "invitation.ready", told, {
      invitation: invitation.id,
      shownAt: now,
    }),
    happened(streamOf(invitation.invitee), "invitation.received", told, {
      invitation: { ...invitation, shownAt: now },
      workgroup,
      organisations,
      inviter,
      digest,
    }),
  ];
  return { facts, work: [] };
}

/** Entering again begins anew: no row of before counts, whatever the clock says, and what was taken stays taken. */
function enter(
  circle: Circle,
  invitation: Invitation,
  organisation: NamedOrganisation,
  { statement }: Consent,
  before: Participation | undefined,
  cause: Cause,
  now: Millis,
): Circle {
  const { id: workgroup } = circle.workgroup;
  const participation: Participation = {
    workgroup,
    organisation: organisation.id,
    state: "in",
    since: Math.max(now, (before?.since ?? 0) + 1),
    takenAt: before?.takenAt ?? 0,
  };
  const entered = happened(
    workgroupStream(workgroup),
    "workgroup.entered",
    { ...cause, subject: organisation.id },
    { participation, organisation, invitation: invitation.id, statement },
  );
  const { facts, work } = closeInvitation(invitation, "consented", organisation.id, cause);
  const organisations = [...circle.organisations, organisation].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return after(circle, { facts: [entered, ...facts], work }, { organisations });
}

/** Whoever else was asked to take over was asked by who does not own it any more. */
function handOver(
  circle: Circle,
  invitation: Invitation,
  { organisation: owner, statement }: Consent,
  open: readonly InvitationFound[],
  cause: Cause,
): Circle {
  const { id } = circle.workgroup;
  const handedOver = happened(
    workgroupStream(id),
    "workgroup.handed-over",
    { ...cause, subject: id },
    { workgroup: id, owner, invitation: invitation.id, statement },
  );
  const others = open.filter((one) => one.invitation.as === "owner" && one.invitation.id !== invitation.id);
  const closings = [
    closeInvitation(invitation, "consented", owner, cause),
    ...others.map((one) => closeInvitation(one.invitation, "withdrawn", null, cause)),
  ];
  const facts = [handedOver, ...closings.flatMap((one) => one.facts)];
  const work = closings.flatMap((one) => one.work);
  return after(circle, { facts, work }, { workgroup: { ...circle.workgroup, owner } });
}
