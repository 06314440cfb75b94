/**
 * What becomes of payloads, said without ever seeing one: a decision names those that its command has brought by their
 * place in it, and those that are kept by the segment they belong to.
 */
import type { SessionId, SideName } from "@parley/protocol";

export interface OfSegment {
  readonly session: SessionId;
  readonly side: SideName;
  /** Of the first envelope of the segment. */
  readonly n: number;
}

export type PayloadChange =
  /** Together, in this order, as one row. */
  | (OfSegment & { readonly do: "keep"; readonly places: readonly number[] })
  | (OfSegment & { readonly do: "erase" })
  /**
   * Of what the row has, `skip` bytes are left out and `length` bytes kept: from then on the first `trimmed` envelopes of
   * the segment are gone, and so are those beyond `count`.
   */
  | (OfSegment & {
      readonly do: "trim";
      readonly trimmed: number;
      readonly count: number;
      readonly skip: number;
      readonly length: number;
    });

/** A row of payloads, without them. */
export interface KeptPayloads extends OfSegment {
  /** Up to which one of the segment there are some. */
  readonly count: number;
  /** How many of the first are gone already. */
  readonly trimmed: number;
}
