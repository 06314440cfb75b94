import { limits, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { accept } from "../governance/verdict.js";
import type { LedgerLimits } from "./batch.js";
import type { Govern } from "./decide.js";
import { openMemoryStore } from "./memory/store.js";
import type { Store } from "./store.js";
import { settleDown } from "./testing/harness.js";
import { answers, factCount, holdCommits, openScripted, outcomes } from "./testing/open-scripted.js";
import { type Script, scripted } from "./testing/scripted.js";

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
      limits: { commandsPerBatch: 4, commandsWaitingMax: 100, waitingBytesMax: 100 },
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
    const { settle } = await openScripted({
      limits: { commandsPerBatch: 3, commandsWaitingMax: 100, waitingBytesMax: 100 },
    });
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
      limits: { commandsPerBatch: 10, commandsWaitingMax: 2, waitingBytesMax: 100 },
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

describe("acknowledgements", () => {
  const ack = {
    kind: "envelopes.ack",
    id: makeId("command"),
    caller: { principal: makeId("instance"), generation: "0.0.0" },
    target: "",
    acks: [],
    socket: { connection: makeId("connection"), epoch: 1 },
  } as const;

  test("share the transaction of what comes next, before it", async () => {
    const { settle, ledger, commits, before } = await patientStage();
    const acked = ledger.settle(ack);
    const noted = settle("note", 1);
    expect(await before(acked, noted)).toBe(true);
    expect(commits()).toBe(1);
  });

  test("have a transaction of their own when nothing comes", async () => {
    const { ledger, begun } = await patientStage();
    await ledger.settle(ack);
    expect(begun()).toBe(1);
  });

  test("are answered before the ledger is drained", async () => {
    const { ledger } = await patientStage();
    const acked = ledger.settle(ack);
    await ledger.drain();
    expect((await acked).verdict.verdict).toBe("accepted");
  });

  test("that are too many are turned away as everything is", async () => {
    const { ledger } = await patientStage({ commandsPerBatch: 4, commandsWaitingMax: 2, waitingBytesMax: 1 });
    const waiting = [ledger.settle(ack), ledger.settle(ack)];
    expect(await answers([ledger.settle(ack)])).toEqual(["broker.busy"]);
    await Promise.all(waiting);
  });
});

describe("what waits to be handled", () => {
  const send = {
    kind: "envelopes.send",
    id: makeId("command"),
    caller: { principal: makeId("instance"), generation: "0.0.0" },
    target: "",
    envelopes: [],
    socket: { connection: makeId("connection"), epoch: 1 },
  } as const;
  const keeping = async (bytes: number) => {
    const store = openMemoryStore();
    const tx = await store.begin();
    const row = { agent: makeId("agent"), organisation: makeId("organisation"), bytes };
    await tx.change([{ do: "put", table: "waiting", row }]);
    await tx.commit();
    return patientStage({ commandsPerBatch: 4, commandsWaitingMax: 4, waitingBytesMax: 100 }, store);
  };

  test("as many as may wait in the whole broker: then nobody sends, and everything else goes on [ENV-8]", async () => {
    const { ledger, settle } = await keeping(100);
    expect(await answers([ledger.settle(send)])).toEqual(["broker.busy"]);
    expect(await answers([settle("note", 1)])).toEqual(["noted 1"]);
  });

  test("one byte less, and everybody does", async () => {
    const { ledger } = await keeping(99);
    expect((await ledger.settle(send)).verdict.verdict).toBe("accepted");
  });
});

/** Of what is no script, governance says that it was done. */
async function patientStage(limits?: LedgerLimits, store: Store = openMemoryStore()) {
  const govern: Govern = function* (command, now) {
    return command.kind.startsWith("envelopes.") ? accept({} as never) : yield* scripted(command, now);
  };
  const opened = await openScripted({ govern, store, ...(limits && { limits }) });
  const before = async (one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> => {
    const order: string[] = [];
    await Promise.all([one.then(() => order.push("one")), other.then(() => order.push("other"))]);
    return order[0] === "one";
  };
  return { ...opened, before };
}

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
