/**
 * Random stories of the model's town, and what its agents reach in them: now as the catalog, the members and the sessions
 * say, and later of any moment what was said at that moment.
 */
import { randomInt } from "node:crypto";
import type { BlastRadiusView, Refusal } from "@parley/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { viewBlastRadius } from "../admission/present/reach.js";
import { find, type Principal } from "../governance/question.js";
import { now } from "../governance/testing/cast.js";
import { nothing, together } from "../governance/workgroup/effective-rights.js";
import { openMemoryStore } from "../ledger/memory/store.js";
import { take } from "../testing/model/model.js";
import { admin, agent, instance } from "../testing/model/rows.js";
import { agentCount, orgOfAgent, type State } from "../testing/model/shapes.js";
import { beginning, type Plan, stepOf, stories } from "../testing/model/steps.js";
import { System } from "../testing/model/system.js";
import type { Page } from "./page.js";
import type { ReachItem, ReachPlace } from "./reach.js";
import type { ReaderItem, ReaderPlace } from "./readers.js";
import { openRecords, type Records } from "./records.js";

const numRuns = Number(process.env.PARLEY_REACH_RUNS ?? 20);
const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));

interface Town {
  readonly system: System;
  readonly records: Records;
}

async function principalIn({ system }: Town, id: ReturnType<typeof admin> | ReturnType<typeof instance>) {
  const { found } = await system.store.read({ found: find("principal", { id }) });
  if (found === undefined) throw new RangeError(`${id} is nobody`);
  return found;
}

/** Every item, by pages of so many. */
async function all<T, A>(
  limit: number,
  read: (paging: { after: A | null; limit: number }) => Promise<Page<T, A>>,
) {
  const items: T[] = [];
  for (let after: A | null = null; ; ) {
    const page: Page<T, A> = await read({ after, limit });
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}

function granted<T extends object>(found: T): Exclude<T, Refusal> {
  if ("code" in found) throw new RangeError(`refused: ${found.code}`);
  return found as Exclude<T, Refusal>;
}

async function reach(town: Town, n: number, at: number | null, limit = 3) {
  const principal = await principalIn(town, admin(orgOfAgent(n)));
  const views: BlastRadiusView[] = [];
  const items = await all<ReachItem, ReachPlace>(limit, async (paging) => {
    const asked = { at, workgroup: null };
    const found = await town.records.readReach(principal, agent(n), asked, paging, town.system.now);
    const record = granted(found);
    views.push(viewBlastRadius(record, null));
    return record.page;
  });
  const shown = { standing: views[0]?.standing, items: views.flatMap((view) => view.items) };
  return { items, shown };
}

/** Those to whom it is shown what the agent advertises. */
async function readers(town: Town, n: number, at: number | null) {
  const principal = await principalIn(town, admin(orgOfAgent(n)));
  const asked = { at, workgroup: null };
  return all<ReaderItem, ReaderPlace>(2, async (paging) => {
    const found = await town.records.listReaders(principal, agent(n), asked, paging, town.system.now);
    return granted(found).page;
  });
}

const bothOf = async (town: Town, n: number, at: number | null) => ({
  reaches: (await reach(town, n, at)).shown,
  reachedBy: (await readers(town, n, at)).map(shownTo),
});

const shownTo = ({ workgroup, advertisement, membership }: ReaderItem): string =>
  `${membership.agent}: ${offerOf(workgroup.id, advertisement.id)}`;

/** The same, as each of the others finds it in its own catalog. */
async function shown(town: Town, n: number): Promise<string[]> {
  const lines: string[] = [];
  for (let other = 0; other < agentCount; other++) {
    const principal = await principalIn(town, instance(2 * other));
    const page = granted(await town.records.searchCatalog(principal, {}, { after: null, limit: 200 }));
    for (const { workgroup, advertisement } of page.items)
      if (advertisement.agent === agent(n))
        lines.push(`${agent(other)}: ${offerOf(workgroup.id, advertisement.id)}`);
  }
  return lines.sort();
}

const offerOf = (workgroup: string, advertisement: string) => `offer ${advertisement} in ${workgroup}`;
const sessionOf = (id: string, state: string) => `session ${id} ${state}`;
const memberOf = (workgroup: string, of: string, { offer, engage }: { offer: boolean; engage: boolean }) =>
  `${of} in ${workgroup}: ${offer} ${engage}`;

function told(item: ReachItem): string {
  switch (item.kind) {
    case "workgroup":
      return memberOf(item.workgroup.id, "itself", item.membership);
    case "agent":
      return memberOf(item.workgroup.id, item.membership.agent, item.membership);
    case "offer":
      return offerOf(item.offer.workgroup.id, item.offer.advertisement.id);
    case "session":
      return sessionOf(item.session.id, item.state);
    default:
      return item.kind;
  }
}

/** What the agent itself finds, list by list. */
async function found(town: Town, n: number): Promise<string[]> {
  const { records, system } = town;
  const principal: Principal = await principalIn(town, instance(2 * n));
  const groups = await all(50, async (paging: Parameters<Records["listWorkgroups"]>[1]) =>
    granted(await records.listWorkgroups(principal, paging)),
  );
  const members: string[] = [];
  const itself: string[] = [];
  for (const { workgroup } of groups) {
    const rows = await all(50, async (paging: Parameters<Records["listMembers"]>[2]) =>
      granted(await records.listMembers(principal, workgroup.id, paging)),
    );
    const { membership } = await system.store.read({
      membership: find("membership", { workgroup: workgroup.id, agent: agent(n) }),
    });
    if (membership) itself.push(memberOf(workgroup.id, "itself", membership));
    const others = rows.filter((row) => row.membership.agent !== agent(n));
    members.push(...others.map((row) => memberOf(workgroup.id, row.membership.agent, row.membership)));
  }
  const offers = await all(50, async (paging: Parameters<Records["searchCatalog"]>[2]) =>
    granted(await records.searchCatalog(principal, {}, paging)),
  );
  const sessions = await all(50, async (paging: Parameters<Records["listSessions"]>[2]) =>
    granted(await records.listSessions(principal, { state: "open" }, paging, system.now)),
  );
  return [
    ...itself,
    ...members,
    ...offers.map(({ workgroup, advertisement }) => offerOf(workgroup.id, advertisement.id)),
    ...sessions.map(({ session }) => sessionOf(session.id, session.life.state)),
  ];
}

/** Those who have most to do with what has just happened, and one more. */
const lookedAt = ({ sessions, offers }: State, at: number): readonly number[] => {
  const newest = sessions.at(-1);
  const provider = offers[newest?.offer ?? -1]?.agent;
  return [...new Set([at % agentCount, newest?.consumer ?? 0, provider ?? 2])];
};

async function townOf(
  story: readonly Plan[],
  look: (town: Town, agents: readonly number[]) => Promise<void>,
) {
  const state = beginning(now);
  const system = new System(state);
  await system.begin(true);
  const town = { system, records: openRecords(system.store, openMemoryStore) };
  for (const [at, plan] of story.entries()) {
    const step = stepOf(plan, state);
    await system.take(step);
    take(state, step);
    if (at % 5 === 2) await system.expire();
    await look(town, lookedAt(state, "agent" in step ? step.agent : at));
  }
  return town;
}

test(`what an agent reaches now is what it finds itself (PARLEY_SEED=${seed}) [RCH-2] [RCH-4]`, async () => {
  const walk = async (story: readonly Plan[]): Promise<void> => {
    await townOf(story, async (town, agents) => {
      for (const n of agents) {
        const { items } = await reach(town, n, null);
        expect([n, items.map(told)]).toEqual([n, await found(town, n)]);
        const reachedBy = (await readers(town, n, null)).map(shownTo).sort();
        expect([n, reachedBy]).toEqual([n, await shown(town, n)]);
        // [WKG-8] By name and by tags: no more than that, and no less.
        for (const item of items)
          if (item.kind === "workgroup")
            expect(item.membership).toMatchObject(together([item.named ?? nothing, ...item.selectors]));
      }
    });
  };
  await fc.assert(fc.asyncProperty(stories, walk), { numRuns, seed, endOnFailure: false });
}, 0);

test(`what an agent reached is what it was said to reach then (PARLEY_SEED=${seed}) [RCH-3]`, async () => {
  const walk = async (story: readonly Plan[]): Promise<void> => {
    const said: { readonly n: number; readonly at: number; readonly what: unknown }[] = [];
    const town = await townOf(story, async (town, agents) => {
      for (const n of agents) said.push({ n, at: town.system.now, what: await bothOf(town, n, null) });
    });
    for (const { n, at, what } of said) expect([n, at, await bothOf(town, n, at)]).toEqual([n, at, what]);
  };
  await fc.assert(fc.asyncProperty(stories, walk), { numRuns, seed, endOnFailure: false });
}, 0);
