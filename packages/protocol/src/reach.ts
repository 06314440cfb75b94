/** What an agent could do and reach, as the broker shows it to the agent's own organisation. */
import { z } from "zod";
import { wouldRefuseSchema } from "./engagement-resources.js";
import { idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { problemSchema } from "./problem.js";
import { thumbprintSchema } from "./statements.js";
import { termsSchema } from "./terms.js";
import { capabilityNameSchema, messageTypeLike, workgroupAddressSchema } from "./text.js";
import { timeSchema } from "./time.js";

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
