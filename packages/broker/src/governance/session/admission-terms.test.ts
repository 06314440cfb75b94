import { completeTerms, isHardEnding, type Terms } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { acme, agentRow, day, idOf, now, scout } from "../testing/cast.js";
import { type Applicant, statedOf, unmet, wouldRefuse } from "./admission-terms.js";

const wkg = idOf("workgroup", 7);
const agent = { ...agentRow(scout, acme, "scout"), createdAt: now - 3 * day, tags: { env: "prod" } };
const applicant: Applicant = { agent, memberOf: [], sessions: 2 };
const until = new Date(now + 1_000).toISOString();

test("what is stated is what its organisation says of the tags that are required, and of no others [SES-18]", () => {
  const requiredTags = { env: "test", region: "eu", constructor: "x" };
  const stated = statedOf(completeTerms({ requiredTags }), { tags: { env: "prod", team: "secret" } });
  expect(stated).toEqual({ env: "prod" });
});

describe("terms of admission [SES-16]", () => {
  const rows: readonly (readonly [string, Partial<Terms>, Partial<Applicant>, object | undefined])[] = [
    ["no terms", {}, {}, undefined],
    ["the tag with its value", { requiredTags: { env: "prod" } }, {}, undefined],
    [
      "the tag with another value",
      { requiredTags: { env: "test" } },
      {},
      { rule: "requiredTags", detail: "env" },
    ],
    ["two that lack", { requiredTags: { z: "1", a: "1" } }, {}, { rule: "requiredTags", detail: "a, z" }],
    ["what every object has is no tag", { requiredTags: { constructor: "x" } }, {}, { rule: "requiredTags" }],
    ["old enough to the day", { minAgentAgeDays: 3 }, {}, undefined],
    ["a day too young", { minAgentAgeDays: 4 }, {}, { rule: "minAgentAgeDays", limit: 4, used: 3 }],
    ["in the workgroup", { requiredWorkgroups: [wkg] }, { memberOf: [wkg] }, undefined],
    ["not in it", { requiredWorkgroups: [wkg] }, {}, { rule: "requiredWorkgroups", limit: 1, used: 0 }],
    ["one more session", { maxConcurrentSessions: 3 }, {}, undefined],
    ["no more", { maxConcurrentSessions: 2 }, {}, { rule: "maxConcurrentSessions", limit: 2, used: 2 }],
    [
      "of several the first",
      { minAgentAgeDays: 9, maxConcurrentSessions: 1 },
      {},
      { rule: "minAgentAgeDays" },
    ],
  ];
  test.each(rows)("%s", (_name, terms, more, refusal) => {
    const found = unmet(completeTerms(terms), { ...applicant, ...more }, now);
    if (refusal === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ code: "contract.unmet", ...refusal });
  });
});

describe("tags that are tried out [SES-17]", () => {
  const tried = completeTerms({
    requiredTags: { region: "eu" },
    observe: { until, terms: ["requiredTags"] },
  });
  test("are marked until the observation ends, and refused from then on", () => {
    expect([
      unmet(tried, applicant, now + 999),
      wouldRefuse(tried, applicant, "proposal", now + 999),
    ]).toEqual([undefined, [{ rule: "requiredTags", at: "proposal", detail: "region" }]]);
    expect([
      unmet(tried, applicant, now + 1_000)?.rule,
      wouldRefuse(tried, applicant, "proposal", now + 1_000),
    ]).toEqual(["requiredTags", []]);
  });

  test("mark nobody who has them, and let nothing else through", () => {
    const fits = { ...applicant, agent: { ...agent, tags: { region: "eu" } } };
    expect(wouldRefuse(tried, fits, "proposal", now)).toEqual([]);
    expect(unmet({ ...tried, minAgentAgeDays: 9 }, applicant, now)?.rule).toBe("minAgentAgeDays");
  });
});

test.each([
  ["operator_closed", true],
  ["identity_revoked", true],
  ["join_timeout", true],
  ["completed_by_consumer", false],
  ["duration_reached", false],
  ["contract_violation", false],
] as const)("%s cuts at once: %s [SES-12]", (reason, cuts) => expect(isHardEnding(reason)).toBe(cuts));
