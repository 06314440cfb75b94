/** What decisions about workgroups, invitations and members ask, answered from a world in plain maps. */

import { counts, isMember, isSeenFromInside } from "../reach.js";
import { hasTags } from "../workgroup/effective-rights.js";
import type { Invitation, Membership, Participation, Workgroup } from "../workgroup/workgroup-entities.js";
import type { Address, InvitationFound, WorkgroupLookups } from "../workgroup/workgroup-lookups.js";
import { type Answering, all, get, owned, type World } from "./rows.js";
import { reachOf } from "./world-sessions.js";

const sorted = <T>(rows: readonly T[], by: (row: T) => string): T[] =>
  rows.toSorted((a, b) => (by(a) < by(b) ? -1 : 1));

type Placed = Pick<Membership, "workgroup" | "organisation" | "participation">;

const isLive = (world: World, { workgroup }: { readonly workgroup: string }): boolean =>
  get(world, "workgroups", { id: workgroup })?.state === "active";
const stillCounts = (world: World, row: Placed): boolean => counts(row, get(world, "participations", row));
const ofThem = (row: { readonly organisation: string; readonly workgroup: string }, by: object): boolean =>
  row.organisation === Reflect.get(by, "organisation") && row.workgroup === Reflect.get(by, "workgroup");

function insideOf(
  world: World,
  organisation: string,
): { workgroup: Workgroup; participation: Participation }[] {
  const rows = all(world, "participations").flatMap((participation) => {
    const workgroup = get(world, "workgroups", { id: participation.workgroup });
    const isIn = participation.organisation === organisation && participation.state === "in";
    return workgroup && isIn ? [{ workgroup, participation }] : [];
  });
  return sorted(rows, ({ workgroup }) => workgroup.id);
}

function isAddressed(world: World, row: Workgroup, { id, owner, name }: Address): boolean {
  if (id !== null) return row.id === id;
  if (row.name !== name || row.state !== "active") return false;
  return owner === null || get(world, "organisations", { id: row.owner })?.name === owner;
}

const isOpen = (row: Invitation, now: number): boolean => row.state === "open" && now < row.expiresAt;

function invitationFound(world: World, id: string): InvitationFound | undefined {
  const invitation = get(world, "invitations", { id });
  const workgroup = invitation && get(world, "workgroups", { id: invitation.workgroup });
  const inviter = invitation && get(world, "organisations", { id: invitation.inviter });
  if (!invitation || !workgroup || !inviter) return undefined;
  const consents = all(world, "consents").filter((row) => row.invitation === id);
  return {
    invitation,
    workgroup,
    inviterName: inviter.name,
    consents: sorted(consents, (row) => row.organisation),
  };
}

export const workgroupAnswers = {
  workgroupsAddressed(world, { organisation, agent, address }) {
    const seen = insideOf(world, organisation)
      .map(({ workgroup }) => workgroup)
      .filter((row) => isAddressed(world, row, address))
      .filter(({ id }) => {
        const reach = agent === null ? undefined : reachOf(world, { workgroup: id, agent });
        return agent === null || (reach !== undefined && isMember(reach));
      });
    return sorted(seen, ({ id }) => id).slice(0, 2);
  },
  workgroupOwned: (world, { organisation, name }) =>
    all(world, "workgroups").find(
      (row) => row.owner === organisation && row.name === name && row.state === "active",
    ),
  workgroup: (world, by) => get(world, "workgroups", by),
  participation: (world, by) => get(world, "participations", by),
  participants(world, { workgroup }) {
    const rows = all(world, "participations").flatMap((participation) => {
      const organisation = get(world, "organisations", { id: participation.organisation });
      const isIn = participation.workgroup === workgroup && participation.state === "in";
      return organisation && isIn ? [{ participation, organisation }] : [];
    });
    return sorted(rows, ({ organisation }) => organisation.id);
  },
  participationCount: (world, { organisation }) =>
    insideOf(world, organisation).filter(({ workgroup }) => workgroup.state === "active").length,
  participationsOf: (world, { organisation }) =>
    insideOf(world, organisation).filter(({ workgroup }) => workgroup.state === "active"),
  invitation(world, { organisation, workgroup, id }) {
    const found = invitationFound(world, id);
    if (found?.invitation.workgroup !== workgroup) return undefined;
    const { invitee, shownAt } = found.invitation;
    const inside = get(world, "participations", { workgroup, organisation });
    const wasTold = invitee === organisation && shownAt !== null;
    return wasTold || (inside && isSeenFromInside(found.invitation, inside)) ? found : undefined;
  },
  invitationDue: (world, { id }) => invitationFound(world, id),
  openInvitationCount: (world, { inviter, now }) =>
    all(world, "invitations").filter(
      (row) =>
        row.inviter === inviter &&
        isOpen(row, now) &&
        isLive(world, row) &&
        get(world, "participations", { workgroup: row.workgroup, organisation: inviter })?.state === "in",
    ).length,
  invitationsMadeSince: (world, { inviter, since }) =>
    all(world, "invitations").filter((row) => row.inviter === inviter && row.createdAt > since).length,
  openInvitationsOf: (world, { workgroup, now }) =>
    sorted(
      all(world, "invitations").filter((row) => row.workgroup === workgroup && isOpen(row, now)),
      ({ id }) => id,
    ),
  namedMember(world, by) {
    const row = get(world, "namedMembers", by);
    return row && stillCounts(world, row) ? row : undefined;
  },
  namedMembersOf: (world, by) =>
    sorted(
      all(world, "namedMembers").filter((row) => ofThem(row, by) && stillCounts(world, row)),
      ({ agent }) => agent,
    ),
  namedIn: (world, { agent }) =>
    sorted(
      all(world, "namedMembers").filter(
        (row) => row.agent === agent && stillCounts(world, row) && isLive(world, row),
      ),
      ({ workgroup }) => workgroup,
    ),
  selector(world, { organisation, workgroup, id }) {
    const row = owned(get(world, "selectors", { id }), organisation);
    return row?.workgroup === workgroup && stillCounts(world, row) ? row : undefined;
  },
  selectorsOf: (world, { organisation }) =>
    sorted(
      all(world, "selectors").filter(
        (row) => row.organisation === organisation && stillCounts(world, row) && isLive(world, row),
      ),
      ({ id }) => id,
    ),
  membership: (world, by) => get(world, "memberships", by),
  membershipsOf: (world, { agent }) =>
    sorted(
      all(world, "memberships").filter(
        (row) =>
          row.agent === agent && isLive(world, row) && get(world, "participations", row)?.state === "in",
      ),
      ({ workgroup }) => workgroup,
    ),
  membershipsIn: (world, by) =>
    sorted(
      all(world, "memberships").filter((row) => ofThem(row, by)),
      ({ agent }) => agent,
    ),
  memberCount: (world, by) =>
    all(world, "memberships").filter(
      (row) =>
        ofThem(row, by) &&
        (row.offer || row.engage) &&
        stillCounts(world, row) &&
        get(world, "agents", { id: row.agent })?.standing !== "revoked",
    ).length,
  agentsTagged: (world, { organisation, tags, limit }) =>
    sorted(
      all(world, "agents").filter(
        (row) => row.organisation === organisation && row.standing !== "revoked" && hasTags(row.tags, tags),
      ),
      ({ id }) => id,
    ).slice(0, limit + 1),
  reach: (world, by) => reachOf(world, by),
} satisfies Pick<Answering, keyof WorkgroupLookups>;
