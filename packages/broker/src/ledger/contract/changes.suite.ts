/** Promises about rows: every table takes, changes, gives back and lets go of whole rows, each named by its keys. */
import { describe, expect, test } from "vitest";
import type { Store, StoreLookupName, StoreLookups } from "../store.js";
import { keyColumns, type StoreRows, type StoreTable, storeTables, uniqueColumns } from "../tables.js";
import { advertisement, contract, session } from "./engagement-rows.suite.js";
import { makers } from "./makers.suite.js";
import { type Adapter, type AnyChange, ask, commit, opened, put, rollBack } from "./opened.suite.js";
import { patched, patches } from "./patches.suite.js";
import { agent, agt, enrolmentToken, operator, organisation } from "./rows.suite.js";
import { workgroup } from "./workgroup-rows.suite.js";

type Finding<T extends StoreTable> = {
  [N in StoreLookupName]: readonly [find: N, by: (row: StoreRows[T]) => StoreLookups[N]["ask"]];
}[StoreLookupName];

const page = { after: null, limit: 100 };

/** How a row of each table is found again by itself; where every lookup wants more rows than one, it is dumped. */
const finding: { readonly [T in StoreTable]: Finding<T> | "dumped" } = {
  organisations: ["organisation", ({ id }) => ({ id })],
  operators: ["operatorAnywhere", ({ id }) => ({ id })],
  agents: ["agent", ({ organisation, id }) => ({ organisation, id })],
  instances: ["instance", ({ organisation, id }) => ({ organisation, id })],
  principalKeys: ["key", ({ thumbprint }) => ({ thumbprint })],
  enrolmentTokens: ["enrolmentToken", ({ organisation, id }) => ({ organisation, id })],
  priors: ["prior", ({ principal, key }) => ({ principal, key })],
  alerts: ["alertsPage", ({ organisation }) => ({ organisation, before: null, limit: 100 })],
  workgroups: ["workgroup", ({ id }) => ({ id })],
  participations: ["participation", ({ workgroup, organisation }) => ({ workgroup, organisation })],
  invitations: ["openInvitationsOf", ({ workgroup }) => ({ workgroup, now: 0 })],
  consents: "dumped",
  namedMembers: "dumped",
  selectors: "dumped",
  memberships: ["membership", ({ workgroup, agent }) => ({ workgroup, agent })],
  contracts: ["contract", ({ organisation, id }) => ({ organisation, agent: null, id })],
  contractVersions: [
    "versionsPage",
    ({ organisation, contract }) => ({ organisation, agent: null, contract, before: null, limit: 100 }),
  ],
  advertisements: ["ownAdvertisement", ({ organisation, id }) => ({ organisation, id })],
  offers: "dumped",
  offeredCapabilities: "dumped",
  sessions: "dumped",
  sides: "dumped",
  holders: ["holder", ({ session, side, instance }) => ({ session, side, instance })],
  tallies: ["tally", ({ session, side }) => ({ session, side })],
  segments: ["segmentAt", ({ session, side, n }) => ({ session, side, n })],
  strays: "dumped",
  sweeps: ["sweep", ({ id, part }) => ({ id, part })],
  mentions: "dumped",
  seen: ["seen", ({ principal }) => ({ principal })],
  connections: ["connection", ({ instance }) => ({ instance })],
  refusalCounts: ["refusalCount", ({ principal, code, minute }) => ({ principal, code, minute })],
  handled: ["handled", ({ session, side }) => ({ session, side })],
  waiting: ["waiting", ({ agent, organisation }) => ({ agent, organisation })],
  drains: ["drain", ({ session }) => ({ session })],
  payloads: ["payloadRow", ({ session, side, n }) => ({ session, side, n })],
  deadlines: ["due", () => ({ now: Number.MAX_SAFE_INTEGER, limit: page.limit })],
  probes: ["probe", ({ name }) => ({ name })],
  checkpoints: ["checkpoint", ({ log }) => ({ log })],
  receiptDues: ["receiptDues", () => page],
  receipts: ["receipt", ({ session }) => ({ session })],
  receiptProofs: ["receiptProof", ({ session, log }) => ({ session, log })],
  streams: ["streamHead", ({ stream }) => ({ stream })],
  readers: ["readersOf", ({ stream }) => ({ stream })],
  logs: ["logHead", ({ log }) => ({ log })],
  logLeaves: ["logLeaves", ({ log }) => ({ log, after: -1, limit: page.limit })],
  logNodes: ["logNodes", ({ log, level }) => ({ log, level, from: 0, limit: page.limit })],
  logPending: "dumped",
};

async function found(from: Store, table: StoreTable, row: object): Promise<unknown[]> {
  if (finding[table] === "dumped") return dumped(from, table, row);
  const [find, by] = finding[table] as unknown as readonly [StoreLookupName, (row: object) => unknown];
  const answer = await ask(from, find, by(row) as never);
  return [answer].flat().filter((one) => one !== undefined);
}

const keyOf = (table: StoreTable, row: object): object =>
  Object.fromEntries(keyColumns(table).map((key) => [key, Reflect.get(row, key)]));

async function dumped(from: Store, table: StoreTable, row: object): Promise<unknown[]> {
  const rows = ((await from.dumpDerived())[table] ?? []) as readonly object[];
  const key = JSON.stringify(keyOf(table, row));
  return rows.filter((one) => JSON.stringify(keyOf(table, one)) === key);
}

const change = (what: object): AnyChange => what as AnyChange;

export function describeChanges(adapter: Adapter): void {
  describeTables(adapter);
  describePatches(adapter);
  describeValues(adapter);
  describeUnique(adapter);
}

function describeTables(adapter: Adapter): void {
  describe.each(storeTables)("the table %s", (table) => {
    const make = makers[table] as (n: number, over?: object) => StoreRows[StoreTable];

    test("gives a row back as it was put", async () => {
      const store = opened(adapter);
      await commit(store, { changes: put(table, make(1)) });
      expect(await found(store, table, make(1))).toEqual([make(1)]);
    });

    test("replaces the whole row that has the same keys, and no other", async () => {
      const store = opened(adapter);
      const [one, other] = [make(1), table === "probes" ? make(1) : make(2)];
      const replaced = { ...make(3), ...uniqueOf(table, one), ...keyOf(table, one) };
      await commit(store, { changes: put(table, one, other) });
      await commit(store, { changes: put(table, replaced) });
      expect(await found(store, table, one)).toContainEqual(replaced);
      const hasMore = Object.keys(one).length > keyColumns(table).length;
      if (hasMore) expect(await found(store, table, one)).not.toContainEqual(one);
      if (table !== "probes") expect(await found(store, table, other)).toContainEqual(other);
    });

    test("lets go of the row that is dropped, and of no other", async () => {
      const store = opened(adapter);
      const [one, other] = [make(1), make(2)];
      await commit(store, { changes: put(table, one, ...(table === "probes" ? [] : [other])) });
      await commit(store, { changes: [change({ do: "drop", table, key: keyOf(table, one) })] });
      expect(await found(store, table, one)).not.toContainEqual(one);
      expect(await found(store, table, other)).toEqual(table === "probes" ? [] : [other]);
    });

    test("takes the dropping of what is not there as done", async () => {
      const store = opened(adapter);
      await commit(store, { changes: [change({ do: "drop", table, key: keyOf(table, make(1)) })] });
      expect(await found(store, table, make(1))).toEqual([]);
    });
  });
}

function describePatches(adapter: Adapter): void {
  describe.each(patched)("a patch in %s", (table) => {
    const make = makers[table] as (n: number) => StoreRows[StoreTable];
    const patch = (n: number, set: object): AnyChange =>
      change({ do: "patch", table, key: keyOf(table, make(n)), set });

    test("changes what it names and nothing else", async () => {
      const store = opened(adapter);
      const set = patches[table] ?? {};
      await commit(store, { changes: put(table, make(1)) });
      await commit(store, { changes: [patch(1, set)] });
      expect(await found(store, table, make(1))).toEqual([{ ...make(1), ...set }]);
    });

    test("changes nothing where it names nothing", async () => {
      const store = opened(adapter);
      await commit(store, { changes: put(table, make(1)) });
      await commit(store, { changes: [patch(1, {})] });
      expect(await found(store, table, make(1))).toEqual([make(1)]);
    });

    test.each([{}, patches[table] ?? {}])("of a row that is not there is a bug: %o", async (set) => {
      const store = opened(adapter);
      const tx = await store.begin();
      await expect((async () => tx.change([patch(1, set)]))()).rejects.toThrow(`${table} has no row`);
      await tx.rollback();
    });
  });
}

function describeValues(adapter: Adapter): void {
  const agents = (tags: Record<string, string>) => put("agents", agent(1, { tags }));

  test.each([
    {},
    { "": "" },
    { größe: "é ≠ e\u0301", "😀": "\u{10ffff}\ufffd" },
    { b: "1", a: '"\\\n\u0001', "\u2028": "</script>" },
    JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>,
  ])("tags come back as they were: %j", async (tags) => {
    const store = opened(adapter);
    await commit(store, { changes: agents(tags) });
    const back = (await ask(store, "agent", { organisation: agent(1).organisation, id: agt(1) }))?.tags ?? {};
    expect(Object.entries(back).sort()).toEqual(Object.entries(tags).sort());
  });

  test.each(["größer 😀", "\u{10ffff}", "a'b\"c`d", "%_\\", "e\u0301 is not é", " ", "1e3", "null"])(
    "text comes back as it was: %j",
    async (displayName) => {
      const store = opened(adapter);
      await commit(store, { changes: put("organisations", organisation(1, { displayName })) });
      expect((await ask(store, "organisation", { id: organisation(1).id }))?.displayName).toBe(displayName);
    },
  );

  test.each([0, 1, -1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])(
    "%d comes back as it was",
    async (createdAt) => {
      const store = opened(adapter);
      await commit(store, { changes: put("organisations", organisation(1, { createdAt })) });
      expect((await ask(store, "organisation", { id: organisation(1).id }))?.createdAt).toBe(createdAt);
    },
  );
}

const uniqueOf = (table: StoreTable, row: object): object =>
  Object.fromEntries((uniqueColumns[table] ?? []).map((column) => [column, Reflect.get(row, column)]));

/** Of each kind one, and a second that would have what the first has. */
const rivals = {
  organisations: put("organisations", organisation(1), organisation(2, { name: organisation(1).name })),
  agents: put("agents", agent(1), agent(2, { name: agent(1).name })),
  enrolmentTokens: put(
    "enrolmentTokens",
    enrolmentToken(1),
    enrolmentToken(2, { digest: enrolmentToken(1).digest }),
  ),
  advertisements: put("advertisements", advertisement(1), advertisement(2, { name: advertisement(1).name })),
  sessions: put("sessions", session(1), session(2, { proposal: session(1).proposal })),
};

function describeUnique(adapter: Adapter): void {
  describe("what only one can have", () => {
    test.each(Object.entries(rivals))("is refused to a second of the %s", async (_table, changes) => {
      const store = opened(adapter);
      await commit(store, { changes: changes.slice(0, 1) });
      const tx = await store.begin();
      await expect((async () => tx.change(changes.slice(1)))()).rejects.toThrow();
      await tx.rollback();
    });

    test("is free once it was let go, also within one transaction and after a rollback", async () => {
      const store = opened(adapter);
      const letGo = change({ do: "drop", table: "agents", key: { id: agt(1) } });
      await commit(store, { changes: rivals.agents.slice(0, 1) });
      await rollBack(store, { changes: [letGo, ...rivals.agents.slice(1)] });
      await rollBack(store, { changes: [] });
      await commit(store, { changes: [letGo, ...rivals.agents.slice(1)] });
      const by = { organisation: agent(1).organisation, name: agent(1).name };
      expect((await ask(store, "agentNamed", by))?.id).toBe(agt(2));
    });

    test.each([
      ["advertisements", advertisement(1), advertisement(2, { name: advertisement(1).name, agent: agt(9) })],
      ["sessions", session(1), session(2, { proposal: session(1).proposal, consumer: agt(9) })],
      ["workgroups", workgroup(1), workgroup(2, { name: workgroup(1).name })],
      ["contracts", contract(1), contract(2, { name: contract(1).name })],
    ] as const)("is an agent's own, or nobody's for ever, among %s", async (table, one, other) => {
      const store = opened(adapter);
      await commit(store, { changes: put(table, one, other) });
      expect((await store.dumpDerived())[table]).toEqual([one, other]);
    });

    test("is each organisation's own among agents, and nobody's among operators", async () => {
      const store = opened(adapter);
      const elsewhere = organisation(2).id;
      await commit(store, {
        changes: [
          ...put("agents", agent(1), agent(2, { name: agent(1).name, organisation: elsewhere })),
          ...put("operators", operator(1), operator(2, { name: operator(1).name })),
        ],
      });
      expect(await ask(store, "agentCount", { organisation: elsewhere })).toBe(1);
    });
  });
}
