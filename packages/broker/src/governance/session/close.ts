/** Ending a session that was accepted: whoever holds a side completes it, an admin of either organisation cuts it. */
import type { Refusal } from "@parley/protocol";
import { askCaller, callerStands, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { SessionRecord } from "../engagement-entities.js";
import type { Principal } from "../question.js";
import { ask, rule, sure } from "../rule.js";
import { accept, no } from "../verdict.js";
import { closedBy, closing } from "./decline-proposal.js";
import { holds } from "./holding.js";
import {
  askConnection,
  askSession,
  isAdminOf,
  isCurrent,
  type SessionCallerState,
  type SocketState,
  sessionIsSeen,
  sideOf,
  standingSeen,
  stateAllows,
} from "./session-caller.js";
import { endingOf } from "./session-end.js";

type Close = Command<"session.close">;
type State = SessionCallerState & SocketState;

const isEitherAdmin = (caller: Principal | undefined, record: SessionRecord): boolean =>
  isAdminOf(caller, record, "consumer") || isAdminOf(caller, record, "provider");

function mayClose({ caller, record }: State): Refusal | undefined {
  if (record === undefined || caller?.kind === "instance") return undefined;
  return isEitherAdmin(caller, record) ? undefined : no("role.missing", { rule: "admin" });
}

/** [SES-13] By the instance that has joined, over its newest connection if over one at all. */
function sideIsHeld({ caller, record, connection }: State, { socket }: Close): Refusal | undefined {
  const side = record && sideOf(caller, record);
  if (!record || !side || !caller) return undefined;
  const held = holds(record[side].side, caller.kind === "instance" ? caller.instance.id : "");
  return held && (socket === null || isCurrent(connection, socket)) ? undefined : no("session.not-held");
}

const reasonOf = ({ caller, record }: State) => {
  const side = sideOf(caller, sure(record));
  return side === undefined ? "operator_closed" : (`completed_by_${side}` as const);
};

export const closeSessionNow = rule<"session.close", State>({
  *gather(command, now) {
    const first = yield* ask({ ...askCaller(command), connection: askConnection(command) });
    const { found } = yield* ask({ found: askSession(first.caller, command.session) });
    return { ...first, ...standingSeen(first, found, now), party: partyOf(first.caller) };
  },
  who: [callerStands],
  repeat(state, { caller }) {
    const { standing } = state;
    if (standing === undefined || !closedBy(standing, caller.principal, [reasonOf(state)])) return undefined;
    return accept(standing);
  },
  what: [sessionIsSeen, mayClose, stateAllows, sideIsHeld],
  settle: (state, command, now) =>
    closing(
      state,
      command,
      endingOf(reasonOf(state), command.caller.principal, { detail: command.detail }),
      now,
    ),
});
