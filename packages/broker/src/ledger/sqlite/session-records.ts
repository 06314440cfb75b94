/** A session with everything that it relies on, in one statement: the text that joins it, and what is read from it. */
import type { SessionRecord, SideRecord } from "../../governance/engagement-entities.js";
import { perhaps, type Reading, row, together } from "./joined.js";
import { besides, cross, reach } from "./reach-rows.js";
import { codecs } from "./row-codec.js";

const sideAs = (side: string, alias: "c" | "p"): string =>
  [
    cross("sides", alias, `${alias}."session" = s."id" AND ${alias}."side" = '${side}'`),
    cross(
      "memberships",
      `${alias}m`,
      `${alias}m."workgroup" = s."workgroup" AND ${alias}m."agent" = ${alias}."agent"`,
    ),
    besides(`${alias}m`),
    `LEFT JOIN "instances" AS ${alias}i ON ${alias}i."id" = ${alias}."instance"`,
    `LEFT JOIN "connections" AS ${alias}n ON ${alias}n."instance" = ${alias}."instance"`,
    cross("tallies", `${alias}t`, `${alias}t."session" = s."id" AND ${alias}t."side" = '${side}'`),
    `LEFT JOIN "handled" AS ${alias}h ON ${alias}h."session" = s."id" AND ${alias}h."side" = '${side}'`,
  ].join(" ");

/** What is joined to a session `s`: its consumer's side is `c`, its provider's `p`. */
export const besidesSession = [
  cross("advertisements", "a", `a."id" = s."advertisement"`),
  sideAs("consumer", "c"),
  sideAs("provider", "p"),
].join(" ");

const side = (alias: "c" | "p"): Reading<SideRecord> =>
  together({
    side: row(codecs.sides, alias),
    reach: reach(`${alias}m`),
    instance: perhaps(codecs.instances, `${alias}i`),
    connection: perhaps(codecs.connections, `${alias}n`),
    sent: row(codecs.tallies, `${alias}t`),
    handled: perhaps(codecs.handled, `${alias}h`),
  });

export const sessionRecord: Reading<SessionRecord> = together({
  session: row(codecs.sessions, "s"),
  advertisement: row(codecs.advertisements, "a"),
  consumer: side("c"),
  provider: side("p"),
});
