/** Taking a side: an instance of its agent, over its connection. The one that has it has it; another does not get it. */
import type { InstanceId, Refusal, SideName } from "@parley/protocol";
import { askCaller, callerStands, isInstance, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { SessionRecord, Side } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { find } from "../question.js";
import { ask, rule, sure } from "../rule.js";
import { accept, no } from "../verdict.js";
import {
  askConnection,
  askSession,
  mayHoldOneMore,
  type SessionCallerState,
  type SocketState,
  sessionIsSeen,
  sideOf,
  socketIsCurrent,
  standingSeen,
  stateAllows,
  tooSoon,
} from "./session-caller.js";
import { courseOf, effectsOf, joinSide, standingOf } from "./session-course.js";

type Join = Command<"session.join">;

interface State extends SessionCallerState, SocketState {
  readonly held: number;
}

function ownSide({ caller, record }: State): SideName | undefined {
  return record && sideOf(caller, record);
}

/** [SES-14] A side is held by one instance: who has joined it. */
export const holds = (side: Side, principal: string): boolean =>
  side.joinedAt !== null && side.instance === principal;

function sideIsFree(state: State): Refusal | undefined {
  const side = ownSide(state);
  return side && state.record && !isFree(state.record, side) ? no("session.not-held") : undefined;
}

/** [SES-14] Nobody has joined it; or, while it is not active yet, who has is gone for good. */
function isFree({ session, ...sides }: SessionRecord, name: SideName): boolean {
  const { side, instance } = sides[name];
  return side.joinedAt === null || (session.life.state === "accepted" && instance?.standing === "expired");
}

const mayHoldIt = ({ held }: State): Refusal | undefined => mayHoldOneMore(held);

function joinerIsNotTaken({ caller }: State, _: Join, now: Millis): Refusal | undefined {
  return caller?.kind === "instance" ? tooSoon(caller.instance.takenAt, now) : undefined;
}

export const joinSession = rule<"session.join", State>({
  *gather(command, now) {
    const first = yield* ask({
      ...askCaller(command),
      connection: askConnection(command),
      held: find("heldCount", { instance: command.caller.principal }),
    });
    const { found } = yield* ask({ found: askSession(first.caller, command.session) });
    return { ...first, ...standingSeen(first, found, now), party: partyOf(first.caller) };
  },
  who: [callerStands, isInstance, socketIsCurrent],
  /** [SES-9] Who has joined is told so again, and how it stands now. */
  repeat(state, { caller }) {
    const side = ownSide(state);
    const { standing } = state;
    return side && standing && holds(standing[side], caller.principal) ? accept(standing) : undefined;
  },
  what: [sessionIsSeen, stateAllows, sideIsFree, mayHoldIt, joinerIsNotTaken],
  settle(state, command, now) {
    const standing = sure(state.standing);
    const instance = command.caller.principal as InstanceId;
    const course = joinSide(courseOf(standing), sure(ownSide(state)), instance, command, now);
    return accept(standingOf(course), effectsOf(command.kind, standing.session.life, course));
  },
});
