/** What may be asked of workgroups, and what is answered. `workgroup` is an address as typed: id, `owner/name` or a name. */
import type {
  Admission,
  ConsentClaims,
  InvitationId,
  NamedOrganisation,
  OrganisationId,
  SelectorId,
  Tags,
  WorkgroupId,
} from "@parley/protocol";
import type { Asked, Creating, Made, Own, Signed } from "../request.js";
import type { Invitation, Membership, Selector, Workgroup } from "./workgroup-entities.js";

export interface WorkgroupCommands {
  "workgroup.create": Creating & {
    readonly workgroup: WorkgroupId;
    readonly name: string;
    readonly purpose: string;
    readonly rules: string;
    readonly admission: Admission;
  };
  "workgroup.invite": Creating & {
    readonly workgroup: string;
    readonly invitation: InvitationId;
    readonly organisation: OrganisationId;
    readonly introduction: string;
  };
  /** An invitation `as: owner`. */
  "workgroup.hand-over": Creating & {
    readonly workgroup: string;
    readonly invitation: InvitationId;
    readonly organisation: OrganisationId;
  };
  "workgroup.leave": Asked & { readonly workgroup: string };
  "workgroup.dissolve": Asked & { readonly workgroup: string };

  "invitation.consent": Asked & {
    readonly workgroup: string;
    readonly invitation: string;
    readonly statement: Signed<ConsentClaims>;
  };
  "invitation.decline": Asked & { readonly workgroup: string; readonly invitation: string };
  "invitation.withdraw": Asked & { readonly workgroup: string; readonly invitation: string };
  "invitation.expire": Own & { readonly invitation: InvitationId };

  "member.add": Asked & {
    readonly workgroup: string;
    readonly agent: string;
    readonly offer: boolean;
    readonly engage: boolean;
  };
  "member.remove": Asked & { readonly workgroup: string; readonly agent: string };
  "selector.add": Creating & {
    readonly workgroup: string;
    readonly selector: SelectorId;
    readonly tags: Tags;
    readonly offer: boolean;
    readonly engage: boolean;
  };
  "selector.remove": Asked & { readonly workgroup: string; readonly selector: string };
}

/** A workgroup as its organisations see it. */
export interface WorkgroupRecord {
  readonly workgroup: Workgroup;
  readonly ownerName: string;
  readonly organisations: readonly (NamedOrganisation & { readonly since: number })[];
}

/** An invitation as who may see it sees it. */
export interface InvitationRecord {
  readonly invitation: Invitation;
  readonly workgroup: Workgroup;
  /** Null to those that are in when it is not any more, unless they were invited. */
  readonly inviter: NamedOrganisation | null;
  readonly organisations: readonly NamedOrganisation[];
  readonly consented: readonly OrganisationId[];
  readonly awaited: readonly OrganisationId[];
}

export interface WorkgroupAnswers {
  "workgroup.create": Made & { record: WorkgroupRecord };
  "workgroup.invite": Made & { record: InvitationRecord };
  "workgroup.hand-over": Made & { record: InvitationRecord };
  "workgroup.leave": { workgroup: WorkgroupId };
  "workgroup.dissolve": { record: WorkgroupRecord };
  "invitation.consent": { record: InvitationRecord };
  "invitation.decline": { record: InvitationRecord };
  "invitation.withdraw": { record: InvitationRecord };
  "invitation.expire": { expired: boolean };
  "member.add": { membership: Membership; agentName: string };
  "member.remove": { membership: Membership; agentName: string };
  /** `members` is how many agents it has changed something for. */
  "selector.add": Made & { selector: Selector; members: number };
  "selector.remove": { selector: Selector; members: number };
}
