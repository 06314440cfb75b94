import { describe, expect, test } from "vitest";
import { checkHead } from "./check-head.js";
import type { KeptHead } from "./head.js";
import { openMemoryStore } from "./memory/store.js";
import type { Store, StoreAnswers, StoreQuestion } from "./store.js";
import type { StoredFact } from "./stored-fact.js";
import { appendInBatches, type Timed } from "./testing/harness.js";
import { note } from "./testing/made-up.js";

const history = (length: number, salt = 0): Timed[] =>
  Array.from({ length }, (_, n) => ({ fact: note(`org:org_${n % 3}`, n + salt), at: 1_000 * n }));

async function storeOf(facts: readonly Timed[]): Promise<{ store: Store; head: KeptHead }> {
  const store = openMemoryStore();
  const { ordinal, running, era } = await appendInBatches(store, facts, []);
  return { store, head: { ordinal, running, era } };
}

/** The same store, with what it reads changed on the way: as a damaged file would be. */
function damaged(store: Store, change: (fact: StoredFact) => StoredFact | undefined) {
  const facts = (found: unknown) => (found as StoredFact[]).flatMap((fact) => change(fact) ?? []);
  return {
    async read<Q extends StoreQuestion>(question: Q): Promise<StoreAnswers<Q>> {
      const answers = await store.read(question);
      return "facts" in answers ? { ...answers, facts: facts(answers.facts) } : answers;
    },
  };
}

const flip = (text: string): string => String.fromCharCode(text.charCodeAt(0) ^ 1) + text.slice(1);

describe("a store that continues the kept head", () => {
  test("is believed when it is exactly at the head", async () => {
    const { store, head } = await storeOf(history(7));
    expect(await checkHead(store, head)).toMatchObject(head);
  });

  test("is believed when it is ahead: the process died between the commit and the head", async () => {
    const { store, head } = await storeOf(history(7));
    const state = await appendInBatches(store, history(9), []);
    expect(await checkHead(store, head)).toEqual(state);
  });

  test("is believed when nothing has happened yet, and no head was ever kept", async () => {
    expect(await checkHead(openMemoryStore(), undefined)).toMatchObject({ ordinal: 0, era: 1 });
  });

  test("is read from the head on, not from its beginning", async () => {
    const { store, head } = await storeOf(history(2_500));
    await appendInBatches(store, history(5), []);
    let read = 0;
    const counting = damaged(store, (fact) => {
      read += 1;
      return fact;
    });
    await checkHead(counting, head);
    expect(read).toBeLessThan(15);
  });

  test("is read in pages, however far it is ahead", async () => {
    const { store, head } = await storeOf(history(2));
    const state = await appendInBatches(store, history(2_345), []);
    expect(await checkHead(store, head)).toEqual(state);
  });
});

const behind = (flaw: string) => ({ name: "RecordBehind", retry: "never", flaw });

describe("a store that is not the record that was acknowledged", () => {
  test("is found when it was restored from an old copy", async () => {
    const { head } = await storeOf(history(7));
    const { store: copy } = await storeOf(history(5));
    await expect(checkHead(copy, head)).rejects.toMatchObject(behind("behind"));
    await expect(checkHead(copy, head)).rejects.toThrow(
      /expected fact 7 of era 1, found fact 5 of era 1.*--recover record/,
    );
  });

  test("is found when it was restored from an old copy and has gone on since", async () => {
    const { head } = await storeOf(history(7));
    const { store: copy } = await storeOf(history(5));
    await appendInBatches(copy, history(4, 100), []);
    await expect(checkHead(copy, head)).rejects.toMatchObject(behind("diverged"));
  });

  test("is found when it is another store of the same length", async () => {
    const { head } = await storeOf(history(7));
    const { store: other } = await storeOf(history(7, 100));
    await expect(checkHead(other, head)).rejects.toMatchObject(behind("diverged"));
  });

  test("is found when it is of an era that is over", async () => {
    const { store, head } = await storeOf(history(7));
    await expect(checkHead(store, { ...head, era: 2 })).rejects.toMatchObject(behind("behind"));
  });

  test("is found when everything is gone", async () => {
    const { head } = await storeOf(history(7));
    await expect(checkHead(openMemoryStore(), head)).rejects.toMatchObject(behind("behind"));
  });

  test("cannot be told from it when the head file is lost", async () => {
    const { store } = await storeOf(history(7));
    await expect(checkHead(store, undefined)).rejects.toMatchObject(behind("head-missing"));
  });

  test.each<[string, (fact: StoredFact) => StoredFact | undefined]>([
    ["skeleton", (fact) => ({ ...fact, skeletonText: flip(fact.skeletonText) })],
    ["column", (fact) => ({ ...fact, skeleton: { ...fact.skeleton, at: fact.skeleton.at ^ 1 } })],
    ["hash", (fact) => ({ ...fact, hash: flip(fact.hash) })],
    ["content", (fact) => ({ ...fact, contentText: flip(fact.contentText ?? "") })],
    ["place: it is gone", () => undefined],
  ])("is found by a flipped bit in the %s of a fact after the head", async (_part, change) => {
    const { store, head } = await storeOf(history(7));
    await appendInBatches(store, history(9), []);
    for (const ordinal of [7, 8, 12, 16]) {
      const flipped = damaged(store, (fact) => (fact.ordinal === ordinal ? change(fact) : fact));
      await expect(checkHead(flipped, head)).rejects.toMatchObject(behind("altered"));
    }
  });

  test("is found when a stream's head is not that of its last fact", async () => {
    const { store, head } = await storeOf(history(7));
    const tx = await store.begin();
    await tx.change([
      { do: "put", table: "streams", row: { stream: "org:org_0", position: 2, hash: "B".repeat(43) } },
    ]);
    await tx.commit();
    await expect(checkHead(store, head)).rejects.toMatchObject(behind("altered"));
  });

  test("is told from a rebuild that was interrupted, which is to be run again", async () => {
    const { store, head } = await storeOf(history(7));
    const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
    const tx = await store.begin();
    await tx.putState({ ...state, ordinal: 4 });
    await tx.commit();
    await expect(checkHead(store, head)).rejects.toMatchObject(behind("unfinished-rebuild"));
    await expect(checkHead(store, head)).rejects.toThrow("run it again");
  });
});
