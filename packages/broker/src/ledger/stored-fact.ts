/**
 * A fact as it is kept: a skeleton, for ever, and a content, which may only become null. Hashes are over the skeleton,
 * so a fact whose content is gone still verifies.
 */

/** The canonical spelling of exactly these members is what is hashed. */
export interface Skeleton {
  readonly v: 1;
  readonly stream: string;
  /** 1…n in its stream. */
  readonly position: number;
  readonly kind: string;
  readonly at: number;
  /** SHA-256 of the content's canonical JSON, base64url. */
  readonly contentDigest: string;
  /** The hash of the fact before it in the stream; forty-three `A`s (32 zero bytes) before the first. */
  readonly previous: string;
}

export interface StoredFact {
  /** 1…n over all streams of this store, in the order of appending. Never leaves the broker. */
  readonly ordinal: number;
  readonly skeleton: Skeleton;
  /** The canonical JSON of the skeleton: the bytes that were hashed. */
  readonly skeletonText: string;
  readonly hash: string;
  /** The canonical JSON of the content, or null once it was removed. */
  readonly contentText: string | null;
}

export interface StreamHead {
  readonly stream: string;
  readonly position: number;
  readonly hash: string;
}
