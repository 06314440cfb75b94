/**
 * What happens to a session within one decision: accepted, joined, active, each with its fact, and the one deadline row
 * that it leaves. Whether it may happen was judged before.
 */
import type { CommandId, InstanceId, PrincipalId, SideName } from "@parley/protocol";
import type { SessionStanding } from "../engagement-commands.js";
import type { Life } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, type NewFact, sessionStream } from "../fact.js";
import type { Effects } from "../verdict.js";
import { dueOf, type Over } from "./session-record.js";
import { moved, type SessionCommand } from "./session-states.js";

export interface Course extends SessionStanding {
  readonly facts: readonly NewFact[];
}

interface Because {
  readonly id: CommandId;
}

export const standingOf = ({ session, consumer, provider, flow }: SessionStanding): SessionStanding => ({
  session,
  consumer,
  provider,
  flow,
});

export const courseOf = (standing: SessionStanding): Course => ({ ...standingOf(standing), facts: [] });

function living(course: Course, life: Life): Course {
  const { state } = life;
  return {
    ...course,
    session: { ...course.session, life },
    consumer: { ...course.consumer, state },
    provider: { ...course.provider, state },
  };
}

interface Acceptance {
  readonly by: PrincipalId | "broker";
  readonly statement: string | null;
  /** Of the provider: bound to its side from now on. */
  readonly instance: InstanceId | null;
}

export function acceptSession(
  course: Course,
  { by, statement, instance }: Acceptance,
  command: Because,
  now: Millis,
): Course {
  const { id, terms, wouldRefuse } = course.session;
  const joinBy = now + terms.joinTimeoutSeconds * 1_000;
  const life = { state: "accepted", joinBy, acceptedAt: now, acceptedBy: by } as const;
  const told = { actor: by, cause: command.id, subject: id };
  const fact = happened(sessionStream(id), "session.accepted", told, {
    session: id,
    life,
    statement,
    instance,
    wouldRefuse,
    stated: course.consumer.stated,
  });
  const { provider, session, ...rest } = living(course, life);
  const bound = instance === null ? {} : { instance, boundAt: now };
  return {
    ...rest,
    session: { ...session, acceptanceStatement: statement },
    provider: { ...provider, ...bound },
    facts: [...course.facts, fact],
  };
}

/** [SES-6] When both sides have joined, the session is active and its time runs. */
export function joinSide(
  course: Course,
  side: SideName,
  instance: InstanceId,
  command: Because,
  now: Millis,
): Course {
  const { id } = course.session;
  const before = course[side];
  // Who proposed or accepted is relied on since then, not since it came to join.
  const boundAt = before.instance === instance && before.boundAt !== null ? before.boundAt : now;
  const told = { actor: instance, cause: command.id, subject: id };
  const fact = happened(sessionStream(id), "session.joined", told, {
    session: id,
    side,
    instance,
    boundAt,
    joinedAt: now,
  });
  const joined: Course = {
    ...course,
    [side]: { ...before, instance, boundAt, joinedAt: now },
    facts: [...course.facts, fact],
  };
  const both = joined.consumer.joinedAt !== null && joined.provider.joinedAt !== null;
  return both ? activate(joined, command, now) : joined;
}

/** [SES-23] Another instance goes on where the holder has left; both sides are told of both. */
export function handOver(
  course: Course,
  side: SideName,
  to: InstanceId,
  command: Because,
  now: Millis,
): Course {
  const { id } = course.session;
  const { instance: from, ...before } = course[side];
  if (from === null) throw new TypeError("a side that nobody has is not handed over");
  const taken = { boundAt: now, joinedAt: now };
  const told = { actor: to, cause: command.id, subject: id };
  const data = { session: id, side, from, to, ...taken };
  const fact = happened(sessionStream(id), "session.handed-over", told, data);
  return { ...course, [side]: { ...before, instance: to, ...taken }, facts: [...course.facts, fact] };
}

function activate(course: Course, command: Because, now: Millis): Course {
  const { id, life: before, terms } = course.session;
  if (before.state !== "accepted") throw new TypeError(`a session that is ${before.state} does not begin`);
  const { acceptedAt, acceptedBy } = before;
  const deadline = now + terms.maxDurationSeconds * 1_000;
  const life = { state: "active", activeAt: now, deadline, acceptedAt, acceptedBy } as const;
  const told = { actor: "broker", cause: command.id, subject: id } as const;
  const fact = happened(sessionStream(id), "session.activated", told, { session: id, life });
  const active = living(course, life);
  return { ...active, facts: [...active.facts, fact] };
}

const lookedAt = (due: Over | undefined, sooner: Millis): Pick<Over, "at"> | undefined =>
  due && { at: Math.min(due.at, sooner) };

/**
 * The effects of a course from a life that it began with. The deadline row is written where none is yet, or where it
 * would come too late; one that comes too early moves itself when it fires.
 * `sooner`: when there is something else to look at.
 */
export function effectsOf(
  kind: SessionCommand,
  before: Life | undefined,
  { session, flow, facts }: Course,
  sooner: Millis = Number.POSITIVE_INFINITY,
): Pick<Effects, "facts" | "work"> {
  moved(kind, before?.state ?? "none", session.life);
  const due = lookedAt(dueOf({ session, flow }), sooner);
  const dueBefore = before && dueOf({ session: { ...session, life: before }, flow });
  if (due === undefined || (dueBefore !== undefined && dueBefore.at <= due.at)) return { facts, work: [] };
  const row = { kind: "session.expire", subject: session.id, dueAt: due.at } as const;
  return { facts, work: [{ do: "put", table: "deadlines", row }] };
}
