/** Operators: invited by an admin into its own organisation (by the platform into its own), and given another role. */
import { type AgentId, limits, type Refusal } from "@parley/protocol";
import {
  askCaller,
  type CallerState,
  callerStands,
  homeOf,
  isAdmin,
  isAdminOrPlatform,
  partyOf,
  roleOf,
} from "../caller.js";
import type { Command } from "../command.js";
import type { Millis, Operator, Prior } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { find, type Principal } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { ask, rule, sure } from "../rule.js";
import { isFinal, organisationOf } from "../standing.js";
import { accept, no } from "../verdict.js";
import { askOpenTokens, mintToken, targetGeneration, tokensLeft } from "./mint.js";
import { askMadeWithToken, invited, type MadeWithToken } from "./organisation.js";
import { seesOperator } from "./visibility.js";

interface InviteState extends CallerState {
  readonly prior: Prior | undefined;
  readonly made: MadeWithToken;
  readonly count: number;
  readonly openOfAll: number;
  readonly among: number;
}

type Roled = { readonly role: Operator["role"]; readonly agents: readonly AgentId[] };

/** The platform makes platform operators, an organisation's admin all others: nobody becomes one by a change of role. */
function roleFitsCaller(state: CallerState, command: Roled): Refusal | undefined {
  const wanted = roleOf(state.caller) === "platform" ? "platform" : "organisation";
  const given = command.role === "platform" ? "platform" : "organisation";
  return wanted === given
    ? undefined
    : no("role.missing", { rule: given === "platform" ? "platform" : "admin" });
}

/** Only an enroller names agents, at least one; each is its own organisation's, or does not exist. */
function agentsFitRole(state: { readonly among: number }, command: Roled): Refusal | undefined {
  const names = new Set(command.agents);
  if (command.role !== "enroller") {
    return names.size === 0
      ? undefined
      : no("request.malformed", { rule: "agents", detail: "only an enroller names agents" });
  }
  if (names.size === 0)
    return no("request.malformed", { rule: "agents", detail: "an enroller names at least one agent" });
  return state.among === names.size ? undefined : no("not-found", { rule: "agents" });
}

function operatorsLeft(state: { readonly count: number }): Refusal | undefined {
  const limit = limits.operatorsPerOrganisation;
  return state.count < limit
    ? undefined
    : no("limit.reached", { rule: "operatorsPerOrganisation", limit, used: state.count });
}

export const inviteOperator = rule<"operator.invite", InviteState>({
  *gather(command, now) {
    const first = yield* ask({ ...askCaller(command), prior: askPrior(command) });
    const organisation = first.caller ? organisationOf(first.caller) : homeOf(undefined);
    const counts = yield* ask({
      count: find("operatorCount", { organisation }),
      openOfAll: askOpenTokens(organisation, null, now),
      among: find("agentsAmong", { organisation: homeOf(first.caller), ids: command.agents }),
    });
    return { ...first, ...counts, party: partyOf(first.caller), made: yield* askMadeWithToken(first.prior) };
  },
  who: [callerStands, isAdminOrPlatform, roleFitsCaller, keyFits],
  repeat({ prior, made: { token, operator } }, _command, now) {
    return isRemembered(prior, now) && token && operator
      ? accept({ repeated: true, operator, token })
      : undefined;
  },
  what: [agentsFitRole, operatorsLeft, tokensLeft],
  settle: (state, command, now) => invite(state, command, now),
});

function invite({ caller, era }: InviteState, command: Command<"operator.invite">, now: Millis) {
  const organisation = caller ? organisationOf(caller) : null;
  const { operator: id, name, role } = command;
  const agents = [...new Set(command.agents)];
  const operator = invited({ id, name, organisation }, { role, agents }, era, now);
  const token = mintToken(
    {
      token: command.token,
      organisation,
      for: id,
      targetGeneration: targetGeneration(caller?.organisation, operator),
      by: caller,
      era,
    },
    now,
  );
  const told = { actor: command.caller.principal, cause: command.id };
  const stream = streamOf(organisation);
  const facts = [
    happened(stream, "operator.invited", { ...told, subject: id }, { operator }),
    happened(stream, "enrolment-token.minted", { ...told, ...keyOf(command), subject: token.id }, { token }),
  ];
  return accept({ repeated: false, operator, token }, { facts });
}

interface ChangeState extends CallerState {
  readonly target: Operator | undefined;
  readonly among: number;
  readonly admins: number;
}

export interface OperatorTarget {
  readonly caller: Principal | undefined;
  readonly target: Operator | undefined;
}

export function operatorIsSeen({ caller, target }: OperatorTarget): Refusal | undefined {
  return caller && target && seesOperator(caller, target) ? undefined : no("not-found");
}

export function operatorIsNotFinal({
  target,
}: {
  readonly target: Operator | undefined;
}): Refusal | undefined {
  return target && isFinal(target.standing) ? no("standing.final") : undefined;
}

export function versionFits(
  { target }: { readonly target: { readonly version: number } | undefined },
  command: { readonly expectedVersion: number },
): Refusal | undefined {
  return target?.version === command.expectedVersion ? undefined : no("precondition.failed");
}

/** [ID-8] An organisation (and the platform) always keeps an admin that can act. */
export function lastAdminStays(state: {
  readonly target: Operator | undefined;
  readonly admins: number;
  readonly era: number;
}) {
  const { target } = state;
  const counts =
    target !== undefined &&
    (target.role === "admin" || target.role === "platform") &&
    target.enrolledAt !== null;
  const stands = counts && target.standing === "active" && target.era === state.era;
  return stands && state.admins <= 1 ? no("operator.last-admin") : undefined;
}

function lastAdminKeepsRole(state: ChangeState, command: Command<"operator.change">): Refusal | undefined {
  return command.role === "admin" ? undefined : lastAdminStays(state);
}

export const changeOperator = rule<"operator.change", ChangeState>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const organisation = first.caller ? organisationOf(first.caller) : homeOf(undefined);
    const rest = yield* ask({
      target: find("operator", { organisation, id: command.operator }),
      among: find("agentsAmong", { organisation: homeOf(first.caller), ids: command.agents }),
      admins: find("adminCount", { organisation }),
    });
    return { ...first, ...rest, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [
    operatorIsSeen,
    isAdmin,
    roleFitsCaller,
    operatorIsNotFinal,
    versionFits,
    agentsFitRole,
    lastAdminKeepsRole,
  ],
  settle(state, command) {
    const target = sure(state.target);
    const agents = [...new Set(command.agents)];
    const operator = { ...target, role: command.role, agents, version: target.version + 1 };
    const generation = isNarrower(target, operator) ? target.generation + 1 : target.generation;
    const told = { actor: command.caller.principal, cause: command.id, subject: target.id };
    const { id, role, version } = operator;
    const fact = happened(streamOf(target.organisation), "operator.changed", told, {
      operator: id,
      role,
      agents,
      generation,
      version,
    });
    return accept({ operator: { ...operator, generation } }, { facts: [fact] });
  },
});

/** Being given less takes away: the tokens that the operator made or holds are void. */
function isNarrower(before: Operator, after: Operator): boolean {
  if (after.role === "admin") return false;
  return before.role !== after.role || before.agents.some((agent) => !after.agents.includes(agent));
}
