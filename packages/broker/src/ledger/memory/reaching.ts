/** By what agents stand in workgroups, joined from one copy of everything in memory. */
import type { Reach } from "../../governance/engagement-entities.js";
import { counts, isActive, isMember, may, type Right } from "../../governance/reach.js";
import type { Membership, Participation, Workgroup } from "../../governance/workgroup/workgroup-entities.js";
import type { MemoryTables } from "./holdings.js";
import { first, made } from "./rows.js";

/** Rows that were made while their organisation was in, and only while it has been in ever since. */
export const stillCounts =
  ({ participations }: MemoryTables) =>
  (row: Pick<Membership, "workgroup" | "organisation" | "participation">): boolean =>
    counts(row, participations.find(row));

export function activeWorkgroup({ workgroups }: MemoryTables, id: string): Workgroup | undefined {
  const workgroup = workgroups.find({ id });
  return workgroup && isActive(workgroup) ? workgroup : undefined;
}

/** The workgroups in which an organisation is. */
export const insideOf = (
  { participations, workgroups }: MemoryTables,
  organisation: string,
): { readonly workgroup: Workgroup; readonly participation: Participation }[] =>
  made(participations.group("organisation", organisation), (participation) => {
    const workgroup = workgroups.find({ id: participation.workgroup });
    return workgroup && participation.state === "in" ? { workgroup, participation } : undefined;
  });

export function reachOf(tables: MemoryTables, workgroup: string, agent: string): Reach | undefined {
  const membership = tables.memberships.find({ workgroup, agent });
  return membership && reachBy(tables, membership);
}

function reachBy(tables: MemoryTables, membership: Membership): Reach | undefined {
  const { workgroup: id, agent: who, organisation: home } = membership;
  const workgroup = tables.workgroups.find({ id });
  const participation = tables.participations.find({ workgroup: id, organisation: home });
  const agent = tables.agents.find({ id: who });
  const organisation = tables.organisations.find({ id: home });
  return workgroup && participation && agent && organisation
    ? { workgroup, participation, membership, agent, organisation }
    : undefined;
}

/** All that some memberships come to, as far as they come to anything now. */
export const reachesOf = (tables: MemoryTables, memberships: Iterable<Membership>): Reach[] =>
  made(memberships, (membership) => {
    const reach = reachBy(tables, membership);
    return reach && isMember(reach) ? reach : undefined;
  });

export function mayThere(tables: MemoryTables, workgroup: string, agent: string, right: Right): boolean {
  const reach = reachOf(tables, workgroup, agent);
  return reach !== undefined && may(reach, right);
}

export const isInAll = (tables: MemoryTables, agent: string, workgroups: readonly string[]): boolean =>
  first(workgroups, (workgroup) => !isMemberOf(tables, workgroup, agent)) === undefined;

/** Whether an agent is inside, whatever else there is of it. */
export function isMemberOf(
  { memberships, participations, workgroups }: MemoryTables,
  workgroup: string,
  agent: string,
): boolean {
  const membership = memberships.find({ workgroup, agent });
  const participation = membership && participations.find(membership);
  const group = workgroups.find({ id: workgroup });
  return membership !== undefined && participation !== undefined && group !== undefined
    ? isMember({ workgroup: group, participation, membership })
    : false;
}
