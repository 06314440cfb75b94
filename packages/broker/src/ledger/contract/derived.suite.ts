/** Promises to the ledger: its own rows in their orders, and the dropping and dumping of everything that is derived. */
import { describe, expect, test } from "vitest";
import { type StoreRows, type StoreTable, storeTables } from "../tables.js";
import { makers } from "./makers.suite.js";
import { type Adapter, ask, commit, factsOf, opened, put } from "./opened.suite.js";
import { deadline, ins, logLeaf, pendingHead, reader } from "./rows.suite.js";

/** Written out: what a rebuild makes again is a promise, not whatever the table of tables says. */
const derived = [
  "organisations",
  "operators",
  "agents",
  "instances",
  "principalKeys",
  "enrolmentTokens",
  "priors",
  "alerts",
  "workgroups",
  "participations",
  "invitations",
  "consents",
  "namedMembers",
  "selectors",
  "memberships",
  "contracts",
  "contractVersions",
  "advertisements",
  "offers",
  "offeredCapabilities",
  "sessions",
  "sides",
  "holders",
  "tallies",
  "segments",
  "strays",
  "sweeps",
  "mentions",
  "streams",
  "readers",
  "logs",
  "logLeaves",
  "logNodes",
  "logPending",
];

const facts = factsOf("platform", 2);
const state = { ordinal: 2, running: "r".repeat(43), at: 5, era: 3, sealed: 0 };
const tenOf = (table: StoreTable) => {
  const make = makers[table] as (n: number) => StoreRows[StoreTable];
  return [7, 10, 2, 1, 9].map((n) => make(n));
};
const oneEach = storeTables.flatMap((table) => put(table, ...tenOf(table)));

export function describeDerived(adapter: Adapter): void {
  describe("what is derived", () => {
    test("is dumped table by table, every row, in the order of the keys", async () => {
      const store = opened(adapter);
      await commit(store, { facts, changes: oneEach, state });
      const dump = await store.dumpDerived();
      expect(Object.keys(dump).sort()).toEqual([...derived].sort());
      expect(dump.agents).toEqual([1, 2, 7, 9, 10].map((n) => makers.agents(n)));
      expect(dump.logLeaves).toEqual([1, 2, 7, 9, 10].map((n) => logLeaf(n)));
      for (const table of derived) expect(dump[table]).toHaveLength(5);
    });

    test("is dumped as committed", async () => {
      const store = opened(adapter);
      const tx = await store.begin();
      await tx.change(oneEach);
      expect(Object.values(await store.dumpDerived()).flat()).toEqual([]);
      await tx.rollback();
    });

    test("is dropped, and nothing else is", async () => {
      const store = opened(adapter);
      await commit(store, { facts, changes: oneEach, state });
      await store.dropDerived();
      expect(Object.values(await store.dumpDerived()).flat()).toEqual([]);
      expect(await ask(store, "factsInOrder", { after: 0, limit: 5 })).toEqual(facts);
      expect(await ask(store, "ledgerState", {})).toEqual(state);
      expect(await ask(store, "due", { now: 9_000, limit: 9 })).toHaveLength(5);
      expect(await ask(store, "seen", { principal: ins(7) })).toEqual(makers.seen(7));
      expect(await ask(store, "connection", { instance: ins(7) })).toEqual(makers.connections(7));
      expect(await ask(store, "openConnections", {})).toHaveLength(5);
      expect(await ask(store, "probe", { name: "readiness" })).toEqual(makers.probes(9));
      const { principal, code, minute } = makers.refusalCounts(7);
      expect(await ask(store, "refusalCount", { principal, code, minute })).toEqual(makers.refusalCounts(7));
    });

    test("can be made again after it was dropped", async () => {
      const store = opened(adapter);
      await commit(store, { changes: oneEach });
      const before = await store.dumpDerived();
      await store.dropDerived();
      await commit(store, { changes: oneEach });
      expect(await store.dumpDerived()).toEqual(before);
    });

    test("is not dropped under an open transaction", async () => {
      const store = opened(adapter);
      const tx = await store.begin();
      await expect((async () => store.dropDerived())()).rejects.toThrow("has it alone");
      await tx.rollback();
    });
  });

  describeLedgerRows(adapter);
  describeDue(adapter);
  describeAside(adapter);
  describeWakes(adapter);
}

function describeLedgerRows(adapter: Adapter): void {
  describe("the ledger's rows", () => {
    test("readersOf tells the readers of one stream", async () => {
      const store = opened(adapter);
      const elsewhere = reader(1, { stream: "workgroup:2" });
      await commit(store, { changes: put("readers", reader(3), elsewhere, reader(1)) });
      expect(await ask(store, "readersOf", { stream: "workgroup:1" })).toEqual([reader(1), reader(3)]);
      expect(await ask(store, "readersOf", { stream: "workgroup:9" })).toEqual([]);
    });

    test("readerOf tells how one log reads a stream, if it does", async () => {
      const store = opened(adapter);
      await commit(store, { changes: put("readers", reader(1), reader(2)) });
      const by = { stream: reader(2).stream, log: reader(2).log };
      expect(await ask(store, "readerOf", by)).toEqual(reader(2));
      expect(await ask(store, "readerOf", { ...by, log: reader(3).log })).toBeUndefined();
      expect(await ask(store, "readerOf", { ...by, stream: "workgroup:2" })).toBeUndefined();
    });

    test("unfinishedSweeps tells all that were begun, oldest first", async () => {
      const store = opened(adapter);
      const alike = (n: number, part: number) => makers.sweeps(n, { part, begunAt: 1 });
      const inOrder = [alike(1, 0), alike(1, 2), alike(2, 1), makers.sweeps(0), makers.sweeps(9)];
      await commit(store, {
        changes: put("sweeps", ...[3, 1, 4, 0, 2].map((at) => inOrder[at] ?? makers.sweeps(5))),
      });
      expect(await ask(store, "unfinishedSweeps", {})).toEqual(inOrder);
    });

    describeLogRows(adapter);
  });
}

function describeLogRows(adapter: Adapter): void {
  test("logLeaves tells the leaves of one log after an index", async () => {
    const store = opened(adapter);
    const changes = put(
      "logLeaves",
      ...[10, 2, 0, 1, 9].map((n) => logLeaf(n)),
      logLeaf(3, { log: "org:x" }),
    );
    await commit(store, { changes });
    const leaves = (after: number, limit: number) =>
      ask(store, "logLeaves", { log: "platform", after, limit });
    expect(await leaves(-1, 3)).toEqual([0, 1, 2].map((n) => logLeaf(n)));
    expect(await leaves(2, 3)).toEqual([9, 10].map((n) => logLeaf(n)));
  });

  test("logPending tells the heads of one log of the seconds before, oldest first, and how it ranks them", async () => {
    const store = opened(adapter);
    const later = pendingHead(1, { second: 500 });
    await commit(store, {
      changes: [
        ...put("logPending", later, pendingHead(3), pendingHead(2), pendingHead(4, { log: "org:x" })),
        ...put("readers", reader(7, { log: "platform", stream: "workgroup:3" })),
        ...put("readers", reader(5, { stream: "workgroup:2" })),
      ],
    });
    const before = (second: number) => ask(store, "logPending", { log: "platform", before: second });
    const ranked = [
      { ...pendingHead(2), order: null },
      { ...pendingHead(3), order: 8 },
    ];
    expect(await before(501)).toEqual([...ranked, { ...later, order: null }]);
    expect(await before(500)).toEqual(ranked);
    expect(await before(102)).toEqual([]);
  });
}

function describeDue(adapter: Adapter): void {
  describe("what is due", () => {
    test.each([
      [6_001, 5, [1]],
      [6_003, 2, [1, 2]],
      [6_003, 5, [1, 2, 3]],
      [6_000, 5, []],
    ])("is told at %d, soonest first, %d at most", async (now, limit, ns) => {
      const store = opened(adapter);
      await commit(store, { changes: put("deadlines", ...[3, 1, 4, 2].map((n) => deadline(n))) });
      expect(await ask(store, "due", { now, limit })).toEqual(ns.map((n) => deadline(n)));
    });

    test("is told by kind and subject where it is of one moment", async () => {
      const store = opened(adapter);
      const same = (n: number, kind: "instance.expire" | "refusals.count") => deadline(n, { kind, dueAt: 1 });
      const inOrder = [same(1, "instance.expire"), same(2, "instance.expire"), same(1, "refusals.count")];
      await commit(store, { changes: put("deadlines", ...[...inOrder].reverse()) });
      expect(await ask(store, "due", { now: 1, limit: 5 })).toEqual(inOrder);
    });
  });
}

function describeAside(adapter: Adapter): void {
  describe("what is read aside", () => {
    test("is what was committed, all of one question from one snapshot", async () => {
      const store = opened(adapter);
      await commit(store, { changes: put("deadlines", deadline(1)), state });
      const question = {
        due: { find: "due", by: { now: 9_000, limit: 9 } },
        era: { find: "era", by: {} },
      } as const;
      expect(await store.readAside(question)).toEqual({ due: [deadline(1)], era: 3 });
      const tx = await store.begin();
      await tx.change(put("deadlines", deadline(2)));
      expect(await store.readAside(question)).toEqual({ due: [deadline(1)], era: 3 });
      await tx.commit();
      expect(await store.readAside(question)).toEqual({ due: [deadline(1), deadline(2)], era: 3 });
    });

    test("is refused once the store is closed", async () => {
      const store = adapter.open();
      await store.close();
      await expect((async () => store.readAside({ era: { find: "era", by: {} } }))()).rejects.toThrow();
    });
  });
}

function describeWakes(adapter: Adapter): void {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  describe("a wake-up", () => {
    test("comes after a commit", async () => {
      const store = opened(adapter);
      const woken = new Promise<void>((resolve) => store.watch(resolve));
      await commit(store, { facts });
      await woken;
    });

    test("comes to each who watches, until they stop", async () => {
      const store = opened(adapter);
      const wakes: string[] = [];
      const wake = () => wakes.push("one");
      const stop = store.watch(wake);
      store.watch(wake);
      store.watch(() => wakes.push("other"));
      await commit(store, { facts: facts.slice(0, 1) });
      await settled();
      expect(wakes.sort()).toEqual(["one", "one", "other"]);
      stop();
      await commit(store, { facts: facts.slice(1) });
      await settled();
      expect(wakes.sort()).toEqual(["one", "one", "one", "other", "other"]);
    });

    test("does not come before the commit, nor after a rollback", async () => {
      const store = opened(adapter);
      let wakes = 0;
      store.watch(() => {
        wakes += 1;
      });
      const tx = await store.begin();
      await tx.append(facts);
      await settled();
      await tx.rollback();
      await settled();
      expect(wakes).toBe(0);
    });
  });
}
