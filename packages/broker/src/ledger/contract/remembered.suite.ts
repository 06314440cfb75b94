/**
 * Promises about rows that change with every envelope: whatever an adapter remembers of them from one transaction to the
 * next, each transaction is answered what it would be if nothing were remembered, after changes that were taken back too.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Store, StoreLookup, StoreQuestion } from "../store.js";
import { makers } from "./makers.suite.js";
import { type Adapter, ask, commit, opened, writeIn } from "./opened.suite.js";
import { changesOf } from "./scripts.suite.js";

const row = fc.integer({ min: 1, max: 2 });
const working = ["connections", "tallies", "handled", "waiting", "deadlines"] as const;
const own = ["streams", "readers", "logs", "logPending", "payloads"] as const;
const changes = fc.oneof(
  changesOf(["put", "put", "patch", "drop"], working, row),
  // Rows of the ledger's own are never patched.
  changesOf(["put", "put", "drop"], own, row),
);
const steps = fc.record({
  changes: fc.array(changes, { maxLength: 4 }),
  era: fc.integer({ min: 1, max: 3 }),
  end: fc.constantFrom("commit", "rollback"),
});

type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

const of = (n: number): Readonly<Record<string, StoreLookup>> => {
  const { session, side } = makers.tallies(n);
  const { log, second } = makers.logPending(n);
  return {
    [`connection ${n}`]: { find: "connection", by: makers.connections(n) },
    [`tally ${n}`]: { find: "tally", by: { session, side } },
    [`handled ${n}`]: { find: "handled", by: makers.handled(n) },
    [`waiting ${n}`]: { find: "waiting", by: makers.waiting(n) },
    [`deadline ${n}`]: { find: "deadline", by: makers.deadlines(n) },
    [`stream ${n}`]: { find: "streamHead", by: makers.streams(n) },
    [`readers ${n}`]: { find: "readersOf", by: makers.readers(n) },
    [`log ${n}`]: { find: "logHead", by: makers.logs(n) },
    [`pending ${n}`]: { find: "logPending", by: { log, before: second + 1 } },
    [`payloads ${n}`]: { find: "payloadsIn", by: { ...makers.payloads(n), from: 1, to: 9, limit: 3 } },
  };
};
const questions = {
  era: { find: "era", by: {} },
  state: { find: "ledgerState", by: {} },
  ...of(1),
  ...of(2),
} as const satisfies StoreQuestion;

/** What is undefined is left out: an adapter may have the one or the other. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Each time as somebody sees it who remembers nothing: before, within, and once it is over. */
async function agrees(store: Store, { changes, era, end }: Step): Promise<void> {
  const tx = await store.begin();
  expect(plain(await tx.answer(questions))).toEqual(plain(await store.read(questions)));
  try {
    await writeIn(tx, { facts: [], changes, state: { ordinal: 1, running: "r", at: 1, era, sealed: era } });
  } catch (cause) {
    // What is not there may not be patched.
    if (cause instanceof TypeError) throw cause;
    await tx.rollback();
    return;
  }
  const within = plain(await tx.answer(questions));
  await tx[end]();
  if (end === "commit") expect(within).toEqual(plain(await store.read(questions)));
}

export function describeRemembered(adapter: Adapter): void {
  describe("rows that change with every envelope", () => {
    test("what was pending is so again once its dropping was taken back", async () => {
      const store = opened(adapter);
      const row = makers.logPending(1);
      const { log, stream } = row;
      const by = { log, before: row.second + 1 };
      await commit(store, { changes: [{ do: "put", table: "logPending", row }] });
      const tx = await store.begin();
      await tx.change([{ do: "drop", table: "logPending", key: { log, stream } }]);
      expect(await ask(tx, "logPending", by)).toEqual([]);
      await tx.rollback();
      const next = await store.begin();
      expect(await ask(next, "logPending", by)).toMatchObject([{ log, stream }]);
      await next.rollback();
    });

    test("are told as they are, whatever was changed and taken back before", {
      timeout: 60_000,
    }, async () => {
      const script = fc.array(steps, { minLength: 3, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(script, async (played) => {
          const store = adapter.open();
          for (const one of played) await agrees(store, one);
          await store.close();
        }),
        { numRuns: 150 },
      );
    });
  });
}
