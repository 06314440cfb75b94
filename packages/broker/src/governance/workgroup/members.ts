/**
 * Members by name: an organisation's own admins say which of its agents may offer or engage in a workgroup. What
 * selectors give as well stays when the name is taken away, and the answer says what is left.
 */
import type { Refusal } from "@parley/protocol";
import { callerStands, homeOf, isAdmin } from "../caller.js";
import type { Command } from "../command.js";
import type { Sweep, SweepScope } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { type AgentTarget, agentIsNotFinal, agentIsSeen } from "../identity/agent.js";
import { noAgent, noWorkgroup } from "../nobody.js";
import { find } from "../question.js";
import { counts } from "../reach.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { askAnyOpen, askUnderWay, beginSweeps, underWayIn } from "../session/sweep.js";
import { accept } from "../verdict.js";
import {
  currentIn,
  givesAny,
  membersFit,
  membershipsChanged,
  membershipWith,
  noMembership,
  type Place,
  placeOf,
  rightsOf,
  selectsIn,
} from "./effective-rights.js";
import {
  addressIsClear,
  askWorkgroup,
  type WorkgroupState,
  workgroupIsActive,
  workgroupIsSeen,
} from "./workgroup-address.js";
import type { Membership, NamedMember, Participation, Rights, Selector } from "./workgroup-entities.js";

interface State extends WorkgroupState, AgentTarget {
  readonly participation: Participation | undefined;
  readonly named: NamedMember | undefined;
  readonly membership: Membership | undefined;
  readonly selectors: readonly Selector[];
  readonly members: number;
  readonly scope: SweepScope;
  readonly anyOpen: boolean;
  readonly begun: readonly Sweep[];
}

type Naming = Command<"member.add" | "member.remove">;

function* gather(command: Naming): Asking<State> {
  const first = yield* askWorkgroup(command);
  const organisation = homeOf(first.caller);
  const { target } = yield* ask({ target: find("agent", { organisation, id: command.agent }) });
  const workgroup = first.workgroup?.id ?? noWorkgroup;
  const agent = target?.id ?? noAgent;
  const scope: SweepScope = { by: "membership", of: agent, within: workgroup };
  const rest = yield* ask({
    participation: find("participation", { workgroup, organisation }),
    named: find("namedMember", { workgroup, agent }),
    membership: find("membership", { workgroup, agent }),
    selectors: find("selectorsOf", { organisation }),
    members: find("memberCount", { workgroup, organisation }),
    anyOpen: askAnyOpen(scope),
    begun: askUnderWay(organisation),
  });
  return { ...first, target, ...rest, scope };
}

function membersLeft({ members, membership, participation }: State): Refusal | undefined {
  const isIn = membership !== undefined && counts(membership, participation) && givesAny(membership);
  return membersFit(members, isIn ? 0 : 1);
}

/** Gives or takes the name, and says what the agent may do from here on. */
function settle(state: State, command: Naming, named: Rights | undefined, now: Millis) {
  const target = sure(state.target);
  const place = placeOf(sure(state.workgroup), sure(state.participation));
  const { workgroup, organisation } = place;
  const cause = { actor: command.caller.principal, cause: command.id };
  const rights = rightsOf(named, selectsIn(workgroup, state.selectors), target.tags);
  const change = membershipWith(place, target, state.membership, rights, now);
  const scopes = change?.lost && state.anyOpen ? [state.scope] : [];
  const begin = { command, actor: command.caller.principal, organisation };
  const swept = beginSweeps({ ...begin, reason: "membership_removed", scopes }, now);
  const facts = [
    ...naming(state, place, named, cause),
    ...membershipsChanged(place, change ? [change] : [], cause),
    ...swept.facts,
  ];
  const current = currentIn(place, state.membership) ?? noMembership(place, target.id);
  const membership = change?.membership ?? current;
  const sweeps = [...(named ? [] : underWayIn(state.begun, state.scope)), ...swept.sweeps];
  return accept({ membership, agentName: target.name }, { facts, sweeps });
}

/** What was given by name already is not said again. */
function naming(
  { target, named: before }: State,
  place: Place,
  named: Rights | undefined,
  cause: { readonly actor: Naming["caller"]["principal"]; readonly cause: Naming["id"] },
) {
  const { id: agent } = sure(target);
  const told = { ...cause, subject: agent };
  const stream = streamOf(place.organisation);
  const { workgroup } = place;
  if (named === undefined)
    return before ? [happened(stream, "member.unnamed", told, { workgroup, agent })] : [];
  if (before?.offer === named.offer && before.engage === named.engage) return [];
  const member = { ...place, agent, offer: named.offer, engage: named.engage };
  return [happened(stream, "member.named", told, { member })];
}

export const addMember = rule<"member.add", State>({
  gather,
  who: [callerStands],
  what: [
    workgroupIsSeen,
    addressIsClear,
    agentIsSeen,
    isAdmin,
    workgroupIsActive,
    agentIsNotFinal,
    membersLeft,
  ],
  settle: (state, command, now) => settle(state, command, command, now),
});

export const removeMember = rule<"member.remove", State>({
  gather,
  who: [callerStands],
  what: [workgroupIsSeen, addressIsClear, agentIsSeen, isAdmin, workgroupIsActive],
  settle: (state, command, now) => settle(state, command, undefined, now),
});
