import { makeId } from "@parley/protocol";
import { describe, expect, test, vi } from "vitest";
import { type Departed, Departures } from "./departures.js";
import { Decided } from "./testing/decided.js";
import { settled } from "./testing/stage.js";

const departed = (epoch = 1): Departed => ({
  instance: makeId("instance"),
  agent: makeId("agent"),
  connection: makeId("connection"),
  epoch,
  goodbye: epoch % 2 === 1,
});
/** What the line is told of it. */
const told = ({ agent: _, ...ended }: Departed) => ended;

function stage() {
  const decided = new Decided();
  const faults: unknown[] = [];
  return {
    decided,
    faults,
    departures: new Departures(decided.relay, { error: (fault: unknown) => void faults.push(fault) }),
  };
}

describe("a departure", () => {
  test("is told to the line", async () => {
    const { decided, departures } = stage();
    const one = departed();
    departures.tell(one);
    await departures.settled();
    expect(decided.asked).toMatchObject([{ kind: "connection.close", ...told(one) }]);
  });

  test("that a busy line turned away is told again, until it is heard", async () => {
    const { decided, departures } = stage();
    const one = departed();
    decided.refuse("connection.close", { code: "broker.busy" });
    decided.refuse("connection.close", { code: "broker.busy" });
    departures.tell(one);
    await settled();
    departures.tellAgain();
    await settled();
    departures.tellAgain();
    await settled();
    departures.tellAgain();
    await settled();
    expect(decided.asked).toHaveLength(3);
    expect(decided.asked[2]).toMatchObject(told(one));
  });

  test("of thousands at once leaves the line to others: so many at a time, and all of them", async () => {
    const { decided, departures } = stage();
    let underway = 0;
    let most = 0;
    decided.hold = async () => {
      underway += 1;
      most = Math.max(most, underway);
      await settled();
      underway -= 1;
    };
    const all = Array.from({ length: 1_000 }, (_, at) => departed(at));
    for (const one of all) departures.tell(one);
    await departures.settled();
    expect(most).toBe(256);
    expect(decided.asked).toMatchObject(all.map(told));
  });

  test("of thousands at once makes pauses, so that whoever still asks comes first", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { decided, departures } = stage();
    for (let at = 0; at < 600; at++) departures.tell(departed(at));
    const counts = [];
    for (let at = 0; at < 3; at++) {
      await settled();
      counts.push(decided.asked.length);
      vi.advanceTimersByTime(50);
    }
    vi.useRealTimers();
    // The first came alone.
    expect(counts).toEqual([1, 257, 513]);
  });

  test("of an instance that comes back is heard before its next connection is opened [SOC-4]", async () => {
    const { decided, departures } = stage();
    const all = Array.from({ length: 600 }, (_, at) => departed(at));
    const last = all.at(-1) ?? departed();
    for (const one of all) departures.tell(one);
    expect(await departures.tellFirst(last.instance)).toBeUndefined();
    expect(decided.asked).toHaveLength(2);
    expect(decided.asked[1]).toMatchObject(told(last));
    expect(await departures.tellFirst(makeId("instance"))).toBeUndefined();
    await departures.settled();
    expect(decided.asked).toHaveLength(600);
  });

  test("that is being told is waited for by who comes back, and one that was turned away is told again", async () => {
    const { decided, departures } = stage();
    const one = departed();
    decided.refuse("connection.close", { code: "broker.busy" });
    departures.tell(one);
    expect(await departures.tellFirst(one.instance)).toEqual({ code: "broker.busy" });
    expect(decided.asked).toHaveLength(1);
    decided.refuse("connection.close", { code: "broker.busy", retryAfterMs: 5 });
    expect(await departures.tellFirst(one.instance)).toEqual({ code: "broker.busy", retryAfterMs: 5 });
    expect(await departures.tellFirst(one.instance)).toBeUndefined();
    expect(await departures.tellFirst(one.instance)).toBeUndefined();
    expect(decided.asked).toHaveLength(3);
  });

  test("of an earlier connection does not stand in the way of a later one's", async () => {
    const { decided, departures } = stage();
    const first = departed(7);
    departures.tell(departed());
    departures.tell(first);
    departures.tell({ ...first, connection: makeId("connection"), epoch: 6 });
    await departures.settled();
    expect(decided.asked.slice(1)).toMatchObject([told(first)]);
  });

  test("that the line fails to record is a fault, and not told for ever", async () => {
    const { decided, departures, faults } = stage();
    decided.hold = () => Promise.reject(new Error("the ledger has stopped"));
    departures.tell(departed());
    await departures.settled();
    departures.tellAgain();
    await departures.settled();
    expect([decided.asked.length, faults.length]).toEqual([1, 1]);
  });

  test("counts as settled only when it was answered", async () => {
    const { decided, departures } = stage();
    let answer: () => void = () => undefined;
    decided.hold = () => new Promise((resolve) => (answer = resolve));
    departures.tell(departed());
    let isSettled = false;
    const all = departures.settled().then(() => (isSettled = true));
    await settled();
    expect(isSettled).toBe(false);
    answer();
    await all;
  });
});
