/**
 * Asking for a session: what the catalog shows, under exactly the terms that are named. The terms are frozen here, and an
 * open contract is accepted in the same breath, whether or not anybody of the provider is there.
 */
import {
  type AdvertisementContent,
  defaultTerms,
  limits,
  type ProposalClaims,
  type Refusal,
  type Terms,
} from "@parley/protocol";
import { askCaller, callerStands, homeOf, isInstance, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { SessionRecord } from "../engagement-entities.js";
import type { Engageable } from "../engagement-lookups.js";
import type { Instance, Millis } from "../entities.js";
import { happened, sessionStream } from "../fact.js";
import { told } from "../identity/taking-away.js";
import { noAgent, noContract, nowhere } from "../nobody.js";
import { aboveCeiling } from "../offer/contract-terms.js";
import { find } from "../question.js";
import { takingsOf } from "../reach.js";
import { type Asking, ask, type Check, rule, sure } from "../rule.js";
import { keyIsCurrent } from "../signature.js";
import { accept, no } from "../verdict.js";
import { type Applicant, unmet, wouldRefuse } from "./admission-terms.js";
import { proposedSession } from "./proposed-session.js";
import {
  askConnection,
  mayHoldOneMore,
  type SocketState,
  socketIsCurrent,
  tooSoon,
} from "./session-caller.js";
import { acceptSession, type Course, effectsOf, joinSide, standingOf } from "./session-course.js";
import { asItStands } from "./session-record.js";

type Propose = Command<"session.propose">;

/** Who proposes, and over what. */
export interface Proposer extends SocketState {
  readonly held: number;
}

export interface ProposalState extends Proposer {
  /** What the agent has proposed under that id before. */
  readonly earlier: SessionRecord | undefined;
  readonly offer: Engageable | undefined;
  readonly memberOf: readonly string[];
  readonly contractSessions: number;
  readonly openSessions: number;
  readonly openProposals: number;
  readonly pairProposals: number;
}

export const termsOf = (offer: Engageable): Terms => offer.version?.terms ?? defaultTerms;

function proposalIsNew({ earlier }: ProposalState): Refusal | undefined {
  return earlier === undefined ? undefined : no("proposal.reused");
}

/** [SES-3] Hidden, absent and not engageable are one answer. */
function offerIsSeen({ offer }: ProposalState): Refusal | undefined {
  return offer === undefined ? no("not-found") : undefined;
}

function isNotOwn({ caller, offer }: ProposalState): Refusal | undefined {
  const own = caller?.kind === "instance" && offer?.advertisement.agent === caller.agent.id;
  return own ? no("session.own") : undefined;
}

export const offers = ({ capabilities }: AdvertisementContent, capability: string): boolean =>
  capabilities.some(({ name }) => name === capability);

function capabilityIsOffered({ offer }: ProposalState, { statement }: Propose): Refusal | undefined {
  const offered = offer && offers(offer.advertisement.content, statement.claims.capability);
  return offered === false ? no("not-found", { rule: "capability" }) : undefined;
}

/** [SES-4] A proposal agrees to the terms that it names, and to no others. */
function termsAreNamed({ offer }: ProposalState, { statement }: Propose): Refusal | undefined {
  const digest = offer?.advertisement.content.contract.termsDigest;
  return digest === undefined || digest === statement.claims.termsDigest
    ? undefined
    : no("contract.changed", { digest });
}

/** A ceiling that was lowered since the version was made refuses what is new and touches no session. */
const offerFitsCeilings = ({ offer }: ProposalState): Refusal | undefined =>
  offer && aboveCeiling(termsOf(offer));

export const applicantOf = ({ offer, memberOf, contractSessions }: ProposalState): Applicant => ({
  agent: sure(offer).consumer.agent,
  memberOf,
  sessions: contractSessions,
});

function consumerIsAdmitted(state: ProposalState, _command: Propose, now: Millis): Refusal | undefined {
  return state.offer && unmet(termsOf(state.offer), applicantOf(state), now);
}

const isOpen = ({ offer }: ProposalState): boolean =>
  offer !== undefined && termsOf(offer).acceptance === "open";

const left = (name: keyof typeof limits, used: number): Refusal | undefined =>
  used < limits[name] ? undefined : no("limit.reached", { rule: name, limit: limits[name], used });

/** [SES-5] What waits for an answer is bounded by what the proposer and its organisation have asked themselves. */
function proposalsLeft(state: ProposalState): Refusal | undefined {
  if (isOpen(state)) return undefined;
  return (
    left("openProposalsPerAgent", state.openProposals) ?? left("openProposalsPerPair", state.pairProposals)
  );
}

function sessionsLeft({ openSessions }: ProposalState): Refusal | undefined {
  return left("openSessionsPerAgent", openSessions);
}

function mayJoinAtOnce(state: ProposalState, { socket }: Propose): Refusal | undefined {
  return isOpen(state) && socket !== null ? mayHoldOneMore(state.held) : undefined;
}

/** What the session will rely on, taken and given back in this millisecond, would make it void as soon as it is made. */
function reliesOnNothingTaken(
  { caller, offer }: ProposalState,
  _command: Propose,
  now: Millis,
): Refusal | undefined {
  if (offer === undefined || caller?.kind !== "instance") return undefined;
  const takings = [...takingsOf(offer.consumer, "engage"), ...takingsOf(offer.provider, "offer")];
  const times = takings.map(({ at }) => at);
  return tooSoon(Math.max(...times, offer.advertisement.takenAt, caller.instance.takenAt), now);
}

/** What a proposal of this proposer is judged by: nothing but its claims says what is looked up. */
export function* gatherProposal(
  first: Proposer,
  { proposal, advertisement, workgroup }: Pick<ProposalClaims, "proposal" | "advertisement" | "workgroup">,
): Asking<ProposalState> {
  const agent = first.caller?.kind === "instance" ? first.caller.agent.id : noAgent;
  const second = yield* ask({
    earlier: find("proposal", { agent, proposal }),
    offer: find("engageable", { agent, advertisement, workgroup }),
    openSessions: find("openSessionCount", { agent }),
    openProposals: find("openProposalCount", { agent }),
  });
  const { offer } = second;
  const provider = offer?.advertisement.agent ?? noAgent;
  const contract = offer?.advertisement.content.contract.id ?? noContract;
  const workgroups = offer ? termsOf(offer).requiredWorkgroups : [];
  const third = yield* ask({
    memberOf: find("memberAmong", { agent, workgroups }),
    contractSessions: find("contractSessionCount", {
      agent,
      contract,
      provider: offer?.advertisement.organisation ?? nowhere,
    }),
    pairProposals: find("pairProposalCount", { organisation: homeOf(first.caller), provider }),
  });
  return { ...first, ...second, ...third };
}

/** In the order in which they are made: by who asks, and by what is asked. */
export const proposalChecks = {
  who: [callerStands, isInstance, socketIsCurrent],
  what: [
    proposalIsNew,
    keyIsCurrent,
    offerIsSeen,
    isNotOwn,
    capabilityIsOffered,
    termsAreNamed,
    offerFitsCeilings,
    consumerIsAdmitted,
    proposalsLeft,
    sessionsLeft,
    mayJoinAtOnce,
    reliesOnNothingTaken,
  ],
} as const satisfies Record<string, readonly Check<ProposalState, Propose>[]>;

export const propose = rule<"session.propose", ProposalState>({
  ...proposalChecks,
  *gather(command) {
    const first = yield* ask({
      ...askCaller(command),
      connection: askConnection(command),
      held: find("heldCount", { instance: command.caller.principal }),
    });
    return yield* gatherProposal({ ...first, party: partyOf(first.caller) }, command.statement.claims);
  },
  /** [SES-9] By its digest: a statement names who signed it, so a sibling cannot repeat it. */
  repeat({ earlier, era }, { statement }, now) {
    if (earlier?.session.proposalDigest !== statement.digest) return undefined;
    return accept({ ...asItStands(earlier, era, now), repeated: true });
  },
  settle(state, command, now) {
    const course = openedBy(state, command, now);
    const effects = effectsOf(command.kind, undefined, course);
    return accept({ ...standingOf(course), repeated: false }, effects);
  },
});

function openedBy(state: ProposalState, command: Propose, now: Millis): Course {
  const course = proposed(state, command, now);
  if (!isOpen(state)) return course;
  // [SES-7] The signed advertisement is the acceptance, given beforehand.
  const accepted = acceptSession(course, { by: "broker", statement: null, instance: null }, command, now);
  const { socket, caller } = command;
  return socket === null
    ? accepted
    : joinSide(accepted, "consumer", caller.principal as Instance["id"], command, now);
}

function proposed(state: ProposalState, command: Propose, now: Millis): Course {
  const { caller, era } = state;
  if (caller?.kind !== "instance") throw new TypeError("only instances propose");
  const offer = sure(state.offer);
  const terms = termsOf(offer);
  const marked = wouldRefuse(terms, applicantOf(state), "proposal", now);
  const standing = proposedSession({ command, caller, offer, terms, wouldRefuse: marked, era }, now);
  const { proposalStatement, acceptanceStatement: _, ...session } = standing.session;
  const statements = {
    proposal: proposalStatement,
    advertisement: offer.statement,
    contract: offer.version?.statement ?? null,
  };
  const { consumer, provider } = standing;
  const fact = happened(sessionStream(session.id), "session.proposed", told(command, session.id), {
    session,
    consumer,
    provider,
    statements,
  });
  return { ...standing, facts: [fact] };
}
