import { expect, test } from "vitest";
import { Serving } from "./serving.js";
import { settled } from "./testing/wires.js";

function scene() {
  const serving = new Serving<string>();
  const looks: string[] = [];
  const ask = (lane: string, who: string, what = who) =>
    serving.ask(lane, who, async () => void looks.push(what));
  return { serving, looks, ask };
}

test("of all that one asks for, the newest is looked for, and answers every asking", async () => {
  const { looks, ask } = scene();
  const asked = Array.from({ length: 1_000 }, (_, at) => ask("north", "a", `a${at}`));
  await Promise.all(asked);
  expect(looks).toEqual(["a999"]);
  await ask("north", "a", "again");
  expect(looks).toEqual(["a999", "again"]);
});

test("organisations take turns, and others have theirs after each look", async () => {
  const { looks, ask } = scene();
  for (let at = 0; at < 100; at++) void ask("flood", `f${at}`);
  void ask("north", "a");
  await settled();
  expect(looks).toContain("a");
  expect(looks.length).toBeLessThan(20);
  while (looks.length < 101) await settled();
});

test("what fails is told to who asked, and nobody waits for it", async () => {
  const { serving, looks, ask } = scene();
  const failing = serving.ask("north", "a", () => Promise.reject(new Error("the disk is gone")));
  const after = ask("north", "b");
  await expect(failing).rejects.toThrow("the disk is gone");
  await after;
  expect(looks).toEqual(["b"]);
});
