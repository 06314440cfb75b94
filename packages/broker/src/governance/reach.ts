/**
 * By what an agent stands in a workgroup, judged: may it offer or engage now, and has anything that a session relies on
 * been taken since it was proposed. What was given back later does not count [WKG-9].
 */
import type { SessionEnding } from "@parley/protocol";
import type { Reach, SessionRecord, SideRecord } from "./engagement-entities.js";
import type { Authority, Millis, Taken } from "./entities.js";
import type { Invitation, Membership, Participation, Workgroup } from "./workgroup/workgroup-entities.js";

export type Right = "offer" | "engage";

/** Whether a row that was made while its organisation was in still counts. */
export const counts = (
  row: Pick<Membership, "participation">,
  participation: Participation | undefined,
): boolean => participation?.state === "in" && row.participation === participation.since;

/**
 * [WKG-5] Whether an organisation that is in sees an invitation: it was open after that came in, or it is its own. What was over
 * in the very millisecond in which it came in, it has not seen.
 */
export const isSeenFromInside = (
  { inviter, expiresAt, endedAt }: Invitation,
  { organisation, state, since }: Participation,
): boolean =>
  state === "in" && (inviter === organisation || Math.min(expiresAt, endedAt ?? expiresAt) > since);

/** Inside at all: sees the workgroup and who is in it. */
export function isMember({
  workgroup,
  participation,
  membership,
}: Pick<Reach, "workgroup" | "participation" | "membership">): boolean {
  return isActive(workgroup) && counts(membership, participation) && (membership.offer || membership.engage);
}

export function may(reach: Reach, right: Right): boolean {
  const { agent, organisation, membership } = reach;
  return (
    isMember(reach) && membership[right] && agent.standing === "active" && organisation.standing === "active"
  );
}

export const isActive = (workgroup: Workgroup): boolean => workgroup.state === "active";

/** What was taken, and when it last was; 0 is never. */
export interface Taking {
  readonly at: Millis;
  readonly reason: SessionEnding;
}

/** All by which the agent has this right in the workgroup, as what each was taken. */
export function takingsOf(
  { workgroup, participation, membership, agent, organisation }: Reach,
  right: Right,
): readonly Taking[] {
  return [
    standingTaken(organisation),
    standingTaken(agent),
    { at: workgroup.takenAt, reason: "workgroup_dissolved" },
    { at: participation.takenAt, reason: "organisation_left" },
    {
      at: right === "offer" ? membership.offerTakenAt : membership.engageTakenAt,
      reason: "membership_removed",
    },
  ];
}

/** Expiring takes nothing, so what was taken from what has expired since was its suspension. */
const standingTaken = ({ standing, takenAt }: Pick<Authority, "standing"> & Taken): Taking => ({
  at: takenAt,
  reason: standing === "revoked" ? "identity_revoked" : "identity_suspended",
});

/**
 * [SES-10] Of one millisecond the earlier in this list is what ended it: who somebody is before where it is, so that of
 * the one fact by which an organisation is revoked, leaves and dissolves, the revocation is told.
 */
const inOrder: readonly SessionEnding[] = [
  "identity_revoked",
  "identity_suspended",
  "workgroup_dissolved",
  "organisation_left",
  "membership_removed",
  "advertisement_retracted",
];

const earlier = (one: Taking, other: Taking): Taking => {
  if (one.at !== other.at) return one.at < other.at ? one : other;
  return inOrder.indexOf(one.reason) <= inOrder.indexOf(other.reason) ? one : other;
};

/**
 * Why a session is over whatever its row says: the first that was taken, at or after the moment at which it came to rely
 * on it, of all that it relies on. Undefined while everything stands.
 */
export function broken(record: SessionRecord): Taking | undefined {
  const { session, advertisement, consumer, provider } = record;
  const { proposedAt, life } = session;
  if (life.state === "closed") return undefined;
  // [ADV-5] [SES-21] What waits for an answer relies on the advertisement too; what was accepted does not any more.
  const offered: Taking = { at: advertisement.takenAt, reason: "advertisement_retracted" };
  const takings = [
    ...reachTaken(record, proposedAt),
    ...instanceTaken(consumer),
    ...instanceTaken(provider),
    ...since(proposedAt, life.state === "proposed" ? [offered] : []),
  ];
  const [first, ...rest] = takings;
  return first && rest.reduce(earlier, first);
}

/** [SES-21] Whether of what a session relied on something was taken away since it has ended. */
export const brokenSince = (record: SessionRecord, closedAt: Millis): boolean =>
  reachTaken(record, closedAt).length > 0;

/** Of what lets the two meet, whoever of them speaks: what was taken at or after a moment. */
const reachTaken = ({ consumer, provider }: SessionRecord, moment: Millis): readonly Taking[] =>
  since(moment, [...takingsOf(consumer.reach, "engage"), ...takingsOf(provider.reach, "offer")]);

const since = (moment: Millis, takings: readonly Taking[]): readonly Taking[] =>
  takings.filter(({ at }) => at >= moment);

const instanceTaken = ({ side, instance }: SideRecord): readonly Taking[] =>
  instance === null || side.boundAt === null ? [] : since(side.boundAt, [standingTaken(instance)]);
