/**
 * Saying yes to a proposal: an instance of the provider, or its admin, as the contract says. Everything that the proposal
 * was judged by is judged again at this moment; what fails refuses the acceptance and leaves the proposal.
 */
import { limits, type Refusal, type WouldRefuse } from "@parley/protocol";
import { askCaller, callerStands, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Session, SessionRecord } from "../engagement-entities.js";
import type { Connection, Instance, Millis } from "../entities.js";
import { noAgent, noContract, noInstance, nowhere } from "../nobody.js";
import { find } from "../question.js";
import { ask, rule, sure } from "../rule.js";
import { keyIsCurrent, saysElse } from "../signature.js";
import { accept, no } from "../verdict.js";
import { type Applicant, statedOf, unmet, wouldRefuse } from "./admission-terms.js";
import { offers } from "./propose.js";
import {
  askConnection,
  askSession,
  isAdminOf,
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
import { acceptSession, type Course, courseOf, effectsOf, joinSide, standingOf } from "./session-course.js";

type Accept = Command<"session.accept">;

interface State extends SessionCallerState, SocketState {
  /** Sessions that the caller, and the consumer's instance, hold. */
  readonly held: number;
  readonly consumerHeld: number;
  readonly consumerConnection: Connection | undefined;
  readonly memberOf: readonly string[];
  readonly contractSessions: number;
}

/** [SES-7] Under an open contract it was said already: nobody is asked, and the state answers. */
function mayAccept({ caller, record, standing }: State): Refusal | undefined {
  if (record === undefined || standing === undefined) return undefined;
  switch (record.session.terms.acceptance) {
    case "open":
      return no("session.state", { state: standing.session.life.state });
    case "provider":
      return sideOf(caller, record) === "provider"
        ? undefined
        : no("role.missing", { rule: "provider-instance" });
    case "operator":
      return isAdminOf(caller, record, "provider")
        ? undefined
        : no("role.missing", { rule: "provider-admin" });
    default:
      throw new TypeError(`no such acceptance: ${record.session.terms.acceptance satisfies never}`);
  }
}

const expectedOf = ({ id, proposalDigest }: Session) => ({ session: id, proposal: proposalDigest });

/** [SES-8] An acceptance covers the session and the digest of the proposal that it answers. */
function acceptanceFits({ record }: State, { statement }: Accept): Refusal | undefined {
  return record && saysElse(statement.claims, expectedOf(record.session), ["proposal"]);
}

/** Still shown in that workgroup, with that capability: had it been retracted, the proposal would be closed [ADV-5]. */
function stillAdvertised({ record }: State): Refusal | undefined {
  if (record === undefined) return undefined;
  const { session, advertisement } = record;
  const stands =
    advertisement.content.workgroups.includes(session.workgroup) &&
    offers(advertisement.content, session.capability);
  return stands ? undefined : no("advertisement.retracted");
}

function termsStillNamed({ record }: State): Refusal | undefined {
  if (record === undefined) return undefined;
  const digest = record.advertisement.content.contract.termsDigest;
  return digest === record.session.termsDigest ? undefined : no("contract.changed", { digest });
}

/** This session is one of those that are counted. */
const applicantOf = (record: SessionRecord, { memberOf, contractSessions }: State): Applicant => ({
  agent: record.consumer.reach.agent,
  memberOf,
  sessions: contractSessions - 1,
});

function consumerStillAdmitted(state: State, _: Accept, now: Millis): Refusal | undefined {
  const { record } = state;
  return record && unmet(record.session.terms, applicantOf(record, state), now);
}

/** [SES-17] What was marked at the proposal is not marked again: it would have ended there. */
function judgedAgain(state: State, now: Millis): Course {
  const { session, consumer, provider, flow } = sure(state.standing);
  const { terms, wouldRefuse: before } = session;
  const applicant = applicantOf(sure(state.record), state);
  const more = wouldRefuse(terms, applicant, "acceptance", now);
  const isNew = ({ rule }: WouldRefuse): boolean => !before.some((one) => one.rule === rule);
  return courseOf({
    session: { ...session, wouldRefuse: [...before, ...more.filter(isNew)] },
    consumer: { ...consumer, stated: statedOf(terms, applicant.agent) },
    provider,
    flow,
  });
}

function mayJoinHere({ held }: State, { socket }: Accept): Refusal | undefined {
  return socket === null ? undefined : mayHoldOneMore(held);
}

/** The instance is bound from this moment on, and what is taken in it voids what it binds. */
function bindsNothingTaken({ caller }: State, _: Accept, now: Millis): Refusal | undefined {
  return caller?.kind === "instance" ? tooSoon(caller.instance.takenAt, now) : undefined;
}

const consumerInstance = (record: SessionRecord | undefined) => record?.consumer.side.instance ?? noInstance;

export const acceptProposal = rule<"session.accept", State>({
  *gather(command, now) {
    const first = yield* ask({
      ...askCaller(command),
      connection: askConnection(command),
      held: find("heldCount", { instance: command.caller.principal }),
    });
    const { found } = yield* ask({ found: askSession(first.caller, command.session) });
    const seen = standingSeen(first, found, now);
    const instance = consumerInstance(seen.record);
    const agent = seen.record?.session.consumer ?? noAgent;
    const contract = seen.record?.session.contract ?? noContract;
    const third = yield* ask({
      consumerConnection: find("connection", { instance }),
      consumerHeld: find("heldCount", { instance }),
      memberOf: find("memberAmong", {
        agent,
        workgroups: seen.record?.session.terms.requiredWorkgroups ?? [],
      }),
      contractSessions: find("contractSessionCount", {
        agent,
        contract,
        provider: seen.record?.provider.side.organisation ?? nowhere,
      }),
    });
    return { ...first, ...seen, ...third, party: partyOf(first.caller) };
  },
  who: [callerStands, socketIsCurrent],
  /** [SES-9] Who has accepted this proposal is told so again, whatever has become of it. */
  repeat({ standing }, { caller, statement }) {
    const life = standing?.session.life;
    const mine = life && "acceptedBy" in life && life.acceptedBy === caller.principal;
    if (!standing || !mine || saysElse(statement.claims, expectedOf(standing.session))) return undefined;
    return accept(standing);
  },
  what: [
    sessionIsSeen,
    mayAccept,
    stateAllows,
    keyIsCurrent,
    acceptanceFits,
    stillAdvertised,
    termsStillNamed,
    consumerStillAdmitted,
    mayJoinHere,
    bindsNothingTaken,
  ],
  settle(state, command, now) {
    const standing = sure(state.standing);
    const course = acceptedBy(state, command, now);
    return accept(standingOf(course), effectsOf(command.kind, standing.session.life, course));
  },
});

function acceptedBy(state: State, command: Accept, now: Millis): Course {
  const { caller } = state;
  const by = command.caller.principal;
  const instance = caller?.kind === "instance" ? caller.instance.id : null;
  const statement = command.statement.text;
  const accepted = acceptSession(judgedAgain(state, now), { by, statement, instance }, command, now);
  const joined =
    instance !== null && command.socket !== null
      ? joinSide(accepted, "provider", instance, command, now)
      : accepted;
  const consumer = consumerJoins(state);
  return consumer === undefined ? joined : joinSide(joined, "consumer", consumer, command, now);
}

/** [SES-6] Who proposed over a socket joins now, if it is there; what it holds already never refuses the provider. */
function consumerJoins({ record, consumerConnection, consumerHeld }: State): Instance["id"] | undefined {
  const { joinsOnAcceptance, instance } = sure(record).consumer.side;
  const there = consumerConnection?.state === "open" && consumerHeld < limits.joinedSessionsPerConnection;
  return joinsOnAcceptance && there && instance !== null ? instance : undefined;
}
