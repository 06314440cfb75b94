/** Each part of the data path dead by itself, in a broker whose parts are the real ones: it is said within ten seconds, and which. */
import { limits, makeId } from "@parley/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { machineTime, openClock, type TimeSources } from "./clock.js";
import { partsOf, reasonOf } from "./data-path.js";
import { startExpiry } from "./expiry.js";
import { govern } from "./governance/govern.js";
import * as cast from "./governance/testing/cast.js";
import { openLedger } from "./ledger/batch.js";
import { openMemoryStore } from "./ledger/memory/store.js";
import { type Store, StoreFailed } from "./ledger/store.js";
import { type Before, headInMemory, withSteps } from "./ledger/testing/harness.js";
import { Connections } from "./outbox/connections.js";
import { Outbox } from "./outbox/outbox.js";
import { activated, sessionNumbered } from "./outbox/testing/scenes.js";
import { openWire } from "./outbox/testing/wires.js";
import { openReadiness } from "./readiness.js";
import { readEnvelopes } from "./records/deliveries.js";
import { openRelay } from "./relay.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => undefined);
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** All that lies between a command and a connection, over a store whose answers can be got at. */
async function brokerOfThisTest() {
  const before: { -readonly [K in keyof Before]: Before[K] } = {};
  const kept = openMemoryStore();
  const reads: { [K in "read" | "readAside"]?: Store[K] } = {};
  const stepped = withSteps(kept, before);
  const store: Store = {
    ...stepped,
    waitingBytes: 0,
    read: (question) => (reads.read ?? kept.read.bind(kept))(question),
    readAside: (question) => (reads.readAside ?? kept.readAside.bind(kept))(question),
  };
  const machine = {
    wallMs: 0,
    wall: () => machineTime.wall() + machine.wallMs,
    monotonic: machineTime.monotonic,
  };
  const readiness = openReadiness({ time: machine satisfies TimeSources, reasonOf });
  const stop = { line: (_cause: Error): void => undefined };
  const clock = openClock({
    ...{ ledgerAt: undefined, sources: machine, onStep: () => undefined },
    onLost: (byMs) => stop.line(new Error(`the machine's clock leapt ${byMs} ms ahead`)),
  });
  const onFailed = (cause: unknown) => readiness.stop(cause);
  const ledger = await openLedger({ store, head: headInMemory("none"), clock, govern, onFailed });
  stop.line = (cause) => ledger.stop(cause);
  const connections = new Connections();
  const failures: unknown[] = [];
  const failed = (fault: unknown) => void failures.push(fault);
  const read = (wanted: Parameters<typeof readEnvelopes>[1]) => readEnvelopes(store, wanted, clock.now());
  const outbox = new Outbox({ connections, store, read, clock, failed });
  const { relay } = openRelay(ledger, outbox);
  outbox.start();
  const expiry = startExpiry({ store, send: relay, clock, onFault: failed });
  const started = readiness.start(partsOf({ relay, store, outbox, expiry }));
  await later(100);
  await started;
  expect(readiness.now()).toMatchObject({ ready: true });
  await later(3_000);
  expect(readiness.now()).toMatchObject({ ready: true });
  const why = async (ms = 10_000): Promise<string> => {
    await later(ms);
    return readiness.now().why;
  };
  const over = async () => {
    readiness.stop();
    outbox.stop();
    await expiry.stop();
  };
  return {
    ...{ before, kept, reads, machine, readiness, clock, connections, failures, outbox, relay },
    expiry,
    why,
    over,
  };
}

describe("a broker is not ready within ten seconds, and says which part is dead:", () => {
  test("a commit that never ends", async () => {
    const { before, why } = await brokerOfThisTest();
    before.commit = never;
    expect(await why()).toContain("the line does not answer");
  });

  test("a disk that is full, from which is still read; it is ready when there is room again", async () => {
    const { before, why, readiness } = await brokerOfThisTest();
    before.putState = () => {
      throw new StoreFailed("full", "later", { cause: undefined });
    };
    expect(await why(1_000)).toBe("full: reads only");
    delete before.putState;
    await later(1_000);
    expect(readiness.now()).toMatchObject({ ready: true });
  });

  test("a store that has failed for good", async () => {
    const { before, why } = await brokerOfThisTest();
    before.commit = () => {
      throw new StoreFailed("io", "never", { cause: undefined });
    };
    expect(await why(1_000)).toBe("the store failed: io");
  });

  test("a line that is busy for as long as that, and not one that is busy for a moment", async () => {
    const { before, why, readiness, relay } = await brokerOfThisTest();
    let goOn: () => void = () => undefined;
    before.commit = () =>
      new Promise<void>((resolve) => {
        goOn = resolve;
      });
    const fill = () => {
      for (let n = 0; n <= limits.commandsWaitingMax; n++)
        void relay({ kind: "clock.step", id: makeId("command"), byMs: 1 });
    };
    fill();
    // What one transaction has taken leaves room for as many.
    await later(1);
    fill();
    expect(await why(3_000)).toContain("the line answers");
    expect(await why(7_000)).toContain("the line does not answer");
    delete before.commit;
    goOn();
    await later(7_000);
    expect(readiness.now()).toMatchObject({ ready: true });
  });

  test("a row that was written and is not there any more", async () => {
    const { relay, why } = await brokerOfThisTest();
    void relay({ kind: "readiness.probe", id: makeId("command"), value: "of somebody else" });
    expect(await why(1_000)).toContain("what the last probe wrote was not there");
    expect(await why(1_000)).toContain("the line answers");
  });

  test("a queue of news of which nothing is told, behind one that never ends", async () => {
    const { outbox, reads, kept, why } = await brokerOfThisTest();
    reads.read = (question) => ("page" in question || isDue(question) ? never() : kept.read(question));
    // Of a session of which nobody here knows: it is looked for.
    outbox.tell([activated(sessionNumbered(1))]);
    expect(await why()).toBe("what happens is not told");
  });

  test("readers that find what was committed long ago", async () => {
    const { reads, kept, why } = await brokerOfThisTest();
    const { row } = await kept.read({ row: { find: "probe", by: { name: "readiness" } } });
    reads.read = (async (question) => ({
      ...(await kept.read(question)),
      ...("row" in question && { row }),
    })) as Store["read"];
    expect(await why(3_000)).toBe("what was committed is not read");
  });

  test("envelopes that are never read from the record", async () => {
    const { reads, kept, why } = await brokerOfThisTest();
    reads.read = (question) => ("segments" in question ? never() : kept.read(question));
    expect(await why()).toBe("envelopes are not delivered");
  });

  test("envelopes that are not delivered as they come", async () => {
    const { outbox, why } = await brokerOfThisTest();
    outbox.deliver = () => undefined;
    expect(await why()).toBe("envelopes are not delivered");
  });

  test("connections of which nothing is known any more", async () => {
    const { connections, why } = await brokerOfThisTest();
    await connections.closeAll("goingAway");
    expect(await why()).toBe("what happens is not told; envelopes are not delivered");
  });

  test("a worker for searches that does not answer, and one that is gone", async () => {
    const { reads, why, over } = await brokerOfThisTest();
    reads.readAside = never;
    expect(await why()).toBe("searches are not answered");
    await over();
    const other = await brokerOfThisTest();
    other.reads.readAside = () => Promise.reject(new StoreFailed("io", "never", { cause: undefined }));
    expect(await other.why(1_000)).toBe("the store failed: io");
  });

  test("timers by which offers go on", async () => {
    const { outbox, why } = await brokerOfThisTest();
    outbox.stop();
    expect(await why()).toBe("offers do not go on");
  });

  test("timers by which deadlines are looked at, and a look at them that never ends", async () => {
    const { expiry, why, over } = await brokerOfThisTest();
    await expiry.stop();
    expect(await why()).toBe("deadlines are not looked at");
    await over();
    const other = await brokerOfThisTest();
    other.reads.read = (question) => ("deadlines" in question ? never() : other.kept.read(question));
    expect(await other.why()).toBe("deadlines are not looked at");
  });

  test("a clock that is lost", async () => {
    const { machine, why } = await brokerOfThisTest();
    machine.wallMs = 2 * 86_400_000;
    expect(await why(1_000)).toMatch(/^the machine's clock leapt \d+ ms ahead$/);
  });
});

const isDue = (question: object): boolean =>
  Object.values(question).some(({ find }: { find: string }) => find === "sessionDue") && !("row" in question);

describe("the probe", () => {
  test("is heard by nobody, is counted among none, and leaves nothing on the record", async () => {
    const { connections, kept, failures, why, readiness } = await brokerOfThisTest();
    const others = openWire(connections, cast.north1, cast.north);
    expect(connections.count).toBe(1);
    expect(await why(20_000)).toContain("arrives");
    expect([others.told, others.delivered, failures]).toEqual([[], [], []]);
    const { facts } = await kept.read({ facts: { find: "factsInOrder", by: { after: 0, limit: 10 } } });
    expect(facts).toEqual([]);
    const names = ["process", "line", "news", "envelopes", "searches", "offers", "deadlines"];
    expect(readiness.parts()).toEqual(names.map((name) => ({ name, works: true })));
  });
});
