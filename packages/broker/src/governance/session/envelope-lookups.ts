/** What decisions about envelopes need to know, beside their session. */
import type {
  AgentId,
  EnvelopeId,
  InstanceId,
  OrganisationId,
  PrincipalId,
  SessionId,
  SideName,
} from "@parley/protocol";
import type { SessionRecord } from "../engagement-entities.js";
import type { EngagementFacts } from "../engagement-facts.js";
import type { Deadline, Principal } from "../entities.js";
import type { DrainRow, HandledRow, Segment, Tally, WaitingRow } from "./envelope-entities.js";
import type { KeptPayloads } from "./payload-changes.js";

export interface OfSide {
  readonly session: SessionId;
  readonly side: SideName;
}

/** Who receives, and whose agents send. */
export interface OfPair {
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
}

export interface EnvelopeLookups {
  /** As `principal`, for who sends and acknowledges: asked with every envelope, so that an adapter may remember it. */
  readonly speaker: { ask: { id: PrincipalId }; found: Principal | undefined };
  /** As `session`, for the same reason: what an instance holds may be remembered for it, and for nobody else. */
  readonly spokenIn: {
    ask: { organisation: OrganisationId; instance: InstanceId; id: string };
    found: SessionRecord | undefined;
  };
  readonly tally: { ask: OfSide; found: Tally | undefined };
  readonly handled: { ask: OfSide; found: HandledRow | undefined };
  /** The segment that holds a side's n-th envelope. */
  readonly segmentAt: { ask: OfSide & { n: number }; found: Segment | undefined };
  /** The only segment that may hold an id: it is in it, or nowhere. */
  readonly segmentOfId: { ask: OfSide & { id: EnvelopeId }; found: Segment | undefined };
  readonly waiting: { ask: OfPair; found: WaitingRow | undefined };
  /** What that row says, counted from the sessions that are open: where nobody has written it yet, or where it was lost. */
  readonly unhandledBytes: { ask: OfPair; found: number };
  /** The rows of payloads of a side that begin with its envelopes `from` to `to`, oldest first: without them. */
  readonly payloadsIn: {
    ask: OfSide & { from: number; to: number; limit: number };
    found: readonly KeptPayloads[];
  };
  readonly drain: { ask: { session: SessionId }; found: DrainRow | undefined };
  readonly deadline: { ask: { kind: string; subject: string }; found: Deadline | undefined };
  /** What the fact of a segment says; undefined when its content is gone. */
  readonly sentAt: {
    ask: { session: SessionId; position: number };
    found: EngagementFacts["session.sent"] | undefined;
  };
}
