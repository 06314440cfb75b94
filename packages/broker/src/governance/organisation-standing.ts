/** Suspending, resuming and revoking organisations: by the platform, on its own record and on the organisation's. */
import { askCaller, type CallerState, callerStands, isPlatform, partyOf } from "./caller.js";
import type { Organisation } from "./entities.js";
import { happened, platformStream, streamOf } from "./fact.js";
import { askOrganisation, organisationIsSeen } from "./organisation.js";
import { ask, rule, sure } from "./rule.js";
import { cutsOf, isDone, isNotFinal, stepOf, told } from "./taking-away.js";
import { accept } from "./verdict.js";

interface State extends CallerState {
  readonly target: Organisation | undefined;
}

export const organisationStanding = rule<
  "organisation.suspend" | "organisation.resume" | "organisation.revoke",
  State
>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const { target } = yield* ask({ target: askOrganisation(first.caller, command.organisation) });
    return { ...first, target, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [organisationIsSeen, isPlatform, isNotFinal],
  settle(state, command) {
    const target = sure(state.target);
    const step = stepOf(command, target);
    if (isDone(step, target)) return accept({ organisation: target });
    const { id } = target;
    const { standing, generation } = step;
    const version = target.version + 1;
    const data = { organisation: id, generation, version };
    const streams = [platformStream, streamOf(id)];
    const facts = streams.map((stream) =>
      happened(stream, `organisation.${step.past}`, told(command, id), data),
    );
    const organisation = { ...target, standing, generation, version };
    return accept({ organisation }, { facts, cuts: cutsOf(step, "organisation", id) });
  },
});
