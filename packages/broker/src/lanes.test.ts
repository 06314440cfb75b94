import { expect, test } from "vitest";
import { Lanes } from "./lanes.js";

test("lanes take turns, and each keeps its order", () => {
  const lanes = new Lanes<string>();
  for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) lanes.put(item.slice(0, 1), item);
  expect([lanes.size, lanes.count, lanes.waiting("a"), lanes.waiting("d")]).toEqual([6, 3, 3, 0]);
  const taken = Array.from({ length: 4 }, () => lanes.take());
  lanes.put("b", "b3");
  expect([...taken, lanes.take(), lanes.take(), lanes.take(), lanes.take()]).toEqual([
    ...["a1", "b1", "c1", "a2", "b2", "a3", "b3"],
    undefined,
  ]);
  expect([lanes.size, lanes.count]).toEqual([0, 0]);
});
