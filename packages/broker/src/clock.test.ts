import { describe, expect, test } from "vitest";
import { ClockUntrusted, clockBounds, openClock } from "./clock.js";

const year = 365 * 86_400_000;
const start = 1_800_000_000_000;

/** A machine whose wall clock can be set without any time passing. */
function machine(wallAt = start) {
  let wall = wallAt;
  let monotonic = 123.456;
  return {
    sources: { wall: () => wall, monotonic: () => monotonic },
    pass(ms: number): void {
      wall += ms;
      monotonic += ms;
    },
    step(ms: number): void {
      wall += ms;
    },
  };
}

function opened(wallAt = start, ledger: number | "empty" = start, recover = false) {
  const on = machine(wallAt);
  const steps: number[] = [];
  const lost: number[] = [];
  const clock = openClock({
    ledgerAt: ledger === "empty" ? undefined : ledger,
    sources: on.sources,
    recover,
    onStep: (byMs) => steps.push(byMs),
    onLost: (byMs) => lost.push(byMs),
  });
  return { ...on, clock, steps, lost };
}

describe("the clock while the broker runs", () => {
  test("goes with the time that passes, in whole milliseconds", () => {
    const { clock, pass } = opened();
    expect(clock.now()).toBe(start);
    pass(1_500.7);
    expect(clock.now()).toBe(start + 1_500);
  });

  test("never runs backwards, however far the wall clock is set back, and goes on meanwhile", () => {
    const { clock, pass, step, steps, lost } = opened();
    step(-10 * year);
    expect(clock.now()).toBe(start);
    pass(2_000);
    expect(clock.now()).toBe(start + 2_000);
    expect([steps, lost]).toEqual([[], []]);
  });

  test("follows a forward step of less than a second silently, and reports one of a second", () => {
    const { clock, step, steps } = opened();
    step(clockBounds.silentStepMs - 1);
    expect(clock.now()).toBe(start + 999);
    expect(steps).toEqual([]);
    step(clockBounds.silentStepMs);
    expect(clock.now()).toBe(start + 1_999);
    expect(steps).toEqual([1_000]);
  });

  test("follows a machine that slept for a day, and reports it once", () => {
    const { clock, step, steps, lost } = opened();
    step(clockBounds.stepMsMax);
    clock.check();
    clock.check();
    expect(clock.now()).toBe(start + clockBounds.stepMsMax);
    expect(steps).toEqual([clockBounds.stepMsMax]);
    expect(lost).toEqual([]);
  });

  test("sees a step when it is asked for the time, without waiting for the next check", () => {
    const { clock, step, steps } = opened();
    step(5_000);
    expect(clock.now()).toBe(start + 5_000);
    expect(steps).toEqual([5_000]);
  });

  test("is lost by a step of more than a day: says so once, and does not follow", () => {
    const { clock, pass, step, steps, lost } = opened();
    step(clockBounds.stepMsMax + 1);
    clock.check();
    clock.check();
    pass(1_000);
    expect(clock.now()).toBe(start + 1_000);
    expect(lost).toEqual([clockBounds.stepMsMax + 1]);
    expect(steps).toEqual([]);
  });

  test("ten years ahead, then right again: is lost once and has the right time throughout", () => {
    const { clock, pass, step, steps, lost } = opened();
    step(10 * year);
    expect(clock.now()).toBe(start);
    pass(3_000);
    step(-10 * year);
    expect(clock.now()).toBe(start + 3_000);
    expect(lost).toEqual([10 * year]);
    expect(steps).toEqual([]);
  });

  test("does not take a step back that is put right again for a step forward", () => {
    const { clock, pass, step, steps } = opened();
    step(-3_600_000);
    clock.check();
    pass(1_000);
    step(3_600_000);
    expect(clock.now()).toBe(start + 1_000);
    expect(steps).toEqual([]);
  });
});

describe("the clock at start", () => {
  test("takes the wall clock's time where the ledger is empty, whatever it is", () => {
    expect(opened(0, "empty").clock.now()).toBe(0);
    expect(opened(start + 10 * year, "empty").clock.now()).toBe(start + 10 * year);
  });

  test("is never behind the ledger", () => {
    const { clock, pass } = opened(start - clockBounds.behindMsMax);
    expect(clock.now()).toBe(start);
    pass(10);
    expect(clock.now()).toBe(start + 10);
    expect(clock.recovered).toBeUndefined();
  });

  test("follows a wall clock thirty days ahead without calling it a step", () => {
    const { clock, steps } = opened(start + clockBounds.aheadMsMax);
    expect(clock.now()).toBe(start + clockBounds.aheadMsMax);
    expect(steps).toEqual([]);
  });

  test.each([
    ["a minute and a millisecond behind", -clockBounds.behindMsMax - 1],
    ["thirty days and a millisecond ahead", clockBounds.aheadMsMax + 1],
    ["ten years behind", -10 * year],
    ["ten years ahead", 10 * year],
  ])("does not believe a wall clock %s the ledger", (_what, byMs) => {
    expect(() => opened(start + byMs)).toThrow(ClockUntrusted);
    expect(() => opened(start + byMs)).toThrow("serve --recover clock");
  });

  test("knowingly goes on from the later of both, and says from what", () => {
    const behind = opened(start - 10 * year, start, true);
    expect(behind.clock.now()).toBe(start);
    expect(behind.clock.recovered).toEqual({ wall: start - 10 * year, ledger: start });
    const ahead = opened(start + 10 * year, start, true);
    expect(ahead.clock.now()).toBe(start + 10 * year);
    expect(ahead.steps).toEqual([]);
  });

  test("recovers nothing where nothing was wrong", () => {
    expect(opened(start, start, true).clock.recovered).toBeUndefined();
  });

  test("ten years ahead, then right again at the next start: the ledger's time is kept until the wall clock comes up", () => {
    const wrong = opened(start + 10 * year, "empty").clock.now();
    expect(() => opened(start, wrong)).toThrow(ClockUntrusted);
    const { clock, pass } = opened(start, wrong, true);
    pass(60_000);
    expect(clock.now()).toBe(wrong + 60_000);
  });
});
