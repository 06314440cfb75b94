/** What is read of envelopes to deliver them, or to show them: segments with what was said and what was sent in them. */
import type { Segment } from "../governance/session/envelope-entities.js";
import type { OfSide } from "../governance/session/envelope-lookups.js";
import type { KeptPayloads } from "../governance/session/payload-changes.js";

/** The payloads of a segment that are still kept: `bytes` begins with that of the first that was not trimmed. */
export interface PayloadRow extends KeptPayloads {
  readonly bytes: Uint8Array;
}

export interface StoredSegment {
  readonly segment: Segment;
  /** The content of its fact, as it was hashed; null when it was removed. */
  readonly contentText: string | null;
  /** Undefined when none of its payloads is kept. */
  readonly payloads: PayloadRow | undefined;
}

export interface EnvelopePages {
  /**
   * The segments of a side that hold its n-th envelope and what comes after it, oldest first: so many of them, and no
   * further than there is room for, but one at least.
   */
  readonly segmentsFrom: {
    ask: OfSide & { n: number; limit: number; bytes: number };
    found: readonly StoredSegment[];
  };
}

/** Reads no further than there is room for. */
export function withinBytes(
  segments: readonly Segment[],
  room: number,
  read: (segment: Segment) => StoredSegment,
): readonly StoredSegment[] {
  const found: StoredSegment[] = [];
  let left = room;
  for (const segment of segments) {
    if (found.length > 0 && left <= 0) break;
    const one = read(segment);
    left -= (one.contentText?.length ?? 0) + (one.payloads?.bytes.byteLength ?? 0);
    found.push(one);
  }
  return found;
}
