/**
 * A session as people read it afterwards, or while it goes on: what has happened in it, in order [API-17]. Of an envelope
 * the outside alone: its payload is not known here.
 */
import { z } from "zod";
import { sessionEndings, sideSchema, wouldRefuseSchema } from "./engagement-resources.js";
import { idSchema } from "./ids.js";
import { pageQuery } from "./requests.js";
import { thumbprintSchema } from "./statements.js";
import { observableTerms } from "./terms.js";
import { timeSchema } from "./time.js";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instance = idSchema("instance");
/** Who did it, the broker included. */
const by = z.union([idSchema("operator"), instance, z.literal("broker")]);
const wouldRefuse = z.array(wouldRefuseSchema);

/** The outside of one envelope that was accepted. */
export const transcriptEnvelopeSchema = z.object({
  /** Who sent it, to the other side. */
  side: sideSchema,
  instance,
  n: count.min(1),
  seq: count.min(1),
  id: idSchema("envelope"),
  type: z.string(),
  /** All that its sender says outside the payload. */
  header: z.record(z.string(), z.string()),
  /** Of header and payload: what the terms count. */
  bytes: count,
  /** SHA-256 of the payload. */
  payload: thumbprintSchema,
  payloadBytes: count,
  wouldRefuse,
});

const last = z.object({ accepted: count, handed: count, acknowledged: count });

const proposed = z.object({
  instance,
  workgroup: idSchema("workgroup"),
  advertisement: idSchema("advertisement"),
  capability: z.string(),
  contract: idSchema("contract"),
  termsDigest: thumbprintSchema,
  purpose: z.string().nullable(),
  wouldRefuse,
});
const accepted = z.object({ by, instance: instance.nullable(), wouldRefuse });
const joined = z.object({ side: sideSchema, instance });
/** A sibling has taken the side of one that had left it. */
const handedOver = z.object({ side: sideSchema, from: instance, to: instance });
const activated = z.object({ deadline: timeSchema });
const violated = z.object({
  side: sideSchema,
  instance,
  envelope: idSchema("envelope"),
  rule: z.enum(observableTerms),
  limit: z.number().nullable(),
  used: z.number().nullable(),
  /** Of this side, with it. */
  violations: count,
});
const closed = z.object({
  by,
  reason: z.enum(sessionEndings),
  detail: z.string().nullable(),
  side: sideSchema.nullable(),
  rule: z.string().nullable(),
  limit: z.number().nullable(),
  used: z.number().nullable(),
  /** Of what each side had sent, the last that was accepted, handed out, acknowledged. */
  sides: z.object({ consumer: last, provider: last }),
});

const item = <K extends string, C extends z.ZodType>(kind: K, content: C) =>
  z.object({
    /** In the session's chain; all envelopes of one segment have that of the segment. */
    position: count.min(1),
    at: timeSchema,
    kind: z.literal(kind),
    /** Null once the record has let go of it. */
    content: content.nullable(),
  });

export const transcriptItemSchema = z.discriminatedUnion("kind", [
  item("session.proposed", proposed),
  item("session.accepted", accepted),
  item("session.joined", joined),
  item("session.handed-over", handedOver),
  item("session.activated", activated),
  item("session.sent", transcriptEnvelopeSchema),
  item("session.violated", violated),
  item("session.closed", closed),
]);
export type TranscriptItem = z.infer<typeof transcriptItemSchema>;

export const transcriptQuery = pageQuery.extend({
  /** Only what stands after this position of the chain. */
  after: z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,14})$/, "expected a position of the chain")
    .transform(Number)
    .optional(),
});
