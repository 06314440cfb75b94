/** What REST shows of evidence: signed heads of logs, proofs, receipts. Everything in it can be checked offline [EVD-1]. */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { pageQuery } from "./requests.js";
import { factSchema } from "./resources.js";
import { thumbprintSchema } from "./statements.js";
import { timeSchema } from "./time.js";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const hashes = z.array(thumbprintSchema).max(128);

/** The signed head of the reader's own log. */
export const checkpointSchema = z.object({
  origin: z.string(),
  size: count,
  root: thumbprintSchema,
  signedAt: timeSchema,
  /** The whole signed note, to be kept: a history that is rewritten later contradicts it. */
  note: z.string(),
});
export type CheckpointView = z.infer<typeof checkpointSchema>;

/** Null within the first second of the log. */
export const checkpointShownSchema = z.object({ checkpoint: checkpointSchema.nullable() });

/** A number as it is typed. */
const typedCount = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,15})$/, "expected a number of leaves")
  .transform(Number)
  .pipe(count);

/** `leaf` in `size`: that it stands there. `from` and `to`: that the one is the beginning of the other. */
export const proofQuery = z.union([
  z.strictObject({ leaf: typedCount, size: typedCount }),
  z.strictObject({ from: typedCount, to: typedCount }),
]);
export type ProofQuery = z.infer<typeof proofQuery>;

/** RFC 9162: an inclusion proof or a consistency proof, the lowest first. */
export const proofSchema = z.union([
  z.object({ leaf: count, size: count, hash: thumbprintSchema, root: thumbprintSchema, hashes }),
  z.object({
    ...{ from: count, to: count, fromRoot: thumbprintSchema, toRoot: thumbprintSchema },
    hashes,
  }),
]);
export type ProofView = z.infer<typeof proofSchema>;

/** A leaf of a log: the head that a shared stream had at the end of a second. */
export const sharedHeadSchema = z.object({
  hash: thumbprintSchema,
  position: count,
  second: count,
  stream: z.string(),
});

/** What the broker states of a closed session, and where its end stands in the reader's own log. */
export const receiptSchema = z.object({
  session: idSchema("session"),
  madeAt: timeSchema,
  /** A JWS by the broker's receipt key: the same for both organisations. */
  statement: z.string(),
  proof: z.object({
    log: z.string(),
    head: sharedHeadSchema,
    leaf: count,
    size: count,
    hashes,
    /** The first that covers it. */
    checkpoint: z.string(),
  }),
});
export type ReceiptView = z.infer<typeof receiptSchema>;

/** Null while the session is open, and until its end is signed for. */
export const receiptShownSchema = z.object({ receipt: receiptSchema.nullable() });

/** A fact without what it says: enough to follow a session's chain. */
export const linkSchema = factSchema.omit({ content: true });
export const chainQuery = pageQuery;

/** Any spelling of RFC 3339. */
const typedTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** One session, or what happened from the one time on and before the other; in one's own log. */
export const exportQuery = pageQuery
  .extend({
    session: z.string().min(1).max(64).optional(),
    from: typedTime.optional(),
    to: typedTime.optional(),
    /** The size of an older head that it will be held against. */
    against: typedCount.optional(),
  })
  .refine(({ session, from, to }) => session === undefined || (from === undefined && to === undefined), {
    message: "a session is exported whole",
  });

/** One line of a bundle. */
export const exportLineSchema = z.string();
