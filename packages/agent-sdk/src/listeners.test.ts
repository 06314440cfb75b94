import { expect, onTestFinished, test } from "vitest";
import { Listeners } from "./listeners.js";

interface Events {
  readonly count: number;
}

test("everybody who listens hears, until they stop", () => {
  const listeners = new Listeners<Events>();
  const heard: string[] = [];
  const stop = listeners.on("count", (count) => heard.push(`a${count}`));
  listeners.on("count", (count) => heard.push(`b${count}`));
  listeners.tell("count", 1);
  stop();
  listeners.tell("count", 2);
  expect(heard).toEqual(["a1", "b1", "b2"]);
});

test("a listener that throws keeps nobody else from hearing, and its error surfaces", async () => {
  const listeners = new Listeners<Events>();
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  onTestFinished(() => {
    for (const other of others) process.on("uncaughtException", other);
  });
  const surfaced = new Promise((resolve) => process.once("uncaughtException", resolve));
  const heard: number[] = [];
  const bug = new Error("the author's own");
  listeners.on("count", () => {
    throw bug;
  });
  listeners.on("count", (count) => heard.push(count));
  listeners.tell("count", 1);
  expect(heard).toEqual([1]);
  expect(await surfaced).toBe(bug);
});
