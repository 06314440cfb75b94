/** Who asks: what every rule of a principal gathers and judges first. */
import type { OrganisationId, Refusal, Role } from "@parley/protocol";
import type { Caller } from "./command.js";
import { nowhere } from "./nobody.js";
import { find, type Principal } from "./question.js";
import type { Party } from "./rule.js";
import { generationOf, idOf, organisationOf, standingOf, standingRefusal } from "./standing.js";
import { no } from "./verdict.js";

export const askCaller = (command: { readonly caller: Caller }) => ({
  caller: find("principal", { id: command.caller.principal }),
  era: find("era", {}),
});

export interface CallerState {
  readonly caller: Principal | undefined;
  readonly era: number;
  readonly party: Party | undefined;
}

export const homeOf = (caller: Principal | undefined): OrganisationId =>
  (caller && organisationOf(caller)) ?? nowhere;

export const partyOf = (caller: Principal | undefined): Party | undefined =>
  caller && { id: idOf(caller), organisation: organisationOf(caller) };

/** [ID-22] The token says who; whether it still may speak is read here, in the transaction of the decision. */
export function callerStands(state: CallerState, command: { readonly caller: Caller }): Refusal | undefined {
  if (state.caller === undefined) return no("access.invalid");
  const standing = standingOf(state.caller, state.era);
  if (standing !== "active") return no(standingRefusal[standing]);
  return generationOf(state.caller) === command.caller.generation ? undefined : no("access.invalid");
}

export const roleOf = (caller: Principal | undefined): Role | undefined =>
  caller?.kind === "operator" ? caller.operator.role : undefined;

export function isPlatform(state: CallerState): Refusal | undefined {
  return roleOf(state.caller) === "platform" ? undefined : no("role.missing", { rule: "platform" });
}

export function isAdmin(state: CallerState): Refusal | undefined {
  return roleOf(state.caller) === "admin" ? undefined : no("role.missing", { rule: "admin" });
}

export function isAdminOrPlatform(state: CallerState): Refusal | undefined {
  const role = roleOf(state.caller);
  return role === "admin" || role === "platform" ? undefined : no("role.missing", { rule: "admin" });
}

export function isInstance(state: CallerState): Refusal | undefined {
  return state.caller?.kind === "instance" ? undefined : no("role.missing", { rule: "instance" });
}
