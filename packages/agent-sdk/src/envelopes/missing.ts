/** What cannot be delivered any more: told where it would have stood, never skipped. */
import type { Missing, SessionId } from "@parley/protocol";
import { ParleyFault } from "../fault.js";

/**
 * Envelopes of the other side that this instance will not get: their payloads are erased, or were handled by another
 * instance. It is thrown where they would have come; a loop that is begun after it goes on behind them.
 */
export class EnvelopesMissing extends ParleyFault {
  override readonly name = "EnvelopesMissing";
  /** In which session. */
  readonly session: SessionId;
  /** The first of them, by `n`. */
  readonly from: number;
  /** The last of them. */
  readonly to: number;
  /** `erased`, or `not-held`: handled while another instance held this side. */
  readonly why: Missing["why"];

  constructor(session: SessionId, { from, to, why }: Missing) {
    super(`envelopes ${from} to ${to} are missing: ${why}`, "never");
    this.session = session;
    this.from = from;
    this.to = to;
    this.why = why;
  }
}
