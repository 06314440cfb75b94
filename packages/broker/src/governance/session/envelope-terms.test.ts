import { completeTerms, type ObservableTerm, observableTerms, type Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { now } from "../testing/cast.js";
import {
  closesSession,
  judgeOutside,
  leftFor,
  matchesType,
  type Outside,
  type Sents,
  tooFast,
} from "./envelope-terms.js";

const none = { n: 0, bytes: 0, violations: 0 };
const nothing: Sents = { consumer: none, provider: none };
const small: Outside = { type: "markets.equity.request", bytes: 100 };
const until = new Date(now + 1_000).toISOString();

test.each([
  ["*", "a", true],
  ["a.b", "a.b", true],
  ["a.b", "a.b.c", false],
  ["a.b", "a.bc", false],
  ["a.*", "a.b", true],
  ["a.*", "a.b.c", true],
  ["a.*", "a", false],
  ["a.*", "ab.c", false],
])("the pattern %s and the type %s: %s [ENV-4]", (pattern, type, fits) => {
  expect(matchesType(pattern, type)).toBe(fits);
});

interface Row {
  readonly terms: Partial<Terms>;
  readonly sents?: Partial<Sents>;
  readonly outside?: Partial<Outside>;
  readonly violation: object | undefined;
}
const from = (from: "consumer" | "provider" | "either", type = "markets.*") => ({ type, from });

const rows: Readonly<Record<string, Row>> = {
  "any type": { terms: {}, violation: undefined },
  "a type of its side": { terms: { messageTypes: [from("consumer")] }, violation: undefined },
  "a type of the other side": {
    terms: { messageTypes: [from("provider")] },
    violation: { rule: "messageTypes" },
  },
  "one of several": {
    terms: { messageTypes: [from("provider"), from("either", "markets.equity.request")] },
    violation: undefined,
  },
  "no types at all": { terms: { messageTypes: [] }, violation: { rule: "messageTypes" } },
  "as many bytes as may be": { terms: { maxEnvelopeBytes: 100 }, violation: undefined },
  "a byte more": {
    terms: { maxEnvelopeBytes: 99 },
    violation: { rule: "maxEnvelopeBytes", limit: 99, used: 100 },
  },
  "the last envelope": {
    terms: { maxEnvelopes: 3 },
    sents: { consumer: { ...none, n: 1 }, provider: { ...none, n: 1 } },
    violation: undefined,
  },
  "one more, whoever sent the others": {
    terms: { maxEnvelopes: 2, maxEnvelopesBySide: { consumer: 9, provider: 9 } },
    sents: { consumer: { ...none, n: 1 }, provider: { ...none, n: 1 } },
    violation: { rule: "maxEnvelopes", limit: 2, used: 2 },
  },
  "none at all": { terms: { maxEnvelopes: 0 }, violation: { rule: "maxEnvelopes", limit: 0, used: 0 } },
  "the last of its side": {
    terms: { maxEnvelopesBySide: { consumer: 2, provider: 0 } },
    sents: { consumer: { ...none, n: 1 } },
    violation: undefined,
  },
  "one more of its side": {
    terms: { maxEnvelopesBySide: { consumer: 1, provider: 9 } },
    sents: { consumer: { ...none, n: 1 } },
    violation: { rule: "maxEnvelopesBySide", limit: 1, used: 1 },
  },
  "the last byte": {
    terms: { maxTotalBytes: 300 },
    sents: { consumer: { ...none, bytes: 150 }, provider: { ...none, bytes: 50 } },
    violation: undefined,
  },
  "a byte more in all": {
    terms: { maxTotalBytes: 299 },
    sents: { consumer: { ...none, bytes: 150 }, provider: { ...none, bytes: 50 } },
    violation: { rule: "maxTotalBytes", limit: 299, used: 200 },
  },
};

describe("an envelope of the consumer [ENV-4]", () => {
  test.each(Object.entries(rows))("%s", (_what, { terms, sents, outside, violation }) => {
    const judged = judgeOutside(
      completeTerms(terms),
      "consumer",
      { ...nothing, ...sents },
      { ...small, ...outside },
      now,
    );
    expect(judged).toEqual({ violation, wouldRefuse: [] });
  });

  const breaking: Readonly<Record<string, Partial<Terms>>> = {
    messageTypes: { messageTypes: [] },
    maxEnvelopeBytes: { maxEnvelopeBytes: 1 },
    maxEnvelopes: { maxEnvelopes: 0, maxEnvelopesBySide: { consumer: 1, provider: 1 } },
    maxEnvelopesBySide: { maxEnvelopesBySide: { consumer: 0, provider: 0 } },
    maxTotalBytes: { maxTotalBytes: 0 },
  };
  const order = Object.keys(breaking) as ObservableTerm[];
  test("what is judged is all that may be tried out, but what is asked before a session", () => {
    expect([...order, "requiredTags"].toSorted()).toEqual(observableTerms.toSorted());
  });

  test.each(order)("that breaks %s and all that comes after it is refused for the first", (rule) => {
    const broken = Object.assign({}, ...order.slice(order.indexOf(rule)).map((one) => breaking[one]));
    expect(judgeOutside(completeTerms(broken), "consumer", nothing, small, now).violation).toMatchObject({
      rule,
    });
  });

  test.each(order)(
    "that breaks %s while that is tried out is marked, and refused when the time is over [CON-7]",
    (rule) => {
      const terms = completeTerms({ ...breaking[rule], observe: { until, terms: [rule] } });
      const during = judgeOutside(terms, "consumer", nothing, small, now + 999);
      expect(during.violation).toBeUndefined();
      expect(during.wouldRefuse).toMatchObject([{ rule, at: "envelope" }]);
      expect(judgeOutside(terms, "consumer", nothing, small, now + 1_000).violation).toMatchObject({ rule });
    },
  );

  test("that breaks what binds beside what is tried out is refused, and marked with nothing", () => {
    const observe = { until, terms: ["messageTypes" as const] };
    const terms = completeTerms({ messageTypes: [], maxEnvelopes: 0, observe });
    expect(judgeOutside(terms, "consumer", nothing, small, now)).toMatchObject({
      violation: { rule: "maxEnvelopes" },
      wouldRefuse: [],
    });
  });
});

describe("the rate [ENV-5]", () => {
  const terms = { maxEnvelopesPerMinute: 5 };
  const refused = (retryAfterMs: number) => ({
    code: "envelope.rate",
    rule: "maxEnvelopesPerMinute",
    limit: 5,
    used: 5,
    retryAfterMs,
  });
  test.each([
    ["fewer than N before", undefined, undefined],
    ["the N-th before in this millisecond", now, refused(60_000)],
    ["a millisecond too young", now - 59_999, refused(1)],
    ["a minute old", now - 60_000, undefined],
  ])("%s", (_what, nthBefore, refusal) => {
    expect(tooFast(terms, nthBefore, now)).toEqual(refusal);
  });
});

test.each([
  [0, 0, true],
  [2, 1, false],
  [2, 2, true],
])(
  "with %i allowed, one after %i closes the session: %s [ENV-6]",
  (violationsAllowed, violations, closes) => {
    expect(closesSession(completeTerms({ violationsAllowed }), { ...none, violations })).toBe(closes);
  },
);

describe("what is left", () => {
  const sents: Sents = { consumer: { ...none, n: 3, bytes: 30 }, provider: { ...none, n: 1, bytes: 10 } };
  test.each([
    ["of all", { maxEnvelopes: 6, maxEnvelopesBySide: { consumer: 9, provider: 9 } }, 2],
    ["of its side", { maxEnvelopes: 99, maxEnvelopesBySide: { consumer: 4, provider: 0 } }, 1],
    ["is never less than nothing", { maxEnvelopes: 1 }, 0],
  ])("%s", (_what, terms, envelopes) => {
    const left = leftFor(completeTerms({ ...terms, maxTotalBytes: 100 }), "consumer", sents, now);
    expect(left).toEqual({ envelopes, bytes: 60 });
  });

  test("is not bounded by what is tried out", () => {
    const observe = { until, terms: ["maxEnvelopes" as const, "maxTotalBytes" as const] };
    const bySide = { consumer: 5, provider: 5 };
    const terms = completeTerms({ maxEnvelopes: 1, maxEnvelopesBySide: bySide, maxTotalBytes: 1, observe });
    expect(leftFor(terms, "consumer", sents, now)).toEqual({ envelopes: 2, bytes: null });
  });
});
