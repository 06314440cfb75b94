/** Agents: named participants of one organisation. Only its admins make and change them; tags are its own statement. */
import { limits, type Refusal } from "@parley/protocol";
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
import type { Sweep } from "../engagement-entities.js";
import type { Agent, EnrolmentToken, Prior } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { noAgent } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { ask, rule, sure } from "../rule.js";
import { askUnderWay, beginSweeps } from "../session/sweep.js";
import { isFinal } from "../standing.js";
import { accept, no } from "../verdict.js";
import {
  askFollowing,
  type FollowState,
  followingFacts,
  followingScopes,
  followingStill,
  taggedMembersLeft,
} from "../workgroup/follow-tags.js";
import { askOpenTokens, mintToken, targetGeneration, tokensLeft } from "./mint.js";
import { versionFits } from "./operator.js";
import { seesAgent, seesToken } from "./visibility.js";

interface CreateState extends CallerState, FollowState {
  readonly prior: Prior | undefined;
  readonly made: Agent | undefined;
  readonly named: Agent | undefined;
  readonly count: number;
}

function agentNameIsFree(state: { readonly named: Agent | undefined }): Refusal | undefined {
  return state.named === undefined ? undefined : no("agent.name-taken");
}

function agentsLeft(state: { readonly count: number }): Refusal | undefined {
  const limit = limits.agentsPerOrganisation;
  return state.count < limit
    ? undefined
    : no("limit.reached", { rule: "agentsPerOrganisation", limit, used: state.count });
}

export const createAgent = rule<"agent.create", CreateState>({
  *gather(command, now) {
    const first = yield* ask({ ...askCaller(command), prior: askPrior(command) });
    const organisation = homeOf(first.caller);
    const rest = yield* ask({
      made: find("agent", { organisation, id: first.prior?.subject ?? "" }),
      named: find("agentNamed", { organisation, name: command.name }),
      count: find("agentCount", { organisation }),
    });
    const { agent: id, name, tags } = command;
    const following = yield* askFollowing({ id, name, tags, organisation }, now);
    return { ...first, ...rest, ...following, party: partyOf(first.caller) };
  },
  who: [callerStands, isAdmin, keyFits],
  repeat({ prior, made }, _command, now) {
    return isRemembered(prior, now) && made ? accept({ repeated: true, agent: made }) : undefined;
  },
  what: [agentNameIsFree, agentsLeft, taggedMembersLeft],
  settle(state, command, now) {
    const organisation = homeOf(state.caller);
    const { agent: id, name, tags, owner } = command;
    const agent: Agent = {
      id,
      organisation,
      name,
      tags,
      owner,
      standing: "active",
      generation: 0,
      takenAt: 0,
      createdAt: now,
      version: 1,
    };
    const cause = { actor: command.caller.principal, cause: command.id };
    const told = { ...cause, ...keyOf(command), subject: id };
    const created = happened(streamOf(organisation), "agent.created", told, { agent });
    return accept({ repeated: false, agent }, { facts: [created, ...followingFacts(state, cause)] });
  },
});

export interface AgentTarget {
  readonly caller: Principal | undefined;
  readonly target: Agent | undefined;
}

export function agentIsSeen({ caller, target }: AgentTarget): Refusal | undefined {
  return caller && target && seesAgent(caller, target) ? undefined : no("not-found");
}

export function agentIsNotFinal({ target }: { readonly target: Agent | undefined }): Refusal | undefined {
  return target && isFinal(target.standing) ? no("standing.final") : undefined;
}

interface ChangeState extends CallerState, AgentTarget, FollowState {
  readonly begun: readonly Sweep[];
}

/** Tags that are taken away take with them what selectors gave for them [WKG-8]. */
export const changeAgent = rule<"agent.change", ChangeState>({
  *gather(command, now) {
    const first = yield* ask(askCaller(command));
    const organisation = homeOf(first.caller);
    const { target, begun } = yield* ask({
      target: find("agent", { organisation, id: command.agent }),
      begun: askUnderWay(organisation),
    });
    const tagged = target && { ...target, tags: command.tags ?? target.tags };
    const following = yield* askFollowing(tagged, now);
    return { ...first, target, begun, ...following, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [agentIsSeen, isAdmin, agentIsNotFinal, versionFits, taggedMembersLeft],
  settle(state, command, now) {
    const target = sure(state.target);
    const { organisation } = target;
    const tags = command.tags ?? target.tags;
    const owner = command.owner ?? target.owner;
    const agent: Agent = { ...target, tags, owner, version: target.version + 1 };
    const cause = { actor: command.caller.principal, cause: command.id };
    const data = { agent: agent.id, tags, owner, version: agent.version };
    const changed = happened(streamOf(organisation), "agent.changed", { ...cause, subject: agent.id }, data);
    const begin = { command, actor: command.caller.principal, organisation };
    const scopes = followingScopes(state);
    const swept = beginSweeps({ ...begin, reason: "membership_removed", scopes }, now);
    const facts = [changed, ...followingFacts(state, cause), ...swept.facts];
    const still = command.tags === undefined ? [] : followingStill(state, state.begun);
    return accept({ agent }, { facts, sweeps: [...still, ...swept.sweeps] });
  },
});

interface MintState extends CallerState, AgentTarget {
  readonly prior: Prior | undefined;
  readonly made: EnrolmentToken | undefined;
  readonly openOfAgent: number;
  readonly openOfAll: number;
}

/** Admins mint for every agent of theirs, enrollers for those they are named for: the others they do not even see. */
function mayMint(state: CallerState): Refusal | undefined {
  const role = roleOf(state.caller);
  return role === "admin" || role === "enroller" ? undefined : no("role.missing", { rule: "enroller" });
}

function agentTokensLeft(state: { readonly openOfAgent: number }): Refusal | undefined {
  const limit = limits.openEnrolmentTokensPerAgent;
  const used = state.openOfAgent;
  return used < limit ? undefined : no("limit.reached", { rule: "openEnrolmentTokensPerAgent", limit, used });
}

/** A suspended agent's tokens are void, so none is made for it. */
export function agentIsActive({ target }: { readonly target: Agent | undefined }): Refusal | undefined {
  return target?.standing === "suspended" ? no("agent.suspended") : undefined;
}

export const mintEnrolmentToken = rule<"enrolment-token.mint", MintState>({
  *gather(command, now) {
    const first = yield* ask({ ...askCaller(command), prior: askPrior(command) });
    const organisation = homeOf(first.caller);
    const { target, made } = yield* ask({
      target: find("agent", { organisation, id: command.agent }),
      made: find("enrolmentToken", { organisation, id: first.prior?.subject ?? "" }),
    });
    // A colleague's agent that is not seen is counted as nobody's is.
    const seen = first.caller && target && seesAgent(first.caller, target) ? target.id : noAgent;
    const counts = yield* ask({
      openOfAgent: askOpenTokens(organisation, seen, now),
      openOfAll: askOpenTokens(organisation, null, now),
    });
    return { ...first, ...counts, target, made, party: partyOf(first.caller) };
  },
  who: [callerStands, agentIsSeen, mayMint, keyFits],
  repeat({ prior, made }, _command, now) {
    return isRemembered(prior, now) && made ? accept({ repeated: true, token: made }) : undefined;
  },
  what: [agentIsNotFinal, agentIsActive, agentTokensLeft, tokensLeft],
  settle(state, command, now) {
    const target = sure(state.target);
    const { id, organisation } = target;
    const { caller: by, era } = state;
    const token = mintToken(
      {
        token: command.token,
        organisation,
        for: id,
        targetGeneration: targetGeneration(state.caller?.organisation, target),
        by,
        era,
      },
      now,
    );
    const told = { actor: command.caller.principal, cause: command.id, ...keyOf(command), subject: token.id };
    return accept(
      { repeated: false, token },
      { facts: [happened(streamOf(organisation), "enrolment-token.minted", told, { token })] },
    );
  },
});

interface VoidState extends CallerState {
  readonly target: EnrolmentToken | undefined;
}

function tokenIsSeen({ caller, target }: VoidState): Refusal | undefined {
  return caller && target && seesToken(caller, target) ? undefined : no("not-found");
}

export const voidEnrolmentToken = rule<"enrolment-token.void", VoidState>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const organisation = first.caller?.organisation === null ? null : homeOf(first.caller);
    const { target } = yield* ask({ target: find("enrolmentToken", { organisation, id: command.token }) });
    return { ...first, target, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [tokenIsSeen, isAdminOrPlatform],
  settle(state, command, now) {
    const target = sure(state.target);
    if (target.voidedAt !== null) return accept({ token: target });
    const told = { actor: command.caller.principal, cause: command.id, subject: target.id };
    const fact = happened(streamOf(target.organisation), "enrolment-token.voided", told, {
      token: target.id,
    });
    return accept({ token: { ...target, voidedAt: now } }, { facts: [fact] });
  },
});
