import { expect, test } from "vitest";
import { Course } from "./course.js";
import { sessionOf } from "./testing/town.js";
import { world } from "./testing/world.js";

test("however often it is looked at one waits, and whoever gives up waits no more", async () => {
  const view = sessionOf(await world(), "consumer");
  const course = new Course(view);
  expect(course.active).toBe(course.active);
  expect(course.waiting).toBe(1);
  const stop = new AbortController();
  const aborted = expect(course.reached("accepted", stop.signal)).rejects.toThrow("enough");
  expect(course.waiting).toBe(2);
  stop.abort(new Error("enough"));
  await aborted;
  expect(course.waiting).toBe(1);
  course.see({ ...view, state: "active", acceptedAt: view.proposedAt, activeAt: view.proposedAt });
  await course.active;
  expect(course.waiting).toBe(0);
});
