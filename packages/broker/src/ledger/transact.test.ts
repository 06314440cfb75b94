import { describe, expect, test } from "vitest";
import { checkHead } from "./check-head.js";
import type { KeptHead } from "./head.js";
import { headInMemory, latch, settleDown } from "./testing/harness.js";
import {
  answerOf,
  answers,
  factCount,
  holdCommits,
  openScripted,
  outcomes,
} from "./testing/open-scripted.js";
import type { Script } from "./testing/scripted.js";

describe("deciding", () => {
  test("each command sees what the ones before it in the same transaction have done", async () => {
    const { settle, commits } = await openScripted();
    expect(await answers([settle("name", 1), settle("name", 1), settle("name", 2)])).toEqual([
      "named 1",
      "organisation.name-taken",
      "named 2",
    ]);
    expect(commits()).toBe(1);
  });

  test("an era that begins is the era of the next command of the same transaction", async () => {
    const { settle, ledger, head } = await openScripted();
    expect(await answers([settle("ask-era"), settle("era", 2), settle("ask-era")])).toEqual([
      "era 1",
      "began 2",
      "era 2",
    ]);
    expect(ledger.state.era).toBe(2);
    expect(head.kept).toMatchObject([{ era: 2 }]);
  });

  test("time never decreases, whatever the clock says, and is in the facts as it is in the answers", async () => {
    const { settle, store, clock } = await openScripted();
    clock.set(7_000);
    expect((await settle("note", 1)).at).toBe(7_000);
    clock.set(3_000);
    expect((await settle("note", 2)).at).toBe(7_000);
    expect((await settle("nothing", 3)).at).toBe(7_000);
    const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after: 0, limit: 9 } } });
    expect(facts.map(({ skeleton }) => skeleton.at)).toEqual([7_000, 7_000]);
  });

  test("time does not decrease over a restart either", async () => {
    const { settle, store, clock } = await openScripted();
    clock.set(7_000);
    await settle("work", 1);
    const again = await openScripted({ store });
    again.clock.set(3_000);
    expect((await again.settle("note", 2)).at).toBe(7_000);
  });

  test("a refusal that is itself a fact is committed before it is answered", async () => {
    const { before, committing, held } = holdCommits();
    const { settle, store } = await openScripted({ before });
    let told = false;
    const refused = settle("refuse", 1).then((settled) => {
      told = true;
      return settled;
    });
    await committing.opened;
    await settleDown();
    expect(told).toBe(false);
    held.open();
    expect(answerOf(await refused)).toBe("role.missing");
    expect(await factCount(store)).toBe(1);
  });

  test("a batch that comes to nothing costs no commit, and moves no head", async () => {
    const { settle, commits, head } = await openScripted();
    expect(await answers([settle("nothing", 1), settle("ask-era")])).toEqual(["nothing 1", "era 1"]);
    expect([commits(), head.kept]).toEqual([0, []]);
  });

  test("working rows alone are committed with the ledger's time, and move no head", async () => {
    const { settle, commits, head, store } = await openScripted();
    await settle("work", 1);
    expect([commits(), head.kept]).toEqual([1, []]);
    const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
    expect(state).toMatchObject({ ordinal: 0, at: 1_000 });
  });

  test("keeps the head after the commit and before the answer, and the head is the store's", async () => {
    const keeping = latch();
    const keep = latch();
    const steps: string[] = [];
    const head = headInMemory();
    const slow = {
      ...head,
      keep: async (kept: Parameters<typeof head.keep>[0]) => {
        steps.push("keep");
        keeping.open();
        await keep.opened;
        await head.keep(kept);
      },
    };
    const { settle, store } = await openScripted({
      head: slow,
      before: { commit: () => void steps.push("commit") },
    });
    const settled = settle("note", 1).then(() => steps.push("answer"));
    await keeping.opened;
    await settleDown();
    expect(steps).toEqual(["commit", "keep"]);
    keep.open();
    await settled;
    expect(steps).toEqual(["commit", "keep", "answer"]);
    expect(await checkHead(store, head.kept.at(-1))).toMatchObject({ ordinal: 1 });
    expect(head.kept).toEqual([{ ordinal: 1, running: expect.any(String), era: 1 }]);
  });

  test("a kill between the very first commit and its head is not taken for a head that was lost", async () => {
    const head = headInMemory("none");
    const killed = {
      ...head,
      keep: (kept: KeptHead) => (kept.ordinal === 0 ? head.keep(kept) : Promise.reject(new Error("killed"))),
    };
    const { settle, store } = await openScripted({ head: killed });
    expect(await outcomes([settle("note", 1)])).toEqual(["LedgerStopped"]);
    expect(await checkHead(store, await head.read())).toMatchObject({ ordinal: 1 });
  });

  test("a head that was lost is not made up again by opening a ledger", async () => {
    const { settle, store } = await openScripted();
    await settle("note", 1);
    const lost = headInMemory("none");
    await openScripted({ store, head: lost });
    expect(lost.kept).toEqual([]);
  });
});

describe("a command that cannot be decided", () => {
  test.each<[string, Script]>([
    ["whose rule throws", "throw"],
    ["whose facts cannot be written", "clash"],
  ])(
    "%s is rejected alone: its neighbours are answered, and nothing of it is stored",
    async (_what, script) => {
      const { settle, store, failures, commits } = await openScripted();
      const settling = [settle("note", 1), settle(script, 2), settle("name", 3), settle("name", 3)];
      expect(await outcomes(settling)).toEqual([
        "noted 1",
        "DecisionFailed",
        "named 3",
        "organisation.name-taken",
      ]);
      await expect(settling[1]).rejects.toMatchObject({ retry: "never", cause: expect.any(Error) });
      expect([await factCount(store), commits(), failures]).toEqual([2, 2, []]);
      expect(await answers([settle("note", 5)])).toEqual(["noted 5"]);
    },
  );
});
