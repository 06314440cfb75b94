/** What the broker says unasked over a socket, and how it answers a call. Events are hints: REST says the same [SOC-20]. */
import { z } from "zod";
import { sessionEndings } from "./engagement-resources.js";
import { creditSchema, missingSchema } from "./envelope-frames.js";
import { idSchema } from "./ids.js";
import { problemSchema } from "./problem.js";
import { factSchema } from "./resources.js";

export const replySchema = z.discriminatedUnion("ok", [
  z.object({ id: z.string(), ok: z.literal(true), result: z.unknown() }),
  z.object({ id: z.string(), ok: z.literal(false), problem: problemSchema }),
]);
export type ReplyFrame = z.infer<typeof replySchema>;

const session = idSchema("session");
export const eventSchema = z.discriminatedUnion("event", [
  /** There is a session that this instance may take. */
  z.object({
    event: z.literal("session.available"),
    session,
    why: z.enum(["proposed", "accepted", "holder-lost", "closed"]),
    capability: z.string(),
  }),
  z.object({ event: z.literal("session.accepted"), session, joined: z.boolean() }),
  z.object({ event: z.literal("session.active"), session }),
  /** `sent`: how many envelopes each side has sent, so that who drains knows when it has all. */
  z.object({
    event: z.literal("session.closed"),
    session,
    reason: z.enum(sessionEndings),
    sent: z.object({ consumer: z.int(), provider: z.int() }),
  }),
  /** What could not be delivered, though it was to be: its payload is not kept any more [ENV-15]. */
  z.object({ event: z.literal("session.missing"), session, missing: missingSchema }),
  /** How far this side may send has grown by much [ENV-12]. */
  z.object({ event: z.literal("credit"), session, sendUpTo: creditSchema }),
  z.object({ event: z.literal("session.fact"), session, fact: factSchema }),
  /** What the broker states of a session that is closed can be read [REC-11]. */
  z.object({ event: z.literal("receipt.ready"), session }),
  z.object({ event: z.literal("catalog.changed"), watch: z.string() }),
  z.object({ event: z.literal("membership.changed"), workgroup: idSchema("workgroup") }),
]);
export type Event = z.infer<typeof eventSchema>;
