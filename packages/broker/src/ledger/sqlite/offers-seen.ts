/**
 * What of the offers a seeker may engage, as text: the statement begins with the seeker's own memberships, so that an
 * offer which it may not see is not met. The seeker's membership is `m`, the offer `o`, the provider's membership `q`.
 */
import type { Seeker } from "../engagement-pages.js";
import { isInAll } from "./contract-lookups.js";
import { besides, counting, cross, inStanding, may } from "./reach-rows.js";
import type { Bound } from "./row-codec.js";

interface Seeking {
  readonly from: string;
  readonly is: string;
}

/** In the active workgroups in which the seeker's organisation is: its own memberships, and no others. */
const inSeats = (index: string) =>
  `FROM "seats" AS s INDEXED BY "seats_active" CROSS JOIN "memberships" AS m ${index}
     ON m."workgroup" = s."workgroup" AND m."organisation" = s."organisation"`;
const isSeated = `s."organisation" = ? AND s."active" = 1`;

/** One agent, or every agent of an organisation. */
export const seeking = {
  agent: { from: inSeats(""), is: `${isSeated} AND m."agent" = ?` },
  organisation: { from: inSeats(`INDEXED BY "memberships_organisation"`), is: isSeated },
} as const satisfies Record<string, Seeking>;

export const boundOf = ({ organisation, agent }: Seeker): readonly Bound[] =>
  agent === null ? [organisation] : [organisation, agent];

/** The offers of a workgroup, where nothing narrower is asked for. */
export const allOffers = cross("offers", "o", `o."workgroup" = m."workgroup"`);

/** The provider of an offer `o`: its right, and its standing. */
export const provided = `${cross("memberships", "q", `q."workgroup" = o."workgroup" AND q."agent" = o."agent" AND q."offer" = 1`)}
  ${counting("q", "qp")} ${inStanding("q", "qa", "qo")}`;

/** First is bound who seeks, then what `and` asks for. */
export const seenBy = (
  seeker: Seeking,
  { offers = allOffers, and }: { offers?: string; and: string },
): string =>
  `${seeker.from} ${besides("m")} ${offers} ${provided}
     WHERE ${seeker.is} AND ${may("m", "engage")} AND o."agent" <> m."agent" AND ${and} AND ${isInAll(`m."agent"`)}`;

export const isAvailable = `EXISTS (SELECT 1 FROM "connections" AS n INDEXED BY "connections_open_agent"
  WHERE n."agent" = o."agent" AND n."state" = 'open')`;
