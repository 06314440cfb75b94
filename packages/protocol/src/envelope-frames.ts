/**
 * What is said of envelopes beside their own header and payload: the stamp of one that is delivered, the outcome of what
 * was sent, what was handled, and how far a side may send [ENV-9…ENV-15].
 */
import { z } from "zod";
import { sessionSchema, sessionStateSchema, sideSchema, wouldRefuseSchema } from "./engagement-resources.js";
import { idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { problemSchema } from "./problem.js";
import { thumbprintSchema } from "./statements.js";
import { timeSchema } from "./time.js";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const ordinal = count.min(1);

/** How far a side may send: its envelopes, and all their bytes. */
export const creditSchema = z.object({ n: count, bytes: count });
export type Credit = z.infer<typeof creditSchema>;

/** What the terms leave to a side. Null: they set no bound, because that term is on trial or no time runs yet. */
export const leftSchema = z.object({
  envelopes: count.nullable(),
  bytes: count.nullable(),
  milliseconds: count.nullable(),
});
export type LeftToSend = z.infer<typeof leftSchema>;

export const chainHeadSchema = z.object({ position: count, hash: thumbprintSchema });
export type ChainHead = z.infer<typeof chainHeadSchema>;

/** The fact that an envelope stands in, as far as its envelopes do not say it themselves [ENV-7]. */
export const segmentSchema = z.object({ n: ordinal, seq: ordinal, count: ordinal, sent: count });
const ofFact = { position: ordinal, at: timeSchema, cause: idSchema("command") };
const marks = {
  /** Its id was not greater than all before. */
  stray: z.literal(true).optional(),
  /** What terms on trial would have refused. */
  wouldRefuse: z.array(wouldRefuseSchema).min(1).optional(),
};

/** Set by the broker, beside the header of the sender [ENV-11]. */
export const stampSchema = z.object({
  session: idSchema("session"),
  side: sideSchema,
  instance: idSchema("instance"),
  agent: idSchema("agent"),
  organisation: idSchema("organisation"),
  ...ofFact,
  segment: segmentSchema,
  n: ordinal,
  seq: ordinal,
  /** SHA-256 of the payload. */
  payload: thumbprintSchema,
  /** It may have been handed out before. */
  redelivered: z.literal(true).optional(),
  ...marks,
});
export type Stamp = z.infer<typeof stampSchema>;

const envelope = idSchema("envelope");
const acceptedSchema = z.object({
  ...ofFact,
  ...segmentSchema.omit({ count: true }).shape,
  /** In the order in which they were sent; `digest` is that of the payload. */
  envelopes: z.array(z.object({ id: envelope, digest: thumbprintSchema, ...marks })).min(1),
});
const repeatedSchema = z.object({
  ...{ id: envelope, n: ordinal, seq: ordinal, position: ordinal, at: timeSchema, digest: thumbprintSchema },
});

export const sessionOutcomeSchema = z.object({
  /** As it was named. */
  session: z.string(),
  accepted: z.array(acceptedSchema),
  repeated: z.array(repeatedSchema),
  refused: z.array(z.object({ id: envelope, problem: problemSchema })),
  /** How it stands after; null where there is no such session for who asks. */
  stands: z
    .object({
      state: sessionStateSchema,
      left: leftSchema,
      sendUpTo: creditSchema,
      /** Of the session's chain, where this has made it longer. */
      head: chainHeadSchema.nullable(),
    })
    .nullable(),
});
export type SessionOutcome = z.infer<typeof sessionOutcomeSchema>;

/** The answer to what was sent: once for all that was decided together [ENV-10]. */
export const outcomeFrame = z.object({ sessions: z.array(sessionOutcomeSchema).min(1) });
export type OutcomeFrame = z.infer<typeof outcomeFrame>;

/** Everything of the other side up to `n` has been handled [ENV-13]. */
export const ackFrame = z.strictObject({
  acks: z
    .array(z.strictObject({ session: idSchema("session"), n: ordinal }))
    .min(1)
    .max(limits.joinedSessionsPerConnection),
});
export type AckFrame = z.infer<typeof ackFrame>;

export const missingSchema = z.object({ from: ordinal, to: ordinal, why: z.enum(["erased", "not-held"]) });
export type Missing = z.infer<typeof missingSchema>;

/** A session as who has joined it finds it, and from where its deliveries go on [ENV-14]. */
export const joinedSchema = sessionSchema.extend({
  resume: z.object({
    /** What is delivered begins after this one of the other side's envelopes. */
    after: count,
    /** What cannot be delivered of those that were asked for. */
    missing: z.array(missingSchema),
    /** Of the session's chain, as of this answer. */
    head: chainHeadSchema,
    left: leftSchema,
    sendUpTo: creditSchema,
    /** How many envelopes this side has sent. */
    sent: count,
  }),
});
export type JoinedView = z.infer<typeof joinedSchema>;
