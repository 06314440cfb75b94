/**
 * Who sees what of the identities: outside of this, nothing exists. Rules refuse `not-found` by it, and the records
 * room shows no more than it allows.
 */
import type { AgentId, OrganisationId } from "@parley/protocol";
import type { Agent, EnrolmentToken, Instance, Operator } from "../entities.js";
import type { Principal } from "../question.js";
import { organisationOf } from "../standing.js";

export function seesOrganisation(caller: Principal, id: OrganisationId): boolean {
  return (caller.kind === "operator" && caller.operator.role === "platform") || organisationOf(caller) === id;
}

export function seesOperator(caller: Principal, operator: Operator): boolean {
  if (caller.kind === "instance" || organisationOf(caller) !== operator.organisation) return false;
  return caller.operator.role === "enroller" ? caller.operator.id === operator.id : true;
}

export function seesAgent(caller: Principal, agent: Agent): boolean {
  if (organisationOf(caller) !== agent.organisation) return false;
  if (caller.kind === "instance") return caller.agent.id === agent.id;
  return caller.operator.role === "enroller" ? caller.operator.agents.includes(agent.id) : true;
}

export function seesInstance(caller: Principal, instance: Instance): boolean {
  if (organisationOf(caller) !== instance.organisation) return false;
  if (caller.kind === "instance") return caller.instance.id === instance.id;
  return caller.operator.role === "admin" || caller.operator.role === "auditor";
}

/** Those who may void them, auditors, and enrollers for the agents they are named for. */
export function seesToken(caller: Principal, token: EnrolmentToken): boolean {
  if (caller.kind === "instance" || organisationOf(caller) !== token.organisation) return false;
  const { role, agents } = caller.operator;
  return role === "enroller" ? agents.some((agent) => agent === token.for) : true;
}

/** The agents a listing is narrowed to, or null where it is not narrowed. */
export function agentsListed(caller: Principal): readonly AgentId[] | null {
  if (caller.kind === "instance") return [caller.agent.id];
  return caller.operator.role === "enroller" ? caller.operator.agents : null;
}
