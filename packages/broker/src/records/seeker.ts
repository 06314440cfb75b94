/**
 * As whom a caller looks at what organisations share: an instance as its agent, admins and auditors as their
 * organisation. Everybody else looks from nowhere, with the same statements, and finds nothing.
 */
import type { Refusal } from "@parley/protocol";
import { roleOf } from "../governance/caller.js";
import { nowhere } from "../governance/nobody.js";
import type { Principal } from "../governance/question.js";
import { no } from "../governance/verdict.js";
import { seekerOf } from "../governance/workgroup/workgroup-address.js";
import type { Seeker } from "../ledger/engagement-pages.js";

export { type Seeker, seekerOf };

/** Admins and auditors: those who read all of their organisation. */
export function looksBack(principal: Principal): boolean {
  const role = roleOf(principal);
  return role === "admin" || role === "auditor";
}

export const fromNowhere: Seeker = { organisation: nowhere, agent: null };

/** What only operators see. */
export const operatorSeeker = (principal: Principal): Seeker =>
  principal.kind === "operator" ? seekerOf(principal) : fromNowhere;

export const auditorMissing = no("role.missing", { rule: "auditor" });

/** Enrollers and the platform have no list of what organisations share. */
export const mayList = (principal: Principal): Refusal | undefined =>
  principal.kind === "instance" || looksBack(principal) ? undefined : auditorMissing;
