import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { settleDown } from "./testing/harness.js";
import { answers, factCount, holdCommits, openScripted, outcomes } from "./testing/open-scripted.js";
import type { Script } from "./testing/scripted.js";

describe("collecting", () => {
  test("commands that come while a commit is in flight share the next transaction", async () => {
    const { before, committing, held } = holdCommits();
    const { settle, commits } = await openScripted({ before });
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
    const { settle, commits } = await openScripted();
    await Promise.all([settle("note", 1), settle("note", 2)]);
    expect(commits()).toBe(1);
  });

  test("takes as many commands into a transaction as the limit says, and no more", async () => {
    const { settle, commits } = await openScripted({
      limits: { commandsPerBatch: 4, commandsWaitingMax: 100 },
    });
    await Promise.all([1, 2, 3, 4].map((n) => settle("note", n)));
    expect(commits()).toBe(1);
    await Promise.all([1, 2, 3, 4, 5].map((n) => settle("note", n)));
    expect(commits()).toBe(3);
  });

  test("holds by default to the limits' table [LIM-1]", async () => {
    const { settle, commits } = await openScripted();
    await Promise.all(Array.from({ length: limits.commandsPerBatch }, (_, n) => settle("note", n)));
    expect(commits()).toBe(1);
    await Promise.all(Array.from({ length: limits.commandsPerBatch + 1 }, (_, n) => settle("note", n)));
    expect(commits()).toBe(3);
  });

  test("answers in the order in which the commands came", async () => {
    const { settle } = await openScripted({ limits: { commandsPerBatch: 3, commandsWaitingMax: 100 } });
    const order: unknown[] = [];
    const scripts: Script[] = ["note", "nothing", "refuse", "work", "name", "note", "nothing"];
    await Promise.all(scripts.map((script, n) => settle(script, n).then(() => order.push(n))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("too many at once", () => {
  test("one more than may wait is told that the broker is busy, at once and without a trace", async () => {
    const { before, committing, held } = holdCommits();
    const { settle, ledger, store } = await openScripted({
      limits: { commandsPerBatch: 10, commandsWaitingMax: 2 },
      before,
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
    const { settle, ledger } = await openScripted();
    const waiting = Array.from({ length: limits.commandsWaitingMax }, (_, n) => settle("nothing", n));
    expect(ledger.waiting).toBe(limits.commandsWaitingMax);
    expect(await answers([settle("nothing", 1)])).toEqual(["broker.busy"]);
    expect(new Set(await answers(waiting)).has("broker.busy")).toBe(false);
  });
});

describe("ending", () => {
  test("draining answers what is in flight and what waits, and turns away what comes", async () => {
    const { before, committing, held } = holdCommits();
    const { settle, ledger } = await openScripted({ before });
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
    const { ledger, settle } = await openScripted();
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
    const { settle, ledger, failures, store } = await openScripted({ clock });
    await settle("note", 1);
    stopping.now = () => ledger.stop(new Error("the clock is lost"));
    expect(await outcomes([settle("note", 2), settle("note", 3)])).toEqual([
      "LedgerStopped",
      "LedgerStopped",
    ]);
    expect([failures.length, await factCount(store)]).toEqual([1, 1]);
  });

  test("a ledger that is stopped during a commit tells nobody yes, although it happened", async () => {
    const { before, committing, held } = holdCommits();
    const { settle, ledger, store } = await openScripted({ before });
    const settling = [settle("note", 1)];
    await committing.opened;
    ledger.stop(new Error("the clock is lost"));
    held.open();
    expect(await outcomes(settling)).toEqual(["LedgerStopped"]);
    expect(await factCount(store)).toBe(1);
    await ledger.drain();
  });
});
