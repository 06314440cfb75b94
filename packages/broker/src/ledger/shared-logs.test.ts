import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { beginAppending } from "./appending.js";
import { openMemoryStore } from "./memory/store.js";
import type { Reader, Store } from "./store.js";
import { appendAndSeal, appendInBatches, sealAt, type Timed } from "./testing/harness.js";
import { note } from "./testing/made-up.js";

async function inTransaction(store: Store, work: (tx: Awaited<ReturnType<Store["begin"]>>) => unknown) {
  const tx = await store.begin();
  await work(tx);
  await tx.commit();
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 10 });

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

  test("tell which seconds are sealed though their heads were of the very transaction that seals them", async () => {
    const store = openMemoryStore();
    await inTransaction(store, (tx) =>
      tx.change(madeUpReaders.map((row) => ({ do: "put", table: "readers", row }))),
    );
    const tx = await store.begin();
    const appending = await beginAppending(tx);
    const nothing = { facts: [], work: [], payloads: [] };
    await appending.append({ ...nothing, facts: [note("wg:1")] }, [], 10_999);
    await appending.append({ ...nothing, seals: true }, [], 11_000);
    const state = await appending.finish();
    await tx.commit();
    expect(state).toMatchObject({ sealed: 11, at: 11_000 });
    expect((await store.dumpDerived()).logLeaves).toHaveLength(2);
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
