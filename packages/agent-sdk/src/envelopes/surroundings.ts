/** What the sessions of an agent share, and whom each tells what it needs. */
import type { Link } from "../link.js";
import type { EnvelopeIds } from "./envelope-ids.js";
import type { Outflow, Source } from "./outflow.js";

export interface Surroundings {
  readonly link: Link;
  readonly outflow: Outflow;
  readonly ids: EnvelopeIds;
  /** This side is to be joined, although it may have been over this connection. */
  joinAgain(source: Source): void;
  /** Somebody waits for what comes: it is to be followed. */
  follow(source: Source): void;
  /** Something is settled: it may be that nothing will happen to it any more. */
  settled(source: Source): void;
}
