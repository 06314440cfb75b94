import { describe, expect, test } from "vitest";
import { encodeId } from "./ids.js";
import { limits } from "./limits.js";
import { type TermsRequest, termsRequest } from "./terms.js";

const workgroup = (n: number) => encodeId("workgroup", new Uint8Array(16).fill(n));

describe("terms as they are asked for", () => {
  const accepts = (terms: unknown): boolean => termsRequest.safeParse(terms).success;

  test.each<[string, object]>([
    ["an unknown term", { maxWords: 5 }],
    ["a term of nothing", { maxEnvelopes: null }],
    ["a number as text", { maxEnvelopes: "5" }],
    ["a part of an envelope", { maxEnvelopes: 1.5 }],
    ["less than none", { maxEnvelopes: -1 }],
    ["more than a number holds", { maxEnvelopes: Number.MAX_SAFE_INTEGER + 1 }],
    ["no number", { maxEnvelopes: Number.NaN }],
    ["without end", { maxDurationSeconds: Number.POSITIVE_INFINITY }],
    ["no time at all", { maxDurationSeconds: 0 }],
    ["an envelope of no bytes", { maxEnvelopeBytes: 0 }],
    ["no envelope a minute", { maxEnvelopesPerMinute: 0 }],
    ["no idle time", { idleTimeoutSeconds: 0 }],
    ["no session at a time", { maxConcurrentSessions: 0 }],
    ["no time for an answer", { proposalTimeoutSeconds: 0 }],
    ["no time for joining", { joinTimeoutSeconds: 0 }],
    ["no time for absence", { absenceSeconds: 0 }],
    ["one side only", { maxEnvelopesBySide: { consumer: 1 } }],
    ["a third side", { maxEnvelopesBySide: { consumer: 1, provider: 1, broker: 1 } }],
    ["another acceptance", { acceptance: "platform" }],
    ["a message type in capitals", { messageTypes: [{ type: "Quote", from: "either" }] }],
    ["a message from nobody", { messageTypes: [{ type: "quote" }] }],
    ["a message from the broker", { messageTypes: [{ type: "quote", from: "broker" }] }],
    ["a workgroup by name", { requiredWorkgroups: ["acme/den"] }],
    ["a tag that is no text", { requiredTags: { env: 1 } }],
    ["a tag without a value", { requiredTags: { env: "" } }],
    ["payloads kept for ever", { payloadRetention: "for_ever" }],
    ["payloads kept for no day", { payloadRetention: { days: 0 } }],
    ["trying out nothing", { observe: { until: "2026-02-01T00:00:00.000Z", terms: [] } }],
    ["trying out for ever", { observe: { terms: ["messageTypes"] } }],
    ["trying out until a day", { observe: { until: "2026-02-01", terms: ["messageTypes"] } }],
    ["trying out time", { observe: { until: "2026-02-01T00:00:00.000Z", terms: ["maxDurationSeconds"] } }],
    ["trying out rate", { observe: { until: "2026-02-01T00:00:00.000Z", terms: ["maxEnvelopesPerMinute"] } }],
    [
      "trying out membership",
      { observe: { until: "2026-02-01T00:00:00.000Z", terms: ["requiredWorkgroups"] } },
    ],
  ])("may not have %s", (_title, terms) => {
    expect(accepts(terms)).toBe(false);
  });

  test("may send nothing, and no envelope, and resume at once or not at all", () => {
    expect(accepts({ messageTypes: [], maxEnvelopes: 0, maxTotalBytes: 0, resumeGraceSeconds: 0 })).toBe(
      true,
    );
    expect(accepts({ maxEnvelopesBySide: { consumer: 0, provider: 0 }, violationsAllowed: 0 })).toBe(true);
  });

  test("name as many message types, workgroups and tags as the limits [LIM-1]", () => {
    const { messageTypesPerContract, requiredWorkgroupsPerContract, tagsPerAgent } = limits;
    const edges = (most: number, of: (count: number) => TermsRequest) => [
      accepts(of(most)),
      accepts(of(most + 1)),
    ];
    const types = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ type: `t${n}`, from: "either" }) as const);
    const groups = (count: number) => Array.from({ length: count }, (_, n) => workgroup(n));
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "x"]));
    expect(edges(messageTypesPerContract, (n) => ({ messageTypes: types(n) }))).toEqual([true, false]);
    expect(edges(requiredWorkgroupsPerContract, (n) => ({ requiredWorkgroups: groups(n) }))).toEqual([
      true,
      false,
    ]);
    expect(edges(tagsPerAgent, (n) => ({ requiredTags: tags(n) }))).toEqual([true, false]);
  });
});
