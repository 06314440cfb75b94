/** Suspending, resuming and revoking operators: by an admin of their organisation, the platform's by the platform. */
import type { Refusal } from "@parley/protocol";
import {
  askCaller,
  type CallerState,
  callerStands,
  homeOf,
  isAdminOrPlatform,
  partyOf,
  roleOf,
} from "../caller.js";
import type { Command } from "../command.js";
import type { Operator } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { nowhere } from "../nobody.js";
import { find } from "../question.js";
import { ask, rule, sure } from "../rule.js";
import { organisationOf } from "../standing.js";
import { accept, no } from "../verdict.js";
import { lastAdminStays, operatorIsSeen } from "./operator.js";
import { cutsOf, isDone, isNotFinal, type Step, stepOf, told, verbOf } from "./taking-away.js";

interface State extends CallerState {
  /** Of the caller's own organisation. */
  readonly own: Operator | undefined;
  readonly target: Operator | undefined;
  readonly admins: number;
}

type Kind = "operator.suspend" | "operator.resume" | "operator.revoke";

/** [ID-19] After a recovery of the record nobody of an organisation can act: the platform resumes one admin, by id. */
function isStranded(
  { caller, era }: Pick<CallerState, "caller" | "era">,
  target: Operator | undefined,
  admins: number,
): boolean {
  if (roleOf(caller) !== "platform" || target === undefined || admins > 0) return false;
  // One that could not act when resumed would leave the organisation stranded, and the door open for the next; what the
  // organisation itself had suspended is not the platform's to give back.
  const couldAct = target.role === "admin" && target.enrolledAt !== null && target.standing === "active";
  return couldAct && target.era !== era;
}

function operatorIsReachable(state: State): Refusal | undefined {
  if (state.own === undefined) return state.target === undefined ? no("not-found") : undefined;
  return operatorIsSeen(state);
}

function lastAdminIsNotTaken(state: State, command: Command<Kind>): Refusal | undefined {
  return verbOf(command) === "resume" ? undefined : lastAdminStays(state);
}

export const operatorStanding = rule<Kind, State>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const home = first.caller ? organisationOf(first.caller) : homeOf(undefined);
    const mayReachOut = verbOf(command) === "resume" && roleOf(first.caller) === "platform";
    const { own, anywhere } = yield* ask({
      own: find("operator", { organisation: home, id: command.operator }),
      anywhere: find("operatorAnywhere", { id: mayReachOut ? command.operator : "" }),
    });
    // Of whom nothing is seen, nothing is counted: the caller's own admins are not those of somebody else.
    const organisation = own === undefined ? (anywhere?.organisation ?? nowhere) : home;
    const { admins } = yield* ask({ admins: find("adminCount", { organisation }) });
    const target = own ?? (isStranded(first, anywhere, admins) ? anywhere : undefined);
    return { ...first, own, target, admins, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [operatorIsReachable, isAdminOrPlatform, isNotFinal, lastAdminIsNotTaken],
  settle(state, command) {
    const target = sure(state.target);
    const step = stepOf(command, target);
    const era = step.verb === "resume" ? state.era : target.era;
    if (isDone(step, target) && target.era === era) return accept({ operator: target });
    const { standing, generation } = step;
    const operator: Operator = { ...target, standing, generation, era, version: target.version + 1 };
    return accept(
      { operator },
      { facts: [factOf(step, command, operator)], cuts: cutsOf(step, "principal", target.id) },
    );
  },
});

function factOf(
  step: Step,
  command: Command<Kind>,
  { id, organisation, generation, era, version }: Operator,
) {
  const stream = streamOf(organisation);
  return step.past === "resumed"
    ? happened(stream, "operator.resumed", told(command, id), { operator: id, era, version })
    : happened(stream, `operator.${step.past}`, told(command, id), { operator: id, generation, version });
}
