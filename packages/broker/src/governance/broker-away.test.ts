/** What a start of the broker makes of those who were connected, and of those who were not. */
import { describe, expect, test } from "vitest";
import { north1, now, scout1 } from "./testing/cast.js";
import * as city from "./testing/city.js";
import { verdictOf } from "./testing/decide.js";
import { sceneOf } from "./testing/scene.js";
import { get, patch, put } from "./testing/world.js";

const closedAt = (instance: typeof scout1, changedAt: number) => ({
  do: "put",
  table: "connections",
  row: {
    ...get(sceneOf("broker.start").world, "connections", { instance }),
    ...{ state: "closed", changedAt },
  },
});

describe("nobody could come back while it was not there [SES-24]", () => {
  const later = now + 3_600_000;
  const gone = (goodbye: boolean) =>
    verdictOf("broker.start", (scene) => {
      scene.now = later;
      patch(scene.world, "connections", { instance: scout1 }, { state: "closed", goodbye });
    }).work;

  test.each([true, false])("who was gone already (goodbye: %s) is gone from now on", (goodbye) => {
    const row = { ...closedAt(scout1, later).row, goodbye };
    expect(gone(goodbye)).toContainEqual({ ...closedAt(scout1, later), row });
  });

  test("who is gone by it has not said goodbye", () => {
    expect(gone(true)).toContainEqual(closedAt(north1, later));
  });

  test("what it holds is looked at when it has been gone for too long", () => {
    const work = verdictOf("broker.start", ({ world }) => {
      const { terms } = get(world, "sessions", { id: city.active }) ?? {};
      if (terms) patch(world, "sessions", { id: city.active }, { terms: { ...terms, absenceSeconds: 60 } });
      put(world, "deadlines", { kind: "session.expire", subject: city.active, dueAt: now + 60_001 });
    }).work;
    const row = { kind: "session.expire", subject: city.active, dueAt: now + 60_000 };
    expect(work).toContainEqual({ do: "put", table: "deadlines", row });
  });
});
