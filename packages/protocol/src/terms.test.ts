import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeId, isId } from "./ids.js";
import {
  ceilings,
  completeTerms,
  defaultContract,
  defaultTerms,
  defaultTermsDigest,
  lacksTags,
  observableTerms,
  type Terms,
  type TermsRequest,
  termsSchema,
  termsText,
  valuesUnderCeilings,
} from "./terms.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");
const day = 86_400;
const workgroup = (n: number) => encodeId("workgroup", new Uint8Array(16).fill(n));

describe("what is not said is written in [CON-3]", () => {
  const complete = {
    maxDurationSeconds: 3_600,
    maxEnvelopes: 1_000,
    maxEnvelopesBySide: { consumer: 1_000, provider: 1_000 },
    maxEnvelopeBytes: 65_536,
    maxTotalBytes: 16_777_216,
    maxEnvelopesPerMinute: 600,
    idleTimeoutSeconds: 600,
    messageTypes: [{ type: "*", from: "either" }],
    requiredWorkgroups: [],
    requiredTags: {},
    minAgentAgeDays: 0,
    maxConcurrentSessions: 8,
    acceptance: "provider",
    proposalTimeoutSeconds: 60,
    joinTimeoutSeconds: 60,
    resumeGraceSeconds: 30,
    absenceSeconds: day,
    violationsAllowed: 0,
    payloadRetention: "until_delivered",
    observe: null,
  };

  test("every term has its default", () => {
    expect(completeTerms({})).toEqual(complete);
    expect(Object.keys(complete).toSorted()).toEqual(Object.keys(termsSchema.shape).toSorted());
  });

  const others: Required<TermsRequest> = {
    maxDurationSeconds: 1,
    maxEnvelopes: 2,
    maxEnvelopesBySide: { consumer: 3, provider: 4 },
    maxEnvelopeBytes: 5,
    maxTotalBytes: 6,
    maxEnvelopesPerMinute: 7,
    idleTimeoutSeconds: 9,
    messageTypes: [],
    requiredWorkgroups: [workgroup(1)],
    requiredTags: { env: "prod" },
    minAgentAgeDays: 10,
    maxConcurrentSessions: 11,
    acceptance: "open",
    proposalTimeoutSeconds: 12,
    joinTimeoutSeconds: 13,
    resumeGraceSeconds: 0,
    absenceSeconds: 14,
    violationsAllowed: 1,
    payloadRetention: { days: 15 },
    observe: { until: "2026-02-01T00:00:00.000Z", terms: ["messageTypes"] },
  };

  test("what is said stays, each term by itself and all together", () => {
    expect(completeTerms(others)).toEqual(others);
    for (const [term, value] of Object.entries(others)) {
      expect(completeTerms({ [term]: value } as TermsRequest)).toMatchObject({ [term]: value });
    }
    expect(Object.keys(others).toSorted()).toEqual(Object.keys(complete).toSorted());
  });

  test.each([
    ["provider", 60, 60],
    ["operator", day, 60],
    ["open", 60, day],
  ] as const)("under %s a proposal waits %i s, and a join %i s", (acceptance, proposal, join) => {
    expect(completeTerms({ acceptance })).toMatchObject({
      proposalTimeoutSeconds: proposal,
      joinTimeoutSeconds: join,
    });
    const said = { proposalTimeoutSeconds: 5, joinTimeoutSeconds: 6 };
    expect(completeTerms({ acceptance, ...said })).toMatchObject(said);
  });

  test("each side may send as much as both together, unless it is said otherwise", () => {
    expect(completeTerms({ maxEnvelopes: 10 }).maxEnvelopesBySide).toEqual({ consumer: 10, provider: 10 });
  });

  test.each([
    [{}, ["maxEnvelopes", "maxEnvelopesBySide"]],
    [{ maxEnvelopesBySide: { consumer: 1, provider: 1 } }, ["maxEnvelopes"]],
  ] as const)("who tries out maxEnvelopes and says %j of the sides tries out %j [CON-7]", (said, terms) => {
    const observe = { until: "2026-01-01T00:00:00Z", terms: ["maxEnvelopes" as const] };
    const complete = completeTerms({ ...said, maxEnvelopes: 10, observe });
    expect(complete.observe?.terms).toEqual(terms);
    expect(completeTerms(complete)).toEqual(complete);
  });

  test("complete terms are terms, and completing them again changes nothing", () => {
    for (const said of [{}, others]) {
      const terms = completeTerms(said);
      expect(termsSchema.parse(terms)).toEqual(terms);
      expect(termsText(completeTerms(terms))).toBe(termsText(terms));
    }
  });
});

describe("the digest covers the complete terms [CON-1]", () => {
  test("of the default terms it is the one that every broker states", () => {
    expect(sha256(termsText(defaultTerms))).toBe(defaultTermsDigest);
    expect(defaultTerms).toEqual(completeTerms({}));
    expect(isId("contract", defaultContract)).toBe(true);
    expect(defaultContract).toBe(`ctr_${"0".repeat(26)}`);
  });

  const messageTypes = [
    { type: "markets.*", from: "consumer" },
    { type: "quote", from: "provider" },
    { type: "quote", from: "consumer" },
  ] as const;
  const said: TermsRequest = {
    messageTypes: [...messageTypes],
    requiredWorkgroups: [workgroup(1), workgroup(2), workgroup(3)],
    requiredTags: { env: "prod", team: "prices" },
    observe: { until: "2026-02-01T00:00:00.000Z", terms: [...observableTerms] },
    maxEnvelopes: 5,
  };

  test("the same terms in another order, and said twice, are the same", () => {
    const shuffled = fc
      .tuple(
        fc.shuffledSubarray(said.messageTypes ?? [], { minLength: 3 }),
        fc.shuffledSubarray(said.requiredWorkgroups ?? [], { minLength: 3 }),
        fc.shuffledSubarray([...observableTerms], { minLength: observableTerms.length }),
        fc.boolean(),
      )
      .map(([types, workgroups, terms, twice]) => ({
        maxEnvelopes: 5,
        observe: { terms: twice ? [...terms, ...terms] : terms, until: "2026-02-01T00:00:00.000Z" },
        requiredTags: { team: "prices", env: "prod" },
        requiredWorkgroups: twice ? [...workgroups, ...workgroups] : workgroups,
        messageTypes: twice ? [...types, ...types] : types,
      }));
    fc.assert(
      fc.property(shuffled, (again) => {
        expect(termsText(completeTerms(again))).toBe(termsText(completeTerms(said)));
      }),
    );
  });

  test("written out or left out, a default is the same", () => {
    expect(termsText(completeTerms({ maxEnvelopes: 1_000, observe: null }))).toBe(termsText(defaultTerms));
  });

  test("any other term is another digest", () => {
    const texts = [
      {},
      said,
      { ...said, maxEnvelopes: 6 },
      { ...said, requiredTags: { env: "prod" } },
      { ...said, messageTypes: [...messageTypes.slice(1)] },
      { ...said, observe: null },
    ].map((one) => termsText(completeTerms(one)));
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe("ceilings [CON-2]", () => {
  test("are those of the table", () => {
    expect(ceilings).toEqual({
      maxDurationSeconds: 7 * day,
      maxEnvelopes: 1_000_000,
      "maxEnvelopesBySide.consumer": 1_000_000,
      "maxEnvelopesBySide.provider": 1_000_000,
      maxEnvelopeBytes: 1_048_576,
      maxTotalBytes: 1_073_741_824,
      maxEnvelopesPerMinute: 6_000,
      idleTimeoutSeconds: day,
      maxConcurrentSessions: 1_000,
      minAgentAgeDays: 3_650,
      proposalTimeoutSeconds: 7 * day,
      joinTimeoutSeconds: 7 * day,
      resumeGraceSeconds: 3_600,
      absenceSeconds: 7 * day,
      violationsAllowed: 10,
      "payloadRetention.days": 365,
    });
  });

  test("are on every term that is a number, and the default terms are below all", () => {
    const values = valuesUnderCeilings(defaultTerms);
    const numbers = Object.entries(defaultTerms).flatMap(([term, value]) =>
      typeof value === "number" ? [term] : [],
    );
    expect(Object.keys(ceilings)).toEqual(expect.arrayContaining(numbers));
    for (const [name, ceiling] of Object.entries(ceilings)) {
      expect(values[name as keyof typeof ceilings]).toBeLessThanOrEqual(ceiling);
    }
  });

  test("look at each side, and at days where payloads are kept for days", () => {
    const terms: Terms = {
      ...defaultTerms,
      maxEnvelopesBySide: { consumer: 3, provider: 4 },
      payloadRetention: { days: 5 },
    };
    expect(valuesUnderCeilings(terms)).toMatchObject({
      "maxEnvelopesBySide.consumer": 3,
      "maxEnvelopesBySide.provider": 4,
      "payloadRetention.days": 5,
    });
    expect(valuesUnderCeilings(defaultTerms)["payloadRetention.days"]).toBe(0);
  });
});

test.each([
  [{}, {}, []],
  [{}, { env: "prod" }, []],
  [{ env: "prod" }, { env: "prod", team: "a" }, []],
  [{ env: "prod" }, { env: "test" }, ["env"]],
  [{ env: "prod", team: "a" }, {}, ["env", "team"]],
  [{ toString: "x" }, {}, ["toString"]],
])("of the tags %j, an agent with %j lacks %j", (required, stated, lacking) => {
  expect(lacksTags(required, stated as Record<string, string>)).toEqual(lacking);
});
