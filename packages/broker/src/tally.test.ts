import { expect, test } from "vitest";
import { hasShare, Tally } from "./tally.js";

test("counts by name, and forgets what there is none of", () => {
  const tally = new Tally();
  for (const name of ["a", "b", "a"]) tally.add(name);
  expect([tally.of("a"), tally.of("b"), tally.size, tally.count]).toEqual([2, 1, 3, 2]);
  tally.take("b");
  tally.take("b");
  expect([tally.of("b"), tally.size, tally.count]).toEqual([0, 2, 1]);
});

test("an equal share is one of those who have something, and of who comes", () => {
  expect([hasShare(0, 1, 2), hasShare(1, 1, 2), hasShare(4, 1, 10), hasShare(5, 1, 10)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
