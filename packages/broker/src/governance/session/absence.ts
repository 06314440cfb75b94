/**
 * Absence: a session that is active and whose holder does not come back ends by that alone. Only the timer judges it:
 * who is late by it gains nothing, since what the others decide meanwhile is decided as if the holder were there, and
 * so its end is written with the time at which the timer came [SES-24].
 */
import type { SideName } from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { SessionRecord, SideRecord } from "../engagement-entities.js";
import type { HeldSide } from "../engagement-lookups.js";
import type { Millis } from "../entities.js";

export interface Lost {
  readonly reason: `${SideName}_lost`;
  readonly at: Millis;
}

type Open = Pick<SessionRecord, "session" | SideName>;

/** The holder that will have been, or was, away for too long first, if none of them comes back. */
export function lostFirst({ session: { life, terms }, consumer, provider }: Open): Lost | undefined {
  if (life.state !== "active") return undefined;
  const lostAt = ({ side, connection }: SideRecord): Millis =>
    side.joinedAt !== null && connection?.state === "closed"
      ? Math.max(connection.changedAt, life.activeAt) + terms.absenceSeconds * 1_000
      : Number.POSITIVE_INFINITY;
  const [mine, theirs] = [lostAt(consumer), lostAt(provider)];
  const at = Math.min(mine, theirs);
  if (at === Number.POSITIVE_INFINITY) return undefined;
  return { at, reason: mine <= theirs ? "consumer_lost" : "provider_lost" };
}

/** Whose holder leaves at that time: looked at when it will have been away for too long, unless it is looked at before. */
export function lookedAtSooner(sides: readonly HeldSide[], leftAt: Millis): readonly WorkingChange[] {
  return sides.flatMap(({ session, state, absenceSeconds, dueAt: before }): WorkingChange[] => {
    const dueAt = leftAt + absenceSeconds * 1_000;
    if (state !== "active" || (before !== null && before <= dueAt)) return [];
    return [{ do: "put", table: "deadlines", row: { kind: "session.expire", subject: session, dueAt } }];
  });
}
