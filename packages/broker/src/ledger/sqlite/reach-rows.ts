/**
 * By what an agent stands in a workgroup, joined into the statement that asks: one text for each thing that is judged,
 * so that a row which does not count is not met, wherever it is asked for.
 */
import type { Reach } from "../../governance/engagement-entities.js";
import { type Reading, row, together } from "./joined.js";
import { codecs } from "./row-codec.js";

/** CROSS JOIN is a join whose order the planner leaves as it is written. */
export const cross = (table: string, alias: string, on: string): string =>
  `CROSS JOIN "${table}" AS ${alias} ON ${on}`;

const participationOf = (member: string, alias: string): string =>
  `${alias}."workgroup" = ${member}."workgroup" AND ${alias}."organisation" = ${member}."organisation"`;

/** The participation under which a row of a member (named, by selector, or both together) counts. */
export const counting = (member: string, alias: string): string =>
  cross(
    "participations",
    alias,
    `${participationOf(member, alias)} AND ${alias}."state" = 'in' AND ${alias}."since" = ${member}."participation"`,
  );

export const activeWorkgroup = (of: string, alias: string): string =>
  cross("workgroups", alias, `${alias}."id" = ${of}."workgroup" AND ${alias}."state" = 'active'`);

/** The active workgroups in which an organisation is: what follows goes through no other. */
export const seatsOf = (organisation: string): string =>
  `"seats" AS s INDEXED BY "seats_active" ON s."organisation" = ${organisation} AND s."active" = 1`;

/** The rows of the agent `?` in them, of a table with a row for each workgroup and agent. */
export const ofAgentInSeats = (table: string, alias: string): string =>
  `FROM "agents" AS sa CROSS JOIN ${seatsOf(`sa."organisation"`)}
     ${cross(table, alias, `${alias}."workgroup" = s."workgroup" AND ${alias}."agent" = sa."id"`)}`;

/** The agent and the organisation that a row names, both in good standing. */
export const inStanding = (of: string, agent: string, organisation: string): string =>
  [
    cross("agents", agent, `${agent}."id" = ${of}."agent" AND ${agent}."standing" = 'active'`),
    cross(
      "organisations",
      organisation,
      `${organisation}."id" = ${of}."organisation" AND ${organisation}."standing" = 'active'`,
    ),
  ].join(" ");

export const doesSomething = (member: string): string => `(${member}."offer" = 1 OR ${member}."engage" = 1)`;

/** Whether an agent is a member that may do something in a workgroup. */
export const isMemberOf = (agent: string, workgroup: string): string =>
  `EXISTS (SELECT 1 FROM "memberships" AS x ${counting("x", "xp")} ${activeWorkgroup("x", "xw")}
     WHERE x."workgroup" = ${workgroup} AND x."agent" = ${agent} AND ${doesSomething("x")})`;

/** What stands beside a membership, whatever state it is in. The aliases are the membership's with a letter more. */
export const besides = (m: string): string =>
  [
    cross("workgroups", `${m}w`, `${m}w."id" = ${m}."workgroup"`),
    cross("participations", `${m}p`, participationOf(m, `${m}p`)),
    cross("agents", `${m}a`, `${m}a."id" = ${m}."agent"`),
    cross("organisations", `${m}o`, `${m}o."id" = ${m}."organisation"`),
  ].join(" ");

/** Where a membership with everything beside it has been joined. */
export const reach = (m: string): Reading<Reach> =>
  together({
    workgroup: row(codecs.workgroups, `${m}w`),
    participation: row(codecs.participations, `${m}p`),
    membership: row(codecs.memberships, m),
    agent: row(codecs.agents, `${m}a`),
    organisation: row(codecs.organisations, `${m}o`),
  });

/** Whether a membership with everything beside it gives a right now. */
export const may = (m: string, right: "offer" | "engage"): string =>
  `${m}."${right}" = 1 AND ${m}w."state" = 'active' AND ${m}p."state" = 'in' AND ${m}p."since" = ${m}."participation"
    AND ${m}a."standing" = 'active' AND ${m}o."standing" = 'active'`;
