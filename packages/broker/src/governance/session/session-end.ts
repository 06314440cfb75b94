/** How a session ends, hard or gently, and the fact that says so: the last of its chain. */
import type { CommandId, PrincipalId, SessionEnding } from "@parley/protocol";
import type { SessionStanding } from "../engagement-commands.js";
import type { Ending, Life } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, sessionStream } from "../fact.js";
import type { Effects } from "../verdict.js";

/** Hard ends cut at once; all others let the receiver drain [SES-12]. */
const hard: ReadonlySet<SessionEnding> = new Set<SessionEnding>([
  "join_timeout",
  "membership_removed",
  "organisation_left",
  "workgroup_dissolved",
  "identity_suspended",
  "identity_revoked",
  "operator_closed",
  "record_restored",
]);
export const isHard = (reason: SessionEnding): boolean => hard.has(reason);

export const endingOf = (
  reason: SessionEnding,
  by: PrincipalId | "broker",
  more: Partial<Ending> = {},
): Ending => ({ reason, by, detail: null, side: null, rule: null, limit: null, used: null, ...more });

export function closedLife(life: Life, ending: Ending, closedAt: Millis): Extract<Life, { state: "closed" }> {
  const accepted = life.state === "accepted" || life.state === "active" ? life : undefined;
  return {
    state: "closed",
    closedAt,
    ending,
    acceptedAt: accepted?.acceptedAt ?? null,
    acceptedBy: accepted?.acceptedBy ?? null,
    activeAt: life.state === "active" ? life.activeAt : null,
  };
}

/** [SES-15] The last fact of the chain, and no deadline after it. What is over was over before somebody came to write so. */
export function closeStanding(
  { session, consumer, provider }: SessionStanding,
  ending: Ending,
  because: { readonly id: CommandId },
  closedAt: Millis,
): SessionStanding & Pick<Effects, "facts" | "work"> {
  const life = closedLife(session.life, ending, closedAt);
  const told = { actor: ending.by, cause: because.id, subject: session.id };
  return {
    session: { ...session, life },
    consumer: { ...consumer, state: "closed" },
    provider: { ...provider, state: "closed" },
    facts: [happened(sessionStream(session.id), "session.closed", told, { session: session.id, life })],
    work: [{ do: "drop", table: "deadlines", key: { kind: "session.expire", subject: session.id } }],
  };
}
