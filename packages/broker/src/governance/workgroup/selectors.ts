/**
 * Members by tags: a selector gives all agents of the organisation that have them a right in a workgroup, for as long
 * as they have them. `follow-tags.ts` is its other half: what a change of tags does.
 */
import { limits, type Refusal } from "@parley/protocol";
import { callerStands, homeOf, isAdmin } from "../caller.js";
import type { SweepScope } from "../engagement-entities.js";
import type { Agent, Millis, Prior } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { noWorkgroup } from "../nobody.js";
import { find } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { ask, rule, sure } from "../rule.js";
import { askAnyOpen, beginSweeps } from "../session/sweep.js";
import { accept, no, refuse } from "../verdict.js";
import {
  currentIn,
  givesAny,
  membersFit,
  membershipsChanged,
  membershipWith,
  nothing,
  placeOf,
  type RightsChange,
  rightsOf,
  selectsIn,
  together,
} from "./effective-rights.js";
import {
  addressIsClear,
  askWorkgroup,
  lookingBackAs,
  type WorkgroupState,
  workgroupIsActive,
  workgroupIsSeen,
} from "./workgroup-address.js";
import type {
  Membership,
  NamedMember,
  Participation,
  Rights,
  Selector,
  Workgroup,
} from "./workgroup-entities.js";

interface TaggedState extends WorkgroupState {
  readonly participation: Participation | undefined;
  readonly tagged: readonly Agent[];
  readonly memberships: readonly Membership[];
}

/** What changes for the agents with the tags, when each is given what `rightsFor` says. */
function changesOf(
  { workgroup, participation, tagged, memberships }: TaggedState,
  rightsFor: (agent: Agent, before: Rights | undefined) => Rights,
  now: Millis,
): readonly RightsChange[] {
  const place = placeOf(sure(workgroup), sure(participation));
  const rows = new Map(memberships.map((row) => [row.agent, row]));
  return tagged.flatMap((agent) => {
    const row = rows.get(agent.id);
    return membershipWith(place, agent, row, rightsFor(agent, currentIn(place, row)), now) ?? [];
  });
}

interface AddState extends TaggedState {
  readonly prior: Prior | undefined;
  readonly made: Selector | undefined;
  readonly selectors: readonly Selector[];
  readonly members: number;
}

type Wanted = Pick<Selector, "offer" | "engage">;

/** It only gives: what each agent has stays. */
const givenBy = (state: AddState, { offer, engage }: Wanted, now: Millis) =>
  changesOf(state, (_agent, before) => together([before ?? nothing, { offer, engage }]), now);

function selectorsLeft({ selectors }: AddState): Refusal | undefined {
  const limit = limits.selectorsPerOrganisation;
  const used = selectors.length;
  return used < limit ? undefined : no("limit.reached", { rule: "selectorsPerOrganisation", limit, used });
}

function selectedFit(state: AddState, command: Wanted, now: Millis): Refusal | undefined {
  if (state.tagged.length > limits.membersPerWorkgroup) return membersFit(state.members, state.tagged.length);
  const more = givenBy(state, command, now).filter(({ isNew }) => isNew).length;
  return membersFit(state.members, more);
}

export const addSelector = rule<"selector.add", AddState>({
  *gather(command) {
    const first = yield* askWorkgroup(command);
    const organisation = homeOf(first.caller);
    const workgroup = first.workgroup?.id ?? noWorkgroup;
    const { prior } = yield* ask({ prior: askPrior(command) });
    const rest = yield* ask({
      made: find("selector", { organisation, workgroup, id: prior?.subject ?? "" }),
      participation: find("participation", { workgroup, organisation }),
      tagged: find("agentsTagged", { organisation, tags: command.tags, limit: limits.membersPerWorkgroup }),
      memberships: find("membershipsIn", { workgroup, organisation }),
      selectors: find("selectorsOf", { organisation }),
      members: find("memberCount", { workgroup, organisation }),
    });
    return { ...first, prior, ...rest };
  },
  who: [callerStands, workgroupIsSeen, addressIsClear, isAdmin, keyFits],
  repeat({ prior, made, memberships, tagged }, _command, now) {
    if (!isRemembered(prior, now)) return undefined;
    if (made === undefined) return refuse(no("not-found"));
    const ids = new Set(tagged.map(({ id }) => id));
    const members = memberships.filter((row) => ids.has(row.agent) && givesAny(row)).length;
    return accept({ repeated: true, selector: made, members });
  },
  what: [workgroupIsActive, selectorsLeft, selectedFit],
  settle(state, command, now) {
    const place = placeOf(sure(state.workgroup), sure(state.participation));
    const { selector: id, tags, offer, engage } = command;
    const selector: Selector = { ...place, id, tags, offer, engage, createdAt: now };
    const changes = givenBy(state, command, now);
    const cause = { actor: command.caller.principal, cause: command.id };
    const told = { ...cause, ...keyOf(command), subject: id };
    const added = happened(streamOf(place.organisation), "selector.added", told, { selector });
    return accept(
      { repeated: false, selector, members: changes.length },
      { facts: [added, ...membershipsChanged(place, changes, cause)] },
    );
  },
});

interface RemoveState extends TaggedState {
  readonly selector: Selector | undefined;
  readonly selectors: readonly Selector[];
  readonly named: readonly NamedMember[];
  readonly scope: SweepScope;
  readonly anyOpen: boolean;
}

function selectorIsSeen({ selector }: RemoveState): Refusal | undefined {
  return selector === undefined ? no("not-found") : undefined;
}

/** What is left to each agent that it gave to: by name, and by the others. */
function leftWithout(state: RemoveState, workgroup: Workgroup, gone: Selector, now: Millis) {
  const others = selectsIn(workgroup.id, state.selectors).filter(({ id }) => id !== gone.id);
  const named = new Map(state.named.map((row) => [row.agent, row]));
  return changesOf(state, ({ id, tags }) => rightsOf(named.get(id), others, tags), now);
}

export const removeSelector = rule<"selector.remove", RemoveState>({
  *gather(command) {
    const first = yield* askWorkgroup(command);
    const organisation = homeOf(first.caller);
    const workgroup = first.workgroup?.id ?? noWorkgroup;
    const scope: SweepScope = { by: "participation", of: organisation, within: workgroup };
    const { selector } = yield* ask({
      selector: find("selector", {
        organisation: lookingBackAs(first.caller),
        workgroup,
        id: command.selector,
      }),
    });
    const rest = yield* ask({
      participation: find("participation", { workgroup, organisation }),
      tagged: find("agentsTagged", {
        organisation,
        tags: selector?.tags ?? {},
        limit: selector ? limits.agentsPerOrganisation : 0,
      }),
      memberships: find("membershipsIn", { workgroup, organisation }),
      selectors: find("selectorsOf", { organisation }),
      named: find("namedMembersOf", { workgroup, organisation }),
      anyOpen: askAnyOpen(scope),
    });
    return { ...first, selector, ...rest, scope };
  },
  who: [callerStands],
  what: [workgroupIsSeen, addressIsClear, selectorIsSeen, isAdmin, workgroupIsActive],
  settle(state, command, now) {
    const workgroup = sure(state.workgroup);
    const selector = sure(state.selector);
    const place = placeOf(workgroup, sure(state.participation));
    const changes = leftWithout(state, workgroup, selector, now);
    const cause = { actor: command.caller.principal, cause: command.id };
    const told = { ...cause, subject: selector.id };
    const data = { selector: selector.id, workgroup: workgroup.id };
    const removed = happened(streamOf(place.organisation), "selector.removed", told, data);
    const lost = changes.some((one) => one.lost);
    const begin = { command, actor: command.caller.principal, organisation: place.organisation };
    const scopes = lost && state.anyOpen ? [state.scope] : [];
    const swept = beginSweeps({ ...begin, reason: "membership_removed", scopes }, now);
    return accept(
      { selector, members: changes.length },
      {
        facts: [removed, ...membershipsChanged(place, changes, cause), ...swept.facts],
        sweeps: swept.sweeps,
      },
    );
  },
});
