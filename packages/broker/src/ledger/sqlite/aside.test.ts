import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { advertisement, offer } from "../contract/engagement-rows.suite.js";
import { commit, factsOf, put } from "../contract/opened.suite.js";
import { agent, agt, org, organisation } from "../contract/rows.suite.js";
import { membership, participation, workgroup } from "../contract/workgroup-rows.suite.js";
import type { Store, StoreLookup } from "../store.js";
import { Aside } from "./aside.js";
import { openRaw, openStore, temporaryFolder } from "./temporary.suite.js";

const byId = { find: "organisation", by: { id: org(1) } } as const satisfies StoreLookup;
const nameAside = async (store: Store) => (await store.readAside({ it: byId })).it?.displayName;
const named = (displayName: string) => put("organisations", organisation(1, { displayName }));

/** Offers enough for a search that takes a while, all visible to one agent. */
const crowd = 4_000;
const everything = {
  find: "catalogDigest",
  by: {
    organisation: org(1),
    agent: agt(1),
    filter: {
      capability: null,
      words: ["nothing", "has", "these"],
      workgroup: null,
      organisation: null,
      pattern: null,
      available: null,
    },
  },
} as const satisfies StoreLookup;

async function openCrowded(): Promise<Store> {
  const store = openStore(temporaryFolder());
  const offers = Array.from({ length: crowd }, (_, n) => n + 1);
  await commit(store, {
    changes: [
      ...put("organisations", organisation(1)),
      ...put("agents", agent(1), agent(2)),
      ...put("workgroups", workgroup(1)),
      ...put("participations", participation(1)),
      ...put("memberships", membership(1), membership(2)),
      ...put("advertisements", ...offers.map((n) => advertisement(n))),
      ...put("offers", ...offers.map((n) => offer(n))),
    ],
  });
  return store;
}

describe("what is read beside the main thread", () => {
  test("is what was committed when it was asked, never less", async () => {
    const store = openStore(temporaryFolder());
    for (let n = 0; n < 50; n++) {
      await commit(store, { changes: named(`name ${n}`) });
      expect(await nameAside(store)).toBe(`name ${n}`);
    }
  });

  test("is not what a transaction has not committed", async () => {
    const store = openStore(temporaryFolder());
    await commit(store, { changes: named("before") });
    const tx = await store.begin();
    await tx.change(named("within"));
    expect(await nameAside(store)).toBe("before");
    await tx.commit();
    expect(await nameAside(store)).toBe("within");
  });

  test("is answered to each who asks, in the order of asking", async () => {
    const store = openStore(temporaryFolder());
    await commit(store, { changes: put("organisations", organisation(1), organisation(2)) });
    const order: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const by = { id: org((n % 3) + 1) };
        const { it } = await store.readAside({ it: { find: "organisation", by } });
        order.push(n);
        return it?.id;
      }),
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(answers).toEqual(
      Array.from({ length: 200 }, (_, n) => (n % 3 === 2 ? undefined : org((n % 3) + 1))),
    );
  });

  test("is read by another thread", async () => {
    const folder = temporaryFolder();
    await commit(openStore(folder), { changes: named("elsewhere") });
    const path = join(folder, "parley.db");
    const aside = new Aside({ path, synchronous: "FULL", trace: undefined }, (lost) => lost);
    expect(aside.threadId).not.toBe(threadId);
    expect(await aside.ask({ it: byId })).toMatchObject({ it: { displayName: "elsewhere" } });
    await aside.close();
  });

  test("is told to whoever traces, statement by statement", async () => {
    const statements: string[] = [];
    const store = openStore(temporaryFolder(), { trace: (statement) => statements.push(statement) });
    await nameAside(store);
    const own = /^SELECT "id".* FROM "organisations" WHERE "id" = \?$/;
    expect(statements.filter((statement) => own.test(statement))).toHaveLength(1);
  });

  test("delays no writer: what is committed meanwhile is answered first", async () => {
    const store = await openCrowded();
    await nameAside(store);
    const order: string[] = [];
    const searching = Promise.all(Array.from({ length: 20 }, () => store.readAside({ it: everything }))).then(
      () => order.push("searched"),
    );
    for (let n = 0; n < 5; n++) await commit(store, { changes: named(`name ${n}`) });
    order.push("committed");
    await searching;
    expect(order).toEqual(["committed", "searched"]);
  });

  test("is all answered before the store is closed, and nothing after", async () => {
    const store = openStore(temporaryFolder());
    await commit(store, { changes: named("last") });
    const asked = Promise.all([nameAside(store), nameAside(store), nameAside(store)]);
    const closing = store.close();
    await expect(nameAside(store)).rejects.toThrow("closed");
    expect(await asked).toEqual(["last", "last", "last"]);
    await closing;
    await store.close();
  });
});

describe("what fails beside the main thread", () => {
  const broken = { find: "factsInOrder", by: { after: {}, limit: 1 } } as unknown as StoreLookup;

  test("is a bug where it is one, and others are answered", async () => {
    const store = openStore(temporaryFolder());
    await expect(store.readAside({ it: broken })).rejects.toThrow("Too few parameter values");
    expect(await nameAside(store)).toBeUndefined();
  });

  test("is the disk's fault where a page makes no sense, and nothing is answered any more", async () => {
    const folder = temporaryFolder();
    const before = openStore(folder);
    await commit(before, { facts: factsOf("platform", 400) });
    await before.close();
    const raw = openRaw(folder);
    const root = Number(raw.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'facts'").pluck().get());
    raw.close();
    const file = openSync(join(folder, "parley.db"), "r+");
    writeSync(file, Buffer.alloc(4_096, 0xff), 0, 4_096, (root - 1) * 4_096);
    closeSync(file);

    const store = openStore(folder);
    const corrupt = { name: "StoreFailed", what: "corrupt", retry: "never" };
    const facts = { find: "factsInOrder", by: { after: 0, limit: 10 } } as const;
    await expect(store.readAside({ facts })).rejects.toMatchObject(corrupt);
    await expect(nameAside(store)).rejects.toMatchObject(corrupt);
    await expect((async () => store.begin())()).rejects.toMatchObject(corrupt);
  });

  test("is the store's failure where the thread has died: nobody waits for ever, nothing is answered", async () => {
    const folder = temporaryFolder();
    const store = openStore(folder);
    // The thread finds no table to read, and cannot live.
    openRaw(folder).exec("DROP TABLE offers");
    const io = { name: "StoreFailed", what: "io", retry: "never" };
    const answers = await Promise.allSettled([nameAside(store), nameAside(store)]);
    expect(answers).toMatchObject([
      { status: "rejected", reason: io },
      { status: "rejected", reason: io },
    ]);
    expect(answers[0]).toHaveProperty("reason.cause.message", "no such table: offers");
    await expect(nameAside(store)).rejects.toMatchObject(io);
    await expect((async () => store.read({ it: byId }))()).rejects.toMatchObject(io);
    await expect((async () => store.begin())()).rejects.toMatchObject(io);
    await store.close();
  });
});
