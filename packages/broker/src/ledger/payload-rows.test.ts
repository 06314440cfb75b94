/** What becomes of payloads as decisions say: kept together, cut at their ends to the byte, gone; and never without a commit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { find } from "../governance/question.js";
import type { PayloadChange } from "../governance/session/payload-changes.js";
import { beginAppending } from "./appending.js";
import { openMemoryStore } from "./memory/store.js";
import type { Carried } from "./payload-rows.js";
import { rebuild } from "./rebuild.js";
import { openStore, temporaryFolder } from "./sqlite/temporary.suite.js";
import type { Store } from "./store.js";
import { appendInBatches } from "./testing/harness.js";
import { factOf, idOf } from "./testing/made-up.js";
import { orRollBack, transact } from "./transact.js";

const stores: readonly (readonly [string, () => Store])[] = [
  ["memory", openMemoryStore],
  ["sqlite", () => openStore(temporaryFolder())],
];
const of = { session: idOf("session", 1), side: "consumer", n: 5 } as const;
const keep = (...places: readonly number[]): PayloadChange => ({ do: "keep", ...of, places });
const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

async function make(
  store: Store,
  changes: readonly PayloadChange[],
  carried: Carried = [],
  then: "commit" | "rollback" = "commit",
): Promise<void> {
  const tx = await store.begin();
  await orRollBack(tx, async () => {
    const appending = await beginAppending(tx);
    await appending.append({ facts: [], work: [], payloads: changes }, carried, 1_000);
    await appending.finish();
  });
  await tx[then]();
}
const rowOf = async (store: Store, n: number = of.n) =>
  (await store.read({ row: { find: "payloadRow", by: { ...of, n } } })).row;

describe.each(stores)("payloads in %s", (_name, open) => {
  test("are one row, in the order in which they were named, byte for byte", async () => {
    const store = open();
    const carried = [bytes(1, 2), bytes(), bytes(0, 255, 10), bytes(7)];
    await make(store, [keep(0, 1, 2), { do: "keep", ...of, n: 8, places: [3] }], carried);
    expect(await rowOf(store)).toEqual({ ...of, count: 3, trimmed: 0, bytes: bytes(1, 2, 0, 255, 10) });
    expect(await rowOf(store, 8)).toEqual({ ...of, n: 8, count: 1, trimmed: 0, bytes: bytes(7) });
  });

  test("of a transaction that was rolled back are not there", async () => {
    const store = open();
    await make(store, [keep(0)], [bytes(1)], "rollback");
    expect(await rowOf(store)).toBeUndefined();
    await make(store, [keep(0)], [bytes(1)]);
    await make(store, [{ do: "erase", ...of }], [], "rollback");
    expect((await rowOf(store))?.bytes).toEqual(bytes(1));
  });

  test("that did not come with their command are a bug: nothing of it is kept", async () => {
    const store = open();
    await expect(make(store, [keep(0), keep(1)], [bytes(1)])).rejects.toThrow(RangeError);
    expect(await rowOf(store)).toBeUndefined();
  });

  test("that are erased are gone; once more changes nothing", async () => {
    const store = open();
    await make(store, [keep(0), { do: "keep", ...of, n: 6, places: [0] }], [bytes(1)]);
    for (const _ of [1, 2]) await make(store, [{ do: "erase", ...of }]);
    expect(await rowOf(store)).toBeUndefined();
    expect((await rowOf(store, 6))?.bytes).toEqual(bytes(1));
  });

  test("that were lost stay so when they are cut", async () => {
    const store = open();
    await make(store, [{ do: "trim", ...of, trimmed: 1, count: 2, skip: 1, length: 1 }]);
    expect(await rowOf(store)).toBeUndefined();
  });

  test("are left alone by a rebuild", async () => {
    const store = open();
    await appendInBatches(store, [{ fact: factOf("organisation.created", 1), at: 500 }], []);
    await make(store, [keep(0, 1)], [bytes(1), bytes(2, 3)]);
    await rebuild(store, { factsPerTransaction: 2 });
    expect((await rowOf(store))?.bytes).toEqual(bytes(1, 2, 3));
  });

  test("are, after any cuts, those that are left and no others", async () => {
    const payload = fc.uint8Array({ maxLength: 40 });
    const cut = fc.tuple(fc.nat(5), fc.nat(5));
    const store = open();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(payload, { minLength: 1, maxLength: 9 }),
        fc.array(cut),
        async (sent, cuts) => {
          const key = { ...of, n: ++n };
          await make(store, [{ do: "keep", ...key, places: [...sent.keys()] }], sent);
          const sizeOf = (from: number, to: number) =>
            sent.slice(from, to).reduce((all, { byteLength }) => all + byteLength, 0);
          let [from, to] = [0, sent.length];
          for (const [first, last] of cuts) {
            const [next, end] = [from + first, to - last];
            if (next >= end) break;
            const [skip, length] = [sizeOf(from, next), sizeOf(next, end)];
            await make(store, [{ do: "trim", ...key, trimmed: next, count: end, skip, length }]);
            [from, to] = [next, end];
          }
          const left = Buffer.concat(sent.slice(from, to));
          expect(await rowOf(store, n)).toEqual({ ...key, trimmed: from, count: to, bytes: left });
        },
      ),
      { numRuns: 40 },
    );
  });
});

test("a command that fails after its payloads were decided leaves none of them, and those before it stay", async () => {
  const store = openMemoryStore();
  const govern = function* (command: { readonly id: string }) {
    const n = Number(command.id);
    yield { era: find("era", {}) };
    return {
      ...{ verdict: "accepted", answer: {}, facts: [], cuts: [], sweeps: [] },
      work: [],
      payloads: [{ do: "keep", ...of, n, places: [0] }],
    };
  } as unknown as Parameters<typeof transact>[0]["govern"];
  const head = { read: () => undefined, keep: () => undefined, close: () => undefined };
  const brought = (n: number, carried: Carried) => ({ command: { id: String(n) } as never, carried });
  const line = { store, govern, head };
  await expect(transact(line, [brought(1, [bytes(1)]), brought(2, [])], () => 1_000)).rejects.toThrow();
  expect([await rowOf(store, 1), await rowOf(store, 2)]).toEqual([undefined, undefined]);
  await transact(line, [brought(1, [bytes(1)]), brought(2, [bytes(2)])], () => 1_000);
  expect([(await rowOf(store, 1))?.bytes, (await rowOf(store, 2))?.bytes]).toEqual([bytes(1), bytes(2)]);
});
