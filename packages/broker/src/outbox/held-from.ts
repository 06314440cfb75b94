/** From where a side of a session is served to the connection that has joined it. */
import type { Credit, SessionId, SideName } from "@parley/protocol";

export interface HeldFrom {
  readonly session: SessionId;
  /** The side that is held. */
  readonly side: SideName;
  /** What is delivered begins after this one. */
  readonly after: number;
  /** What there is of it already. */
  readonly upTo: number;
  /** What may have been handed out before. */
  readonly handed: number;
  readonly sendUpTo: Credit;
  /** The session has closed: nothing comes beyond `upTo`. */
  readonly isClosed: boolean;
}
