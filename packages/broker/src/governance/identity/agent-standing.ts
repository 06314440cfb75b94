/** Suspending, resuming and revoking agents, with every instance of theirs: by an admin of their organisation. */

import { askCaller, type CallerState, callerStands, homeOf, isAdmin, partyOf } from "../caller.js";
import type { Sweep } from "../engagement-entities.js";
import { happened, streamOf } from "../fact.js";
import { find } from "../question.js";
import { ask, rule, sure } from "../rule.js";
import { askAnyOpenOf, askUnderWay, stillUnderWay, sweepOf } from "../session/sweep.js";
import { accept } from "../verdict.js";
import { type AgentTarget, agentIsSeen } from "./agent.js";
import { cutsOf, isDone, isNotFinal, stepOf, takenAtAfter, told } from "./taking-away.js";

export const agentStanding = rule<
  "agent.suspend" | "agent.resume" | "agent.revoke",
  CallerState & AgentTarget & { readonly anyOpen: boolean; readonly begun: readonly Sweep[] }
>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const rest = yield* ask({
      target: find("agent", { organisation: homeOf(first.caller), id: command.agent }),
    });
    const third = yield* ask({
      anyOpen: askAnyOpenOf("agent", rest.target),
      begun: askUnderWay(rest.target?.organisation),
    });
    return { ...first, ...rest, ...third, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [agentIsSeen, isAdmin, isNotFinal],
  settle(state, command, now) {
    const target = sure(state.target);
    const step = stepOf(command, target);
    if (isDone(step, target))
      return accept({ agent: target }, { sweeps: stillUnderWay(step, "agent", target, state.begun) });
    const { standing, generation } = step;
    const version = target.version + 1;
    const data = { agent: target.id, generation, version };
    const fact = happened(
      streamOf(target.organisation),
      `agent.${step.past}`,
      told(command, target.id),
      data,
    );
    const agent = { ...target, standing, generation, takenAt: takenAtAfter(step, target, now), version };
    const swept = sweepOf(step, "agent", target, { command, anyOpen: state.anyOpen }, now);
    const cuts = cutsOf(step, "agent", target.id);
    return accept({ agent }, { facts: [fact, ...swept.facts], cuts, sweeps: swept.sweeps });
  },
});
