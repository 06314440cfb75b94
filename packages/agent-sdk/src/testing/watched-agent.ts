/** An agent at a fake broker, with its states as they come. */
import { encodeJsonFrame } from "@parley/protocol";
import { onTestFinished } from "vitest";
import { Agent, type AgentOptions } from "../agent.js";
import type { AgentState } from "../agent-state.js";
import { readFrames } from "./read-frame.js";
import { enrolled, type World } from "./world.js";

export interface Watched {
  readonly states: AgentState[];
  readonly options: AgentOptions;
  /** The next state of this kind that has not been waited for yet. */
  next<S extends AgentState["state"]>(state: S): Promise<Extract<AgentState, { state: S }>>;
}

export async function watched(there: World, more: Partial<AgentOptions> = {}): Promise<Watched> {
  const { broker, clock } = there;
  const states: AgentState[] = [];
  let read = 0;
  let wake: () => void = () => undefined;
  const onState = (state: AgentState) => {
    states.push(state);
    wake();
  };
  const identity = await enrolled(there);
  const options = { broker: broker.issuer, identity, clock, onState, random: () => 0.5, ...more };
  async function next<S extends AgentState["state"]>(wanted: S) {
    for (;;) {
      for (let state = states[read]; state !== undefined; state = states[read]) {
        read += 1;
        if (state.state === wanted) return state as Extract<AgentState, { state: S }>;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { states, options, next };
}

export async function connected(there: World, more: Partial<AgentOptions> = {}) {
  const watch = await watched(there, more);
  const agent = await Agent.connect(watch.options);
  onTestFinished(() => agent.close());
  await watch.next("connected");
  return { agent, watch };
}

export const socketOf = ({ broker }: World, index = -1) => {
  const socket = broker.sockets.at(index);
  if (socket === undefined) throw new Error("no socket");
  return socket;
};

export const kindsSent = ({ broker }: World) =>
  broker.frames.flatMap(({ bytes }) => readFrames(bytes).map(({ kind }) => kind));

/** Waits until the broker has received a frame of this kind `count` times. */
export async function received(there: World, kind: string, count = 1): Promise<void> {
  while (kindsSent(there).filter((sent) => sent === kind).length < count) {
    await new Promise<void>((resolve) => socketOf(there).once("message", () => setImmediate(resolve)));
  }
}

/** Time passes without silence: the other end says something now and then. */
export async function passSpeaking(there: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 20_000) {
    there.clock.step(Math.min(left, 20_000));
    const pongs = kindsSent(there).filter((kind) => kind === "pong").length;
    socketOf(there).send(encodeJsonFrame("ping", {}));
    await received(there, "pong", pongs + 1);
  }
}
