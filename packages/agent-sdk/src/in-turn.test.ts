import { expect, test } from "vitest";
import { InTurn } from "./in-turn.js";

test("handles at once what it can, and lets what takes time hold up only what is behind it", async () => {
  const done: string[] = [];
  const ends: (() => void)[] = [];
  const line = new InTurn<string>((item) => {
    done.push(`${item} begins`);
    if (!item.startsWith("slow")) return undefined;
    return new Promise<void>((resolve) => ends.push(resolve)).then(() => void done.push(`${item} ends`));
  });
  for (const item of ["one", "slow", "two", "slower?", "slow again", "three"]) line.take(item);
  expect(done).toEqual(["one begins", "slow begins"]);
  ends.shift()?.();
  await new Promise(setImmediate);
  line.take("four");
  expect(done.slice(2)).toEqual(["slow ends", "two begins", "slower? begins"]);
  ends.shift()?.();
  await new Promise(setImmediate);
  ends.shift()?.();
  await new Promise(setImmediate);
  expect(done.slice(5)).toEqual([
    "slower? ends",
    "slow again begins",
    "slow again ends",
    "three begins",
    "four begins",
  ]);
});
