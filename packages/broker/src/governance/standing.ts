/** Standing is the worst of everything a principal depends on; generations tell what was taken away since. */
import type { OrganisationId, PrincipalId, RefusalCode, Standing } from "@parley/protocol";
import type { Principal } from "./question.js";

const severity: Readonly<Record<Standing, number>> = { active: 0, suspended: 1, expired: 2, revoked: 3 };

const worst = (standings: readonly Standing[]): Standing =>
  standings.reduce((worse, standing) => (severity[standing] > severity[worse] ? standing : worse), "active");

/** [ID-20] A principal of an earlier era counts as suspended until somebody resumes it. */
export function standingOf(principal: Principal, era: number): Standing {
  const organisation = principal.organisation?.standing ?? "active";
  if (principal.kind === "operator") {
    const { operator } = principal;
    return worst([organisation, operator.standing, operator.era === era ? "active" : "suspended"]);
  }
  const { agent, instance } = principal;
  return worst([
    organisation,
    agent.standing,
    instance.standing,
    instance.era === era ? "active" : "suspended",
  ]);
}

/**
 * What an access token is bound to: it outlives nothing that was taken away after it was issued [ID-21]. A new era takes
 * from everybody without raising a generation, and an older record may have lower ones: so the era belongs to it.
 */
export function generationOf(principal: Principal): string {
  const organisation = principal.organisation?.generation ?? 0;
  if (principal.kind === "operator") {
    const { generation, era } = principal.operator;
    return `${organisation}.${generation}.${era}`;
  }
  const { agent, instance } = principal;
  return `${organisation}.${agent.generation}.${instance.generation}.${instance.era}`;
}

export const idOf = (principal: Principal): PrincipalId =>
  principal.kind === "operator" ? principal.operator.id : principal.instance.id;

export const organisationOf = (principal: Principal): OrganisationId | null =>
  principal.organisation?.id ?? null;

export const standingRefusal: Readonly<Record<Exclude<Standing, "active">, RefusalCode>> = {
  suspended: "identity.suspended",
  expired: "identity.expired",
  revoked: "identity.revoked",
};

/** Revoked and expired are final: there is no way back. */
export const isFinal = (standing: Standing): boolean => standing === "revoked" || standing === "expired";
