/**
 * Suspending, resuming and revoking organisations: by the platform, on its own record and on the organisation's. What
 * it shared is over or goes on without it, in the same verdict; the platform is told nothing of that.
 */
import { askCaller, type CallerState, callerStands, isPlatform, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Sweep, SweepScope } from "../engagement-entities.js";
import type { Millis, Organisation } from "../entities.js";
import { happened, platformStream, streamOf } from "../fact.js";
import { find } from "../question.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { askOpenAmong, askUnderWay, beginSweeps, type Swept } from "../session/sweep.js";
import { accept } from "../verdict.js";
import { askOpenInvitations, type Following } from "../workgroup/invitation-progress.js";
import { depart, dissolution } from "../workgroup/workgroup-end.js";
import { askOrganisation, organisationIsSeen } from "./organisation.js";
import {
  cutsOf,
  endingAfter,
  isDone,
  isNotFinal,
  type Step,
  stepOf,
  takenAtAfter,
  told,
  verbOf,
} from "./taking-away.js";

type Standing = Command<"organisation.suspend" | "organisation.resume" | "organisation.revoke">;

interface State extends CallerState {
  readonly target: Organisation | undefined;
  readonly open: readonly SweepScope[];
  readonly begun: readonly Sweep[];
  readonly parting: Parting;
}

/** What becomes of the workgroups of an organisation that is revoked [WKG-7]. */
interface Parting extends Following {
  readonly dissolved: readonly SweepScope[];
}

const stays: Parting = { facts: [], work: [], dissolved: [] };

function* askParting(target: Organisation, command: Standing, now: Millis): Asking<Parting> {
  const { id } = target;
  const { all } = yield* ask({ all: find("participationsOf", { organisation: id }) });
  const cause = { actor: command.caller.principal, cause: command.id };
  const parted: Following[] = [];
  for (const { workgroup } of all) {
    parted.push(
      workgroup.owner === id
        ? dissolution(workgroup, yield* askOpenInvitations(workgroup.id, now), "owner-revoked", cause)
        : yield* depart(workgroup, id, "revoked", cause, now),
    );
  }
  const owned = all.filter(({ workgroup }) => workgroup.owner === id);
  return {
    facts: parted.flatMap(({ facts }) => facts),
    work: parted.flatMap(({ work }) => work),
    dissolved: yield* askOpenAmong(
      owned.map(({ workgroup }): SweepScope => ({ by: "workgroup", of: workgroup.id, within: null })),
    ),
  };
}

/** In the organisation's own stream: the platform does not see what it took part in. */
function sweepsOf({ target, open, parting }: State, step: Step, command: Standing, now: Millis): Swept {
  const reason = endingAfter(step);
  if (reason === undefined) return { facts: [], sweeps: [] };
  const { id: organisation } = sure(target);
  const begin = { command, actor: command.caller.principal, organisation };
  const own = beginSweeps({ ...begin, reason, scopes: open }, now);
  const dissolved = { reason: "workgroup_dissolved", scopes: parting.dissolved } as const;
  const rest = beginSweeps({ ...begin, ...dissolved, firstPart: open.length }, now);
  return { facts: [...own.facts, ...rest.facts], sweeps: [...own.sweeps, ...rest.sweeps] };
}

export const organisationStanding = rule<Standing["kind"], State>({
  *gather(command, now) {
    const first = yield* ask(askCaller(command));
    const { target } = yield* ask({ target: askOrganisation(first.caller, command.organisation) });
    const scope: SweepScope = { by: "organisation", of: target?.id ?? "", within: null };
    const open = yield* askOpenAmong([scope]);
    const { begun } = yield* ask({ begun: askUnderWay(target?.id) });
    const parts = verbOf(command) === "revoke" && target !== undefined && target.standing !== "revoked";
    const parting = parts ? yield* askParting(target, command, now) : stays;
    return { ...first, target, open, begun, parting, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [organisationIsSeen, isPlatform, isNotFinal],
  settle(state, command, now) {
    const target = sure(state.target);
    const step = stepOf(command, target);
    // What stands in its own stream: its own sessions, and those of the workgroups that were dissolved with it.
    if (isDone(step, target))
      return accept({ organisation: target }, { sweeps: step.verb === "resume" ? [] : state.begun });
    const { id } = target;
    const { standing, generation } = step;
    const version = target.version + 1;
    const data = { organisation: id, generation, version };
    const stood = [platformStream, streamOf(id)].map((stream) =>
      happened(stream, `organisation.${step.past}`, told(command, id), data),
    );
    const takenAt = takenAtAfter(step, target, now);
    const organisation = { ...target, standing, generation, takenAt, version };
    const { facts, work } = state.parting;
    const swept = sweepsOf(state, step, command, now);
    return accept(
      { organisation },
      {
        facts: [...stood, ...facts, ...swept.facts],
        work,
        cuts: cutsOf(step, "organisation", id),
        sweeps: swept.sweeps,
      },
    );
  },
});
