/** Suspending, resuming and revoking agents, with every instance of theirs: by an admin of their organisation. */
import { type AgentTarget, agentIsSeen } from "./agent.js";
import { askCaller, type CallerState, callerStands, homeOf, isAdmin, partyOf } from "./caller.js";
import { happened, streamOf } from "./fact.js";
import { find } from "./question.js";
import { ask, rule, sure } from "./rule.js";
import { cutsOf, isDone, isNotFinal, stepOf, told } from "./taking-away.js";
import { accept } from "./verdict.js";

export const agentStanding = rule<
  "agent.suspend" | "agent.resume" | "agent.revoke",
  CallerState & AgentTarget
>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const rest = yield* ask({
      target: find("agent", { organisation: homeOf(first.caller), id: command.agent }),
    });
    return { ...first, ...rest, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [agentIsSeen, isAdmin, isNotFinal],
  settle(state, command) {
    const target = sure(state.target);
    const step = stepOf(command, target);
    if (isDone(step, target)) return accept({ agent: target });
    const { standing, generation } = step;
    const version = target.version + 1;
    const data = { agent: target.id, generation, version };
    const fact = happened(
      streamOf(target.organisation),
      `agent.${step.past}`,
      told(command, target.id),
      data,
    );
    const agent = { ...target, standing, generation, version };
    return accept({ agent }, { facts: [fact], cuts: cutsOf(step, "agent", target.id) });
  },
});
