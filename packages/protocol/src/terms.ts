/**
 * Terms of engagement: what may stand in a contract version, what is written in where nothing is said, and how high
 * each may be. The digest of a version covers the complete terms in their canonical spelling [CON-1].
 */
import { z } from "zod";
import { canonicalJson, type Json } from "./canonical.js";
import { type ContractId, encodeId, idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { messageTypePatternSchema, metadataValueSchema, type Tags, tagKeySchema } from "./text.js";
import { timeSchema } from "./time.js";

export const acceptanceSchema = z.enum(["open", "provider", "operator"]);
export type Acceptance = z.infer<typeof acceptanceSchema>;

/** The terms that a version may try out: never time, rate, ceilings, identity or membership. */
export const observableTerms = [
  "messageTypes",
  "maxEnvelopes",
  "maxEnvelopesBySide",
  "maxEnvelopeBytes",
  "maxTotalBytes",
  "requiredTags",
] as const;
export type ObservableTerm = (typeof observableTerms)[number];

const atLeast = (min: number) => z.int().min(min).max(Number.MAX_SAFE_INTEGER);
const messageType = z.strictObject({
  type: messageTypePatternSchema,
  from: z.enum(["consumer", "provider", "either"]),
});
const observe = z.strictObject({
  until: timeSchema,
  terms: z.array(z.enum(observableTerms)).min(1).max(observableTerms.length),
});

/** Complete: nothing is left to a default that might change. */
export const termsSchema = z.strictObject({
  maxDurationSeconds: atLeast(1),
  maxEnvelopes: atLeast(0),
  maxEnvelopesBySide: z.strictObject({ consumer: atLeast(0), provider: atLeast(0) }),
  maxEnvelopeBytes: atLeast(1),
  maxTotalBytes: atLeast(0),
  maxEnvelopesPerMinute: atLeast(1),
  idleTimeoutSeconds: atLeast(1),
  /** Empty means that nothing may be sent. */
  messageTypes: z.array(messageType).max(limits.messageTypesPerContract),
  requiredWorkgroups: z.array(idSchema("workgroup")).max(limits.requiredWorkgroupsPerContract),
  requiredTags: z
    .record(tagKeySchema, metadataValueSchema)
    .refine((tags) => Object.keys(tags).length <= limits.tagsPerAgent, `at most ${limits.tagsPerAgent} tags`),
  minAgentAgeDays: atLeast(0),
  maxConcurrentSessions: atLeast(1),
  acceptance: acceptanceSchema,
  proposalTimeoutSeconds: atLeast(1),
  joinTimeoutSeconds: atLeast(1),
  resumeGraceSeconds: atLeast(0),
  absenceSeconds: atLeast(1),
  violationsAllowed: atLeast(0),
  payloadRetention: z.union([
    z.enum(["until_delivered", "until_closed"]),
    z.strictObject({ days: atLeast(1) }),
  ]),
  observe: observe.nullable(),
});
export type Terms = z.infer<typeof termsSchema>;

/** As somebody writes them: what is left out is filled in. */
export const termsRequest = termsSchema.partial();
export type TermsRequest = z.infer<typeof termsRequest>;

const day = 86_400;

/** [CON-2] How high a term may be on this broker. */
export const ceilings = {
  maxDurationSeconds: 7 * day,
  maxEnvelopes: 1_000_000,
  "maxEnvelopesBySide.consumer": 1_000_000,
  "maxEnvelopesBySide.provider": 1_000_000,
  maxEnvelopeBytes: 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
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
} as const;
export type Ceiling = keyof typeof ceilings;

/** What terms say where a ceiling is. */
export function valuesUnderCeilings(terms: Terms): Readonly<Record<Ceiling, number>> {
  const { payloadRetention, maxEnvelopesBySide } = terms;
  return {
    ...terms,
    "maxEnvelopesBySide.consumer": maxEnvelopesBySide.consumer,
    "maxEnvelopesBySide.provider": maxEnvelopesBySide.provider,
    "payloadRetention.days": typeof payloadRetention === "object" ? payloadRetention.days : 0,
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const each = <T>(items: readonly T[], text: (item: T) => string): T[] =>
  [...new Map(items.map((item) => [text(item), item])).entries()]
    .sort(([a], [b]) => byText(a, b))
    .map(([, item]) => item);

/** [CON-3] Writes every absent term in, and says the same thing always in the same order. */
export function completeTerms(said: TermsRequest): Terms {
  const acceptance = said.acceptance ?? "provider";
  const maxEnvelopes = said.maxEnvelopes ?? 1_000;
  return {
    maxDurationSeconds: said.maxDurationSeconds ?? 3_600,
    maxEnvelopes,
    maxEnvelopesBySide: said.maxEnvelopesBySide ?? { consumer: maxEnvelopes, provider: maxEnvelopes },
    maxEnvelopeBytes: said.maxEnvelopeBytes ?? 64 * 1024,
    maxTotalBytes: said.maxTotalBytes ?? 16 * 1024 * 1024,
    maxEnvelopesPerMinute: said.maxEnvelopesPerMinute ?? 600,
    idleTimeoutSeconds: said.idleTimeoutSeconds ?? 600,
    messageTypes: each(
      said.messageTypes ?? [{ type: "*", from: "either" }],
      ({ type, from }) => `${type} ${from}`,
    ),
    requiredWorkgroups: each(said.requiredWorkgroups ?? [], (id) => id),
    requiredTags: said.requiredTags ?? {},
    minAgentAgeDays: said.minAgentAgeDays ?? 0,
    maxConcurrentSessions: said.maxConcurrentSessions ?? 8,
    acceptance,
    proposalTimeoutSeconds: said.proposalTimeoutSeconds ?? (acceptance === "operator" ? day : 60),
    joinTimeoutSeconds: said.joinTimeoutSeconds ?? (acceptance === "open" ? day : 60),
    resumeGraceSeconds: said.resumeGraceSeconds ?? 30,
    absenceSeconds: said.absenceSeconds ?? day,
    violationsAllowed: said.violationsAllowed ?? 0,
    payloadRetention: said.payloadRetention ?? "until_delivered",
    observe: said.observe ? { until: said.observe.until, terms: observedIn(said, said.observe.terms) } : null,
  };
}

/** [CON-7] What is written in for the sides follows from what is tried out, and binds no more than that does. */
function observedIn(
  { maxEnvelopesBySide }: TermsRequest,
  terms: readonly ObservableTerm[],
): ObservableTerm[] {
  const follows = maxEnvelopesBySide === undefined && terms.includes("maxEnvelopes");
  return each(follows ? [...terms, "maxEnvelopesBySide"] : terms, (term) => term);
}

/** The bytes of which the digest is the SHA-256. */
export const termsText = (terms: Terms): string => canonicalJson(terms as unknown as Json);

/** The broker's own contract: it binds where an advertisement names none. One version, the same on every broker. */
export const defaultContract: ContractId = encodeId("contract", new Uint8Array(16));
export const defaultContractName = "default";
export const defaultTerms: Terms = completeTerms({});
export const defaultTermsDigest = "RrV8kb7DunHbzhFjdZsiboTdoHpG8k3RQWiKdmFR5N4";

/** What an agent's organisation states of it, against what terms require. */
export const lacksTags = (required: Tags, stated: Tags): readonly string[] =>
  Object.entries(required)
    .filter(([key, value]) => !Object.hasOwn(stated, key) || stated[key] !== value)
    .map(([key]) => key);
