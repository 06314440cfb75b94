/**
 * How a fact of a session's chain is spelled before it is hashed, so that each side computes the chain along the way: the
 * skeleton of any fact, and the content of what was sent [ENV-7]. The keys stand in the order of RFC 8785 [REC-1].
 */
import type { WouldRefuse } from "./engagement-resources.js";

/** One envelope, as the fact that it was accepted has it. */
export interface SentEntry {
  readonly id: string;
  /** As it was sent, character for character. */
  readonly header: string;
  /** SHA-256 of the payload. */
  readonly payload: string;
  readonly payloadBytes: number;
  readonly stray?: true | undefined;
  readonly wouldRefuse?: readonly WouldRefuse[] | undefined;
}

/** What one side has sent within one commit. */
export interface SentContent {
  readonly session: string;
  readonly side: string;
  readonly instance: string;
  readonly cause: string;
  /** Of the first. */
  readonly n: number;
  readonly seq: number;
  /** Bytes of this side, with it. */
  readonly sent: number;
  readonly entries: readonly SentEntry[];
}

export interface FactSkeleton {
  readonly stream: string;
  readonly position: number;
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly contentDigest: string;
  readonly previous: string;
}

export const sentKind = "session.sent";
export const chainOf = (session: string): string => `session:${session}`;

/** The canonical content of the fact: what its `contentDigest` is of. */
export function sentText({ session, side, instance, cause, n, seq, sent, entries }: SentContent): string {
  const data = { entries: entries.map(entryOf), instance, n, sent, seq, session, side };
  return JSON.stringify({ actor: instance, cause, data, subject: session });
}

const entryOf = ({ header, id, payload, payloadBytes, stray, wouldRefuse }: SentEntry) => {
  const entry = { header, id, payload, payloadBytes };
  if (stray === undefined && wouldRefuse === undefined) return entry;
  // What is undefined is not spelled.
  return { ...entry, stray, wouldRefuse: wouldRefuse?.map(markOf) };
};

const markOf = ({ at, detail, limit, rule, used }: WouldRefuse) => ({ at, detail, limit, rule, used });

/** The canonical skeleton: what the hash of the fact is of. */
export const skeletonText = ({ at, contentDigest, kind, position, previous, stream }: FactSkeleton): string =>
  JSON.stringify({ at, contentDigest, kind, position, previous, stream, v: 1 });
