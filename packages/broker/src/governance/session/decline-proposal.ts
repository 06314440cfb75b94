/** The other two ends of a proposal: the provider's side rejects it, the consumer's withdraws it. */
import type { PrincipalId, Refusal } from "@parley/protocol";
import { askCaller, callerStands, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { Ending } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { ask, rule, sure } from "../rule.js";
import { accept, no, type Verdict } from "../verdict.js";
import {
  actsFor,
  askConnection,
  askSession,
  type SessionCallerState,
  type SocketState,
  sessionIsSeen,
  socketIsCurrent,
  standingSeen,
  stateAllows,
} from "./session-caller.js";
import { effectsOf } from "./session-course.js";
import { closeStanding, endingOf } from "./session-end.js";
import type { SessionCommand } from "./session-states.js";

type State = SessionCallerState & SocketState;

/** What every command about one session gathers that needs nothing but the session. */
export function* gatherSession(command: Command<"session.reject" | "session.withdraw">, now: Millis) {
  const first = yield* ask({ ...askCaller(command), connection: askConnection(command) });
  const { found } = yield* ask({ found: askSession(first.caller, command.session) });
  return { ...first, ...standingSeen(first, found, now), party: partyOf(first.caller) };
}

/** [SES-9] Whose close it was is told so again. */
export const closedBy = (
  standing: SessionStanding | undefined,
  by: PrincipalId,
  reasons: readonly Ending["reason"][],
): boolean => {
  const life = standing?.session.life;
  return life?.state === "closed" && life.ending.by === by && reasons.includes(life.ending.reason);
};

export function closing(
  { standing }: SessionCallerState,
  { kind, id }: { readonly kind: SessionCommand; readonly id: Command["id"] },
  ending: Ending,
  now: Millis,
): Verdict<SessionStanding> {
  const open = sure(standing);
  const { facts, work, ...closed } = closeStanding(open, ending, { id }, now);
  const effects = effectsOf(kind, open.session.life, { ...closed, facts });
  return accept(closed, { facts: effects.facts, work });
}

const mayReject = ({ caller, record }: SessionCallerState): Refusal | undefined =>
  record === undefined || actsFor(caller, record, "provider")
    ? undefined
    : no("role.missing", { rule: "provider" });

const mayWithdraw = ({ caller, record }: SessionCallerState): Refusal | undefined =>
  record === undefined || actsFor(caller, record, "consumer")
    ? undefined
    : no("role.missing", { rule: "consumer" });

export const rejectProposal = rule<"session.reject", State>({
  gather: gatherSession,
  who: [callerStands, socketIsCurrent],
  repeat: ({ standing }, { caller }) =>
    standing && closedBy(standing, caller.principal, ["rejected"]) ? accept(standing) : undefined,
  what: [sessionIsSeen, mayReject, stateAllows],
  settle: (state, command, now) =>
    closing(state, command, endingOf("rejected", command.caller.principal, { detail: command.detail }), now),
});

export const withdrawProposal = rule<"session.withdraw", State>({
  gather: gatherSession,
  who: [callerStands, socketIsCurrent],
  repeat: ({ standing }, { caller }) =>
    standing && closedBy(standing, caller.principal, ["withdrawn"]) ? accept(standing) : undefined,
  what: [sessionIsSeen, mayWithdraw, stateAllows],
  settle: (state, command, now) =>
    closing(state, command, endingOf("withdrawn", command.caller.principal), now),
});
