/** Whether the broker answers, over the connection and from its record: an open socket alone says nothing of that. */
import { z } from "zod";
import type { AgentState } from "./agent-state.js";
import type { CallOptions } from "./calls.js";
import { ParleyFault } from "./fault.js";
import type { Link } from "./link.js";
import { ParleyRefusal } from "./refusal.js";

/** How it stands with the connection, as it was found just now. */
export interface Health {
  /** The broker has answered a question over the connection, out of its record, within the time. */
  readonly connected: boolean;
  /** What the agent is doing about its connection. */
  readonly state: AgentState["state"];
  /** How long the answer took, in milliseconds; undefined where there was none. */
  readonly roundTripMs: number | undefined;
  /** Why there was none, or what the broker said instead: `broker.busy` is an answer, and no good one. */
  readonly problem: ParleyFault | ParleyRefusal | undefined;
}

/** Longer than any answer takes that is worth waiting for. */
const waitMsMax = 5_000;

export async function checkHealth(
  link: Link,
  state: () => AgentState["state"],
  { timeoutMs = waitMsMax, signal }: CallOptions = {},
): Promise<Health> {
  const unwell = (problem: ParleyFault | ParleyRefusal, roundTripMs?: number): Health => {
    return { connected: roundTripMs !== undefined, state: state(), roundTripMs, problem };
  };
  if (!link.isConnected) return unwell(new ParleyFault("there is no connection now", "later"));
  const { clock } = link.client.exchange;
  const beganMs = clock.elapsed();
  const tookMs = () => clock.elapsed() - beganMs;
  try {
    // The look at the record that costs the least: what this agent may engage, of it one.
    await link.calls.call({ call: "search", limit: 1 }, z.unknown(), { timeoutMs, signal });
    return { connected: true, state: state(), roundTripMs: tookMs(), problem: undefined };
  } catch (error) {
    if (error instanceof ParleyRefusal) return unwell(error, tookMs());
    if (error instanceof ParleyFault) return unwell(error);
    throw error;
  }
}
