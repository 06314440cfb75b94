import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openReadiness } from "./readiness.js";
import type { Outcome, Relay } from "./relay.js";

/** A line with one row: it keeps what each probe writes, unless the test says otherwise. */
function lineOfThisTest() {
  const line = {
    row: null as string | null,
    probes: 0,
    answer: undefined as (() => Promise<Outcome>) | undefined,
  };
  const relay = async ({ value }: { value: string }): Promise<Outcome> => {
    line.probes += 1;
    if (line.answer) return line.answer();
    const before = line.row;
    line.row = value;
    return {
      outcome: "accepted",
      answer: { before },
      cut: { sockets: 0, sessions: 0, surviving: [] },
      facts: [],
      at: 0,
    };
  };
  const clock = { at: 1_000, now: () => clock.at };
  const readiness = openReadiness(relay as unknown as Relay, clock);
  const later = (ms: number) => {
    clock.at += ms;
    return readiness();
  };
  return { line, clock, readiness, later };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the broker is ready", () => {
  test("when what was written through the line is there the next time", async () => {
    const { readiness, later } = lineOfThisTest();
    expect(await readiness()).toEqual({ ready: true, why: "the line answers" });
    expect(await later(1_000)).toEqual({ ready: true, why: "the line answers" });
  });

  test("whatever an earlier process had written", async () => {
    const { line, readiness } = lineOfThisTest();
    line.row = "of an earlier process";
    expect(await readiness()).toMatchObject({ ready: true });
  });

  test("with one probe a second, however often somebody asks", async () => {
    const { line, readiness, later } = lineOfThisTest();
    await Promise.all(Array.from({ length: 100 }, () => readiness()));
    await later(999);
    expect(line.probes).toBe(1);
    await later(1);
    expect(line.probes).toBe(2);
  });
});

describe("the broker is not ready", () => {
  test("when the line refuses, and says why", async () => {
    const { line, readiness, later } = lineOfThisTest();
    line.answer = async () => ({ outcome: "refused", refusal: { code: "broker.storage-full" }, at: 0 });
    expect(await readiness()).toEqual({ ready: false, why: "broker.storage-full" });
    line.answer = undefined;
    expect(await later(1_000)).toMatchObject({ ready: true });
  });

  test("when the line fails, and says why", async () => {
    const { line, readiness } = lineOfThisTest();
    line.answer = () => Promise.reject(new Error("the ledger has stopped"));
    expect(await readiness()).toEqual({ ready: false, why: "the ledger has stopped" });
  });

  test("when the line hangs, after five seconds and not before", async () => {
    const { line, readiness } = lineOfThisTest();
    line.answer = () => new Promise(() => undefined);
    let answered: unknown;
    const asked = readiness().then((answer) => {
      answered = answer;
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(answered).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await asked;
    expect(answered).toEqual({ ready: false, why: "the line does not answer" });
  });

  test("when the row is lost, or another one", async () => {
    for (const row of [null, "of somebody else"]) {
      const { line, readiness, later } = lineOfThisTest();
      await readiness();
      line.row = row;
      expect(await later(1_000)).toEqual({ ready: false, why: "what the last probe wrote was not there" });
      expect(await later(1_000)).toMatchObject({ ready: true });
    }
  });

  test("and leaves no timer behind", async () => {
    const { readiness } = lineOfThisTest();
    await readiness();
    expect(vi.getTimerCount()).toBe(0);
  });
});
