/**
 * What a fact may have changed for others than those who hold a session: whose membership is another one now, and in
 * which workgroups a search may find something else. Too much costs a look, too little a hint.
 */
import type { AgentId, OrganisationId, WorkgroupId } from "@parley/protocol";
import type { FactData, FactKind } from "../governance/fact.js";

export interface Touching {
  /** Where a search may find something else. */
  readonly workgroups: readonly WorkgroupId[];
  /** Whose membership of a workgroup has changed. */
  readonly members: readonly { readonly agent: AgentId; readonly workgroup: WorkgroupId }[];
  /** An organisation, or all of them, is not in this workgroup any more: its agents that were members are to be found. */
  readonly ended: { readonly workgroup: WorkgroupId; readonly organisation: OrganisationId | null } | null;
  /** Whose standing has changed: wherever it may do something. */
  readonly standing: { readonly by: "agent" | "organisation"; readonly of: string } | null;
}

const nothing: Touching = { workgroups: [], members: [], ended: null, standing: null };

type Reading = { readonly [K in FactKind]?: (data: FactData[K]) => Partial<Touching> };

const agentStands = ({ agent }: { readonly agent: AgentId }): Partial<Touching> => ({
  standing: { by: "agent", of: agent },
});
const organisationStands = ({ organisation }: { readonly organisation: OrganisationId }) => ({
  standing: { by: "organisation" as const, of: organisation },
});

const readings: Reading = {
  "advertisement.published": ({ offers, gone }) => ({
    workgroups: [...new Set([...offers.map(({ workgroup }) => workgroup), ...gone.workgroups])],
  }),
  "advertisement.retracted": ({ gone }) => ({ workgroups: gone.workgroups }),
  "memberships.changed": ({ workgroup, members }) => ({
    workgroups: [workgroup],
    members: members.map(({ membership }) => ({ agent: membership.agent, workgroup })),
  }),
  "workgroup.left": ({ workgroup, organisation }) => ({
    workgroups: [workgroup],
    ended: { workgroup, organisation },
  }),
  "workgroup.dissolved": ({ workgroup }) => ({
    workgroups: [workgroup],
    ended: { workgroup, organisation: null },
  }),
  // The owner's name is part of the address under which offers are shown.
  "workgroup.handed-over": ({ workgroup }) => ({ workgroups: [workgroup] }),
  "agent.suspended": agentStands,
  "agent.resumed": agentStands,
  "agent.revoked": agentStands,
  "organisation.suspended": organisationStands,
  "organisation.resumed": organisationStands,
  "organisation.revoked": organisationStands,
};

export const mayTouch = (kind: string): boolean => Object.hasOwn(readings, kind);

export function touchingOf(kind: string, data: unknown): Touching {
  if (!mayTouch(kind)) return nothing;
  // A fact's data is what its kind says.
  const read = readings[kind as FactKind] as (data: unknown) => Partial<Touching>;
  return { ...nothing, ...read(data) };
}
