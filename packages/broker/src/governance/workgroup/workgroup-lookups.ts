/** What decisions about workgroups need to know. */
import type { AgentId, InvitationId, OrganisationId, SelectorId, Tags, WorkgroupId } from "@parley/protocol";
import type { Reach } from "../engagement-entities.js";
import type { Agent, Organisation } from "../entities.js";
import type {
  Consent,
  Invitation,
  Membership,
  NamedMember,
  Participation,
  Selector,
  Workgroup,
} from "./workgroup-entities.js";

/** Exactly one of `id` and `name` is there; `owner` is the owner's name. */
export interface Address {
  readonly id: string | null;
  readonly owner: string | null;
  readonly name: string | null;
}

export interface WorkgroupLookups {
  /**
   * What a caller sees under an address, by id, two at most: the workgroups that its organisation is in, or, for an
   * agent, those in which it may offer or engage. A name means active ones, with its owner or bare. By its id an
   * organisation finds a dissolved one too: it looks back.
   */
  readonly workgroupsAddressed: {
    ask: { organisation: OrganisationId; agent: AgentId | null; address: Address };
    found: readonly Workgroup[];
  };
  /** The active one of that name. */
  readonly workgroupOwned: {
    ask: { organisation: OrganisationId; name: string };
    found: Workgroup | undefined;
  };
  readonly workgroup: { ask: { id: string }; found: Workgroup | undefined };
  readonly participation: {
    ask: { workgroup: WorkgroupId; organisation: string };
    found: Participation | undefined;
  };
  /** Who is in, by the id of the organisation. */
  readonly participants: {
    ask: { workgroup: WorkgroupId };
    found: readonly { readonly participation: Participation; readonly organisation: Organisation }[];
  };
  /** In how many active workgroups it is. */
  readonly participationCount: { ask: { organisation: OrganisationId }; found: number };
  /** The active workgroups in which it is, by id. */
  readonly participationsOf: {
    ask: { organisation: OrganisationId };
    found: readonly { readonly workgroup: Workgroup; readonly participation: Participation }[];
  };

  /**
   * An invitation of that workgroup, if that organisation sees it: it is invited and was told, or is in, and either has
   * invited or came in before the end. With the consents by organisation, and the inviter's name.
   */
  readonly invitation: {
    ask: { organisation: OrganisationId; workgroup: string; id: string };
    found: InvitationFound | undefined;
  };
  readonly invitationDue: { ask: { id: InvitationId }; found: InvitationFound | undefined };
  /** Open and not expired at `now`, of that inviter, into active workgroups in which it is: those that it may withdraw. */
  readonly openInvitationCount: { ask: { inviter: OrganisationId; now: number }; found: number };
  /** All that this inviter has made since then, whatever became of them. */
  readonly invitationsMadeSince: { ask: { inviter: OrganisationId; since: number }; found: number };
  /** Open and not expired at `now`, by id. */
  readonly openInvitationsOf: {
    ask: { workgroup: WorkgroupId; now: number };
    found: readonly Invitation[];
  };

  /** Rows that count: their organisation has been in ever since. */
  readonly namedMember: {
    ask: { workgroup: WorkgroupId; agent: AgentId };
    found: NamedMember | undefined;
  };
  readonly namedMembersOf: {
    ask: { workgroup: WorkgroupId; organisation: OrganisationId };
    found: readonly NamedMember[];
  };
  /** What an agent was given by name, in all active workgroups, by workgroup. */
  readonly namedIn: { ask: { agent: AgentId }; found: readonly NamedMember[] };
  readonly selector: {
    ask: { organisation: OrganisationId; workgroup: WorkgroupId; id: SelectorId | string };
    found: Selector | undefined;
  };
  /** All of an organisation that count, in active workgroups, by id. */
  readonly selectorsOf: { ask: { organisation: OrganisationId }; found: readonly Selector[] };
  readonly membership: {
    ask: { workgroup: WorkgroupId; agent: AgentId };
    found: Membership | undefined;
  };
  /** All rows of an agent in active workgroups where its organisation is, those that give nothing included, by workgroup. */
  readonly membershipsOf: { ask: { agent: AgentId }; found: readonly Membership[] };
  /** Rows of one organisation in one workgroup, those that give nothing included, by agent. */
  readonly membershipsIn: {
    ask: { workgroup: WorkgroupId; organisation: OrganisationId };
    found: readonly Membership[];
  };
  /** Members of one organisation that may do something, but for those that are revoked. */
  readonly memberCount: {
    ask: { workgroup: WorkgroupId; organisation: OrganisationId };
    found: number;
  };
  /** Agents of an organisation that are not revoked and have all these tags, by id; one more than the limit at most. */
  readonly agentsTagged: {
    ask: { organisation: OrganisationId; tags: Tags; limit: number };
    found: readonly Agent[];
  };
  /** By what an agent stands in a workgroup: there when its organisation was ever in and it was ever a member. */
  readonly reach: { ask: { workgroup: string; agent: AgentId }; found: Reach | undefined };
}

export interface InvitationFound {
  readonly invitation: Invitation;
  readonly workgroup: Workgroup;
  readonly inviterName: string;
  readonly consents: readonly Consent[];
}
