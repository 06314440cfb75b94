/** Promises about transactions: all or nothing, unseen until committed, one at a time, nothing repeated. */
import { describe, expect, test } from "vitest";
import { emptyState, type Store } from "../store.js";
import {
  type Adapter,
  ask,
  commit,
  factsOf,
  opened,
  put,
  rollBack,
  type Written,
  writeIn,
} from "./opened.suite.js";
import { agent, agt, deadline, org, organisation, streamHead } from "./rows.suite.js";

const facts = factsOf("platform", 3);
const state = { ordinal: 3, running: "r".repeat(43), at: 1_002, era: 1, sealed: 0 };
const everything: Written = {
  facts,
  changes: [
    ...put("organisations", organisation(1)),
    ...put("agents", agent(1)),
    ...put("deadlines", deadline(1)),
  ],
  state,
};

/** All that `everything` shows. */
async function shown(from: Parameters<typeof ask>[0]) {
  return {
    facts: await ask(from, "factsInOrder", { after: 0, limit: 10 }),
    organisation: await ask(from, "organisation", { id: org(1) }),
    agent: await ask(from, "agent", { organisation: org(1), id: agt(1) }),
    due: await ask(from, "due", { now: 10_000, limit: 10 }),
    state: await ask(from, "ledgerState", {}),
  };
}

const nothing = { facts: [], organisation: undefined, agent: undefined, due: [], state: emptyState };
const all = { facts, organisation: organisation(1), agent: agent(1), due: [deadline(1)], state };

const patchAgent = {
  do: "patch",
  table: "agents",
  key: { id: agt(1) },
  set: { owner: "else@example.org" },
} as const;
const dropDeadline = {
  do: "drop",
  table: "deadlines",
  key: { kind: deadline(1).kind, subject: deadline(1).subject },
} as const;

export function describeTransactions(adapter: Adapter): void {
  describe("a transaction", () => {
    describeWhole(adapter);
    describeTakingBack(adapter);
    describeEnds(adapter);
  });
  describeRepeats(adapter);
  describeState(adapter);
  if (adapter.reopen) describeOutliving(adapter, adapter.reopen);
}

function describeWhole(adapter: Adapter): void {
  test("is stored as a whole by its commit", async () => {
    const store = opened(adapter);
    await commit(store, everything);
    expect(await shown(store)).toEqual(all);
  });

  test("sees what it wrote, and nobody else does before the commit", async () => {
    const store = opened(adapter);
    const tx = await store.begin();
    await writeIn(tx, everything);
    expect(await shown(tx)).toEqual(all);
    expect(await shown(store)).toEqual(nothing);
    await tx.commit();
    expect(await shown(store)).toEqual(all);
  });

  test("leaves nothing behind when it is rolled back", async () => {
    const store = opened(adapter);
    await rollBack(store, everything);
    expect(await shown(store)).toEqual(nothing);
    const next = await store.begin();
    expect(await shown(next)).toEqual(nothing);
    await next.rollback();
  });
}

function describeTakingBack(adapter: Adapter): void {
  test("takes back what it changed and dropped when it is rolled back", async () => {
    const store = opened(adapter);
    await commit(store, everything);
    await rollBack(store, {
      facts: factsOf("org:x", 1).map((fact) => ({ ...fact, ordinal: 4 })),
      changes: [patchAgent, dropDeadline, ...put("organisations", organisation(1, { version: 2 }))],
      state: { ...state, ordinal: 4, era: 2, sealed: 0 },
    });
    expect(await shown(store)).toEqual(all);
    await commit(store, { changes: [patchAgent] });
    expect(await ask(store, "agent", { organisation: org(1), id: agt(1) })).toEqual(agent(1, patchAgent.set));
  });

  test("does not show its changes and drops to readers before the commit", async () => {
    const store = opened(adapter);
    await commit(store, everything);
    const tx = await store.begin();
    await tx.change([patchAgent, dropDeadline]);
    expect(await shown(store)).toEqual(all);
    await tx.commit();
    expect(await shown(store)).toEqual({ ...all, agent: agent(1, patchAgent.set), due: [] });
  });

  test("works on what the one before it committed", async () => {
    const store = opened(adapter);
    await rollBack(store, everything);
    await commit(store, everything);
    await rollBack(store, { changes: [dropDeadline] });
    await commit(store, { changes: [patchAgent] });
    expect(await shown(store)).toEqual({ ...all, agent: agent(1, patchAgent.set) });
  });

  test("stores what was handed in, whatever becomes of it afterwards", async () => {
    const store = opened(adapter);
    const tags: Record<string, string> = { env: "prod" };
    await commit(store, { changes: put("agents", agent(1, { tags })) });
    Object.assign(tags, { env: "test" });
    const found = await ask(store, "agent", { organisation: org(1), id: agt(1) });
    expect(found?.tags).toEqual({ env: "prod" });
  });
}

function describeEnds(adapter: Adapter): void {
  test("is the only one", async () => {
    const store = opened(adapter);
    const tx = await store.begin();
    await expect((async () => store.begin())()).rejects.toThrow("one transaction at a time");
    await tx.rollback();
    await commit(store, everything);
  });

  test.each(["commit", "rollback"] as const)("cannot be used after its %s", async (end) => {
    const store = opened(adapter);
    const tx = await store.begin();
    await tx[end]();
    for (const use of [() => tx.append(facts), () => tx.commit(), () => tx.rollback(), () => tx.change([])]) {
      await expect((async () => use())()).rejects.toThrow("has ended");
    }
    expect(await shown(store)).toEqual(nothing);
  });

  test("can only be rolled back once something in it has failed", async () => {
    const store = opened(adapter);
    const tx = await store.begin();
    await tx.append(facts);
    await expect((async () => tx.change([patchAgent]))()).rejects.toThrow("no row");
    await expect((async () => tx.change([]))()).rejects.toThrow("has failed");
    await expect((async () => tx.commit())()).rejects.toThrow("has failed");
    await tx.rollback();
    expect(await shown(store)).toEqual(nothing);
    await commit(store, everything);
    expect(await shown(store)).toEqual(all);
  });
}

function describeRepeats(adapter: Adapter): void {
  const [first, second] = factsOf("platform", 2);
  if (!first || !second) throw new TypeError("two facts are needed");

  const refuses = async (store: Store, repeated: typeof first) => {
    const tx = await store.begin();
    await expect((async () => tx.append([repeated]))()).rejects.toThrow();
    await tx.rollback();
    expect(await ask(store, "factsInOrder", { after: 0, limit: 10 })).toEqual([first]);
  };

  describe("facts", () => {
    test("are refused at a position that is taken", async () => {
      const store = opened(adapter);
      await commit(store, { facts: [first] });
      await refuses(store, { ...first, ordinal: 2 });
    });

    test("are refused at an ordinal that is taken", async () => {
      const store = opened(adapter);
      await commit(store, { facts: [first] });
      await refuses(store, { ...second, ordinal: 1 });
    });

    test("are refused at a position that is taken in the same transaction", async () => {
      const store = opened(adapter);
      const tx = await store.begin();
      await expect((async () => tx.append([first, { ...first, ordinal: 2 }]))()).rejects.toThrow();
      await tx.rollback();
      expect(await ask(store, "factsInOrder", { after: 0, limit: 10 })).toEqual([]);
    });

    test("take a position again that was rolled back", async () => {
      const store = opened(adapter);
      await rollBack(store, { facts: [first, second] });
      await commit(store, { facts: [first] });
      await commit(store, { facts: [second] });
      expect(await ask(store, "factsInOrder", { after: 0, limit: 10 })).toEqual([first, second]);
    });

    test("keep their texts byte for byte, and a content that is gone stays gone", async () => {
      const store = opened(adapter);
      const gone = { ...first, contentText: null };
      const odd = { ...second, contentText: '{"b":1,"a":"größer 😀 \\u0000 \'"}' };
      await commit(store, { facts: [gone, odd] });
      expect(await ask(store, "factsPage", { stream: "platform", after: 0, limit: 5, kind: null })).toEqual([
        gone,
        odd,
      ]);
    });
  });
}

function describeState(adapter: Adapter): void {
  describe("the ledger's own row", () => {
    test("is of an empty ledger before the first transaction", async () => {
      const store = opened(adapter);
      expect(await ask(store, "ledgerState", {})).toEqual(emptyState);
      expect(await ask(store, "era", {})).toBe(1);
    });

    test("is there for the rest of its transaction as soon as it is put", async () => {
      const store = opened(adapter);
      const tx = await store.begin();
      await tx.putState({ ...state, era: 7 });
      expect(await ask(tx, "era", {})).toBe(7);
      expect(await ask(tx, "ledgerState", {})).toEqual({ ...state, era: 7 });
      expect(await ask(store, "era", {})).toBe(1);
      await tx.commit();
      expect(await ask(store, "era", {})).toBe(7);
    });

    test("is one: putting it again replaces it", async () => {
      const store = opened(adapter);
      await commit(store, { state });
      const other = { ordinal: 4, running: "s".repeat(43), at: Number.MAX_SAFE_INTEGER, era: 2, sealed: 0 };
      await commit(store, { state: other });
      expect(await ask(store, "ledgerState", {})).toEqual(other);
    });
  });
}

function describeOutliving(adapter: Adapter, reopen: (store: Store) => Promise<Store>): void {
  describe("what outlives the process", () => {
    test("is everything that was committed, and nothing else", async () => {
      const store = adapter.open();
      await commit(store, everything);
      await rollBack(store, { changes: put("streams", streamHead(9)), state: { ...state, era: 9 } });
      const again = await reopen(store);
      try {
        expect(await shown(again)).toEqual(all);
        expect(await ask(again, "streamHead", { stream: streamHead(9).stream })).toBeUndefined();
      } finally {
        await again.close();
      }
    });
  });
}
