/** What is asked about members, one statement each: what admins gave by name and by selectors, and what it comes to. */
import type Database from "better-sqlite3";
import type { WorkgroupLookups } from "../../governance/workgroup/workgroup-lookups.js";
import type { Answering } from "../answering.js";
import { finding, row } from "./joined.js";
import { besides, counting, doesSomething, ofAgentInSeats, reach } from "./reach-rows.js";
import { codecs } from "./row-codec.js";
import { counted, several, single } from "./statements.js";

const { namedMembers, selectors, memberships, agents } = codecs;

export const membershipLookups = (db: Database.Database) => ({
  ...givenLookups(db),
  ...resultingLookups(db),
  ...taggedLookup(db),
});

function givenLookups(db: Database.Database) {
  const member = row(namedMembers, "n");
  const from = (index: string) => `FROM "named_members" AS n ${index} ${counting("n", "p")}`;
  const one = finding(db, member, `${from("")} WHERE n."workgroup" = ? AND n."agent" = ?`);
  const ofOrganisation = finding(
    db,
    member,
    `${from(`INDEXED BY "named_members_organisation"`)}
       WHERE n."workgroup" = ? AND n."organisation" = ? ORDER BY n."agent"`,
  );
  const ofAgent = finding(
    db,
    member,
    `${ofAgentInSeats("named_members", "n")} ${counting("n", "p")} WHERE sa."id" = ? ORDER BY s."workgroup"`,
  );
  const fromSelectors = `FROM "selectors" AS s INDEXED BY "selectors_organisation_id" ${counting("s", "p")}`;
  const selector = finding(
    db,
    row(selectors, "s"),
    `${fromSelectors} WHERE s."organisation" = ? AND s."id" = ? AND s."workgroup" = ?`,
  );
  const selectorsOf = finding(
    db,
    row(selectors, "s"),
    `FROM "seats" AS at INDEXED BY "seats_active"
       CROSS JOIN "selectors" AS s INDEXED BY "selectors_created"
         ON s."workgroup" = at."workgroup" AND s."organisation" = at."organisation" ${counting("s", "p")}
       WHERE at."organisation" = ? AND at."active" = 1 ORDER BY s."id"`,
  );
  return {
    namedMember: ({ workgroup, agent }) => one.one(workgroup, agent),
    namedMembersOf: ({ workgroup, organisation }) => ofOrganisation.all(workgroup, organisation),
    namedIn: ({ agent }) => ofAgent.all(agent),
    selector: ({ organisation, workgroup, id }) => selector.one(organisation, id, workgroup),
    selectorsOf: ({ organisation }) => selectorsOf.all(organisation),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

function resultingLookups(db: Database.Database) {
  const one = single(db, memberships, `WHERE "workgroup" = ? AND "agent" = ?`);
  const ofAgent = finding(
    db,
    row(memberships, "m"),
    `${ofAgentInSeats("memberships", "m")} WHERE sa."id" = ? ORDER BY s."workgroup"`,
  );
  const inGroup = several(
    db,
    memberships,
    `INDEXED BY "memberships_organisation" WHERE "organisation" = ? AND "workgroup" = ? ORDER BY "agent"`,
  );
  const count = counted(
    db,
    `SELECT count(*) FROM "memberships" AS m INDEXED BY "memberships_organisation" ${counting("m", "p")}
       WHERE m."organisation" = ? AND m."workgroup" = ? AND ${doesSomething("m")}
         AND NOT EXISTS (SELECT 1 FROM "agents" AS a WHERE a."id" = m."agent" AND a."standing" = 'revoked')`,
  );
  const whole = finding(
    db,
    reach("m"),
    `FROM "memberships" AS m ${besides("m")} WHERE m."workgroup" = ? AND m."agent" = ?`,
  );
  return {
    membership: ({ workgroup, agent }) => one(workgroup, agent),
    membershipsOf: ({ agent }) => ofAgent.all(agent),
    membershipsIn: ({ workgroup, organisation }) => inGroup(organisation, workgroup),
    memberCount: ({ workgroup, organisation }) => count(organisation, workgroup),
    reach: ({ workgroup, agent }) => whole.one(workgroup, agent),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

function taggedLookup(db: Database.Database) {
  const tagged = several(
    db,
    agents,
    `INDEXED BY "agents_organisation_id" WHERE "organisation" = ? AND "standing" <> 'revoked'
       AND NOT EXISTS (SELECT 1 FROM json_each(?) AS t WHERE NOT EXISTS
         (SELECT 1 FROM json_each("agents"."tags") AS h WHERE h."key" = t."key" AND h."value" = t."value"))
       ORDER BY "id" LIMIT ?`,
  );
  return {
    agentsTagged: ({ organisation, tags, limit }) => tagged(organisation, JSON.stringify(tags), limit + 1),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}
