/**
 * Membership follows the workload: what an agent's tags, new or changed, make of its memberships by the selectors of
 * its organisation, in every workgroup at once and in the same verdict [WKG-8].
 */
import type { AgentId, OrganisationId, Refusal, Tags, WorkgroupId } from "@parley/protocol";
import type { Sweep, SweepScope } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import type { NewFact } from "../fact.js";
import { noAgent, nowhere } from "../nobody.js";
import { find } from "../question.js";
import { type Asking, ask } from "../rule.js";
import { askAnyOpen, underWayIn } from "../session/sweep.js";
import {
  membersFit,
  membershipsChanged,
  membershipWith,
  type Place,
  type RightsChange,
  rightsOf,
  selectsIn,
} from "./effective-rights.js";
import type { Cause } from "./invitation-progress.js";
import type { NamedMember, Selector } from "./workgroup-entities.js";

export interface Tagged {
  readonly id: AgentId;
  readonly name: string;
  readonly organisation: OrganisationId;
  readonly tags: Tags;
}

/** One workgroup in which something changes for the agent. */
interface Step {
  readonly place: Place;
  readonly change: RightsChange;
  readonly members: number;
}

export interface FollowState {
  readonly steps: readonly Step[];
  readonly scope: SweepScope;
  readonly anyOpen: boolean;
}

/** Where something may change: whatever an agent may do, it was given by name or by a selector that is still there. */
function placesOf(rows: readonly (Selector | NamedMember)[], organisation: OrganisationId): readonly Place[] {
  const places = new Map<WorkgroupId, Place>();
  for (const { workgroup, participation } of rows)
    places.set(workgroup, { workgroup, organisation, participation });
  return [...places.values()].toSorted((a, b) => (a.workgroup < b.workgroup ? -1 : 1));
}

/** For an agent with these tags, whatever its tags were before. */
export function* askFollowing(agent: Tagged | undefined, now: Millis): Asking<FollowState> {
  const id = agent?.id ?? noAgent;
  const organisation = agent?.organisation ?? nowhere;
  const scope: SweepScope = { by: "agent", of: id, within: null };
  const { selectors, named, memberships, anyOpen } = yield* ask({
    selectors: find("selectorsOf", { organisation }),
    named: find("namedIn", { agent: id }),
    memberships: find("membershipsOf", { agent: id }),
    anyOpen: askAnyOpen(scope),
  });
  if (agent === undefined) return { steps: [], scope, anyOpen };
  const changes = placesOf([...named, ...selectors], organisation).flatMap((place) => {
    const { workgroup } = place;
    const byName = named.find((row) => row.workgroup === workgroup);
    const before = memberships.find((row) => row.workgroup === workgroup);
    const rights = rightsOf(byName, selectsIn(workgroup, selectors), agent.tags);
    const change = membershipWith(place, agent, before, rights, now);
    return change ? [{ place, change }] : [];
  });
  if (changes.length === 0) return { steps: [], scope, anyOpen };
  const counts = yield* ask(
    Object.fromEntries(
      changes.map(({ place: { workgroup } }) => [
        workgroup,
        find("memberCount", { workgroup, organisation }),
      ]),
    ),
  );
  const steps = changes.map((one) => ({ ...one, members: counts[one.place.workgroup] ?? 0 }));
  return { steps, scope, anyOpen };
}

/** In each workgroup that the tags bring the agent into. */
export function taggedMembersLeft({ steps }: FollowState): Refusal | undefined {
  const into = steps.filter(({ change }) => change.isNew);
  return into.map(({ members }) => membersFit(members, 1)).find((refusal) => refusal !== undefined);
}

export const followingFacts = ({ steps }: FollowState, cause: Cause): readonly NewFact[] =>
  steps.flatMap(({ place, change }) => membershipsChanged(place, [change], cause));

/** Where a right was lost that a session may rely on. */
export const followingScopes = ({ steps, scope, anyOpen }: FollowState): readonly SweepScope[] =>
  anyOpen && steps.some(({ change }) => change.lost) ? [scope] : [];

/** What tags that were taken before have still to close: whoever sets tags again waits for it [SES-20]. */
export const followingStill = ({ scope }: FollowState, begun: readonly Sweep[]): readonly Sweep[] =>
  underWayIn(begun, scope).filter(({ reason }) => reason === "membership_removed");
