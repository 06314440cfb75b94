/** How a session ended, as it is told and as it is thrown to who waited for something else. */
import { isHardEnding, type SessionView } from "@parley/protocol";

/** Why a session closed, by which term, and whose doing it was. */
export type SessionClosed = NonNullable<SessionView["closed"]>;

/** The session closed before it became what somebody waited for. No refusal: the broker did nothing but tell. */
export class SessionEnded extends Error {
  override readonly name: string = "SessionEnded";
  /** Which one. */
  readonly session: SessionView["id"];
  /** Why: `rejected`, `withdrawn`, `proposal_expired` … */
  readonly reason: SessionClosed["reason"];
  /** What the one who ended it had to say. */
  readonly detail: string | undefined;

  constructor(session: SessionView["id"], { reason, detail }: Pick<SessionClosed, "reason" | "detail">) {
    super(`the session ended: ${reason}${detail === null ? "" : ` (${detail})`}`);
    this.session = session;
    this.reason = reason;
    this.detail = detail ?? undefined;
  }
}

/**
 * It was cut: what the other side had sent and was not given out yet never is. Otherwise a session ends gently, and all
 * of that still comes [SES-12].
 */
export class SessionCut extends SessionEnded {
  override readonly name = "SessionCut";
}

export const endedBy = (
  session: SessionView["id"],
  closed: Pick<SessionClosed, "reason" | "detail">,
): SessionEnded =>
  isHardEnding(closed.reason) ? new SessionCut(session, closed) : new SessionEnded(session, closed);
