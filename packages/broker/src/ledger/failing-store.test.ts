import { describe, expect, test } from "vitest";
import { openMemoryStore } from "./memory/store.js";
import type { Store } from "./store.js";
import { type Before, headInMemory, latch, settleDown, withSteps } from "./testing/harness.js";
import {
  answers,
  factCount,
  holdCommits,
  openScripted,
  outcomes,
  storeFailed,
} from "./testing/open-scripted.js";

describe("a store that fails for good", () => {
  test.each<[string, keyof Before]>([
    ["at the commit", "commit"],
    ["while facts are appended", "append"],
    ["while rows are changed", "change"],
    ["while a decision asks", "answer"],
  ])("%s: nobody of the batch is told yes, nor anybody after", async (_when, step) => {
    let broken = false;
    const { settle, ledger, failures, head, store } = await openScripted({
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
    const { settle, ledger, failures } = await openScripted({
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
    const { settle, failures } = await openScripted({
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
    const { settle, failures } = await openScripted({ head });
    expect(await outcomes([settle("note", 1)])).toEqual(["LedgerStopped"]);
    expect(failures).toMatchObject([{ cause: { message: "ENOSPC" } }]);
  });

  test("is not gone near any more: no command after begins a transaction, nor any that waited", async () => {
    const { before, committing, held } = holdCommits();
    const fails = {
      commit: async () => {
        await before.commit?.();
        throw storeFailed("io", "never");
      },
    };
    const { settle, begun } = await openScripted({ before: fails });
    const settling = [settle("note", 1)];
    await committing.opened;
    settling.push(settle("note", 2));
    held.open();
    expect(await outcomes(settling)).toEqual(["LedgerStopped", "LedgerStopped"]);
    expect(await outcomes([settle("note", 3)])).toEqual(["LedgerStopped"]);
    await settleDown();
    expect(begun()).toBe(1);
  });
});

describe("a store that is full", () => {
  test.each<[string, keyof Before]>([
    ["at the commit", "commit"],
    ["while facts are appended", "append"],
  ])("%s: that batch fails for now, and the ledger goes on", async (_when, step) => {
    let full = true;
    const { settle, failures, head } = await openScripted({
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
