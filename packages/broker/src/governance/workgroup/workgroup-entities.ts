/**
 * Workgroups and who is in them, as derived from facts. Nothing is ever given back by itself: what was taken carries
 * the time at which it was, and what relied on it from before is void.
 */
import type {
  Admission,
  AgentId,
  InvitationId,
  InvitationState,
  OperatorId,
  OrganisationId,
  SelectorId,
  Tags,
  WorkgroupId,
} from "@parley/protocol";
import type { Millis, Taken } from "../entities.js";

export interface Workgroup extends Taken {
  readonly id: WorkgroupId;
  readonly owner: OrganisationId;
  readonly name: string;
  readonly purpose: string;
  readonly rules: string;
  readonly admission: Admission;
  readonly state: "active" | "dissolved";
  readonly createdAt: Millis;
}

/** An organisation in a workgroup. Leaving ends it; entering again begins a new one, and `since` tells them apart. */
export interface Participation extends Taken {
  readonly workgroup: WorkgroupId;
  readonly organisation: OrganisationId;
  readonly state: "in" | "left";
  readonly since: Millis;
}

export interface Invitation {
  readonly id: InvitationId;
  readonly workgroup: WorkgroupId;
  readonly inviter: OrganisationId;
  /** As the inviter typed it: it may be nobody's. */
  readonly invitee: OrganisationId;
  readonly as: "member" | "owner";
  readonly introduction: string;
  readonly state: InvitationState;
  readonly createdAt: Millis;
  readonly expiresAt: Millis;
  /** From when on the invited organisation sees it. */
  readonly shownAt: Millis | null;
  /** When it was said to have ended: with its time it is over in any case. */
  readonly endedAt: Millis | null;
}

/** One organisation's answer to one invitation, with the statement by which it is bound. */
export interface Consent {
  readonly invitation: InvitationId;
  readonly organisation: OrganisationId;
  readonly digest: string;
  readonly statement: string;
  readonly by: OperatorId;
  readonly at: Millis;
}

export interface Rights {
  readonly offer: boolean;
  readonly engage: boolean;
}

/** What an admin has given one agent by name. It counts while `participation` is when its organisation has been in since. */
export interface NamedMember extends Rights {
  readonly workgroup: WorkgroupId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly participation: Millis;
}

/** What an admin has given all agents with these tags, for as long as they have them. */
export interface Selector extends Rights {
  readonly id: SelectorId;
  readonly workgroup: WorkgroupId;
  readonly organisation: OrganisationId;
  readonly participation: Millis;
  readonly tags: Tags;
  readonly createdAt: Millis;
}

/**
 * What an agent may do in a workgroup, by name and by selectors together. The row stays when nothing is left of it; it
 * counts while `participation` is when its organisation has been in since.
 */
export interface Membership extends Rights {
  readonly workgroup: WorkgroupId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  readonly participation: Millis;
  readonly since: Millis;
  readonly offerTakenAt: Millis;
  readonly engageTakenAt: Millis;
}
