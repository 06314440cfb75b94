/**
 * What the reference says of who may do what: rights in groups, standing, the catalog, and what is over once any of it
 * is lost. It keeps no times of taking and no sweeps: what is taken away closes sessions on the spot.
 */
import type { SessionEnding } from "@parley/protocol";
import {
  agentOfInstance,
  type Group,
  type Offer,
  orgOfAgent,
  type Session,
  type Standing,
  type State,
  type Who,
} from "./shapes.js";

export const isAdmin = (who: Who): boolean => who.kind === "admin";
export const orgOf = ({ kind, at }: Who): number => (kind === "admin" ? at : orgOfAgent(agentOfInstance(at)));
const severity: Readonly<Record<Standing, number>> = { active: 0, suspended: 1, revoked: 2 };

/** The worst of everything that who asks depends on. */
export function standingOf(state: State, who: Who): Standing {
  const own =
    who.kind === "admin" ? [] : [state.agents[agentOfInstance(who.at)]?.standing, state.instances[who.at]];
  const all = [state.orgs[orgOf(who)], ...own].filter((one) => one !== undefined);
  return all.reduce((worse, one) => (severity[one] > severity[worse] ? one : worse), "active");
}

export const selected = (tags: readonly string[], tag: string): boolean => tags.includes(tag);

/** What an agent may do in a group: the union of what it was given by name and by selectors, while its organisation is in. */
export function rights(state: State, group: Group, agent: number): { offer: boolean; engage: boolean } {
  const org = orgOfAgent(agent);
  if (group.dissolved || !group.inside.has(org)) return { offer: false, engage: false };
  const given = [
    ...group.named.filter((one) => one.agent === agent),
    ...group.selectors.filter((one) => one.org === org && selected(tagsOf(state, agent), one.tag)),
  ];
  return { offer: given.some((one) => one.offer), engage: given.some((one) => one.engage) };
}

export const tagsOf = (state: State, agent: number): readonly string[] => state.agents[agent]?.tags ?? [];
export const stands = (state: State, agent: number): boolean =>
  state.agents[agent]?.standing === "active" && state.orgs[orgOfAgent(agent)] === "active";

/** What an agent finds in the catalog: `offer@group`. */
export function catalogOf(state: State, agent: number): string[] {
  if (!stands(state, agent)) return [];
  return state.offers
    .filter((offer) => offer.active && offer.agent !== agent && stands(state, offer.agent))
    .flatMap((offer) =>
      offer.groups
        .filter((at) => seen(state, at, agent, offer))
        .map((at) => `${state.offers.indexOf(offer)}@${at}`),
    )
    .sort();
}

export function seen(state: State, at: number, agent: number, offer: Offer): boolean {
  const group = state.groups[at];
  return group !== undefined && rights(state, group, agent).engage && rights(state, group, offer.agent).offer;
}

export const close = (session: Session, reason: SessionEnding): void => {
  if (session.state !== "closed") Object.assign(session, { state: "closed", reason });
};

/** After anything was taken: every open session that has lost what it relies on is over, for ever. */
export function settleLosses(state: State, reason: SessionEnding): void {
  for (const session of state.sessions) {
    const group = state.groups[session.group];
    const offer = state.offers[session.offer];
    if (group === undefined || offer === undefined) continue;
    const whole =
      stands(state, session.consumer) &&
      stands(state, offer.agent) &&
      rights(state, group, session.consumer).engage &&
      rights(state, group, offer.agent).offer &&
      bound(state, session.consumerInstance) &&
      bound(state, session.providerInstance);
    if (!whole) close(session, reason);
  }
}

const bound = (state: State, instance: number | undefined): boolean =>
  instance === undefined || state.instances[instance] === "active";

const overdue = { proposed: "proposal_expired", accepted: "join_timeout", active: "idle_timeout" } as const;
/** Deadlines that have passed by now. */
export function settleTime(state: State): void {
  for (const session of state.sessions) {
    if (session.state === "closed" || state.now < session.due) continue;
    close(session, overdue[session.state]);
  }
}
