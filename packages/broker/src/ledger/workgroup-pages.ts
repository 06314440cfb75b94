/** What the records room asks about workgroups, beside what decisions ask. Each is one statement. */
import type { AgentId, OrganisationId, WorkgroupId } from "@parley/protocol";
import type { Membership, Selector, Workgroup } from "../governance/workgroup/workgroup-entities.js";
import type { InvitationFound } from "../governance/workgroup/workgroup-lookups.js";
import type { After } from "./after.js";

export interface WorkgroupRow {
  readonly workgroup: Workgroup;
  readonly ownerName: string;
}

export interface MemberRow {
  readonly membership: Membership;
  readonly agentName: string;
  readonly organisationName: string;
}

export interface WorkgroupPages {
  /** Those that an organisation is in, dissolved ones included while it has not left; for an agent, where it is a member. */
  readonly workgroupsPage: {
    ask: { organisation: OrganisationId; agent: AgentId | null; after: After | null; limit: number };
    found: readonly WorkgroupRow[];
  };
  readonly workgroupRow: { ask: { id: WorkgroupId }; found: WorkgroupRow | undefined };
  /** Those that an organisation was told of, newest first by when they were made. */
  readonly invitationsPage: {
    ask: { invitee: OrganisationId; before: After | null; limit: number };
    found: readonly InvitationFound[];
  };
  /** One that an organisation was told of, whatever workgroup it is of. */
  readonly invitationShown: {
    ask: { invitee: OrganisationId; id: string };
    found: InvitationFound | undefined;
  };
  /**
   * Those of a workgroup that an organisation which is in sees, newest first: what was over when it came in, only if it
   * has invited, or was invited and told.
   */
  readonly workgroupInvitationsPage: {
    ask: { workgroup: WorkgroupId; organisation: OrganisationId; before: After | null; limit: number };
    found: readonly InvitationFound[];
  };
  /** Agents in good standing that may do something there, by their id. */
  readonly membersPage: {
    ask: { workgroup: WorkgroupId; after: string | null; limit: number };
    found: readonly MemberRow[];
  };
  readonly selectorsPage: {
    ask: { workgroup: WorkgroupId; organisation: OrganisationId; after: After | null; limit: number };
    found: readonly Selector[];
  };
  /** The active workgroups in which agents of this kind of owner may do something: who may have to look again. */
  readonly workgroupsTouched: {
    ask: { by: "agent" | "organisation"; of: string };
    found: readonly WorkgroupId[];
  };
}
