import { expect, test } from "vitest";
import { Counts, PairCounts, Spread } from "./counting.js";

test("counts what is named, by one name and by two", () => {
  const counts = new Counts();
  counts.add("a");
  counts.add("b", 4);
  counts.add("a");
  expect(counts.entries()).toEqual([
    ["a", 2],
    ["b", 4],
  ]);
  const pairs = new PairCounts();
  pairs.add("a", "x");
  pairs.add("a", "y");
  pairs.add("b", "x");
  pairs.add("a", "x");
  expect(pairs.entries()).toEqual([
    ["a", "x", 2],
    ["a", "y", 1],
    ["b", "x", 1],
  ]);
});

test("a value counts from the first bound that is no less, to the last, which is none", () => {
  const spread = new Spread([1, 2, 4]);
  for (const value of [0.5, 1, 1.5, 4, 4.5]) spread.observe(value);
  expect(spread.upTo()).toEqual([2, 3, 4, 5]);
  expect(spread.sum).toBe(11.5);
});
