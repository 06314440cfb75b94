import { describe, expect, test } from "vitest";
import { asked, cause } from "./testing/asked.js";
import { now } from "./testing/cast.js";
import { verdictOf } from "./testing/decide.js";
import { put } from "./testing/world.js";

const stream = "platform";
const nothingElse = { work: [], payloads: [], cuts: [], sweeps: [] };
const byBroker = (subject: string) => ({ actor: "broker", cause, subject });

describe("the clock and the probe", () => {
  test("a step of the clock is a fact", () => {
    expect(verdictOf("clock.step")).toEqual({
      verdict: "accepted",
      answer: { at: now },
      facts: [{ stream, kind: "clock.stepped", content: { ...byBroker("clock"), data: { byMs: 5_000 } } }],
      ...nothingElse,
    });
  });

  test("going on from a clock that is not believed is a fact", () => {
    const { wall, ledger } = asked["clock.recover"];
    expect(verdictOf("clock.recover")).toEqual({
      verdict: "accepted",
      answer: { at: now },
      facts: [{ stream, kind: "clock.recovered", content: { ...byBroker("clock"), data: { wall, ledger } } }],
      ...nothingElse,
    });
  });

  test("the probe writes its beat and tells the one before", () => {
    const put2 = { do: "put", table: "probes", row: { name: "readiness", value: "beat-2", at: now } };
    const nothing = { verdict: "accepted", facts: [], cuts: [], sweeps: [], payloads: [], work: [put2] };
    expect(verdictOf("readiness.probe")).toEqual({ ...nothing, answer: { before: null } });
    const verdict = verdictOf("readiness.probe", ({ world }) =>
      put(world, "probes", { name: "readiness", value: "beat-1", at: now - 1_000 }),
    );
    expect(verdict).toEqual({ ...nothing, answer: { before: "beat-1" } });
  });
});
