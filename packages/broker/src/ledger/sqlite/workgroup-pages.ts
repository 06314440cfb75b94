/** What the records room asks about workgroups and their members, one statement each. */
import type { WorkgroupId } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import type { WorkgroupPages } from "../workgroup-pages.js";
import { invitationPages } from "./invitation-lookups.js";
import { finding, row, text, together } from "./joined.js";
import { beginning } from "./places.js";
import {
  activeWorkgroup,
  counting,
  cross,
  doesSomething,
  inStanding,
  isMemberOf,
  ofAgentInSeats,
} from "./reach-rows.js";
import { codecs } from "./row-codec.js";

export const workgroupPages = (db: Database.Database): Answering<keyof WorkgroupPages> => ({
  ...groupPages(db),
  ...invitationPages(db),
  ...memberPages(db),
});

function groupPages(db: Database.Database) {
  const groupRow = together({ workgroup: row(codecs.workgroups, "w"), ownerName: text(`o."name"`) });
  const owner = cross("organisations", "o", `o."id" = w."owner"`);
  const pageOf = (index: string, those: string) =>
    finding(
      db,
      groupRow,
      `FROM "seats" AS s INDEXED BY "${index}" ${cross("workgroups", "w", `w."id" = s."workgroup"`)} ${owner}
         WHERE s."organisation" = ?${those} AND (s."created_at", s."workgroup") > (?, ?)
         ORDER BY s."created_at", s."workgroup" LIMIT ?`,
    );
  const ofOrganisation = pageOf("seats_created", "");
  // Sorted, of as many as an organisation may be in: those that were dissolved may be any number, and are not met.
  const ofAgent = pageOf("seats_active", ` AND s."active" = 1 AND ${isMemberOf("?", `s."workgroup"`)}`);
  const one = finding(db, groupRow, `FROM "workgroups" AS w ${owner} WHERE w."id" = ?`);
  return {
    workgroupsPage: ({ organisation, agent, after, limit }) =>
      agent === null
        ? ofOrganisation.all(organisation, ...beginning(after), limit)
        : ofAgent.all(organisation, agent, ...beginning(after), limit),
    workgroupRow: ({ id }) => one.one(id),
  } satisfies Partial<Answering<keyof WorkgroupPages>>;
}

function memberPages(db: Database.Database) {
  const members = finding(
    db,
    together({
      membership: row(codecs.memberships, "m"),
      agentName: text(`a."name"`),
      organisationName: text(`o."name"`),
    }),
    `FROM "memberships" AS m ${counting("m", "p")} ${activeWorkgroup("m", "w")} ${inStanding("m", "a", "o")}
       WHERE m."workgroup" = ? AND m."agent" > ? AND ${doesSomething("m")} ORDER BY m."agent" LIMIT ?`,
  );
  const selectors = finding(
    db,
    row(codecs.selectors, "s"),
    `FROM "selectors" AS s INDEXED BY "selectors_created" ${counting("s", "p")}
       WHERE s."workgroup" = ? AND s."organisation" = ? AND (s."created_at", s."id") > (?, ?)
       ORDER BY s."created_at", s."id" LIMIT ?`,
  );
  const byAgent = finding(
    db,
    text<WorkgroupId>(`s."workgroup"`),
    `${ofAgentInSeats("memberships", "m")} ${counting("m", "p")}
       WHERE sa."id" = ? AND ${doesSomething("m")} ORDER BY s."workgroup"`,
  );
  const byOrganisation = finding(
    db,
    text<WorkgroupId>(`s."workgroup"`),
    `FROM "seats" AS s INDEXED BY "seats_active" WHERE s."organisation" = ? AND s."active" = 1 AND EXISTS (
       SELECT 1 FROM "memberships" AS m INDEXED BY "memberships_organisation" ${counting("m", "p")}
         WHERE m."organisation" = s."organisation" AND m."workgroup" = s."workgroup" AND ${doesSomething("m")})
       ORDER BY s."workgroup"`,
  );
  return {
    membersPage: ({ workgroup, after, limit }) => members.all(workgroup, after ?? "", limit),
    selectorsPage: ({ workgroup, organisation, after, limit }) =>
      selectors.all(workgroup, organisation, ...beginning(after), limit),
    workgroupsTouched: ({ by, of }) => (by === "agent" ? byAgent : byOrganisation).all(of),
  } satisfies Partial<Answering<keyof WorkgroupPages>>;
}
