/** How a session ended, as it is told and as it is thrown to who waited for something else. */
import type { SessionView } from "@parley/protocol";

/** Why a session closed, by which term, and whose doing it was. */
export type SessionClosed = NonNullable<SessionView["closed"]>;

/** The session closed before it became what somebody waited for. No refusal: the broker did nothing but tell. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
  /** Which one. */
  readonly session: SessionView["id"];
  /** Why: `rejected`, `withdrawn`, `proposal_expired` … */
  readonly reason: SessionClosed["reason"];
  /** What the one who ended it had to say. */
  readonly detail: string | undefined;

  constructor(session: SessionView["id"], { reason, detail }: SessionClosed) {
    super(`the session ended: ${reason}${detail === null ? "" : ` (${detail})`}`);
    this.session = session;
    this.reason = reason;
    this.detail = detail ?? undefined;
  }
}
