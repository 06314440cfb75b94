/** What facts of workgroups say. Those of a workgroup's stream are read by all that are in. */
import type {
  AgentId,
  InvitationId,
  InvitationState,
  NamedOrganisation,
  OrganisationId,
  SelectorId,
  WorkgroupId,
} from "@parley/protocol";
import type { Millis } from "../entities.js";
import type {
  Consent,
  Invitation,
  Membership,
  NamedMember,
  Participation,
  Selector,
  Workgroup,
} from "./workgroup-entities.js";

export interface WorkgroupFacts {
  // The workgroup's stream.
  "workgroup.created": { workgroup: Workgroup; participation: Participation };
  "invitation.opened": { invitation: Invitation };
  "invitation.consented": { consent: Consent };
  /** With `shownAt` where the invited organisation was told of it. */
  "invitation.closed": {
    invitation: InvitationId;
    state: Exclude<InvitationState, "open">;
    by: OrganisationId | null;
  };
  /** Everybody who must has consented: it is the invited organisation's turn. */
  "invitation.ready": { invitation: InvitationId; shownAt: Millis };
  /** A newcomer is in; it reads this stream from here on. */
  "workgroup.entered": {
    participation: Participation;
    organisation: NamedOrganisation;
    invitation: InvitationId;
    statement: string;
  };
  "workgroup.handed-over": {
    workgroup: WorkgroupId;
    owner: OrganisationId;
    invitation: InvitationId;
    statement: string;
  };
  "workgroup.left": { workgroup: WorkgroupId; organisation: OrganisationId; why: "left" | "revoked" };
  /** `invitations` are those that it has closed. */
  "workgroup.dissolved": {
    workgroup: WorkgroupId;
    why: "dissolved" | "owner-revoked";
    invitations: readonly InvitationId[];
  };
  /** What these agents may do from here on, all of one organisation. */
  "memberships.changed": {
    workgroup: WorkgroupId;
    organisation: OrganisationId;
    members: readonly { readonly name: string; readonly membership: Membership }[];
  };

  // The invited organisation's own stream, whether or not there is such an organisation.
  "invitation.received": {
    invitation: Invitation;
    workgroup: Workgroup;
    organisations: readonly NamedOrganisation[];
    inviter: NamedOrganisation;
    digest: string;
  };
  "invitation.ended": { invitation: InvitationId; state: Exclude<InvitationState, "open"> };

  // The own stream of the organisation whose agents they are.
  "member.named": { member: NamedMember };
  "member.unnamed": { workgroup: WorkgroupId; agent: AgentId };
  "selector.added": { selector: Selector };
  "selector.removed": { selector: SelectorId; workgroup: WorkgroupId };
}
