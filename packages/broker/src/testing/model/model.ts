/**
 * The reference: what concepts say of workgroups, offers and sessions, in the fewest words that are still exact.
 */
import { close, isAdmin, orgOf, rights, settleLosses, settleTime, standingOf } from "./rights.js";
import { deal, propose } from "./session-model.js";
import {
  agentOfInstance,
  type Group,
  orgOfAgent,
  type State,
  type Step,
  type Verdict,
  type Who,
} from "./shapes.js";

const standingAfter = { suspend: "suspended", resume: "active", revoke: "revoked" } as const;
const refusedWho = { suspended: "identity.suspended", revoked: "identity.revoked" } as const;

export function take(state: State, step: Step): Verdict {
  state.now += step.passes;
  settleTime(state);
  const standing = step.kind === "tenant" ? "active" : standingOf(state, step.who);
  if (standing !== "active") return refusedWho[standing];
  return rules[step.kind](state, step as never);
}

type Rules = { readonly [K in Step["kind"]]: (state: State, step: Extract<Step, { kind: K }>) => Verdict };

/** The group, as far as an admin sees it. */
function groupFor(state: State, who: Who, at: number): Group | undefined {
  const group = state.groups[at % state.groups.length];
  return group?.inside.has(orgOf(who)) ? group : undefined;
}

function part(group: Group, org: number): void {
  group.inside.delete(org);
  group.left.add(org);
  group.selectors = group.selectors.filter((one) => one.org !== org);
  group.named = group.named.filter((one) => orgOfAgent(one.agent) !== org);
}

const rules: Rules = {
  name(state, { who, group: at, agent, offer, engage }) {
    const group = groupFor(state, who, at);
    if (group === undefined || orgOfAgent(agent) !== orgOf(who)) return "not-found";
    if (group.dissolved) return "workgroup.dissolved";
    if (state.agents[agent]?.standing === "revoked" && (offer || engage)) return "standing.final";
    group.named = group.named.filter((one) => one.agent !== agent);
    if (offer || engage) group.named.push({ agent, offer, engage });
    settleLosses(state, "membership_removed");
    return "accepted";
  },
  select(state, { who, group: at, tag, offer, engage }) {
    const group = groupFor(state, who, at);
    if (group === undefined) return "not-found";
    if (group.dissolved) return "workgroup.dissolved";
    group.selectors.push({ org: orgOf(who), tag, offer, engage });
    return "accepted";
  },
  unselect(state, { who, group: at }) {
    const group = groupFor(state, who, at);
    const index = group?.selectors.findIndex((one) => one.org === orgOf(who)) ?? -1;
    if (group === undefined || index < 0) return "not-found";
    if (group.dissolved) return "workgroup.dissolved";
    group.selectors.splice(index, 1);
    settleLosses(state, "membership_removed");
    return "accepted";
  },
  leave(state, { who, group: at }) {
    const group = groupFor(state, who, at);
    // [WKG-7] Again is a success.
    const hasLeft = state.groups[at % state.groups.length]?.left.has(orgOf(who)) ?? false;
    if (group === undefined) return hasLeft ? "accepted" : "not-found";
    if (group.dissolved) return "workgroup.dissolved";
    if (group.owner === orgOf(who)) return "workgroup.owner-stays";
    part(group, orgOf(who));
    settleLosses(state, "organisation_left");
    return "accepted";
  },
  enter(state, { who, group: at, org }) {
    const group = groupFor(state, who, at);
    if (group === undefined) return "not-found";
    if (group.owner !== orgOf(who)) return "role.missing";
    if (group.dissolved) return "workgroup.dissolved";
    if (group.inside.has(org)) return "workgroup.already-in";
    // Everybody consents, the newcomer last: whoever cannot speak now keeps it waiting.
    if ([...group.inside, org].some((one) => state.orgs[one] !== "active")) return "waits";
    group.inside.add(org);
    group.left.delete(org);
    return "accepted";
  },
  "hand-over"(state, { who, group: at, org }) {
    const group = groupFor(state, who, at);
    if (group === undefined) return "not-found";
    if (group.owner !== orgOf(who)) return "role.missing";
    if (group.dissolved) return "workgroup.dissolved";
    if (!group.inside.has(org)) return "workgroup.not-in";
    if (group.owner === org) return "workgroup.already-in";
    if (state.orgs[org] !== "active") return "waits";
    group.owner = org;
    return "accepted";
  },
  dissolve(state, { who, group: at }) {
    const group = groupFor(state, who, at);
    if (group === undefined) return "not-found";
    if (group.owner !== orgOf(who)) return "role.missing";
    group.dissolved = true;
    settleLosses(state, "workgroup_dissolved");
    return "accepted";
  },
  tag(state, { who, agent, tags }) {
    const target = state.agents[agent];
    if (target === undefined || orgOfAgent(agent) !== orgOf(who)) return "not-found";
    if (target.standing === "revoked") return "standing.final";
    target.tags = tags;
    settleLosses(state, "membership_removed");
    return "accepted";
  },
  standing(state, { who, verb, of, at }) {
    const list = of === "agent" ? state.agents : state.instances;
    const owner = of === "agent" ? orgOfAgent(at) : orgOfAgent(agentOfInstance(at));
    const before = of === "agent" ? state.agents[at]?.standing : state.instances[at];
    if (before === undefined || list.length <= at || owner !== orgOf(who)) return "not-found";
    if (before === "revoked" && verb !== "revoke") return "standing.final";
    if (of === "agent") Object.assign(state.agents[at] ?? {}, { standing: standingAfter[verb] });
    else state.instances[at] = standingAfter[verb];
    settleLosses(state, verb === "revoke" ? "identity_revoked" : "identity_suspended");
    return "accepted";
  },
  tenant(state, { verb, org }) {
    if (state.orgs[org] === "revoked") return verb === "revoke" ? "accepted" : "standing.final";
    state.orgs[org] = standingAfter[verb];
    settleLosses(state, verb === "revoke" ? "identity_revoked" : "identity_suspended");
    for (const group of state.groups) {
      if (verb !== "revoke" || group.dissolved) continue;
      if (group.owner === org) group.dissolved = true;
      else part(group, org);
    }
    settleLosses(state, "workgroup_dissolved");
    return "accepted";
  },
  publish(state, { who, agent, groups, acceptance, tag }) {
    const mine = isAdmin(who) ? orgOfAgent(agent) === orgOf(who) : agentOfInstance(who.at) === agent;
    if (!mine) return "not-found";
    const terms = `${acceptance}:${tag ?? ""}`;
    const offer = state.offers.find((one) => one.agent === agent);
    // [ADV-3] What stands already is published, whatever has become of the right to.
    if (offer?.active && offer.terms === terms && offer.groups.join() === groups.join()) return "accepted";
    const found = groups.map((at) => state.groups[at]);
    const may = found.map((group) => (group ? rights(state, group, agent) : { offer: false, engage: false }));
    if (may.some((one) => !one.offer && !one.engage)) return "not-found";
    if (may.some((one) => !one.offer)) return "membership.right";
    if (state.agents[agent]?.standing === "revoked") return "standing.final";
    if (state.agents[agent]?.standing === "suspended") return "agent.suspended";
    if (offer) Object.assign(offer, { groups, acceptance, tag, terms, active: true });
    else state.offers.push({ agent, groups, acceptance, tag, terms, active: true });
    return "accepted";
  },
  retract(state, { who, agent }) {
    const mine = isAdmin(who) ? orgOfAgent(agent) === orgOf(who) : agentOfInstance(who.at) === agent;
    const offer = state.offers.find((one) => one.agent === agent);
    if (!mine || offer === undefined) return "not-found";
    if (offer.active) {
      offer.active = false;
      for (const session of state.sessions)
        if (session.state === "proposed" && state.offers[session.offer] === offer)
          close(session, "advertisement_retracted");
    }
    return "accepted";
  },
  propose,
  session: deal,
};
