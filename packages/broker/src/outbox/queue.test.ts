import { expect, test } from "vitest";
import { Queue } from "./queue.js";
import { settled } from "./testing/wires.js";

function scene(waitingMax?: number) {
  const failures: unknown[] = [];
  const failed = (fault: unknown) => void failures.push(fault);
  return { failures, queue: new Queue({ failed, ...(waitingMax !== undefined && { waitingMax }) }) };
}

test("one comes after the other has been done, in their order, and never at once", async () => {
  const { queue } = scene();
  const done: number[] = [];
  queue.put("north", async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done.push(1);
    queue.put("north", () => void done.push(3));
  });
  queue.put("south", () => void done.push(2));
  expect(done).toEqual([]);
  await settled();
  expect(done).toEqual([1, 2, 3]);
  queue.put("north", () => void done.push(4));
  await settled();
  expect(done).toEqual([1, 2, 3, 4]);
});

test("what fails is told, and keeps nothing else from being done", async () => {
  const { queue, failures } = scene();
  const done: number[] = [];
  queue.put("north", () => {
    throw new Error("at once");
  });
  queue.put("north", () => Promise.reject(new Error("later")));
  queue.put("north", () => void done.push(1));
  await settled();
  expect([failures.map(String), done]).toEqual([["Error: at once", "Error: later"], [1]]);
});

test("what is too much is lost and counted; then there is room again", async () => {
  const { queue } = scene(2);
  const done: number[] = [];
  for (let at = 1; at <= 3; at++) queue.put("north", () => void done.push(at));
  expect(queue.lost).toBe(1);
  await settled();
  queue.put("north", () => void done.push(4));
  await settled();
  expect([done, queue.lost]).toEqual([[1, 2, 4], 1]);
});

test("who fills it is not in the way of others", async () => {
  const { queue } = scene(8);
  const done: string[] = [];
  for (let at = 0; at < 100; at++) queue.put("flood", () => void done.push("flood"));
  expect(queue.lost).toBe(92);
  for (const owner of ["north", "south"]) queue.put(owner, () => void done.push(owner));
  queue.put("flood", () => void done.push("flood"));
  expect(queue.lost).toBe(93);
  await settled();
  expect(done.filter((owner) => owner !== "flood")).toEqual(["north", "south"]);
});

test("others have turns while it is emptied", async () => {
  const { queue } = scene();
  let done = 0;
  for (let at = 0; at < 1_000; at++)
    queue.put("north", () => {
      done += 1;
    });
  await settled();
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(1_000);
  while (done < 1_000) await settled();
});

test("who brings something may wait for it, and hears of its failure alone", async () => {
  const { queue, failures } = scene(1);
  const first = queue.inTurn("north", () => Promise.reject(new Error("the disk is gone")));
  await Promise.all([
    expect(first).rejects.toThrow("the disk is gone"),
    queue.inTurn("north", () => Promise.reject(new Error("never done"))),
  ]);
  expect([failures, queue.lost]).toEqual([[], 1]);
});
