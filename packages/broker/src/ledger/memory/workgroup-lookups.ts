/** What decisions about workgroups ask, answered from one copy of everything in memory. */
import { isSeenFromInside } from "../../governance/reach.js";
import type { Workgroup } from "../../governance/workgroup/workgroup-entities.js";
import type {
  Address,
  InvitationFound,
  WorkgroupLookups,
} from "../../governance/workgroup/workgroup-lookups.js";
import type { Answering } from "../answering.js";
import type { MemoryTables } from "./holdings.js";
import { page } from "./order.js";
import { activeWorkgroup, insideOf, isMemberOf, reachOf, stillCounts } from "./reaching.js";
import { count, first, inOrder, made, where } from "./rows.js";

export const workgroupLookups = (tables: MemoryTables): Answering<keyof WorkgroupLookups> => ({
  ...groupLookups(tables),
  ...participationLookups(tables),
  ...invitationLookups(tables),
  ...givenLookups(tables),
  ...membershipLookups(tables),
  reach: ({ workgroup, agent }) => reachOf(tables, workgroup, agent),
});

function groupLookups(tables: MemoryTables) {
  const { workgroups } = tables;
  return {
    workgroupsAddressed: ({ organisation, agent, address }) => {
      const inside = made(insideOf(tables, organisation), ({ workgroup }) =>
        isAddressed(tables, workgroup, address) && (agent === null || isMemberOf(tables, workgroup.id, agent))
          ? workgroup
          : undefined,
      );
      return page(inside, (row) => [row.id], { after: null, limit: 2 });
    },
    workgroupOwned: ({ organisation, name }) =>
      first(workgroups.group("owner", organisation), (row) => row.name === name && row.state === "active"),
    workgroup: ({ id }) => workgroups.find({ id }),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

function isAddressed({ organisations }: MemoryTables, row: Workgroup, { id, owner, name }: Address): boolean {
  if (id !== null) return row.id === id;
  if (row.name !== name || row.state !== "active") return false;
  return owner === null || organisations.find({ id: row.owner })?.name === owner;
}

function participationLookups(tables: MemoryTables) {
  const { participations, organisations } = tables;
  const inActive = (organisation: string) =>
    where(insideOf(tables, organisation), ({ workgroup }) => workgroup.state === "active");
  return {
    participation: (by) => participations.find(by),
    participants: ({ workgroup }) => {
      const all = made(participations.group("workgroup", workgroup), (participation) => {
        const organisation = organisations.find({ id: participation.organisation });
        return organisation && participation.state === "in" ? { participation, organisation } : undefined;
      });
      return inOrder(all, ({ organisation }) => [organisation.id]);
    },
    participationCount: ({ organisation }) => inActive(organisation).length,
    participationsOf: ({ organisation }) =>
      inOrder(inActive(organisation), ({ workgroup }) => [workgroup.id]),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

/** An invitation with what is shown of it, whoever may see it. */
export function invitationFound(tables: MemoryTables, id: string): InvitationFound | undefined {
  const invitation = tables.invitations.find({ id });
  const workgroup = invitation && tables.workgroups.find({ id: invitation.workgroup });
  const inviter = invitation && tables.organisations.find({ id: invitation.inviter });
  if (!invitation || !workgroup || !inviter) return undefined;
  const consents = inOrder(tables.consents.group("invitation", id), (row) => [row.organisation]);
  return { invitation, workgroup, inviterName: inviter.name, consents };
}

function invitationLookups(tables: MemoryTables) {
  const { invitations } = tables;
  const isOpen = (now: number) => (row: InvitationFound["invitation"]) =>
    row.state === "open" && row.expiresAt > now;
  return {
    invitation: ({ organisation, workgroup, id }) => {
      const row = invitations.find({ id });
      if (row?.workgroup !== workgroup) return undefined;
      const wasTold = row.invitee === organisation && row.shownAt !== null;
      const inside = tables.participations.find({ workgroup, organisation });
      const isSeen = wasTold || (inside !== undefined && isSeenFromInside(row, inside));
      return isSeen ? invitationFound(tables, id) : undefined;
    },
    invitationDue: ({ id }) => invitationFound(tables, id),
    openInvitationCount: ({ inviter, now }) =>
      count(
        where(invitations.group("inviter", inviter), isOpen(now)),
        ({ workgroup }) =>
          activeWorkgroup(tables, workgroup) !== undefined &&
          tables.participations.find({ workgroup, organisation: inviter })?.state === "in",
      ),
    invitationsMadeSince: ({ inviter, since }) =>
      count(invitations.group("inviter", inviter), ({ createdAt }) => createdAt > since),
    openInvitationsOf: ({ workgroup, now }) =>
      inOrder(where(invitations.group("workgroup", workgroup), isOpen(now)), (row) => [row.id]),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

/** What admins have given, by name and by selectors. */
function givenLookups(tables: MemoryTables) {
  const { namedMembers, selectors } = tables;
  const still = stillCounts(tables);
  const isLive = (row: Parameters<typeof still>[0]) =>
    still(row) && activeWorkgroup(tables, row.workgroup) !== undefined;
  return {
    namedMember: (by) => {
      const row = namedMembers.find(by);
      return row && still(row) ? row : undefined;
    },
    namedMembersOf: ({ workgroup, organisation }) => {
      const rows = where(
        namedMembers.group("workgroup", workgroup),
        (row) => row.organisation === organisation && still(row),
      );
      return inOrder(rows, (row) => [row.agent]);
    },
    namedIn: ({ agent }) =>
      inOrder(where(namedMembers.group("agent", agent), isLive), (row) => [row.workgroup]),
    selector: ({ organisation, workgroup, id }) => {
      const row = selectors.find({ id });
      const isTheirs = row?.organisation === organisation && row.workgroup === workgroup;
      return row && isTheirs && still(row) ? row : undefined;
    },
    selectorsOf: ({ organisation }) =>
      inOrder(where(selectors.group("organisation", organisation), isLive), (row) => [row.id]),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

function membershipLookups(tables: MemoryTables) {
  const { agents, memberships } = tables;
  const still = stillCounts(tables);
  const isOf = (organisation: string) => (row: { readonly organisation: string }) =>
    row.organisation === organisation;
  return {
    membership: (by) => memberships.find(by),
    membershipsOf: ({ agent }) => {
      const rows = where(
        memberships.group("agent", agent),
        (row) =>
          activeWorkgroup(tables, row.workgroup) !== undefined &&
          tables.participations.find(row)?.state === "in",
      );
      return inOrder(rows, (row) => [row.workgroup]);
    },
    membershipsIn: ({ workgroup, organisation }) =>
      inOrder(where(memberships.group("workgroup", workgroup), isOf(organisation)), (row) => [row.agent]),
    memberCount: ({ workgroup, organisation }) =>
      count(
        where(memberships.group("workgroup", workgroup), isOf(organisation)),
        (row) =>
          (row.offer || row.engage) && still(row) && agents.find({ id: row.agent })?.standing !== "revoked",
      ),
    agentsTagged: ({ organisation, tags, limit }) => {
      const wanted = Object.entries(tags);
      const tagged = where(
        agents.group("organisation", organisation),
        (row) =>
          row.standing !== "revoked" &&
          wanted.every(([key, value]) => Object.hasOwn(row.tags, key) && row.tags[key] === value),
      );
      return page(tagged, (row) => [row.id], { after: null, limit: limit + 1 });
    },
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}
