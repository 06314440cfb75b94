import { type Ceiling, ceilings, completeTerms, limits, observableTerms, type Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { day, now } from "../testing/cast.js";
import { aboveCeiling, observationFits, observes } from "./contract-terms.js";

const plain = completeTerms({});
const at = (ms: number): string => new Date(ms).toISOString();

/** Terms that say so much where that ceiling is. */
function saying(name: Ceiling, value: number): Terms {
  switch (name) {
    case "maxEnvelopesBySide.consumer":
      return { ...plain, maxEnvelopesBySide: { consumer: value, provider: 0 } };
    case "maxEnvelopesBySide.provider":
      return { ...plain, maxEnvelopesBySide: { consumer: 0, provider: value } };
    case "payloadRetention.days":
      return { ...plain, payloadRetention: { days: value } };
    default:
      return { ...plain, [name]: value };
  }
}

describe("a ceiling [CON-2]", () => {
  test.each(Object.entries(ceilings) as [Ceiling, number][])("%s is %i, and not one more", (rule, limit) => {
    expect(aboveCeiling(saying(rule, limit))).toBeUndefined();
    const used = limit + 1;
    expect(aboveCeiling(saying(rule, used))).toEqual({ code: "contract.above-ceiling", rule, limit, used });
  });

  test("is on nothing that is kept until something happens, and on no default", () => {
    for (const payloadRetention of ["until_delivered", "until_closed"] as const) {
      expect(aboveCeiling({ ...plain, payloadRetention })).toBeUndefined();
    }
  });
});

const trying = (until: string): Terms => ({ ...plain, observe: { until, terms: ["messageTypes"] } });

describe("trying terms out [CON-7]", () => {
  const fits = (terms: Terms) => observationFits({}, { terms }, now);
  const longest = limits.observeSecondsMax * 1_000;
  const rule = "observe.until";

  test("is not asked of terms that do not", () => {
    expect(fits(plain)).toBeUndefined();
  });

  test.each([1, 1_000, day, longest])("lasts %i ms", (ms) => {
    expect(fits(trying(at(now + ms)))).toBeUndefined();
  });

  test.each([0, -1, -day])("does not last %i ms", (ms) => {
    expect(fits(trying(at(now + ms)))).toEqual({ code: "request.malformed", rule });
  });

  test("does not last a millisecond longer than the limit [LIM-1]", () => {
    const limit = limits.observeSecondsMax;
    const refusal = { code: "contract.above-ceiling", rule, limit, used: limit + 1 };
    expect(fits(trying(at(now + longest + 1)))).toEqual(refusal);
  });

  test.each([
    "2026-02-30T00:00:00.000Z",
    "2026-13-01T00:00:00.000Z",
    "2026-01-16T24:00:00.000Z",
    "2026-01-16T10:61:00.000Z",
  ])("does not last until %s, which is no time", (until) => {
    expect(fits(trying(until))).toEqual({ code: "request.malformed", rule });
  });

  test("is of the terms that are listed, before the time has come", () => {
    const terms: Terms = { ...plain, observe: { until: at(now), terms: ["requiredTags", "maxEnvelopes"] } };
    const observed = (ms: number) => observableTerms.filter((term) => observes(terms, term, now + ms));
    expect(observed(-1)).toEqual(["maxEnvelopes", "requiredTags"]);
    expect([observed(0), observed(1)]).toEqual([[], []]);
    expect(observableTerms.filter((term) => observes(plain, term, now))).toEqual([]);
  });
});
