/** What the records room asks about workgroups, answered from one copy of everything in memory. */
import { isSeenFromInside, may } from "../../governance/reach.js";
import type { Workgroup } from "../../governance/workgroup/workgroup-entities.js";
import type { InvitationFound } from "../../governance/workgroup/workgroup-lookups.js";
import type { After } from "../after.js";
import type { Answering } from "../answering.js";
import type { WorkgroupPages, WorkgroupRow } from "../workgroup-pages.js";
import type { MemoryTables } from "./holdings.js";
import { page, pageBackwards } from "./order.js";
import { insideOf, isMemberOf, reachesOf, stillCounts } from "./reaching.js";
import { inOrder, made, where } from "./rows.js";
import { invitationFound } from "./workgroup-lookups.js";

const placed = (at: After | null) => (at === null ? null : [at.at, at.id]);

export const workgroupPages = (tables: MemoryTables): Answering<keyof WorkgroupPages> => ({
  ...groupPages(tables),
  ...invitationPages(tables),
  ...memberPages(tables),
});

function groupPages(tables: MemoryTables) {
  return {
    workgroupsPage: ({ organisation, agent, after, limit }) => {
      const seen = where(
        insideOf(tables, organisation),
        ({ workgroup }) => agent === null || isMemberOf(tables, workgroup.id, agent),
      );
      const rows = made(seen, ({ workgroup }) => workgroupRow(tables, workgroup));
      return page(rows, ({ workgroup }) => [workgroup.createdAt, workgroup.id], {
        after: placed(after),
        limit,
      });
    },
    workgroupRow: ({ id }) => {
      const workgroup = tables.workgroups.find({ id });
      return workgroup && workgroupRow(tables, workgroup);
    },
    workgroupsTouched: ({ by, of }) => {
      const ids = reachesOf(tables, tables.memberships.group(by, of)).map(({ workgroup }) => workgroup.id);
      return inOrder(new Set(ids), (id) => [id]);
    },
  } satisfies Partial<Answering<keyof WorkgroupPages>>;
}

export function workgroupRow(
  { organisations }: MemoryTables,
  workgroup: Workgroup,
): WorkgroupRow | undefined {
  const owner = organisations.find({ id: workgroup.owner });
  return owner && { workgroup, ownerName: owner.name };
}

function invitationPages(tables: MemoryTables) {
  const { invitations } = tables;
  const found = (rows: Iterable<InvitationFound["invitation"]>, before: After | null, limit: number) =>
    pageBackwards(
      made(rows, ({ id }) => invitationFound(tables, id)),
      ({ invitation }) => [invitation.createdAt, invitation.id],
      { before: placed(before), limit },
    );
  return {
    invitationsPage: ({ invitee, before, limit }) => {
      const told = where(invitations.group("invitee", invitee), ({ shownAt }) => shownAt !== null);
      return found(told, before, limit);
    },
    invitationShown: ({ invitee, id }) => {
      const row = invitations.find({ id });
      return row?.invitee === invitee && row.shownAt !== null ? invitationFound(tables, id) : undefined;
    },
    workgroupInvitationsPage: ({ workgroup, organisation, before, limit }) => {
      const inside = tables.participations.find({ workgroup, organisation });
      const seen = where(invitations.group("workgroup", workgroup), (row) => {
        const wasTold = row.invitee === organisation && row.shownAt !== null;
        return inside?.state === "in" && (wasTold || isSeenFromInside(row, inside));
      });
      return found(seen, before, limit);
    },
  } satisfies Partial<Answering<keyof WorkgroupPages>>;
}

function memberPages(tables: MemoryTables) {
  const { memberships, selectors } = tables;
  const still = stillCounts(tables);
  return {
    membersPage: ({ workgroup, after, limit }) => {
      const members = where(
        reachesOf(tables, memberships.group("workgroup", workgroup)),
        (reach) => may(reach, "offer") || may(reach, "engage"),
      );
      const rows = members.map(({ membership, agent, organisation }) => ({
        membership,
        agentName: agent.name,
        organisationName: organisation.name,
      }));
      return page(rows, ({ membership }) => [membership.agent], {
        after: after === null ? null : [after],
        limit,
      });
    },
    selectorsPage: ({ workgroup, organisation, after, limit }) => {
      const rows = where(
        selectors.group("organisation", organisation),
        (row) => row.workgroup === workgroup && still(row),
      );
      return page(rows, (row) => [row.createdAt, row.id], { after: placed(after), limit });
    },
  } satisfies Partial<Answering<keyof WorkgroupPages>>;
}
