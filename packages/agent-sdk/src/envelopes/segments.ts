/**
 * Segments as links of the chain: one that was sent from here, told in an outcome, and one of the other side, put together
 * from what was delivered. Of the latter nothing can be said before its last envelope has come [ENV-7].
 */
import {
  limits,
  type SentEntry,
  type SessionOutcome,
  type Stamp,
  sentKind,
  sentText,
} from "@parley/protocol";
import { digestOf } from "../sha-256.js";
import type { ChainLink } from "./chain.js";
import type { Outgoing } from "./outgoing.js";

type Accepted = SessionOutcome["accepted"][number];

/** Who has sent a segment, and where. */
export interface Author {
  readonly session: string;
  readonly side: string;
  readonly instance: string;
}

const linkOf = (position: number, at: string, content: Parameters<typeof sentText>[0]): ChainLink => ({
  position,
  kind: sentKind,
  at: Date.parse(at),
  contentDigest: digestOf(sentText(content)),
});

/** Undefined where the broker says something else of an envelope than what was sent from here. */
export function sentLink(
  author: Author,
  { position, at, cause, n, seq, sent, envelopes }: Accepted,
  sentAs: (id: Accepted["envelopes"][number]["id"]) => Outgoing | undefined,
): ChainLink | undefined {
  const entries: SentEntry[] = [];
  for (const { id, digest, stray, wouldRefuse } of envelopes) {
    const out = sentAs(id);
    if (out === undefined || digestOf(out.payload) !== digest) return undefined;
    const payloadBytes = out.payload.byteLength;
    entries.push({ id, header: out.header, payload: digest, payloadBytes, stray, wouldRefuse });
  }
  return linkOf(position, at, { ...author, cause, n, seq, sent, entries });
}

/** What has come of a segment of the other side. */
interface Arriving {
  readonly first: Stamp;
  readonly entries: SentEntry[];
}

export class Segments {
  #arriving: Arriving | undefined;
  /** Whether something is missing, so that what comes may begin in the middle of one. */
  #isTorn = false;

  /** Nothing up to this position is looked at: of what has begun there, the rest may not come, or not be looked at. */
  forget(upTo: number): void {
    if (this.#arriving !== undefined && this.#arriving.first.position <= upTo) this.#arriving = undefined;
  }

  /** What comes next may be the rest of one that will never be whole. */
  tear(): void {
    this.#arriving = undefined;
    this.#isTorn = true;
  }

  /**
   * The link, once the last envelope of its segment has come; `fault` where a stamp does not go with those before it, and
   * undefined where there is more to come.
   */
  add(stamp: Stamp, entry: Omit<SentEntry, "stray" | "wouldRefuse">): ChainLink | "fault" | undefined {
    const { segment, n, stray, wouldRefuse } = stamp;
    const index = n - segment.n;
    if (this.#isTorn && index > 0) return undefined;
    this.#isTorn = false;
    if (index === 0 && this.#arriving === undefined) this.#arriving = { first: stamp, entries: [] };
    const arriving = this.#arriving;
    if (arriving === undefined || !goesWith(stamp, arriving)) return "fault";
    arriving.entries.push({ ...entry, stray, wouldRefuse });
    if (index + 1 < segment.count) return undefined;
    this.#arriving = undefined;
    const { session, side, instance, cause, position, at } = stamp;
    const { n: first, seq, sent } = segment;
    return linkOf(position, at, {
      ...{ session, side, instance, cause },
      ...{ n: first, seq, sent, entries: arriving.entries },
    });
  }
}

function goesWith(stamp: Stamp, { first, entries }: Arriving): boolean {
  const { segment, n, seq, position } = stamp;
  const { n: begins, count, sent } = segment;
  const index = n - begins;
  return (
    index === entries.length &&
    index < count &&
    count <= limits.envelopesPerSegment &&
    seq - segment.seq === index &&
    position === first.position &&
    begins === first.segment.n &&
    segment.seq === first.segment.seq &&
    count === first.segment.count &&
    sent === first.segment.sent &&
    stamp.at === first.at &&
    stamp.cause === first.cause &&
    stamp.instance === first.instance
  );
}
