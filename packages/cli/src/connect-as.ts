/** Speaking as an instance over its connection, for as long as one command takes. */
import { Agent, type AgentState, describeLoss, enrolmentOf, ParleyFault } from "@parley/agent-sdk";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Connected } from "./invocation.js";
import { type Environment, openProfile } from "./profile.js";

export const onlyInstances = (profile: string): Complaint =>
  new Complaint(
    `the profile "${profile}" is an operator: only instances connect`,
    exitCodes.usage,
    "Mint a token with `parley agent token AGENT`, and redeem it with `parley agent enrol`.",
  );

/** Whoever has typed a command waits for one attempt, and may try again. */
function lossOf(state: Extract<AgentState, { state: "waiting" }>): Error {
  const { loss } = state;
  if (loss.why === "fault") return loss.fault;
  if (loss.why === "refused") return loss.refusal;
  return new ParleyFault(describeLoss(loss), "later");
}

export async function connectAs(
  env: Environment,
  profile: string,
  stop: AbortSignal,
  troubled: (trouble: unknown) => void,
): Promise<Connected> {
  const identity = await openProfile(env, profile);
  const { principalId, issuer } = enrolmentOf(identity);
  if (!principalId.startsWith("ins_")) {
    await identity.close();
    throw onlyInstances(profile);
  }
  // Once connected, a stop is for whoever speaks to make: what is open is closed before the connection is.
  const giveUp = new AbortController();
  const asked = () => giveUp.abort(stop.reason);
  stop.addEventListener("abort", asked, { once: true });
  let isConnected = false;
  const onState = (state: AgentState) => {
    if (state.state === "waiting" && !isConnected) giveUp.abort(lossOf(state));
  };
  try {
    const agent = await Agent.connect({ broker: issuer, identity, signal: giveUp.signal, onState });
    isConnected = true;
    agent.on("trouble", troubled);
    return {
      speaker: agent.client,
      engage: (offer, engagement) => agent.engage(offer, engagement),
      resume: (session, options) => agent.resume(session, options),
      close: () => agent.close(),
    };
  } finally {
    stop.removeEventListener("abort", asked);
  }
}
