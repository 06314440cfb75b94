/** Contracts, advertisements, the catalog and sessions, as the broker shows them. */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { interactionPatterns } from "./signed-content.js";
import { statementSchema, thumbprintSchema } from "./statements.js";
import { observableTerms, termsSchema } from "./terms.js";
import { timeSchema } from "./time.js";
import { namedAgentSchema, namedOrganisationSchema } from "./workgroup-resources.js";

export const contractVersionSchema = z.object({
  contract: idSchema("contract"),
  /** Null for others than its organisation: the digest names the version. */
  number: z.int().nullable(),
  termsDigest: thumbprintSchema,
  terms: termsSchema,
  /** Null for the broker's own default terms. */
  createdAt: timeSchema.nullable(),
});
export type ContractVersionView = z.infer<typeof contractVersionSchema>;

export const contractSchema = z.object({
  id: idSchema("contract"),
  name: z.string(),
  /** Null for the broker's own default terms. */
  organisation: namedOrganisationSchema.nullable(),
  createdAt: timeSchema.nullable(),
  /** The newest that the reader may see: for others than its organisation, one that an advertisement names. */
  latest: contractVersionSchema,
});
export type ContractView = z.infer<typeof contractSchema>;

const trialMoments = ["proposal", "acceptance", "envelope"] as const;

export const wouldRefuseSchema = z.object({
  rule: z.enum(observableTerms),
  /** Where it would have been refused. */
  at: z.enum(trialMoments),
  limit: z.number().optional(),
  used: z.number().optional(),
  detail: z.string().optional(),
});
export type WouldRefuse = z.infer<typeof wouldRefuseSchema>;

/** What terms that are tried out would have refused. */
export const contractReportSchema = z.object({
  contract: idSchema("contract"),
  number: z.int(),
  termsDigest: thumbprintSchema,
  until: timeSchema,
  terms: z.array(z.enum(observableTerms)),
  sessions: z.int(),
  /** Sessions that would not have begun, or would have ended sooner. */
  wouldHaveEnded: z.int(),
  /** Of all of them; what would have broken two rules is in both. */
  byRule: z.array(z.object({ rule: z.enum(observableTerms), sessions: z.int() })),
  /** One page of them, oldest first. */
  items: z.array(
    z.object({
      session: idSchema("session"),
      proposedAt: timeSchema,
      /** Where it would have ended: at the proposal, at the acceptance, or at the n-th envelope. */
      at: z.enum(trialMoments),
      wouldRefuse: z.array(wouldRefuseSchema),
    }),
  ),
  nextCursor: z.string().nullable(),
});
export type ContractReportView = z.infer<typeof contractReportSchema>;

const json = z.record(z.string(), z.unknown());
export const capabilitySchema = z.object({
  name: z.string(),
  description: z.string(),
  requestSchema: json.nullable(),
  responseSchema: json.nullable(),
  metadata: z.record(z.string(), z.string()),
});

const patterns = z.array(z.enum(interactionPatterns));
const offered = {
  name: z.string(),
  description: z.string(),
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  capabilities: z.array(capabilitySchema),
  patterns,
  contract: z.object({ id: idSchema("contract"), termsDigest: thumbprintSchema, terms: termsSchema }),
  publishedAt: timeSchema,
};

export const advertisementSchema = z.object({
  id: idSchema("advertisement"),
  ...offered,
  /** Those in which the reader may see it. */
  workgroups: z.array(z.object({ id: idSchema("workgroup"), address: z.string() })),
  state: z.enum(["active", "retracted"]),
  /** Null for others than its organisation. */
  version: z.int().nullable(),
});
export type AdvertisementView = z.infer<typeof advertisementSchema>;

/** One advertisement in one workgroup: what can be engaged. */
export const catalogItemSchema = z.object({
  advertisement: idSchema("advertisement"),
  ...offered,
  workgroup: z.object({ id: idSchema("workgroup"), address: z.string() }),
  /** An instance of the agent is connected. */
  available: z.boolean(),
});
export type CatalogItemView = z.infer<typeof catalogItemSchema>;

export const sessionStateSchema = z.enum(["proposed", "accepted", "active", "closed"]);
export type SessionState = z.infer<typeof sessionStateSchema>;
export const sideSchema = z.enum(["consumer", "provider"]);
export type SideName = z.infer<typeof sideSchema>;
export const otherSide = (side: SideName): SideName => (side === "consumer" ? "provider" : "consumer");

export const sessionEndings = [
  "completed_by_consumer",
  "completed_by_provider",
  "rejected",
  "withdrawn",
  "proposal_expired",
  "advertisement_retracted",
  "join_timeout",
  "duration_reached",
  "idle_timeout",
  "contract_violation",
  "provider_lost",
  "consumer_lost",
  "membership_removed",
  "organisation_left",
  "workgroup_dissolved",
  "identity_suspended",
  "identity_revoked",
  "operator_closed",
  "record_restored",
] as const;
export type SessionEnding = (typeof sessionEndings)[number];

const hard: ReadonlySet<SessionEnding> = new Set<SessionEnding>([
  "join_timeout",
  "membership_removed",
  "organisation_left",
  "workgroup_dissolved",
  "identity_suspended",
  "identity_revoked",
  "operator_closed",
  "record_restored",
]);
/** Hard ends cut at once; all others let the receiver drain [SES-12]. */
export const isHardEnding = (reason: SessionEnding): boolean => hard.has(reason);

const partySchema = z.object({
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  /** Who proposed or accepted, or holds the side. */
  instance: idSchema("instance").nullable(),
  /** Of the tags that the terms require, what its organisation stated when they were last judged. */
  stated: z.record(z.string(), z.string()),
  joinedAt: timeSchema.nullable(),
  /** What this side has sent: how much was accepted, and how much of it the other side has acknowledged. */
  sent: z.object({ envelopes: z.int(), bytes: z.int(), acknowledged: z.int() }),
});

export const sessionSchema = z.object({
  id: idSchema("session"),
  state: sessionStateSchema,
  proposal: idSchema("proposal"),
  /** SHA-256 of the signed proposal: what an acceptance covers. */
  proposalDigest: thumbprintSchema,
  /** The signed proposal itself, in compact form: who accepts computes the digest of it. */
  proposalStatement: statementSchema,
  /** The signed acceptance. Null until it is accepted, and where the signed advertisement is the acceptance. */
  acceptanceStatement: statementSchema.nullable(),
  workgroup: idSchema("workgroup"),
  advertisement: idSchema("advertisement"),
  capability: z.string(),
  contract: idSchema("contract"),
  termsDigest: thumbprintSchema,
  terms: termsSchema,
  purpose: z.string().nullable(),
  consumer: partySchema,
  provider: partySchema,
  wouldRefuse: z.array(wouldRefuseSchema),
  proposedAt: timeSchema,
  acceptedAt: timeSchema.nullable(),
  activeAt: timeSchema.nullable(),
  closedAt: timeSchema.nullable(),
  /** When it closes by itself, as things stand. */
  closesBy: timeSchema.nullable(),
  closed: z
    .object({
      reason: z.enum(sessionEndings),
      detail: z.string().nullable(),
      side: sideSchema.nullable(),
      rule: z.string().nullable(),
      limit: z.number().nullable(),
      used: z.number().nullable(),
    })
    .nullable(),
});
export type SessionView = z.infer<typeof sessionSchema>;
