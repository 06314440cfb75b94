import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Rounds, roundMs, type Watched } from "./rounds.js";
import { settled } from "./testing/stage.js";
import { SteppedClock } from "./testing/stepped-clock.js";

class Noted implements Watched {
  looks: number[] = [];
  excuses: number[] = [];
  look(now: number): void {
    this.looks.push(now);
  }
  excuse(now: number): void {
    this.excuses.push(now);
  }
}

describe("a round", () => {
  test("looks in on everybody at one time", () => {
    const clock = new SteppedClock();
    const rounds = new Rounds(clock);
    const all = [new Noted(), new Noted()];
    for (const one of all) rounds.watch(one);
    clock.step(roundMs);
    rounds.round();
    expect(all.map(({ looks }) => looks)).toEqual([[clock.now()], [clock.now()]]);
  });

  test("after a stall of our own excuses everybody instead, once [SOC-8]", () => {
    const clock = new SteppedClock();
    const rounds = new Rounds(clock);
    const one = new Noted();
    rounds.watch(one);
    // Late by a whole round is still a round; by a millisecond more is a stall.
    clock.step(2 * roundMs);
    rounds.round();
    expect([one.looks.length, one.excuses.length]).toEqual([1, 0]);
    clock.step(2 * roundMs + 1);
    rounds.round();
    expect([one.looks.length, one.excuses.length]).toEqual([1, 1]);
    clock.step(roundMs);
    rounds.round();
    expect([one.looks.length, one.excuses.length]).toEqual([2, 1]);
  });

  test("does not look at who has been forgotten", () => {
    const rounds = new Rounds(new SteppedClock());
    const one = new Noted();
    rounds.watch(one);
    rounds.forget(one);
    rounds.round();
    expect(one.looks).toEqual([]);
  });

  test("of many lets others have their turn in between, and still reaches all", async () => {
    const rounds = new Rounds(new SteppedClock());
    const all = Array.from({ length: 1_000 }, () => new Noted());
    for (const one of all) rounds.watch(one);
    const looked = () => all.filter(({ looks }) => looks.length === 1).length;
    rounds.round();
    expect(looked()).toBeLessThan(300);
    for (let turn = 0; turn < 4; turn++) await settled();
    expect(looked()).toBe(1_000);
  });
});

describe("the rounds", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  test("come once a second, until they are stopped, and bring along what else is due", () => {
    const clock = new SteppedClock();
    const rounds = new Rounds(clock);
    const one = new Noted();
    const also = vi.fn();
    rounds.watch(one);
    rounds.start(also);
    for (let at = 0; at < 3; at++) {
      clock.step(roundMs);
      vi.advanceTimersByTime(roundMs);
    }
    rounds.stop();
    vi.advanceTimersByTime(5 * roundMs);
    expect([one.looks.length, also.mock.calls.length]).toEqual([3, 3]);
  });
});
