/**
 * Advertisements: what an agent offers, where, and under which terms. Publishing makes one or replaces it, by its name;
 * what it names is judged when it is published, and judged again by whoever engages it [ADV-1].
 */
import {
  defaultContract,
  defaultTerms,
  defaultTermsDigest,
  limits,
  type Refusal,
  type Terms,
} from "@parley/protocol";
import { askCaller, callerStands, homeOf, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type {
  Advertisement,
  Contract,
  ContractVersion,
  Reach,
  Sweep,
  SweepScope,
} from "../engagement-entities.js";
import type { Agent, Millis } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { type AgentTarget, agentIsActive, agentIsNotFinal, agentIsSeen } from "../identity/agent.js";
import { told } from "../identity/taking-away.js";
import { noAgent } from "../nobody.js";
import { find } from "../question.js";
import { isMember } from "../reach.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { askConnection, type SocketState, socketIsCurrent } from "../session/session-caller.js";
import { askAnyOpen, askUnderWay, beginSweeps, underWayIn } from "../session/sweep.js";
import { keyIsCurrent, saysElse } from "../signature.js";
import { accept, no } from "../verdict.js";
import { isAdminOrInstance } from "./contract.js";
import { ownSeekerOf } from "./contract-terms.js";
import { goneBetween, offersAnew } from "./offers.js";

type Publishing = Command<"advertisement.publish">;

interface PublishState extends SocketState, AgentTarget {
  readonly before: Advertisement | undefined;
  readonly contract: Contract | undefined;
  readonly version: ContractVersion | undefined;
  /** By what the agent stands in each of the workgroups, in their order. */
  readonly reaches: readonly (Reach | undefined)[];
  readonly count: number;
}

function advertisementIsSigned(_state: object, command: Publishing): Refusal | undefined {
  const { agent, name, contract } = command.content;
  const says = {
    agent,
    name,
    contract: contract.id,
    termsDigest: contract.termsDigest,
    digest: command.digest,
  };
  return saysElse(command.statement.claims, says, ["termsDigest", "digest"]);
}

/** [ADV-2] Hidden, absent, left and dissolved are one answer. */
function workgroupsAreSeen({ reaches }: PublishState): Refusal | undefined {
  const seesAll = reaches.every((reach) => reach !== undefined && isMember(reach));
  return seesAll ? undefined : no("not-found", { rule: "workgroups" });
}

/** The default terms, or a version of a contract of its own organisation that was not deleted. */
function termsOf({ contract, version }: PublishState, { content }: Publishing): Terms | undefined {
  const { id, termsDigest } = content.contract;
  if (id === defaultContract && termsDigest === defaultTermsDigest) return defaultTerms;
  return contract?.state === "active" ? version?.terms : undefined;
}

function contractIsOwn(state: PublishState, command: Publishing): Refusal | undefined {
  return termsOf(state, command) ? undefined : no("not-found", { rule: "contract" });
}

function agentMayOffer({ reaches }: PublishState): Refusal | undefined {
  const mayAll = reaches.every((reach) => reach?.membership.offer);
  return mayAll ? undefined : no("membership.right", { rule: "offer" });
}

function advertisementVersionFits({ before }: PublishState, command: Publishing): Refusal | undefined {
  const { expectedVersion } = command;
  return expectedVersion === null || before?.version === expectedVersion
    ? undefined
    : no("precondition.failed");
}

function advertisementsLeft({ before, count: used }: PublishState): Refusal | undefined {
  const limit = limits.advertisementsPerAgent;
  return before?.state === "active" || used < limit
    ? undefined
    : no("limit.reached", { rule: "advertisementsPerAgent", limit, used });
}

function* askReaches({ content }: Publishing, agent: Agent["id"]): Asking<readonly (Reach | undefined)[]> {
  const asked = content.workgroups.map(
    (workgroup, at) => [`reach${at}`, find("reach", { workgroup, agent })] as const,
  );
  return Object.values(yield* ask(Object.fromEntries(asked)));
}

export const publishAdvertisement = rule<"advertisement.publish", PublishState>({
  *gather(command) {
    const first = yield* ask({ ...askCaller(command), connection: askConnection(command) });
    const seeker = ownSeekerOf(first.caller);
    const { organisation } = seeker;
    const { target } = yield* ask({ target: find("agent", { organisation, id: command.agent }) });
    const agent = target?.id ?? noAgent;
    const { id: contract, termsDigest } = command.content.contract;
    const rest = yield* ask({
      before: find("advertisement", { organisation, agent, name: command.name }),
      contract: find("contract", { ...seeker, id: contract }),
      version: find("contractVersion", { ...seeker, contract, termsDigest }),
      count: find("advertisementCount", { agent }),
    });
    const reaches = yield* askReaches(command, agent);
    return { ...first, target, ...rest, reaches, party: partyOf(first.caller) };
  },
  who: [callerStands, socketIsCurrent, agentIsSeen, isAdminOrInstance],
  /** [ADV-3] What stands already is not published again. */
  repeat({ before }, { digest }) {
    const stands = before?.state === "active" && before.digest === digest;
    return stands ? accept({ repeated: true, advertisement: before }) : undefined;
  },
  what: [
    keyIsCurrent,
    advertisementIsSigned,
    workgroupsAreSeen,
    contractIsOwn,
    agentMayOffer,
    agentIsNotFinal,
    agentIsActive,
    advertisementVersionFits,
    advertisementsLeft,
  ],
  settle(state, command, now) {
    const advertisement = published(state, command, now);
    const standing = state.before?.state === "active" ? state.before.content : undefined;
    const fact = happened(
      streamOf(advertisement.organisation),
      "advertisement.published",
      told(command, advertisement.id),
      {
        advertisement,
        offers: offersAnew(standing, advertisement, sure(termsOf(state, command))),
        gone: goneBetween(standing, advertisement.content),
      },
    );
    return accept({ repeated: false, advertisement }, { facts: [fact] });
  },
});

/** The name keeps its id for ever, whatever is published under it. */
function published(state: PublishState, command: Publishing, now: Millis): Advertisement {
  const { content, digest, statement, name } = command;
  const { id: agent, organisation } = sure(state.target);
  return {
    id: state.before?.id ?? command.advertisement,
    agent,
    organisation,
    name,
    content,
    digest,
    statement: statement.text,
    by: command.caller.principal,
    state: "active",
    publishedAt: now,
    takenAt: state.before?.takenAt ?? 0,
    version: (state.before?.version ?? 0) + 1,
  };
}

interface RetractState extends SocketState, AgentTarget {
  readonly advertisement: Advertisement | undefined;
  readonly anyOpen: boolean;
  readonly begun: readonly Sweep[];
}

function advertisementIsSeen({ advertisement }: RetractState): Refusal | undefined {
  return advertisement === undefined ? no("not-found") : undefined;
}

const scopeOf = (id: string): SweepScope => ({ by: "advertisement", of: id, within: null });

/** [ADV-5] Its open proposals are void with it, also when it is published again; what was accepted goes on. */
export const retractAdvertisement = rule<"advertisement.retract", RetractState>({
  *gather(command) {
    const first = yield* ask({ ...askCaller(command), connection: askConnection(command) });
    const organisation = homeOf(first.caller);
    const { target } = yield* ask({ target: find("agent", { organisation, id: command.agent }) });
    const agent = target?.id ?? noAgent;
    const { advertisement } = yield* ask({
      advertisement: find("advertisement", { organisation, agent, name: command.name }),
    });
    const rest = yield* ask({
      anyOpen: askAnyOpen(scopeOf(advertisement?.id ?? "")),
      begun: askUnderWay(organisation),
    });
    return { ...first, target, advertisement, ...rest, party: partyOf(first.caller) };
  },
  who: [callerStands, socketIsCurrent, agentIsSeen, advertisementIsSeen, isAdminOrInstance],
  what: [],
  settle(state, command, now) {
    const standing = sure(state.advertisement);
    if (standing.state === "retracted")
      return accept({ advertisement: standing }, { sweeps: underWayIn(state.begun, scopeOf(standing.id)) });
    const { id, organisation } = standing;
    const version = standing.version + 1;
    const advertisement: Advertisement = { ...standing, state: "retracted", takenAt: now, version };
    const fact = happened(streamOf(organisation), "advertisement.retracted", told(command, id), {
      advertisement: id,
      version,
      gone: goneBetween(standing.content, undefined),
    });
    const { facts, sweeps } = beginSweeps(
      {
        command,
        actor: command.caller.principal,
        organisation,
        reason: "advertisement_retracted",
        scopes: state.anyOpen ? [scopeOf(id)] : [],
      },
      now,
    );
    return accept({ advertisement }, { facts: [fact, ...facts], sweeps });
  },
});
