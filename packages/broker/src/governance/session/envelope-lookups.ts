/** What decisions about envelopes need to know, beside their session. */
import type { EnvelopeId, SessionId, SideName } from "@parley/protocol";
import type { EngagementFacts } from "../engagement-facts.js";
import type { HandledRow, Segment, Tally } from "./envelope-entities.js";

export interface OfSide {
  readonly session: SessionId;
  readonly side: SideName;
}

export interface EnvelopeLookups {
  readonly tally: { ask: OfSide; found: Tally | undefined };
  readonly handled: { ask: OfSide; found: HandledRow | undefined };
  /** The segment that holds a side's n-th envelope. */
  readonly segmentAt: { ask: OfSide & { n: number }; found: Segment | undefined };
  /** The only segment that may hold an id: it is in it, or nowhere. */
  readonly segmentOfId: { ask: OfSide & { id: EnvelopeId }; found: Segment | undefined };
  /** What the fact of a segment says; undefined when its content is gone. */
  readonly sentAt: {
    ask: { session: SessionId; position: number };
    found: EngagementFacts["session.sent"] | undefined;
  };
}
