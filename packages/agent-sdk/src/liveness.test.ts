import { expect, test } from "vitest";
import { watchLiveness } from "./liveness.js";
import { SteppedClock } from "./testing/stepped-clock.js";

function watch() {
  const clock = new SteppedClock();
  const pings: number[] = [];
  const deaths: number[] = [];
  const liveness = watchLiveness(
    clock,
    () => pings.push(clock.elapsed()),
    () => deaths.push(clock.elapsed()),
  );
  return { clock, liveness, pings, deaths };
}

test("asks after ten seconds of silence, and gives up after thirty [SOC-8]", () => {
  const { clock, pings, deaths } = watch();
  clock.step(29_999);
  expect([pings, deaths]).toEqual([[10_000, 20_000], []]);
  clock.step(60_000);
  expect([pings, deaths]).toEqual([[10_000, 20_000], [30_000]]);
});

test("counts from the last word, wherever in a round it came", () => {
  const { clock, liveness, pings, deaths } = watch();
  clock.step(4_000);
  liveness.heard();
  clock.step(29_999);
  expect([pings, deaths]).toEqual([[14_000, 24_000], []]);
  clock.step(1);
  expect(deaths).toEqual([34_000]);
});

test("asks nobody who speaks", () => {
  const { clock, liveness, pings } = watch();
  for (let second = 0; second < 60; second++) {
    clock.step(1_000);
    liveness.heard();
  }
  expect(pings).toEqual([]);
});

test("after a stall of our own the other end gets a fresh round [SOC-8]", () => {
  const { clock, pings, deaths } = watch();
  clock.stall(45_000);
  expect([pings, deaths]).toEqual([[45_000], []]);
  clock.step(29_999);
  expect(deaths).toEqual([]);
  clock.step(1);
  expect(deaths).toEqual([75_000]);
});

test("a timer that is late by less than a round is no excuse", () => {
  const { clock, deaths } = watch();
  clock.step(20_000);
  clock.stall(15_000);
  expect(deaths).toEqual([35_000]);
});

test("once stopped, is silent", () => {
  const { clock, liveness, pings, deaths } = watch();
  liveness.stop();
  clock.step(120_000);
  expect([pings, deaths, clock.timers]).toEqual([[], [], 0]);
});
