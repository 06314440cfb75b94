import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { type LedgerOptions, openLedger } from "./batch.js";
import { checkHead } from "./check-head.js";
import type { Settled } from "./ledger.js";
import { openMemoryStore } from "./memory/store.js";
import { type Store, StoreFailed } from "./store.js";
import { type Before, headInMemory, latch, settleDown, steppedClock, withSteps } from "./testing/harness.js";
import { probe, type Script, scripted } from "./testing/scripted.js";

interface Setting extends Partial<LedgerOptions> {
  readonly before?: Before;
}

async function open({ before = {}, ...options }: Setting = {}) {
  const kept = options.store ?? openMemoryStore();
  const head = headInMemory();
  const clock = steppedClock();
  const failures: unknown[] = [];
  let commits = 0;
  const counted: Before = {
    ...before,
    commit: async () => {
      commits += 1;
      await before.commit?.();
    },
  };
  const ledger = await openLedger({
    head,
    clock,
    govern: scripted,
    onFailed: (failure) => failures.push(failure),
    ...options,
    store: withSteps(kept, counted),
  });
  const settle = (script: Script, n = 0) => ledger.settle(probe(script, n));
  return { ledger, settle, store: kept, head, clock, failures, commits: () => commits };
}

const answerOf = ({ verdict }: Settled): unknown =>
  verdict.verdict === "accepted"
    ? (verdict.answer as unknown as { value: string }).value
    : verdict.refusal.code;

const answers = async (settling: readonly Promise<Settled>[]): Promise<unknown[]> =>
  (await Promise.all(settling)).map(answerOf);

/** What became of each: its answer, or the name of the fault. */
const outcomes = async (settling: readonly Promise<Settled>[]): Promise<unknown[]> =>
  (await Promise.allSettled(settling)).map((one) =>
    one.status === "fulfilled" ? answerOf(one.value) : (one.reason as Error).name,
  );

const factCount = async (store: Store): Promise<number> => {
  const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after: 0, limit: 10_000 } } });
  return facts.length;
};

const storeFailed = (what: StoreFailed["what"], retry: StoreFailed["retry"]) =>
  new StoreFailed(what, retry, { cause: new Error("EIO") });

describe("collecting", () => {
  test("commands that come while a commit is in flight share the next transaction", async () => {
    const committing = latch();
    const held = latch();
    const { settle, commits } = await open({
      before: {
        commit: () => {
          committing.open();
          return held.opened;
        },
      },
    });
    const first = settle("note", 1);
    await committing.opened;
    const others = [2, 3, 4].map((n) => settle("note", n));
    await settleDown();
    expect(commits()).toBe(1);
    held.open();
    expect(await answers([first, ...others])).toEqual(["noted 1", "noted 2", "noted 3", "noted 4"]);
    expect(commits()).toBe(2);
  });

  test("commands that come in the same turn of the event loop share the first transaction", async () => {
    const { settle, commits } = await open();
    await Promise.all([settle("note", 1), settle("note", 2)]);
    expect(commits()).toBe(1);
  });

  test("takes as many commands into a transaction as the limit says, and no more", async () => {
    const { settle, commits } = await open({ limits: { commandsPerBatch: 4, commandsWaitingMax: 100 } });
    await Promise.all([1, 2, 3, 4].map((n) => settle("note", n)));
    expect(commits()).toBe(1);
    await Promise.all([1, 2, 3, 4, 5].map((n) => settle("note", n)));
    expect(commits()).toBe(3);
  });

  test("holds by default to the limits' table", async () => {
    const { settle, commits } = await open();
    await Promise.all(Array.from({ length: limits.commandsPerBatch }, (_, n) => settle("note", n)));
    expect(commits()).toBe(1);
    await Promise.all(Array.from({ length: limits.commandsPerBatch + 1 }, (_, n) => settle("note", n)));
    expect(commits()).toBe(3);
  });

  test("answers in the order in which the commands came", async () => {
    const { settle } = await open({ limits: { commandsPerBatch: 3, commandsWaitingMax: 100 } });
    const order: unknown[] = [];
    const scripts: Script[] = ["note", "nothing", "refuse", "work", "name", "note", "nothing"];
    await Promise.all(scripts.map((script, n) => settle(script, n).then(() => order.push(n))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("deciding", () => {
  test("each command sees what the ones before it in the same transaction have done", async () => {
    const { settle, commits } = await open();
    expect(await answers([settle("name", 1), settle("name", 1), settle("name", 2)])).toEqual([
      "named 1",
      "organisation.name-taken",
      "named 2",
    ]);
    expect(commits()).toBe(1);
  });

  test("an era that begins is the era of the next command of the same transaction", async () => {
    const { settle, ledger, head } = await open();
    expect(await answers([settle("ask-era"), settle("era", 2), settle("ask-era")])).toEqual([
      "era 1",
      "began 2",
      "era 2",
    ]);
    expect(ledger.state.era).toBe(2);
    expect(head.kept).toMatchObject([{ era: 2 }]);
  });

  test("time never decreases, whatever the clock says, and is in the facts as it is in the answers", async () => {
    const { settle, store, clock } = await open();
    clock.set(7_000);
    expect((await settle("note", 1)).at).toBe(7_000);
    clock.set(3_000);
    expect((await settle("note", 2)).at).toBe(7_000);
    expect((await settle("nothing", 3)).at).toBe(7_000);
    const { facts } = await store.read({ facts: { find: "factsInOrder", by: { after: 0, limit: 9 } } });
    expect(facts.map(({ skeleton }) => skeleton.at)).toEqual([7_000, 7_000]);
  });

  test("time does not decrease over a restart either", async () => {
    const { settle, store, clock } = await open();
    clock.set(7_000);
    await settle("work", 1);
    const again = await open({ store });
    again.clock.set(3_000);
    expect((await again.settle("note", 2)).at).toBe(7_000);
  });

  test("a refusal that is itself a fact is committed before it is answered", async () => {
    const committing = latch();
    const held = latch();
    const { settle, store } = await open({
      before: {
        commit: () => {
          committing.open();
          return held.opened;
        },
      },
    });
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
    const { settle, commits, head } = await open();
    expect(await answers([settle("nothing", 1), settle("ask-era")])).toEqual(["nothing 1", "era 1"]);
    expect([commits(), head.kept]).toEqual([0, []]);
  });

  test("working rows alone are committed with the ledger's time, and move no head", async () => {
    const { settle, commits, head, store } = await open();
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
    const { settle, store } = await open({ head: slow, before: { commit: () => void steps.push("commit") } });
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
});

describe("a command that cannot be decided", () => {
  test.each<[string, Script]>([
    ["whose rule throws", "throw"],
    ["whose facts cannot be written", "clash"],
  ])(
    "%s is rejected alone: its neighbours are answered, and nothing of it is stored",
    async (_what, script) => {
      const { settle, store, failures, commits } = await open();
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

describe("a store that fails for good", () => {
  test.each<[string, keyof Before]>([
    ["at the commit", "commit"],
    ["while facts are appended", "append"],
    ["while rows are changed", "change"],
    ["while a decision asks", "answer"],
  ])("%s: nobody of the batch is told yes, nor anybody after", async (_when, step) => {
    let broken = false;
    const { settle, ledger, failures, head, store } = await open({
      before: {
        [step]: () => {
          if (broken) throw storeFailed("io", "never");
        },
      },
    });
    await settle("note", 1);
    broken = true;
    const batch = [settle("note", 2), settle("nothing", 3), settle("refuse", 4)];
    expect(await outcomes(batch)).toEqual(["LedgerStopped", "LedgerStopped", "LedgerStopped"]);
    broken = false;
    await expect(settle("nothing", 5)).rejects.toMatchObject({
      name: "LedgerStopped",
      retry: "reconnect",
      cause: { name: "StoreFailed", what: "io" },
    });
    expect(failures).toHaveLength(1);
    expect([head.kept.length, ledger.state.ordinal, await factCount(store)]).toEqual([1, 1, 1]);
  });

  test("takes those who waited for the next transaction with it", async () => {
    const committing = latch();
    const fail = latch();
    const { settle, ledger, failures } = await open({
      before: {
        commit: async () => {
          committing.open();
          await fail.opened;
          throw storeFailed("corrupt", "never");
        },
      },
    });
    const first = settle("note", 1);
    await committing.opened;
    const waiting = [settle("note", 2), settle("nothing", 3)];
    fail.open();
    expect(await outcomes([first, ...waiting])).toEqual(["LedgerStopped", "LedgerStopped", "LedgerStopped"]);
    expect([failures.length, ledger.waiting]).toEqual([1, 0]);
    await ledger.drain();
  });

  test("a failure that nobody has foreseen is one for good", async () => {
    const { settle, failures } = await open({
      before: {
        commit: () => {
          throw new TypeError("a bug of the adapter");
        },
      },
    });
    expect(await outcomes([settle("note", 1), settle("note", 2)])).toEqual([
      "LedgerStopped",
      "LedgerStopped",
    ]);
    expect(failures).toMatchObject([{ cause: { name: "TypeError" } }]);
  });

  test("so is a head that cannot be kept: it happened, but nobody is told yes", async () => {
    const head = { ...headInMemory(), keep: () => Promise.reject(new Error("ENOSPC")) };
    const { settle, failures } = await open({ head });
    expect(await outcomes([settle("note", 1)])).toEqual(["LedgerStopped"]);
    expect(failures).toMatchObject([{ cause: { message: "ENOSPC" } }]);
  });
});

describe("a store that is full", () => {
  test.each<[string, keyof Before]>([
    ["at the commit", "commit"],
    ["while facts are appended", "append"],
  ])("%s: that batch fails for now, and the ledger goes on", async (_when, step) => {
    let full = true;
    const { settle, failures, head } = await open({
      before: {
        [step]: () => {
          if (full) throw storeFailed("full", "later");
        },
        // What an adapter owes when a commit fails: nothing of it is left.
        ...(step === "commit" ? { commit: () => undefined } : {}),
      },
      ...(step === "commit" ? { store: fullAtCommit(() => full) } : {}),
    });
    const batch = [settle("note", 1), settle("nothing", 2)];
    expect(await outcomes(batch)).toEqual(["StoreFailed", "StoreFailed"]);
    await expect(batch[0]).rejects.toMatchObject({ what: "full", retry: "later" });
    expect(await answers([settle("nothing", 3), settle("ask-era")])).toEqual(["nothing 3", "era 1"]);
    full = false;
    expect(await answers([settle("note", 4)])).toEqual(["noted 4"]);
    expect([failures, head.kept.length]).toEqual([[], 1]);
  });
});

function fullAtCommit(isFull: () => boolean): Store {
  const store = openMemoryStore();
  return {
    ...withSteps(store, {}),
    begin: async () => {
      const tx = await store.begin();
      return {
        answer: (question) => tx.answer(question),
        append: (facts) => tx.append(facts),
        change: (changes) => tx.change(changes),
        putState: (state) => tx.putState(state),
        rollback: () => tx.rollback(),
        commit: async () => {
          if (!isFull()) return tx.commit();
          await tx.rollback();
          throw storeFailed("full", "later");
        },
      };
    },
  };
}

describe("too many at once", () => {
  test("one more than may wait is told that the broker is busy, at once and without a trace", async () => {
    const committing = latch();
    const held = latch();
    const { settle, ledger, store } = await open({
      limits: { commandsPerBatch: 10, commandsWaitingMax: 2 },
      before: {
        commit: () => {
          committing.open();
          return held.opened;
        },
      },
    });
    const first = settle("note", 1);
    await committing.opened;
    const waiting = [settle("note", 2), settle("note", 3)];
    expect(ledger.waiting).toBe(2);
    const { verdict } = await settle("note", 4);
    expect(verdict).toMatchObject({
      verdict: "refused",
      refusal: { code: "broker.busy", retryAfterMs: 1_000 },
    });
    held.open();
    expect(await answers([first, ...waiting])).toEqual(["noted 1", "noted 2", "noted 3"]);
    expect(await factCount(store)).toBe(3);
    expect(await answers([settle("note", 5)])).toEqual(["noted 5"]);
  });

  test("as many as the limits' table says may wait, and not one more", async () => {
    const { settle, ledger } = await open();
    const waiting = Array.from({ length: limits.commandsWaitingMax }, (_, n) => settle("nothing", n));
    expect(ledger.waiting).toBe(limits.commandsWaitingMax);
    expect(await answers([settle("nothing", 1)])).toEqual(["broker.busy"]);
    expect(new Set(await answers(waiting)).has("broker.busy")).toBe(false);
  });
});

describe("ending", () => {
  test("draining answers what is in flight and what waits, and turns away what comes", async () => {
    const committing = latch();
    const held = latch();
    const { settle, ledger } = await open({
      before: {
        commit: () => {
          committing.open();
          return held.opened;
        },
      },
    });
    const order: string[] = [];
    const first = settle("note", 1).then(() => order.push("first"));
    await committing.opened;
    const second = settle("note", 2).then(() => order.push("second"));
    const drained = ledger.drain().then(() => order.push("drained"));
    const { verdict } = await settle("note", 3);
    expect(verdict).toMatchObject({ verdict: "refused", refusal: { code: "broker.going-away" } });
    held.open();
    await Promise.all([first, second, drained]);
    expect(order).toEqual(["first", "second", "drained"]);
  });

  test("a ledger that does nothing is drained at once", async () => {
    const { ledger, settle } = await open();
    await ledger.drain();
    expect(await answers([settle("nothing", 1)])).toEqual(["broker.going-away"]);
  });

  test("a clock that is lost while it is asked for the time stops what asked", async () => {
    const stopping: { now?: () => void } = {};
    let at = 1_000;
    const clock = {
      now: () => {
        stopping.now?.();
        at += 1;
        return at;
      },
    };
    const { settle, ledger, failures, store } = await open({ clock });
    await settle("note", 1);
    stopping.now = () => ledger.stop(new Error("the clock is lost"));
    expect(await outcomes([settle("note", 2), settle("note", 3)])).toEqual([
      "LedgerStopped",
      "LedgerStopped",
    ]);
    expect([failures.length, await factCount(store)]).toEqual([1, 1]);
  });

  test("a ledger that is stopped during a commit tells nobody yes, although it happened", async () => {
    const committing = latch();
    const held = latch();
    const { settle, ledger, store } = await open({
      before: {
        commit: () => {
          committing.open();
          return held.opened;
        },
      },
    });
    const settling = [settle("note", 1)];
    await committing.opened;
    ledger.stop(new Error("the clock is lost"));
    held.open();
    expect(await outcomes(settling)).toEqual(["LedgerStopped"]);
    expect(await factCount(store)).toBe(1);
    await ledger.drain();
  });
});
