/** What an agent could do and reach, as the broker shows it to the agent's own organisation. */
import { z } from "zod";
import { sessionStateSchema, sideSchema, wouldRefuseSchema } from "./engagement-resources.js";
import { idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { problemSchema } from "./problem.js";
import { pageQuery } from "./requests.js";
import { standingSchema } from "./resources.js";
import { thumbprintSchema } from "./statements.js";
import { termsSchema } from "./terms.js";
import { capabilityNameSchema, messageTypeLike, workgroupAddressSchema } from "./text.js";
import { momentSchema, timeSchema } from "./time.js";
import { namedAgentSchema, namedOrganisationSchema } from "./workgroup-resources.js";

/** An id as it is typed: what names nothing is not found, not malformed. */
const typedId = z.string().min(1).max(64);

export const explainQuery = z.strictObject({
  advertisement: typedId,
  /** Where it is not said: one in which the agent sees the advertisement. */
  workgroup: workgroupAddressSchema.optional(),
  /** Where it is not said: the first that is offered. */
  capability: capabilityNameSchema.optional(),
  /** Where it is not said: that of the terms which are offered. */
  termsDigest: thumbprintSchema.optional(),
  /** Of a message that the agent would send. */
  type: z
    .string()
    .max(limits.capabilityLengthMax)
    .regex(messageTypeLike, "expected a message type, dotted, in lower case")
    .optional(),
  /** Which of the agent's instances would propose. */
  instance: typedId.optional(),
});
export type ExplainQuery = z.infer<typeof explainQuery>;

/** A no within an answer. */
export const refusalSchema = problemSchema.omit({ type: true, title: true, status: true, issues: true });

export const checkOutcomes = ["passed", "refused", "not-made"] as const;

export const explanationSchema = z.object({
  agent: idSchema("agent"),
  at: timeSchema,
  /** Whether every check lets it through. */
  allowed: z.boolean(),
  /** Of the first check that does not. */
  refusal: refusalSchema.nullable(),
  /** What was judged; null where the agent sees no such advertisement. */
  offer: z
    .object({
      advertisement: idSchema("advertisement"),
      workgroup: idSchema("workgroup"),
      /** Null where it does not offer what was asked for. */
      capability: z.string().nullable(),
      termsDigest: thumbprintSchema,
      terms: termsSchema,
    })
    .nullable(),
  /** All of them, in the order in which they are made; those after one that refuses are not. */
  checks: z.array(
    z.object({
      of: z.enum(["session.propose", "envelopes.send"]),
      check: z.string(),
      outcome: z.enum(checkOutcomes),
      refusal: refusalSchema.nullable(),
    }),
  ),
  /** What terms on trial would have refused. */
  wouldRefuse: z.array(wouldRefuseSchema),
});
export type ExplanationView = z.infer<typeof explanationSchema>;

export const blastRadiusQuery = pageQuery.extend({
  /** The moment that is asked about; where it is not said, now. */
  at: momentSchema.optional(),
  /** Only what is reached there. */
  workgroup: typedId.optional(),
});
export type BlastRadiusQuery = z.infer<typeof blastRadiusQuery>;

const addressed = z.object({ id: idSchema("workgroup"), address: z.string() });
const rights = { offer: z.boolean(), engage: z.boolean() };

/** A workgroup that the agent is in, and by what. */
const reachedWorkgroupSchema = z.object({
  kind: z.literal("workgroup"),
  workgroup: addressed,
  ...rights,
  since: timeSchema,
  /** What it was given by name. */
  named: z.object(rights).nullable(),
  /** Those whose tags it has, with the tags. */
  selectors: z.array(
    z.object({ id: idSchema("selector"), tags: z.record(z.string(), z.string()), ...rights }),
  ),
  organisations: z.array(namedOrganisationSchema),
});

/** Another agent that it sees in a workgroup. */
const reachedAgentSchema = z.object({
  kind: z.literal("agent"),
  workgroup: addressed,
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  ...rights,
});

/** An advertisement that it sees in a workgroup, and whether its contract would take the agent. */
const reachedOfferSchema = z.object({
  kind: z.literal("offer"),
  advertisement: z.object({ id: idSchema("advertisement"), name: z.string() }),
  workgroup: addressed,
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  capabilities: z.array(z.string()),
  contract: z.object({
    id: idSchema("contract"),
    termsDigest: thumbprintSchema,
    acceptance: termsSchema.shape.acceptance,
    requiredWorkgroups: termsSchema.shape.requiredWorkgroups,
    requiredTags: termsSchema.shape.requiredTags,
    minAgentAgeDays: termsSchema.shape.minAgentAgeDays,
  }),
  admitted: z.boolean(),
  /** What its contract asks of the agent and the agent does not meet. */
  unmet: refusalSchema.nullable(),
});

/** A session that was open. */
const reachedSessionSchema = z.object({
  kind: z.literal("session"),
  session: idSchema("session"),
  /** As it was then, and since when it was so. */
  state: sessionStateSchema.exclude(["closed"]),
  since: timeSchema,
  side: sideSchema,
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  workgroup: idSchema("workgroup"),
  advertisement: idSchema("advertisement"),
  capability: z.string(),
});

/** A fact of which the record keeps no content any more: what it said is not known. */
const forgottenSchema = z.object({
  kind: z.literal("forgotten"),
  stream: z.string(),
  position: z.int(),
  fact: z.string(),
  at: timeSchema,
});

export const reachedSchema = z.discriminatedUnion("kind", [
  reachedWorkgroupSchema,
  reachedAgentSchema,
  reachedOfferSchema,
  reachedSessionSchema,
  forgottenSchema,
]);
export type ReachedView = z.infer<typeof reachedSchema>;

export const blastRadiusSchema = z.object({
  agent: namedAgentSchema,
  at: timeSchema,
  /** Of the agent at that moment; null while it was not there yet. */
  standing: standingSchema.nullable(),
  /** One page: workgroups first, then agents, offers, sessions, and what is not known any more. */
  items: z.array(reachedSchema),
  nextCursor: z.string().nullable(),
});
export type BlastRadiusView = z.infer<typeof blastRadiusSchema>;

/** An agent to which an advertisement is shown in a workgroup, and what the contract asks of whoever engages it. */
export const readerSchema = z.object({
  workgroup: addressed,
  advertisement: z.object({ id: idSchema("advertisement"), name: z.string() }),
  agent: namedAgentSchema,
  organisation: namedOrganisationSchema,
  contract: reachedOfferSchema.shape.contract,
  /** False: it requires a workgroup in which the organisation is not, so it cannot know whether the agent is. */
  certain: z.boolean(),
});
export type ReaderView = z.infer<typeof readerSchema>;

export const readersSchema = z.object({
  agent: namedAgentSchema,
  at: timeSchema,
  standing: standingSchema.nullable(),
  /** How many facts that would have to be read are not known any more. */
  forgotten: z.int(),
  /** One page: workgroup by workgroup, advertisement by advertisement. */
  items: z.array(readerSchema),
  nextCursor: z.string().nullable(),
});
export type ReadersView = z.infer<typeof readersSchema>;
