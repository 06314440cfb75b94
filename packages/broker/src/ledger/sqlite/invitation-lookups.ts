/** What is asked about invitations, one statement each: an invitation comes with its consents and its workgroup. */
import { limits } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { InvitationFound } from "../../governance/workgroup/workgroup-lookups.js";
import type { Answering } from "../answering.js";
import type { StoreLookupName } from "../store.js";
import { finding, listed, type Reading, row, text, together } from "./joined.js";
import { ending } from "./places.js";
import { cross } from "./reach-rows.js";
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

const isOpenFor = `v."expires_at" > p."since" AND ifnull(v."ended_at" > p."since", TRUE)`;

/** Who is in the workgroup, and who was told, see it: whoever is neither meets no row of it [WKG-5]. */
const seen = `(SELECT v."id" FROM "participations" AS p
    CROSS JOIN "invitations" AS v INDEXED BY "invitations_workgroup_id" ON v."workgroup" = p."workgroup" AND v."id" = ?
    WHERE p."workgroup" = ? AND p."organisation" = ? AND p."state" = 'in'
      AND (v."inviter" = p."organisation" OR (${isOpenFor}))
  UNION SELECT v."id" FROM "invitations" AS v INDEXED BY "invitations_shown"
    WHERE v."invitee" = ? AND v."id" = ? AND v."workgroup" = ? AND v."shown_at" IS NOT NULL)`;

const newestFirst = (of: string) => `ORDER BY ${of}."created_at" DESC, ${of}."id" DESC LIMIT ?`;

/** As many as a page has, of those that an organisation sees for one reason: each is found where it stands in an index. */
const pageOf = (listed: string, because: string) =>
  `SELECT k."id" FROM (SELECT v."id" FROM "participations" AS p
    CROSS JOIN "invitations" AS v INDEXED BY "invitations_${listed}_created" ON v."workgroup" = p."workgroup" AND ${because}
    WHERE p."workgroup" = ? AND p."organisation" = ? AND p."state" = 'in' AND (v."created_at", v."id") < (?, ?)
    ${newestFirst("v")}) AS k`;

/** None was made so long before it was over: further back, nothing is looked at. */
const lifetime = limits.invitationSeconds * 1_000;

const seenInside = [
  pageOf("workgroup", `${isOpenFor} AND v."created_at" >= p."since" - ${lifetime}`),
  pageOf("inviter", `v."inviter" = p."organisation"`),
  pageOf("invitee", `v."invitee" = p."organisation" AND v."shown_at" IS NOT NULL`),
].join(" UNION ");

export function invitationLookups(db: Database.Database) {
  const one = finding(db, found, `FROM "invitations" AS i ${besides} WHERE i."id" IN ${seen}`);
  const due = finding(db, found, `FROM "invitations" AS i ${besides} WHERE i."id" = ?`);
  const count = counted(
    db,
    `SELECT count(*) FROM "invitations" AS i INDEXED BY "invitations_open_inviter"
       ${cross("seats", "s", `s."organisation" = i."inviter" AND s."workgroup" = i."workgroup" AND s."active" = 1`)}
       WHERE i."inviter" = ? AND i."state" = 'open' AND i."expires_at" > ?`,
  );
  const made = counted(
    db,
    `SELECT count(*) FROM "invitations" INDEXED BY "invitations_made" WHERE "inviter" = ? AND "created_at" > ?`,
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
    invitationsMadeSince: ({ inviter, since }) => made(inviter, since),
    openInvitationsOf: ({ workgroup, now }) => ofGroup(workgroup, now),
  } satisfies Partial<Answering<StoreLookupName>>;
}

export function invitationPages(db: Database.Database) {
  const newest = `(i."created_at", i."id") < (?, ?) ${newestFirst("i")}`;
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
    `FROM "invitations" AS i ${besides} WHERE i."id" IN (${seenInside}) ${newestFirst("i")}`,
  );
  return {
    invitationsPage: ({ invitee, before, limit }) => told.all(invitee, ...ending(before), limit),
    invitationShown: ({ invitee, id }) => shown.one(invitee, id),
    workgroupInvitationsPage: ({ workgroup, organisation, before, limit }) => {
      const branch = [workgroup, organisation, ...ending(before), limit];
      return ofGroup.all(...branch, ...branch, ...branch, limit);
    },
  } satisfies Partial<Answering<StoreLookupName>>;
}
