/**
 * The line against a reference model: random organisations, agents, groups, offers and sessions, with time, suspensions,
 * revocations and restarts between. After every step the verdict is the model's, and everybody sees what the model says.
 */
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { now } from "./governance/testing/cast.js";
import { take } from "./testing/model/model.js";
import { catalogOf } from "./testing/model/rights.js";
import { agentCount, type State } from "./testing/model/shapes.js";
import { beginning, type Plan, stepOf, stories } from "./testing/model/steps.js";
import { System } from "./testing/model/system.js";

const numRuns = Number(process.env.PARLEY_MODEL_RUNS ?? 2_000);
const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));

const standing = ({ sessions }: State): string[] =>
  sessions.map(({ state, reason }) => (state === "closed" ? `closed: ${reason}` : state));

/** [SES-1] Begins with the proposal, ends with the close, and nothing comes after it. */
const legal =
  /^session\.proposed(,session\.accepted(,session\.joined)*(,session\.activated)?)?(,session\.closed)?$/;

async function walk(story: readonly Plan[]): Promise<void> {
  const state = beginning(now);
  const system = new System(state);
  await system.begin();
  for (const [at, plan] of story.entries()) {
    const step = stepOf(plan, state);
    const verdict = await system.take(step);
    expect([at, step.kind, verdict]).toEqual([at, step.kind, take(state, step)]);
    if (at % 7 === 3) await system.restart();
    if (at % 5 === 2) await system.expire();
    expect(await system.sessions()).toEqual(standing(state));
    for (let agent = 0; agent < agentCount; agent++)
      expect([agent, await system.catalogOf(agent)]).toEqual([agent, catalogOf(state, agent)]);
  }
  await system.expire();
  expect(await system.sessions()).toEqual(standing(state));
  const chains = await system.chains();
  for (const chain of chains) expect(chain.join()).toMatch(legal);
  // [SES-20] What is over is written to be over, by the sweep or by its time.
  const isOver = ({ state: at }: State["sessions"][number]) => at === "closed";
  expect(chains.map((chain) => chain.at(-1) === "session.closed")).toEqual(state.sessions.map(isOver));
  expect(await system.leftovers()).toBe(0);
}

test(`the line and the model agree on ${numRuns} stories (PARLEY_SEED=${seed}) [SES-1] [WKG-9]`, async () => {
  await fc.assert(fc.asyncProperty(stories, walk), { numRuns, seed, endOnFailure: false });
}, 0);
