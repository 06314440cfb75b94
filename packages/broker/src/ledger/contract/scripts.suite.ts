/** Two adapters, one script: whatever is done to them at random, they answer alike, refusals of their own included. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Store, StoreLookup } from "../store.js";
import { keyColumns, type StoreRows, type StoreTable, storeTables } from "../tables.js";
import { describeDisturbances } from "./disturbances.suite.js";
import { makers } from "./makers.suite.js";
import { type Adapter, type AnyChange, factsOf, type Written, writeIn } from "./opened.suite.js";
import { agt, etk, ins, opr, org } from "./rows.suite.js";
import { wkg } from "./workgroup-rows.suite.js";

type Kind = AnyChange["do"];

/** A change of one of few rows: what is not there may be patched, what only one can have may be given twice. */
export const changesOf = (kinds: readonly Kind[], tables: readonly StoreTable[], row: fc.Arbitrary<number>) =>
  fc
    .record({ kind: fc.constantFrom(...kinds), table: fc.constantFrom(...tables), n: row, as: row })
    .map(({ kind, table, n, as }): AnyChange => {
      const make = makers[table] as (n: number) => StoreRows[StoreTable];
      const keys = keyColumns(table);
      const entries = Object.entries(make(n));
      const key = Object.fromEntries(entries.filter(([column]) => keys.includes(column)));
      const others = Object.fromEntries(
        Object.entries(make(as)).filter(([column]) => !keys.includes(column)),
      );
      const made =
        kind === "put" ? { row: { ...others, ...key } } : { key, ...(kind === "patch" && { set: others }) };
      return { do: kind, table, ...made } as unknown as AnyChange;
    });

const changes = changesOf(["put", "put", "put", "patch", "drop"], storeTables, fc.nat({ max: 6 }));
const steps = fc.record({
  changes: fc.array(changes, { maxLength: 8 }),
  facts: fc.nat({ max: 3 }),
  end: fc.constantFrom("commit", "commit", "commit", "rollback"),
  dropsDerived: fc.integer({ min: 0, max: 15 }).map((n) => n === 0),
});
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

const questions: Readonly<Record<string, StoreLookup>> = {
  principal: { find: "principal", by: { id: ins(1) } },
  operator: { find: "operator", by: { organisation: org(1), id: opr(1) } },
  called: { find: "agentNamed", by: { organisation: org(1), name: "agent-2" } },
  among: { find: "agentsAmong", by: { organisation: org(1), ids: [agt(1), agt(3), agt(9)] } },
  admins: { find: "adminCount", by: { organisation: org(1) } },
  open: { find: "openTokenCount", by: { organisation: org(1), for: null, now: 10_003 } },
  recoveries: { find: "openRecoveryCount", by: { organisation: org(1), now: 1 } },
  token: { find: "enrolmentToken", by: { organisation: org(1), id: etk(1) } },
  replacements: { find: "keyReplacements", by: { principal: ins(1), since: 3_002 } },
  connections: { find: "openConnections", by: {} },
  instances: { find: "instancesPage", by: { organisation: org(1), agent: agt(1), after: null, limit: 3 } },
  alerts: { find: "alertsPage", by: { organisation: org(1), before: null, limit: 3 } },
  agents: { find: "agentsPage", by: { organisation: org(1), ids: null, after: "agent-1", limit: 2 } },
  facts: { find: "factsInOrder", by: { after: 0, limit: 1_000 } },
  pending: { find: "logPending", by: { log: "platform", before: 10_000 } },
  due: { find: "due", by: { now: 6_003, limit: 2 } },
  state: { find: "ledgerState", by: {} },
  invitations: { find: "openInvitationCount", by: { inviter: org(1), now: 10_003 } },
  named: { find: "namedMembersOf", by: { workgroup: wkg(1), organisation: org(1) } },
  sweeps: { find: "unfinishedSweeps", by: {} },
  reads: { find: "readerOf", by: { stream: "workgroup:1", log: `org:${org(1)}` } },
};

async function play(store: Store, script: readonly Step[]): Promise<unknown[]> {
  const told: unknown[] = [];
  const chain = factsOf("platform", script.length * 3);
  let appended = 0;
  for (const step of script) {
    if (step.dropsDerived) await store.dropDerived();
    const facts = chain.slice(appended, appended + step.facts);
    const written = {
      facts,
      changes: step.changes,
      state: { ordinal: appended, running: "r", at: appended, era: 1, sealed: 0 },
    };
    const ended = await attempt(store, written, step.end);
    if (ended.end === "commit") appended += facts.length;
    told.push(ended, await store.read(questions), await store.dumpDerived());
  }
  return told;
}

/** How the transaction ended, and, before that, what it saw itself. */
async function attempt(store: Store, written: Written, end: Step["end"]) {
  const tx = await store.begin();
  let within: unknown;
  try {
    await writeIn(tx, written);
    within = await tx.answer(questions);
  } catch {
    await tx.rollback();
    return { end: "failed", within };
  }
  await tx[end]();
  return { end, within };
}

export function describeScripts(adapters: Readonly<Record<string, Adapter>>): void {
  describe("two stores, one script", () => {
    describeDisturbances(adapters);

    test("answer alike at every step", { timeout: 60_000 }, async () => {
      const script = fc.array(steps, { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(script, async (played) => {
          const told: unknown[][] = [];
          for (const adapter of Object.values(adapters)) {
            const store = adapter.open();
            told.push(await play(store, played));
            await store.close();
          }
          for (const other of told.slice(1)) expect(other).toEqual(told[0]);
        }),
        { numRuns: 60 },
      );
    });
  });
}
