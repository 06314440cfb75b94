/**
 * Invitations and workgroups as they are shown: what state they are really in at a moment, who has still to consent,
 * and what is signed. Pure, and the same for who decides and for who looks back.
 */
import type { Charter, InvitationState, NamedOrganisation, OrganisationId } from "@parley/protocol";
import type { Millis, Organisation } from "../entities.js";
import type { InvitationRecord, WorkgroupRecord } from "./workgroup-commands.js";
import type { Participation, Workgroup } from "./workgroup-entities.js";
import type { InvitationFound } from "./workgroup-lookups.js";

/** Who is in. */
export type Inside = readonly {
  readonly participation: Participation;
  readonly organisation: Organisation;
}[];

export const namesOf = (inside: Inside): readonly NamedOrganisation[] =>
  inside.map(({ organisation: { id, name } }) => ({ id, name }));

/** [WKG-4] Whatever timers do: nothing is open after its time, nor once its workgroup is dissolved. */
export function stateOf(
  { invitation, workgroup }: Pick<InvitationFound, "invitation" | "workgroup">,
  now: Millis,
): InvitationState {
  if (invitation.state !== "open") return invitation.state;
  if (workgroup.state === "dissolved" && workgroup.takenAt < invitation.expiresAt) return "withdrawn";
  return now < invitation.expiresAt ? "open" : "expired";
}

/** Those whose consent comes before that of the invited one [WKG-3]. */
export function mustConsent(
  { invitation, workgroup }: Pick<InvitationFound, "invitation" | "workgroup">,
  organisations: readonly { readonly id: OrganisationId }[],
): readonly OrganisationId[] {
  const everyone = workgroup.admission === "unanimous" && invitation.as === "member";
  return everyone ? organisations.map(({ id }) => id) : [workgroup.owner];
}

export function awaitedOf(
  found: InvitationFound,
  organisations: readonly { readonly id: OrganisationId }[],
): readonly OrganisationId[] {
  const said = new Set(found.consents.map(({ organisation }) => organisation));
  return mustConsent(found, organisations).filter((id) => !said.has(id));
}

/** What is signed [WKG-2]. */
export function charterOf(
  { invitation, workgroup }: Pick<InvitationFound, "invitation" | "workgroup">,
  organisations: readonly NamedOrganisation[],
): Charter {
  const { id, invitee: organisation, as, introduction } = invitation;
  return { workgroup, organisations, invitation: { id, organisation, as, introduction } };
}

/**
 * As one organisation sees it. What has ended is shown to who was invited as it was known to it: who is in, who owns it
 * and who has consented since is not told to who is not in [WKG-5].
 */
export function invitationRecord(
  found: InvitationFound,
  organisations: readonly NamedOrganisation[],
  reader: OrganisationId,
  now: Millis,
): InvitationRecord {
  const { invitation, workgroup, inviterName, consents } = found;
  const state = stateOf(found, now);
  const shown = { ...invitation, state };
  const inviter = { id: invitation.inviter, name: inviterName };
  if (state !== "open" && !organisations.some(({ id }) => id === reader)) {
    const asItWas: Workgroup = { ...workgroup, owner: inviter.id };
    return {
      invitation: shown,
      workgroup: asItWas,
      inviter,
      organisations: [inviter],
      consented: [],
      awaited: [],
    };
  }
  // Of those that are in: who has left since is not named to who has come after it [WKG-5].
  const isIn = (id: OrganisationId): boolean => organisations.some((inside) => inside.id === id);
  const consented = consents.map(({ organisation }) => organisation).filter(isIn);
  return {
    invitation: shown,
    workgroup,
    inviter: reader === invitation.invitee || isIn(inviter.id) ? inviter : null,
    organisations,
    consented: consented.filter((id) => id !== invitation.invitee || invitation.as === "owner"),
    awaited: state === "open" ? awaitedOf(found, organisations) : [],
  };
}

export function workgroupRecord(workgroup: Workgroup, inside: Inside): WorkgroupRecord {
  const owner = inside.find(({ organisation }) => organisation.id === workgroup.owner);
  return {
    workgroup,
    ownerName: owner?.organisation.name ?? "",
    organisations: inside.map(({ organisation: { id, name }, participation: { since } }) => ({
      id,
      name,
      since,
    })),
  };
}
