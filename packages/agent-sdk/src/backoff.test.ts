import { expect, test } from "vitest";
import { backoffMs, randomFraction } from "./backoff.js";

test.each([
  ["at-once", 0, 0, 250],
  ["at-once", 1, 250, 500],
  ["at-once-elsewhere", 0, 0, 250],
  ["at-once", 40, 15_000, 30_000],
  ["later", 0, 500, 1_000],
  ["later", 3, 4_000, 8_000],
  ["later", 40, 15_000, 30_000],
  ["not-at-once", 0, 15_000, 30_000],
  ["not-at-once", 40, 150_000, 300_000],
] as const)("%s, attempt %i: between %i and %i ms", (comeBack, attempt, leastMs, mostMs) => {
  expect(backoffMs(comeBack, attempt, 0)).toBe(leastMs);
  expect(backoffMs(comeBack, attempt, 1)).toBe(mostMs);
});

test("a random fraction is one", () => {
  const drawn = Array.from({ length: 1_000 }, randomFraction);
  expect(drawn.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
  expect(new Set(drawn).size).toBeGreaterThan(990);
});
