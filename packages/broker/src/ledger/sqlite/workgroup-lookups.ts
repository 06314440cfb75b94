/** What decisions about workgroups ask, one statement each, in which whoever asks is joined before what is asked for. */
import type Database from "better-sqlite3";
import type { WorkgroupLookups } from "../../governance/workgroup/workgroup-lookups.js";
import type { Answering } from "../answering.js";
import { invitationLookups } from "./invitation-lookups.js";
import { finding, row, together } from "./joined.js";
import { membershipLookups } from "./membership-lookups.js";
import { activeWorkgroup, cross, isMemberOf } from "./reach-rows.js";
import { codecs } from "./row-codec.js";
import { counted, single } from "./statements.js";

export const workgroupLookups = (db: Database.Database): Answering<keyof WorkgroupLookups> => ({
  ...groupLookups(db),
  ...participationLookups(db),
  ...invitationLookups(db),
  ...membershipLookups(db),
});

const inside = `FROM "participations" AS p INDEXED BY "participations_in"`;
const isIn = `p."organisation" = ? AND p."state" = 'in'`;

function groupLookups(db: Database.Database) {
  const addressed = finding(
    db,
    row(codecs.workgroups, "w"),
    `${inside} ${cross("workgroups", "w", `w."id" = p."workgroup"`)}
       ${cross("organisations", "o", `o."id" = w."owner"`)}
       WHERE ${isIn} AND p."workgroup" BETWEEN ifnull(?, '') AND ifnull(?, char(1114111))
         AND (? IS NULL OR (w."name" = ? AND w."state" = 'active' AND ifnull(o."name" = ?, TRUE)))
         AND (? IS NULL OR ${isMemberOf("?", `p."workgroup"`)})
       ORDER BY p."workgroup" LIMIT 2`,
  );
  const owned = single(db, codecs.workgroups, `WHERE "owner" = ? AND "name" = ? AND "state" = 'active'`);
  const byId = single(db, codecs.workgroups, `WHERE "id" = ?`);
  return {
    workgroupsAddressed: ({ organisation, agent, address: { id, owner, name } }) =>
      addressed.all(organisation, id, id, name, name, owner, agent, agent),
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
  const count = counted(db, `SELECT count(*) ${inside} ${activeWorkgroup("p", "w")} WHERE ${isIn}`);
  const of = finding(
    db,
    together({ workgroup: row(codecs.workgroups, "w"), participation: row(codecs.participations, "p") }),
    `${inside} ${activeWorkgroup("p", "w")} WHERE ${isIn} ORDER BY p."workgroup"`,
  );
  return {
    participation: ({ workgroup, organisation }) => one(workgroup, organisation),
    participants: ({ workgroup }) => participants.all(workgroup),
    participationCount: ({ organisation }) => count(organisation),
    participationsOf: ({ organisation }) => of.all(organisation),
  } satisfies Partial<Answering<keyof WorkgroupLookups>>;
}
