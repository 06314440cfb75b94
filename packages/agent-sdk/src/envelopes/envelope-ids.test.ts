import { isId } from "@parley/protocol";
import { expect, test } from "vitest";
import { EnvelopeIds } from "./envelope-ids.js";

test("ids rise within a millisecond, over it, and where the clock goes back", () => {
  let nowMs = Date.UTC(2026, 0, 5);
  const ids = new EnvelopeIds(() => nowMs);
  const made: string[] = [];
  for (const step of [0, 0, 1, 0, -60_000, 0.5, 120_000, 0]) {
    nowMs += step;
    for (let i = 0; i < 40; i++) made.push(ids.next());
  }
  expect(made.every((id) => isId("envelope", id))).toBe(true);
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test("a millisecond that is full goes over into the next", () => {
  const ids = new EnvelopeIds(() => 1);
  let last = "";
  for (let i = 0; i < 32 ** 4 + 2; i++) {
    const id = ids.next();
    if (id <= last) throw new Error(`${id} after ${last}`);
    last = id;
  }
  expect(last.slice(4, 14)).toBe("0000000002");
});

test("two makers do not make the same at the same time", () => {
  const [one, other] = [new EnvelopeIds(() => 1), new EnvelopeIds(() => 1)];
  expect(one.next()).not.toBe(other.next());
});
