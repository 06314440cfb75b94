/**
 * The chain of a stream: how a fact becomes the bytes that are hashed, how each names the one before it, and how
 * anybody who holds a head finds every change below it. Also the running hash over all facts in order.
 */
import { hash } from "node:crypto";
import { canonicalJson, type Json } from "@parley/protocol";
import type { NewFact } from "../governance/fact.js";
import type { Skeleton, StoredFact, StreamHead } from "./stored-fact.js";

/** Thirty-two zero bytes: what stands before the first fact of a stream, and before the first fact of all. */
export const noHash = "A".repeat(43);

/** Keeps a running hash from ever being taken for the hash of a skeleton, which begins with a brace. */
const runningPrefix = "parley.running.v1:";

const digest = (text: string): string => hash("sha256", text, "base64url");

export const emptyStream = (stream: string): StreamHead => ({ stream, position: 0, hash: noHash });

export const headOf = ({ skeleton: { stream, position }, hash }: StoredFact): StreamHead => ({
  stream,
  position,
  hash,
});

/** R(n) = SHA-256 of the prefix, R(n-1) and the hash of the n-th fact, both as text of 43 characters. */
export const runningAfter = (running: string, factHash: string): string =>
  digest(`${runningPrefix}${running}${factHash}`);

// Interfaces have no index signature, so the compiler cannot see that these are plain JSON.
const spell = (value: object): string => canonicalJson(value as unknown as Json);

/** The fact that follows `head` in its stream [REC-1]. */
export function makeFact(fact: NewFact, head: StreamHead, ordinal: number, at: number): StoredFact {
  const contentText = spell(fact.content);
  // In the order in which it is spelled.
  const skeleton: Skeleton = {
    at,
    contentDigest: digest(contentText),
    kind: fact.kind,
    position: head.position + 1,
    previous: head.hash,
    stream: fact.stream,
    v: 1,
  };
  const skeletonText = spell(skeleton);
  return { ordinal, skeleton, skeletonText, hash: digest(skeletonText), contentText };
}

export type ChainFlaw = "stream" | "position" | "previous" | "skeleton" | "hash" | "content" | "head";

/** What is wrong with a fact as the next one after `head`; undefined if nothing is. */
export function flawOf(fact: StoredFact, head: StreamHead): ChainFlaw | undefined {
  const { skeleton, skeletonText, contentText } = fact;
  if (skeleton.stream !== head.stream) return "stream";
  if (skeleton.position !== head.position + 1) return "position";
  if (skeleton.previous !== head.hash) return "previous";
  if (spell(skeleton) !== skeletonText) return "skeleton";
  if (digest(skeletonText) !== fact.hash) return "hash";
  if (contentText !== null && digest(contentText) !== skeleton.contentDigest) return "content";
  return undefined;
}

export interface BrokenChain {
  /** Where the first flaw was found. */
  readonly position: number;
  readonly flaw: ChainFlaw;
}

/**
 * Whether these facts, in the order given, are all that lies between `after` (exclusive; the stream's beginning if not
 * given) and `head` (inclusive), unchanged. Without a trusted head a truncated stream would look whole.
 */
export function verifyStream(
  facts: Iterable<StoredFact>,
  head: StreamHead,
  after: StreamHead = emptyStream(head.stream),
): BrokenChain | undefined {
  let last = after;
  for (const fact of facts) {
    const flaw = flawOf(fact, last);
    if (flaw) return { position: last.position + 1, flaw };
    last = headOf(fact);
  }
  const whole = last.position === head.position && last.hash === head.hash && last.stream === head.stream;
  return whole ? undefined : { position: last.position, flaw: "head" };
}
