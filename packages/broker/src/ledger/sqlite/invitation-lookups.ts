/** What is asked about invitations, one statement each: an invitation comes with its consents and its workgroup. */
import type Database from "better-sqlite3";
import type { InvitationFound } from "../../governance/workgroup/workgroup-lookups.js";
import type { Answering } from "../answering.js";
import type { StoreLookupName } from "../store.js";
import { finding, listed, type Reading, row, text, together } from "./joined.js";
import { ending } from "./places.js";
import { activeWorkgroup, cross } from "./reach-rows.js";
import { codecs } from "./row-codec.js";
import { counted, several } from "./statements.js";

const found: Reading<InvitationFound> = together({
  invitation: row(codecs.invitations, "i"),
  workgroup: row(codecs.workgroups, "w"),
  inviterName: text(`o."name"`),
  consents: listed(codecs.consents, { where: `"invitation" = i."id"`, by: `"organisation"` }),
});

const besides = `${cross("workgroups", "w", `w."id" = i."workgroup"`)} ${cross("organisations", "o", `o."id" = i."inviter"`)}`;
const open = `"state" = 'open' AND "expires_at" > ?`;

/** Who is in the workgroup, and who was told, see it: whoever is neither meets no row of it. */
const seen = `(SELECT v."id" FROM "participations" AS p
    CROSS JOIN "invitations" AS v INDEXED BY "invitations_workgroup_id" ON v."workgroup" = p."workgroup" AND v."id" = ?
    WHERE p."workgroup" = ? AND p."organisation" = ? AND p."state" = 'in'
  UNION SELECT v."id" FROM "invitations" AS v INDEXED BY "invitations_shown"
    WHERE v."invitee" = ? AND v."id" = ? AND v."workgroup" = ? AND v."shown_at" IS NOT NULL)`;

export function invitationLookups(db: Database.Database) {
  const one = finding(db, found, `FROM "invitations" AS i ${besides} WHERE i."id" IN ${seen}`);
  const due = finding(db, found, `FROM "invitations" AS i ${besides} WHERE i."id" = ?`);
  const count = counted(
    db,
    `SELECT count(*) FROM "invitations" AS i INDEXED BY "invitations_open_inviter" ${activeWorkgroup("i", "w")}
       WHERE i."inviter" = ? AND i."state" = 'open' AND i."expires_at" > ?`,
  );
  const ofGroup = several(
    db,
    codecs.invitations,
    `INDEXED BY "invitations_open" WHERE "workgroup" = ? AND ${open} ORDER BY "id"`,
  );
  return {
    invitation: ({ organisation, workgroup, id }) =>
      one.one(id, workgroup, organisation, organisation, id, workgroup),
    invitationDue: ({ id }) => due.one(id),
    openInvitationCount: ({ inviter, now }) => count(inviter, now),
    openInvitationsOf: ({ workgroup, now }) => ofGroup(workgroup, now),
  } satisfies Partial<Answering<StoreLookupName>>;
}

export function invitationPages(db: Database.Database) {
  const newest = `(i."created_at", i."id") < (?, ?) ORDER BY i."created_at" DESC, i."id" DESC LIMIT ?`;
  const told = finding(
    db,
    found,
    `FROM "invitations" AS i INDEXED BY "invitations_shown_created" ${besides}
       WHERE i."invitee" = ? AND i."shown_at" IS NOT NULL AND ${newest}`,
  );
  const shown = finding(
    db,
    found,
    `FROM "invitations" AS i INDEXED BY "invitations_shown" ${besides}
       WHERE i."invitee" = ? AND i."id" = ? AND i."shown_at" IS NOT NULL`,
  );
  const ofGroup = finding(
    db,
    found,
    `FROM "invitations" AS i INDEXED BY "invitations_workgroup_created" ${besides}
       WHERE i."workgroup" = ? AND ${newest}`,
  );
  return {
    invitationsPage: ({ invitee, before, limit }) => told.all(invitee, ...ending(before), limit),
    invitationShown: ({ invitee, id }) => shown.one(invitee, id),
    workgroupInvitationsPage: ({ workgroup, before, limit }) =>
      ofGroup.all(workgroup, ...ending(before), limit),
  } satisfies Partial<Answering<StoreLookupName>>;
}
