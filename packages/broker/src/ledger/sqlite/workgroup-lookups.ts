/** What decisions about workgroups ask, one statement each, in which whoever asks is joined before what is asked for. */
import type Database from "better-sqlite3";
import type { WorkgroupLookups } from "../../governance/workgroup/workgroup-lookups.js";
import type { Answering } from "../answering.js";
import { invitationLookups } from "./invitation-lookups.js";
import { finding, row, together } from "./joined.js";
import { membershipLookups } from "./membership-lookups.js";
import { cross, isMemberOf } from "./reach-rows.js";
import { codecs } from "./row-codec.js";
import { counted, single } from "./statements.js";

export const workgroupLookups = (db: Database.Database): Answering<keyof WorkgroupLookups> => ({
  ...groupLookups(db),
  ...participationLookups(db),
  ...invitationLookups(db),
  ...membershipLookups(db),
});

const inActive = `FROM "seats" AS s INDEXED BY "seats_active" ${cross("workgroups", "w", `w."id" = s."workgroup"`)}`;
const isSeated = `s."organisation" = ? AND s."active" = 1`;

function groupLookups(db: Database.Database) {
  const seenByAgent = `(? IS NULL OR ${isMemberOf("?", `w."id"`)})`;
  const identified = finding(
    db,
    row(codecs.workgroups, "w"),
    `FROM "seats" AS s ${cross("workgroups", "w", `w."id" = s."workgroup"`)}
       WHERE s."organisation" = ? AND s."workgroup" = ? AND ${seenByAgent}`,
  );
  const named = finding(
    db,
    row(codecs.workgroups, "w"),
    `${inActive} ${cross("organisations", "o", `o."id" = w."owner"`)}
       WHERE ${isSeated} AND w."name" = ? AND ifnull(o."name" = ?, TRUE) AND ${seenByAgent}
       ORDER BY s."workgroup" LIMIT 2`,
  );
  const owned = single(db, codecs.workgroups, `WHERE "owner" = ? AND "name" = ? AND "state" = 'active'`);
  const byId = single(db, codecs.workgroups, `WHERE "id" = ?`);
  return {
    workgroupsAddressed: ({ organisation, agent, address: { id, owner, name } }) =>
      id === null
        ? named.all(organisation, name, owner, agent, agent)
        : identified.all(organisation, id, agent, agent),
    workgroupOwned: ({ organisation, name }) => owned(organisation, name),
    workgroup: ({ id }) => byId(id),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}

function participationLookups(db: Database.Database) {
  const one = single(db, codecs.participations, `WHERE "workgroup" = ? AND "organisation" = ?`);
  const participants = finding(
    db,
    together({
      participation: row(codecs.participations, "p"),
      organisation: row(codecs.organisations, "o"),
    }),
    `FROM "participations" AS p ${cross("organisations", "o", `o."id" = p."organisation"`)}
       WHERE p."workgroup" = ? AND p."state" = 'in' ORDER BY p."organisation"`,
  );
  const count = counted(db, `SELECT count(*) FROM "seats" AS s INDEXED BY "seats_active" WHERE ${isSeated}`);
  const of = finding(
    db,
    together({ workgroup: row(codecs.workgroups, "w"), participation: row(codecs.participations, "p") }),
    `${inActive} ${cross("participations", "p", `p."workgroup" = s."workgroup" AND p."organisation" = s."organisation"`)}
       WHERE ${isSeated} ORDER BY s."workgroup"`,
  );
  return {
    participation: ({ workgroup, organisation }) => one(workgroup, organisation),
    participants: ({ workgroup }) => participants.all(workgroup),
    participationCount: ({ organisation }) => count(organisation),
    participationsOf: ({ organisation }) => of.all(organisation),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}
