/**
 * What an agent may do in a workgroup: exactly what its organisation's admins gave it by name, and what their selectors
 * give all agents with its tags [WKG-8]. Pure.
 */
import {
  type AgentId,
  limits,
  type OrganisationId,
  type Refusal,
  type Tags,
  type WorkgroupId,
} from "@parley/protocol";
import type { Millis } from "../entities.js";
import { happened, type NewFact, workgroupStream } from "../fact.js";
import { no } from "../verdict.js";
import type { Cause } from "./invitation-progress.js";
import type { Membership, Participation, Rights, Selector, Workgroup } from "./workgroup-entities.js";

export const nothing: Rights = { offer: false, engage: false };

export const together = (gifts: readonly Rights[]): Rights => ({
  offer: gifts.some(({ offer }) => offer),
  engage: gifts.some(({ engage }) => engage),
});

export const givesAny = ({ offer, engage }: Rights): boolean => offer || engage;

export const hasTags = (tags: Tags, wanted: Tags): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(tags, key) && tags[key] === value);

/** By name and by selectors of one workgroup. */
export const rightsOf = (
  named: Rights | undefined,
  selectors: readonly (Rights & { readonly tags: Tags })[],
  tags: Tags,
): Rights => together([named ?? nothing, ...selectors.filter((one) => hasTags(tags, one.tags))]);

/** An organisation in a workgroup, since when. */
export interface Place {
  readonly workgroup: WorkgroupId;
  readonly organisation: OrganisationId;
  readonly participation: Millis;
}

export const placeOf = (workgroup: Workgroup, participation: Participation): Place => ({
  workgroup: workgroup.id,
  organisation: participation.organisation,
  participation: participation.since,
});

/** An organisation's own limit in one workgroup. */
export const membersFit = (members: number, more: number): Refusal | undefined => {
  const limit = limits.membersPerWorkgroup;
  return members + more <= limit
    ? undefined
    : no("limit.reached", { rule: "membersPerWorkgroup", limit, used: members });
};

/** Of this participation: what was there in an earlier one gives nothing, and says nothing. */
export const currentIn = (
  { participation }: Pick<Place, "participation">,
  membership: Membership | undefined,
): Membership | undefined => (membership?.participation === participation ? membership : undefined);

export interface RightsChange {
  readonly membership: Membership;
  readonly name: string;
  readonly isNew: boolean;
  readonly lost: boolean;
}

interface Member {
  readonly id: AgentId;
  readonly name: string;
}

/** The membership as it is with these rights; what is lost is lost from now on, and never forgotten. */
export function membershipWith(
  place: Place,
  { id: agent, name }: Member,
  before: Membership | undefined,
  { offer, engage }: Rights,
  now: Millis,
): RightsChange | undefined {
  const current = currentIn(place, before);
  const had = current ?? nothing;
  if (had.offer === offer && had.engage === engage) return undefined;
  const isNew = !givesAny(had);
  const { workgroup, organisation, participation } = place;
  const membership: Membership = {
    workgroup,
    agent,
    organisation,
    participation,
    offer,
    engage,
    since: current && !isNew ? current.since : now,
    offerTakenAt: had.offer && !offer ? now : (before?.offerTakenAt ?? 0),
    engageTakenAt: had.engage && !engage ? now : (before?.engageTakenAt ?? 0),
  };
  return { membership, name, isNew, lost: (had.offer && !offer) || (had.engage && !engage) };
}

/** Nothing is a membership as well: it says so. */
export const noMembership = (
  { workgroup, organisation, participation }: Place,
  agent: AgentId,
): Membership => ({
  workgroup,
  agent,
  organisation,
  participation,
  ...nothing,
  since: participation,
  offerTakenAt: 0,
  engageTakenAt: 0,
});

/** One fact for a workgroup, of whatever changes there; none of nothing. */
export function membershipsChanged(
  { workgroup, organisation }: Omit<Place, "participation">,
  changes: readonly RightsChange[],
  cause: Cause,
): readonly NewFact[] {
  if (changes.length === 0) return [];
  const members = changes.map(({ name, membership }) => ({ name, membership }));
  const told = { ...cause, subject: organisation };
  const data = { workgroup, organisation, members };
  return [happened(workgroupStream(workgroup), "memberships.changed", told, data)];
}

export const selectsIn = (workgroup: WorkgroupId, selectors: readonly Selector[]): readonly Selector[] =>
  selectors.filter((one) => one.workgroup === workgroup);
