import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHead } from "./check-head.js";
import { RecordBehind } from "./faults.js";
import { openMemoryStore } from "./memory/store.js";
import { rebuild } from "./rebuild.js";
import type { Reader, Store } from "./store.js";
import { appendAndSeal, appendInBatches, sealAt, type Timed } from "./testing/harness.js";
import { factKinds, factOf, foundingKinds, histories, note } from "./testing/made-up.js";

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

const org = (n: number) => `org:org_${n}`;
const shared = (stream: string, log: string, order: number): Reader => ({
  stream,
  log,
  from: 1,
  until: null,
  order,
});
const madeUpReaders = [
  shared("wg:1", org(1), 1),
  shared("wg:1", org(2), 2),
  shared("ses:1", org(2), 1),
  shared("ses:1", org(1), 2),
];

describe("the logs of organisations that share streams", () => {
  const shares = fc
    .array(fc.tuple(fc.constantFrom(org(1), org(2), "wg:1", "ses:1"), fc.nat({ max: 900 })), {
      minLength: 1,
      maxLength: 40,
      size: "max",
    })
    .map((steps): Timed[] => {
      let at = 1_000;
      return steps.map(([stream, passes]) => {
        at += passes;
        return { fact: note(stream, at), at };
      });
    });

  async function logsOf(history: readonly Timed[], batches: readonly number[]) {
    const store = openMemoryStore();
    await inTransaction(store, (tx) =>
      tx.change(madeUpReaders.map((row) => ({ do: "put", table: "readers", row }))),
    );
    await appendInBatches(store, history, batches);
    const { logs, logLeaves, logPending } = await store.dumpDerived();
    return { logs, logLeaves, logPending };
  }

  test("have the same leaves, roots and pending heads for every partition into commits", async () => {
    await fc.assert(
      fc.asyncProperty(shares, sizes, async (history, batches) => {
        const whole = await logsOf(history, [history.length]);
        expect(
          await logsOf(
            history,
            history.map(() => 1),
          ),
        ).toEqual(whole);
        expect(await logsOf(history, batches)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  const sealing = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });

  async function sealed(history: readonly Timed[], sealsAfter: readonly boolean[]) {
    const store = openMemoryStore();
    await inTransaction(store, (tx) =>
      tx.change(madeUpReaders.map((row) => ({ do: "put", table: "readers", row }))),
    );
    await appendAndSeal(store, history, sealsAfter);
    return store;
  }

  test("come to the same leaves, however often the seconds were ended meanwhile [REC-7]", async () => {
    await fc.assert(
      fc.asyncProperty(shares, sealing, async (history, sealsAfter) => {
        const [often, once] = [await sealed(history, sealsAfter), await sealed(history, [false])];
        const late = (history.at(-1)?.at ?? 0) + 1_000;
        await sealAt(often, late);
        await sealAt(once, late);
        const [one, other] = [await often.dumpDerived(), await once.dumpDerived()];
        expect(one.logs).toEqual(other.logs);
        expect(one.logLeaves).toEqual(other.logLeaves);
        expect(one.logPending).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("are as long, and have the same root, whatever happens that their organisation does not read [REC-8]", async () => {
    const among = [org(1), org(2), "wg:1", "ses:1", "ses:2", "platform"];
    const all = fc
      .array(fc.tuple(fc.constantFrom(...among), fc.nat({ max: 900 })), {
        minLength: 1,
        maxLength: 40,
        size: "max",
      })
      .map((steps): Timed[] => {
        let at = 1_000;
        return steps.map(([stream, passes]) => {
          at += passes;
          return { fact: note(stream, at), at };
        });
      });
    const seenByFirst = ({ fact }: Timed) => [org(1), "wg:1", "ses:1"].includes(fact.stream);
    await fc.assert(
      fc.asyncProperty(all, sealing, async (history, sealsAfter) => {
        const seen = history.filter(seenByFirst);
        if (seen.length === 0) return;
        const [whole, part] = [await sealed(history, sealsAfter), await sealed(seen, sealsAfter)];
        const last = history.at(-1)?.at ?? 0;
        await sealAt(whole, last);
        await sealAt(part, last);
        const head = { head: { find: "logHead", by: { log: org(1) } } } as const;
        expect(await whole.read(head)).toEqual(await part.read(head));
      }),
      { numRuns: 100 },
    );
  });

  test("only ever grow: what was a leaf when somebody signed for it still is", async () => {
    await fc.assert(
      fc.asyncProperty(shares, shares, sealing, async (before, after, sealsAfter) => {
        const store = await sealed(before, sealsAfter);
        await sealAt(store, before.at(-1)?.at ?? 0);
        const signed = (await store.dumpDerived()).logLeaves ?? [];
        const from = before.at(-1)?.at ?? 0;
        await appendAndSeal(
          store,
          after.map(({ fact, at }) => ({ fact, at: from + at - 1_000 })),
          sealsAfter,
        );
        expect((await store.dumpDerived()).logLeaves).toEqual(expect.arrayContaining([...signed]));
      }),
      { numRuns: 50 },
    );
  });

  test("each have the head of a shared stream as their own leaf, once its second is over", async () => {
    const at = (stream: string, ms: number) => ({ fact: note(stream, ms), at: ms });
    const history = [
      at("wg:1", 1_000),
      at("wg:1", 1_500),
      at(org(1), 1_600),
      at(org(1), 2_000),
      at(org(2), 9_000),
    ];
    const { logLeaves, logPending } = await logsOf(history, [1, 1, 1]);
    const places = (logLeaves ?? []).map((leaf) => {
      const { log, index, stream, position } = leaf as {
        log: string;
        index: number;
        stream: string;
        position: number;
      };
      return [log, index, stream, position];
    });
    expect(places).toEqual([
      [org(1), 0, org(1), 1],
      [org(1), 1, "wg:1", 2],
      [org(1), 2, org(1), 2],
      [org(2), 0, "wg:1", 2],
      [org(2), 1, org(2), 1],
    ]);
    expect(logPending).toEqual([]);
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
