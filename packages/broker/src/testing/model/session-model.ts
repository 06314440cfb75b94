/** The reference's life of a session: who may do what in which state, and what it comes to. */
import { close, isAdmin, orgOf, seen, selected, stands, tagsOf } from "./rights.js";
import {
  agentOfInstance,
  type Offer,
  orgOfAgent,
  type Session,
  type State,
  type Step,
  type Verdict,
  type Who,
} from "./shapes.js";

export const proposalMs = 60_000;
export const joinMs = 120_000;
export const idleMs = 300_000;
/** Of one consumer under one contract: each provider agent has one. */
export const concurrentMax = 4;

type SessionStep = Extract<Step, { kind: "session" }>;
const sameWho = (a: Who | undefined, b: Who): boolean => a?.kind === b.kind && a.at === b.at;

export function deal(state: State, step: SessionStep): Verdict {
  if (step.verb === "join" && isAdmin(step.who)) return "role.missing";
  const session = state.sessions[step.session];
  const offer = session && state.offers[session.offer];
  if (session === undefined || offer === undefined) return "not-found";
  const { who, verb } = step;
  const agents = { consumer: session.consumer, provider: offer.agent };
  const side = sideOf(who, agents);
  const admin = isAdmin(who) && Object.values(agents).some((one) => orgOfAgent(one) === orgOf(who));
  if (side === undefined && !admin) return "not-found";
  if (verb !== "join" && sameWho(session.by.get(verb), who)) return "accepted";
  const adminOf = (name: "consumer" | "provider") => isAdmin(who) && orgOfAgent(agents[name]) === orgOf(who);
  const verdict = verbs[verb]({ state, session, offer, who, side, adminOf });
  if (verdict === "accepted") session.by.set(verb, who);
  return verdict;
}

function sideOf(
  who: Who,
  agents: { consumer: number; provider: number },
): "consumer" | "provider" | undefined {
  if (who.kind !== "instance") return undefined;
  if (agentOfInstance(who.at) === agents.consumer) return "consumer";
  return agentOfInstance(who.at) === agents.provider ? "provider" : undefined;
}

interface Asked {
  readonly state: State;
  readonly session: Session;
  readonly offer: Offer;
  readonly who: Who;
  readonly side: "consumer" | "provider" | undefined;
  adminOf(name: "consumer" | "provider"): boolean;
}

const verbs: Readonly<Record<SessionStep["verb"], (asked: Asked) => Verdict>> = {
  accept({ state, session, offer, who, side, adminOf }) {
    if (session.acceptance === "open") return "session.state";
    const may = session.acceptance === "provider" ? side === "provider" : adminOf("provider");
    if (!may) return "role.missing";
    if (session.state !== "proposed") return "session.state";
    if (!offer.active || !offer.groups.includes(session.group)) return "advertisement.retracted";
    if (offer.terms !== session.terms) return "contract.changed";
    if (session.tag !== undefined && !selected(tagsOf(state, session.consumer), session.tag))
      return "contract.unmet";
    Object.assign(session, { state: "accepted", due: state.now + joinMs });
    if (who.kind === "instance") session.providerInstance = who.at;
    return "accepted";
  },
  reject({ session, side, adminOf }) {
    if (side !== "provider" && !adminOf("provider")) return "role.missing";
    if (session.state !== "proposed") return "session.state";
    close(session, "rejected");
    return "accepted";
  },
  withdraw({ session, side, adminOf }) {
    if (side !== "consumer" && !adminOf("consumer")) return "role.missing";
    if (session.state !== "proposed") return "session.state";
    close(session, "withdrawn");
    return "accepted";
  },
  join({ state, session, who, side }) {
    if (who.kind !== "instance" || side === undefined) return "role.missing";
    const holder = side === "consumer" ? session.consumerInstance : session.providerInstance;
    if (session.joined.has(side) && holder === who.at) return "accepted";
    if (session.state !== "accepted" && session.state !== "active") return "session.state";
    if (session.joined.has(side)) return "session.not-held";
    if (side === "consumer") session.consumerInstance = who.at;
    else session.providerInstance = who.at;
    session.joined.add(side);
    if (session.joined.size === 2) Object.assign(session, { state: "active", due: state.now + idleMs });
    return "accepted";
  },
  close({ session, who, side }) {
    if (session.state !== "accepted" && session.state !== "active") return "session.state";
    if (side === undefined) {
      close(session, "operator_closed");
      return "accepted";
    }
    const holder = side === "consumer" ? session.consumerInstance : session.providerInstance;
    if (!session.joined.has(side) || holder !== who.at) return "session.not-held";
    close(session, side === "consumer" ? "completed_by_consumer" : "completed_by_provider");
    return "accepted";
  },
};

export function propose(state: State, step: Extract<Step, { kind: "propose" }>): Verdict {
  const { who, offer: at, group, stale } = step;
  if (who.kind !== "instance") return "role.missing";
  const consumer = agentOfInstance(who.at);
  const offer = state.offers[at];
  if (offer === undefined) return "not-found";
  const found = offer.active && stands(state, offer.agent) && seen(state, group, consumer, offer);
  if (!found || !offer.groups.includes(group)) return "not-found";
  if (offer.agent === consumer) return "session.own";
  if (stale) return "contract.changed";
  if (offer.tag !== undefined && !selected(tagsOf(state, consumer), offer.tag)) return "contract.unmet";
  const open = state.sessions.filter((one) => one.consumer === consumer && one.state !== "closed");
  if (open.filter((one) => one.offer === at).length >= concurrentMax) return "contract.unmet";
  state.sessions.push({
    offer: at,
    group,
    consumer,
    acceptance: offer.acceptance,
    terms: offer.terms,
    tag: offer.tag,
    state: offer.acceptance === "open" ? "accepted" : "proposed",
    due: state.now + (offer.acceptance === "open" ? joinMs : proposalMs),
    proposer: who.at,
    consumerInstance: who.at,
    providerInstance: undefined,
    joined: new Set(),
    by: new Map([["propose", who]]),
    reason: undefined,
  });
  return "accepted";
}
