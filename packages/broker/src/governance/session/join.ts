/**
 * Taking a side: an instance of its agent, over its connection. The one that has it has it; another gets it when that one
 * has gone, and after the close for what is left.
 */
import { type InstanceId, otherSide, type Refusal, type SideName } from "@parley/protocol";
import { askCaller, callerStands, isInstance, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Joined, SessionStanding } from "../engagement-commands.js";
import type { SessionRecord, Side, SideRecord } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { accept, type Effects, no, refuse, type Verdict } from "../verdict.js";
import { lostFirst } from "./absence.js";
import { askDrain, type Drain, drainedBy, keptNow } from "./draining.js";
import { deliverable, handledOf } from "./flow.js";
import { givesWay, holds } from "./holding.js";
import { handedOut, resumeFor } from "./resume.js";
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
import { type Course, courseOf, effectsOf, handOver, joinSide, standingOf } from "./session-course.js";

type Join = Command<"session.join">;

interface State extends SessionCallerState, SocketState {
  readonly held: number;
  /** Whether this instance has held its side, now or before. */
  readonly hasHeld: boolean;
  readonly drain: Drain | undefined;
}

function* askOwnSide(
  caller: Principal | undefined,
  record: SessionRecord | undefined,
): Asking<Pick<State, "hasHeld" | "drain">> {
  const side = record && sideOf(caller, record);
  if (!record || !side || caller?.kind !== "instance") return { hasHeld: false, drain: undefined };
  const { id: instance } = caller.instance;
  const { row } = yield* ask({ row: find("holder", { session: record.session.id, side, instance }) });
  return { hasHeld: row !== undefined, drain: yield* askDrain(record, side) };
}

function ownSide({ caller, record }: Pick<State, "caller" | "record">): SideName | undefined {
  return record && sideOf(caller, record);
}

/** [SES-25] What has closed is joined for what is left to be delivered of it, or to be read again by who has held it. */
function somethingIsLeft(
  { caller, record, standing, hasHeld }: State,
  _: Join,
  now: Millis,
): Refusal | undefined {
  const side = ownSide({ caller, record });
  if (!side || !standing || standing.session.life.state !== "closed") return undefined;
  const from = otherSide(side);
  const { after, upTo } = deliverable(standing, from, now);
  const isLeft = (hasHeld ? after : handledOf(standing.flow[from]).n) < upTo;
  return isLeft ? undefined : no("session.state", { state: "closed" });
}

/** [SES-14] [SES-23] [SES-25] */
function sideIsFree(state: State, _: Join, now: Millis): Refusal | undefined {
  const { caller, record, drain } = state;
  const side = ownSide(state);
  if (!side || !record || caller?.kind !== "instance") return undefined;
  return keptNow(record, side, drain, caller.instance, now);
}

/** Another one has gone on with what is left of it. */
const isDrainedByAnother = ({ drain }: State, principal: string): boolean =>
  drain !== undefined && drain.row.instance !== principal;

/** [ENV-14] A cursor of another era counts what may not be there any more. */
function cursorIsOfThisEra({ era }: State, { cursor }: Join): Refusal | undefined {
  return cursor === null || cursor.era === era ? undefined : no("cursor.era");
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
    const seen = standingSeen(first, found, now);
    const own = yield* askOwnSide(first.caller, seen.record);
    return { ...first, ...seen, ...own, party: partyOf(first.caller) };
  },
  who: [callerStands, isInstance, socketIsCurrent],
  /** [SES-9] Who has joined is told so again, and how it stands now. */
  repeat(state, command, now) {
    const side = ownSide(state);
    const { standing } = state;
    const { principal } = command.caller;
    if (!side || !standing || !holds(standing[side], principal)) return undefined;
    if (isDrainedByAnother(state, principal)) return undefined;
    const refusal = cursorIsOfThisEra(state, command);
    return refusal ? refuse(refusal) : joined(standing, { side, cursor: command.cursor, hasHeld: true }, now);
  },
  what: [
    sessionIsSeen,
    stateAllows,
    somethingIsLeft,
    cursorIsOfThisEra,
    sideIsFree,
    mayHoldIt,
    joinerIsNotTaken,
  ],
  settle(state, command, now) {
    const standing = sure(state.standing);
    const side = sure(ownSide(state));
    const { cursor } = command;
    const resuming = { side, cursor, hasHeld: state.hasHeld };
    if (standing.session.life.state === "closed") {
      const work = drainedBy(state.drain, { id: command.caller.principal as InstanceId });
      return joined(standing, resuming, now, { facts: [], work });
    }
    const course = taken(state, side, command, now);
    const effects = effectsOf(
      command.kind,
      standing.session.life,
      course,
      lostFirst(after(state, course))?.at,
    );
    return joined(standingOf(course), resuming, now, effects);
  },
});

/** Who takes it from somebody is told of with that one; who is the first, or comes for one that never will, is not. */
function taken({ record, standing }: State, side: SideName, command: Join, now: Millis): Course {
  const { [side]: before, session } = sure(record);
  const instance = command.caller.principal as InstanceId;
  const take = givesWay(before, session.life) ? handOver : joinSide;
  return take(courseOf(sure(standing)), side, instance, command, now);
}

/** Who joins is there; whether the other one is, nobody has asked until now. */
function after({ record, connection }: State, { session, consumer, provider }: Course) {
  const { consumer: mine, provider: theirs } = sure(record);
  const of = (before: SideRecord, side: Side): SideRecord =>
    before.side.instance === side.instance && before.side.joinedAt === side.joinedAt
      ? before
      : { ...before, side, connection: connection ?? null };
  return { session, consumer: of(mine, consumer), provider: of(theirs, provider) };
}

/** What is delivered from here on is written to have been handed out with it. */
function joined(
  standing: SessionStanding,
  resuming: Parameters<typeof resumeFor>[1],
  now: Millis,
  { facts, work }: Pick<Effects, "facts" | "work"> = { facts: [], work: [] },
): Verdict<Joined> {
  const resume = resumeFor(standing, resuming, now);
  return accept({ ...standing, resume }, { facts, work: [...work, ...handedOut(standing, resume)] });
}
