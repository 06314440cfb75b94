/**
 * Which workgroup a caller means: by id, `owner/name`, or a name while only one such is visible. What the caller's
 * organisation (its agent, for an instance) does not see is not there, and what is dissolved has no name [WKG-1].
 */
import { isId, type OrganisationId, type Refusal } from "@parley/protocol";
import { askCaller, type CallerState, homeOf, partyOf, roleOf } from "../caller.js";
import type { Caller } from "../command.js";
import { nowhere } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { isActive } from "../reach.js";
import { type Asking, ask } from "../rule.js";
import { no } from "../verdict.js";
import type { Workgroup } from "./workgroup-entities.js";
import type { Address } from "./workgroup-lookups.js";

/** An id is no name and a name no id: names have no `_`. */
export function addressOf(typed: string): Address {
  if (isId("workgroup", typed)) return { id: typed, owner: null, name: null };
  const slash = typed.indexOf("/");
  return slash < 0
    ? { id: null, owner: null, name: typed }
    : { id: null, owner: typed.slice(0, slash), name: typed.slice(slash + 1) };
}

/** Undefined while it is not clear. */
export function meantBy([one, another]: readonly Workgroup[]): Workgroup | undefined {
  return another === undefined ? one : undefined;
}

/** Organisations' admins and auditors look as their organisation, instances as their agent, all others find nothing. */
export function seekerOf(caller: Principal | undefined): {
  readonly organisation: OrganisationId;
  readonly agent: Extract<Principal, { kind: "instance" }>["agent"]["id"] | null;
} {
  if (caller?.kind === "instance") return { organisation: homeOf(caller), agent: caller.agent.id };
  const role = roleOf(caller);
  const looks = role === "admin" || role === "auditor";
  return { organisation: looks ? homeOf(caller) : nowhere, agent: null };
}

/** As which organisation a caller looks at what agents do not see: invitations and selectors. */
export function lookingBackAs(caller: Principal | undefined): OrganisationId {
  const { organisation, agent } = seekerOf(caller);
  return agent === null ? organisation : nowhere;
}

export interface WorkgroupState extends CallerState {
  readonly addressed: readonly Workgroup[];
  readonly workgroup: Workgroup | undefined;
}

export function* askWorkgroup(command: {
  readonly caller: Caller;
  readonly workgroup: string;
}): Asking<WorkgroupState> {
  const first = yield* ask(askCaller(command));
  const { addressed } = yield* ask({
    addressed: find("workgroupsAddressed", {
      ...seekerOf(first.caller),
      address: addressOf(command.workgroup),
    }),
  });
  return { ...first, party: partyOf(first.caller), addressed, workgroup: meantBy(addressed) };
}

export function workgroupIsSeen({ addressed }: WorkgroupState): Refusal | undefined {
  return addressed.length > 0 ? undefined : no("not-found");
}

/** [WKG-1] Two of that name are visible: which one is meant is not guessed. */
export function addressIsClear({ addressed, workgroup }: WorkgroupState): Refusal | undefined {
  return addressed.length > 0 && workgroup === undefined ? no("workgroup.ambiguous") : undefined;
}

export function isOwner({ caller, workgroup }: WorkgroupState): Refusal | undefined {
  return workgroup?.owner === homeOf(caller) ? undefined : no("role.missing", { rule: "owner" });
}

export function workgroupIsActive({
  workgroup,
}: {
  readonly workgroup: Workgroup | undefined;
}): Refusal | undefined {
  return workgroup === undefined || isActive(workgroup) ? undefined : no("workgroup.dissolved");
}
