/** How workgroups, invitations and members look from outside. Free of HTTP: whoever answers says the same. */
import {
  charterText,
  type InvitationView,
  type MemberView,
  type NamedOrganisation,
  type SelectorView,
  type WorkgroupView,
} from "@parley/protocol";
import type { InvitationRecord, WorkgroupRecord } from "../../governance/workgroup/workgroup-commands.js";
import type { Membership, Selector } from "../../governance/workgroup/workgroup-entities.js";
import { digestOf } from "../authenticate/statement.js";
import { timeText } from "./identities.js";

export const addressOf = ({
  name,
  ownerName,
}: {
  readonly name: string;
  readonly ownerName: string;
}): string => `${ownerName}/${name}`;

export const viewWorkgroup = ({ workgroup, ownerName, organisations }: WorkgroupRecord): WorkgroupView => ({
  id: workgroup.id,
  name: workgroup.name,
  address: addressOf({ name: workgroup.name, ownerName }),
  owner: { id: workgroup.owner, name: ownerName },
  purpose: workgroup.purpose,
  rules: workgroup.rules,
  admission: workgroup.admission,
  state: workgroup.state,
  organisations: organisations.map(({ id, name, since }) => ({ id, name, since: timeText(since) })),
  createdAt: timeText(workgroup.createdAt),
});

/** [API-16] The digest is of what is shown here, so that whoever signs it can compute it. */
export function viewInvitation(record: InvitationRecord): InvitationView {
  const { invitation, inviter, consented, awaited } = record;
  const { id, name, purpose, rules, admission, owner } = record.workgroup;
  const { invitee: organisation, as, introduction } = invitation;
  const workgroup = { id, name, purpose, rules, admission, owner };
  const organisations = record.organisations.map(({ id, name }) => ({ id, name }));
  const asked = { id: invitation.id, organisation, as, introduction };
  return {
    ...asked,
    workgroup,
    organisations,
    inviter: inviter && { id: inviter.id, name: inviter.name },
    state: invitation.state,
    digest: digestOf(charterText({ workgroup, organisations, invitation: asked })),
    consented: [...consented],
    awaited: [...awaited],
    createdAt: timeText(invitation.createdAt),
    expiresAt: timeText(invitation.expiresAt),
  };
}

export const viewMember = (
  { agent, organisation, offer, engage, since }: Membership,
  agentName: string,
  organisationName: NamedOrganisation["name"],
): MemberView => ({
  agent: { id: agent, name: agentName },
  organisation: { id: organisation, name: organisationName },
  offer,
  engage,
  since: timeText(since),
});

export const viewSelector = ({ id, workgroup, tags, offer, engage, createdAt }: Selector): SelectorView => ({
  id,
  workgroup,
  tags: { ...tags },
  offer,
  engage,
  createdAt: timeText(createdAt),
});
