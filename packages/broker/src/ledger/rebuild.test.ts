import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHead } from "./check-head.js";
import { RecordBehind } from "./faults.js";
import { openMemoryStore } from "./memory/store.js";
import { rebuild } from "./rebuild.js";
import type { Store } from "./store.js";
import { appendAndSeal, appendInBatches, type Timed } from "./testing/harness.js";
import { factKinds, factOf, foundingKinds, histories } from "./testing/made-up.js";

async function inTransaction(store: Store, work: (tx: Awaited<ReturnType<Store["begin"]>>) => unknown) {
  const tx = await store.begin();
  await work(tx);
  await tx.commit();
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 10 });

describe("the rows of any history", () => {
  test("come from every kind of fact", () => {
    const met = new Set(
      fc
        .sample(histories(80), { numRuns: 60, seed: 1 })
        .flatMap((history) => history.map(({ fact }) => fact.kind)),
    );
    expect([...met].sort()).toEqual([...factKinds].sort());
  });

  test("are the same after they were dropped and made again from the facts", {
    timeout: 30_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        histories(80),
        sizes,
        fc.integer({ min: 1, max: 20 }),
        async (history, batches, page) => {
          const store = openMemoryStore();
          const state = await appendInBatches(store, history, batches);
          const before = await store.dumpDerived();
          expect(await rebuild(store, { factsPerTransaction: page })).toEqual(state);
          expect(await store.dumpDerived()).toEqual(before);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("are the same after seconds had been ended by themselves [REC-7]", { timeout: 30_000 }, async () => {
    const sealing = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(histories(60), sealing, async (history, sealsAfter) => {
        const store = openMemoryStore();
        const state = await appendAndSeal(store, history, sealsAfter);
        const before = await store.dumpDerived();
        expect(await rebuild(store)).toEqual(state);
        expect(await store.dumpDerived()).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  test("are the same wherever a commit began or ended: leaves, roots and all", {
    timeout: 30_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(histories(80), sizes, sizes, async (history, some, others) => {
        const [one, other] = [openMemoryStore(), openMemoryStore()];
        const states = [
          await appendInBatches(one, history, some),
          await appendInBatches(other, history, others),
        ];
        expect(states[0]).toEqual(states[1]);
        expect(await one.dumpDerived()).toEqual(await other.dumpDerived());
      }),
      { numRuns: 30 },
    );
  });
});

const otherKinds = factKinds.filter((kind) => !foundingKinds.includes(kind) && kind !== "key.replaced");
const everyKind: readonly Timed[] = [...foundingKinds, ...otherKinds].map((kind, index) => ({
  fact: factOf(kind, 1),
  at: 1_000 * index,
}));

describe("a rebuild", () => {
  async function filled(): Promise<Store> {
    const store = openMemoryStore();
    await appendInBatches(store, everyKind, [3, 4]);
    return store;
  }

  test("brings to light a row that a fact should have changed and did not", async () => {
    const store = await filled();
    const id = factOf("agent.created", 1).content.data as { agent: { id: string } };
    await inTransaction(store, (tx) =>
      tx.change([
        { do: "patch", table: "agents", key: { id: id.agent.id as never }, set: { owner: "as it was" } },
      ]),
    );
    const before = await store.dumpDerived();
    await rebuild(store);
    const after = await store.dumpDerived();
    expect(after.agents).not.toEqual(before.agents);
    expect({ ...after, agents: [] }).toEqual({ ...before, agents: [] });
  });

  test("leaves working rows, and the time of a commit that only they had, as they are", async () => {
    const store = await filled();
    const seen = {
      principal: factOf("agent.created", 1).content.subject as never,
      seenAt: 1,
      connectedAt: null,
    };
    const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
    await inTransaction(store, async (tx) => {
      await tx.change([{ do: "put", table: "seen", row: seen }]);
      await tx.putState({ ...state, at: 999_999 });
    });
    expect(await rebuild(store)).toEqual({ ...state, at: 999_999 });
    const found = await store.read({ seen: { find: "seen", by: { principal: seen.principal } } });
    expect(found.seen).toEqual(seen);
  });

  test("refuses facts that are not those which were hashed", async () => {
    const store = await filled();
    const altered: Store = {
      ...bound(store),
      read: async (question) => {
        const answers = await store.read(question);
        if (!("facts" in answers)) return answers;
        const facts = answers.facts as unknown as { ordinal: number }[];
        return {
          ...answers,
          facts: facts.map((fact) => (fact.ordinal === 5 ? { ...fact, contentText: "{}" } : fact)),
        };
      },
    };
    await expect(rebuild(altered)).rejects.toThrow(RecordBehind);
  });

  test("refuses to end with another record than the one it began with", async () => {
    const store = await filled();
    const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
    await inTransaction(store, (tx) => tx.putState({ ...state, running: "B".repeat(43) }));
    await expect(rebuild(store)).rejects.toMatchObject({ name: "RecordBehind", flaw: "altered" });
  });

  test.each([1, 2, 3])(
    "that is interrupted after %i transactions is found at the next start, and run again",
    async (whole) => {
      const store = await filled();
      const before = await store.dumpDerived();
      const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
      let transactions = 0;
      const dying: Store = {
        ...bound(store),
        begin: () => {
          transactions += 1;
          if (transactions > whole) throw new Error("the power went");
          return store.begin();
        },
      };
      await expect(rebuild(dying, { factsPerTransaction: 4 })).rejects.toThrow("the power went");
      await expect(checkHead(store, state)).rejects.toMatchObject({ flaw: "unfinished-rebuild" });
      expect(await rebuild(store)).toEqual(state);
      expect(await store.dumpDerived()).toEqual(before);
      expect(await checkHead(store, state)).toEqual(state);
    },
  );

  test("that is interrupted when everything was dropped and nothing replayed is found at the next start", async () => {
    const store = await filled();
    const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
    const dying: Store = {
      ...bound(store),
      dropDerived: async () => {
        await store.dropDerived();
        throw new Error("the power went");
      },
    };
    await expect(rebuild(dying)).rejects.toThrow("the power went");
    await expect(checkHead(store, state)).rejects.toMatchObject({ flaw: "unfinished-rebuild" });
    expect(await rebuild(store)).toEqual(state);
  });
});

/** A store's methods on their own, so that one of them can be replaced. */
const bound = (store: Store): Store => ({
  begin: () => store.begin(),
  read: (question) => store.read(question),
  readAside: (question) => store.readAside(question),
  get waitingBytes() {
    return store.waitingBytes;
  },
  watch: (wake) => store.watch(wake),
  dropDerived: () => store.dropDerived(),
  dumpDerived: () => store.dumpDerived(),
  close: () => store.close(),
});
