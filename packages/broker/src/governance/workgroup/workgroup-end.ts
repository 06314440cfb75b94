/**
 * Workgroups are left by the organisations that are in, and dissolved by the owner. What relied on them is over with
 * that one fact; who waited only for who has gone waits no more.
 */
import { isId, type Refusal } from "@parley/protocol";
import { callerStands, homeOf, isAdmin } from "../caller.js";
import type { Command } from "../command.js";
import type { Sweep, SweepScope } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, workgroupStream } from "../fact.js";
import { noWorkgroup } from "../nobody.js";
import { find } from "../question.js";
import { isActive } from "../reach.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { askAnyOpen, askUnderWay, beginSweeps, underWayIn } from "../session/sweep.js";
import { accept, no } from "../verdict.js";
import {
  advanceAll,
  askOpenInvitations,
  type Cause,
  type Circle,
  endedFor,
  type Following,
  noLongerDue,
} from "./invitation-progress.js";
import { type Inside, namesOf, workgroupRecord } from "./invitation-record.js";
import {
  addressIsClear,
  askWorkgroup,
  isOwner,
  type WorkgroupState,
  workgroupIsActive,
  workgroupIsSeen,
} from "./workgroup-address.js";
import type { Participation, Workgroup } from "./workgroup-entities.js";
import type { InvitationFound } from "./workgroup-lookups.js";

/** What follows where an organisation has gone: who waited for its consent only, waits no more [WKG-3]. */
export function* depart(
  workgroup: Workgroup,
  organisation: Participation["organisation"],
  why: "left" | "revoked",
  cause: Cause,
  now: Millis,
): Asking<Circle> {
  const { inside } = yield* ask({ inside: find("participants", { workgroup: workgroup.id }) });
  const open = yield* askOpenInvitations(workgroup.id, now);
  const left = happened(
    workgroupStream(workgroup.id),
    "workgroup.left",
    { ...cause, subject: organisation },
    { workgroup: workgroup.id, organisation, why },
  );
  const organisations = namesOf(inside).filter(({ id }) => id !== organisation);
  return yield* advanceAll({ workgroup, organisations, facts: [left], work: [] }, open, cause, now);
}

export function dissolution(
  { id }: Workgroup,
  open: readonly InvitationFound[],
  why: "dissolved" | "owner-revoked",
  cause: Cause,
): Following {
  const invitations = open.map(({ invitation }) => invitation.id);
  const dissolved = happened(
    workgroupStream(id),
    "workgroup.dissolved",
    { ...cause, subject: id },
    { workgroup: id, why, invitations },
  );
  const ended = open.flatMap(({ invitation }) => endedFor(invitation, "withdrawn", cause));
  return { facts: [dissolved, ...ended], work: open.map(({ invitation }) => noLongerDue(invitation)) };
}

interface LeaveState extends WorkgroupState {
  readonly scope: SweepScope;
  readonly anyOpen: boolean;
  readonly begun: readonly Sweep[];
  readonly departed: Circle | undefined;
  readonly before: Participation | undefined;
}

/** [WKG-7] */
function ownerStays({ caller, workgroup }: WorkgroupState): Refusal | undefined {
  return workgroup?.owner === homeOf(caller) ? no("workgroup.owner-stays") : undefined;
}

const causeOf = (command: Command<"workgroup.leave" | "workgroup.dissolve">): Cause => ({
  actor: command.caller.principal,
  cause: command.id,
});

export const leaveWorkgroup = rule<"workgroup.leave", LeaveState>({
  *gather(command, now) {
    const first = yield* askWorkgroup(command);
    const { workgroup } = first;
    const organisation = homeOf(first.caller);
    const scope: SweepScope = { by: "participation", of: organisation, within: workgroup?.id ?? noWorkgroup };
    const named = isId("workgroup", command.workgroup) ? command.workgroup : noWorkgroup;
    const rest = yield* ask({
      anyOpen: askAnyOpen(scope),
      begun: askUnderWay(organisation),
      before: find("participation", { workgroup: named, organisation }),
    });
    const departed = workgroup && (yield* depart(workgroup, organisation, "left", causeOf(command), now));
    return { ...first, ...rest, scope, departed };
  },
  who: [callerStands],
  /**
   * [WKG-7] It has left, by the id that it knows: whatever became of the workgroup since, it is told no more than that.
   * It waits for what that closes of its own [SES-20].
   */
  repeat(state) {
    const { before, begun, scope } = state;
    if (before?.state !== "left" || isAdmin(state) !== undefined) return undefined;
    const { workgroup } = before;
    return accept({ workgroup }, { sweeps: underWayIn(begun, { ...scope, within: workgroup }) });
  },
  what: [workgroupIsSeen, addressIsClear, isAdmin, workgroupIsActive, ownerStays],
  settle({ caller, workgroup, scope, anyOpen, begun, departed }, command, now) {
    const { facts, work } = sure(departed);
    const begin = { command, actor: command.caller.principal, organisation: homeOf(caller) };
    const scopes = anyOpen ? [scope] : [];
    const swept = beginSweeps({ ...begin, reason: "organisation_left", scopes }, now);
    return accept(
      { workgroup: sure(workgroup).id },
      { facts: [...facts, ...swept.facts], work, sweeps: [...underWayIn(begun, scope), ...swept.sweeps] },
    );
  },
});

interface DissolveState extends WorkgroupState {
  readonly scope: SweepScope;
  readonly begun: readonly Sweep[];
  readonly inside: Inside;
  readonly open: readonly InvitationFound[];
}

export const dissolveWorkgroup = rule<"workgroup.dissolve", DissolveState>({
  *gather(command, now) {
    const first = yield* askWorkgroup(command);
    const workgroup = first.workgroup?.id ?? noWorkgroup;
    const scope: SweepScope = { by: "workgroup", of: workgroup, within: null };
    const rest = yield* ask({
      begun: askUnderWay(homeOf(first.caller)),
      inside: find("participants", { workgroup }),
    });
    const open = yield* askOpenInvitations(workgroup, now);
    return { ...first, ...rest, scope, open };
  },
  who: [callerStands],
  what: [workgroupIsSeen, addressIsClear, isAdmin, isOwner],
  settle({ caller, workgroup: found, scope, begun, inside, open }, command, now) {
    const workgroup = sure(found);
    if (!isActive(workgroup))
      return accept({ record: workgroupRecord(workgroup, inside) }, { sweeps: underWayIn(begun, scope) });
    const { facts, work } = dissolution(workgroup, open, "dissolved", causeOf(command));
    const begin = { command, actor: command.caller.principal, organisation: homeOf(caller) };
    // Whether others have sessions there is not the owner's to know [SES-2]: so it is swept in either case.
    const swept = beginSweeps({ ...begin, reason: "workgroup_dissolved", scopes: [scope] }, now);
    const dissolved: Workgroup = { ...workgroup, state: "dissolved", takenAt: now };
    return accept(
      { record: workgroupRecord(dissolved, inside) },
      { facts: [...facts, ...swept.facts], work, sweeps: swept.sweeps },
    );
  },
});
