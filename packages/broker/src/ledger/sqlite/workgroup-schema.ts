/** The tables of workgroups: who is in, who was invited and has consented, and which agents may do what. */
import type {
  Admission,
  AgentId,
  InvitationId,
  InvitationState,
  OperatorId,
  OrganisationId,
  SelectorId,
  Tags,
  WorkgroupId,
} from "@parley/protocol";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Invitation, Participation, Workgroup } from "../../governance/workgroup/workgroup-entities.js";

const workgroup = text("workgroup").$type<WorkgroupId>().notNull();
const organisation = text("organisation").$type<OrganisationId>().notNull();
const agent = text("agent").$type<AgentId>().notNull();
const rights = {
  offer: integer("offer", { mode: "boolean" }).notNull(),
  engage: integer("engage", { mode: "boolean" }).notNull(),
};

export const workgroups = sqliteTable(
  "workgroups",
  {
    id: text("id").$type<WorkgroupId>().primaryKey(),
    owner: text("owner").$type<OrganisationId>().notNull(),
    name: text("name").notNull(),
    purpose: text("purpose").notNull(),
    rules: text("rules").notNull(),
    admission: text("admission").$type<Admission>().notNull(),
    state: text("state").$type<Workgroup["state"]>().notNull(),
    createdAt: integer("created_at").notNull(),
    takenAt: integer("taken_at").notNull(),
  },
  (table) => [
    index("workgroups_owner_name").on(table.owner, table.name).where(sql`"state" = 'active'`),
    index("workgroups_owner_id").on(table.owner, table.id),
  ],
);

export const participations = sqliteTable(
  "participations",
  {
    workgroup,
    organisation,
    state: text("state").$type<Participation["state"]>().notNull(),
    since: integer("since").notNull(),
    takenAt: integer("taken_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workgroup, table.organisation] })],
);

/**
 * Where an organisation is in, kept by triggers: workgroups that are dissolved stay, for looking back, and what is
 * asked about active ones does not go through them.
 */
export const seats = sqliteTable(
  "seats",
  {
    organisation,
    workgroup,
    createdAt: integer("created_at").notNull(),
    active: integer("active", { mode: "boolean" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organisation, table.workgroup] }),
    index("seats_active").on(table.organisation, table.workgroup).where(sql`"active" = 1`),
    index("seats_created").on(table.organisation, table.createdAt, table.workgroup),
  ],
);

export const invitations = sqliteTable(
  "invitations",
  {
    id: text("id").$type<InvitationId>().primaryKey(),
    workgroup,
    inviter: text("inviter").$type<OrganisationId>().notNull(),
    invitee: text("invitee").$type<OrganisationId>().notNull(),
    as: text("as").$type<Invitation["as"]>().notNull(),
    introduction: text("introduction").notNull(),
    state: text("state").$type<InvitationState>().notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    shownAt: integer("shown_at"),
    endedAt: integer("ended_at"),
  },
  (table) => [
    uniqueIndex("invitations_workgroup_id").on(table.workgroup, table.id),
    index("invitations_workgroup_created").on(table.workgroup, table.createdAt, table.id),
    index("invitations_inviter_created").on(table.inviter, table.workgroup, table.createdAt, table.id),
    index("invitations_invitee_created")
      .on(table.invitee, table.workgroup, table.createdAt, table.id)
      .where(sql`"shown_at" IS NOT NULL`),
    index("invitations_made").on(table.inviter, table.createdAt),
    index("invitations_open").on(table.workgroup, table.id).where(sql`"state" = 'open'`),
    index("invitations_open_inviter").on(table.inviter, table.expiresAt).where(sql`"state" = 'open'`),
    index("invitations_shown").on(table.invitee, table.id).where(sql`"shown_at" IS NOT NULL`),
    index("invitations_shown_created")
      .on(table.invitee, table.createdAt, table.id)
      .where(sql`"shown_at" IS NOT NULL`),
  ],
);

export const consents = sqliteTable(
  "consents",
  {
    invitation: text("invitation").$type<InvitationId>().notNull(),
    organisation,
    digest: text("digest").notNull(),
    statement: text("statement").notNull(),
    by: text("by").$type<OperatorId>().notNull(),
    at: integer("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.invitation, table.organisation] })],
);

export const namedMembers = sqliteTable(
  "named_members",
  { workgroup, agent, organisation, participation: integer("participation").notNull(), ...rights },
  (table) => [
    primaryKey({ columns: [table.workgroup, table.agent] }),
    index("named_members_organisation").on(table.workgroup, table.organisation, table.agent),
  ],
);

export const selectors = sqliteTable(
  "selectors",
  {
    id: text("id").$type<SelectorId>().primaryKey(),
    workgroup,
    organisation,
    participation: integer("participation").notNull(),
    ...rights,
    tags: text("tags", { mode: "json" }).$type<Tags>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("selectors_organisation_id").on(table.organisation, table.id),
    index("selectors_created").on(table.workgroup, table.organisation, table.createdAt, table.id),
  ],
);

export const memberships = sqliteTable(
  "memberships",
  {
    workgroup,
    agent,
    organisation,
    participation: integer("participation").notNull(),
    ...rights,
    since: integer("since").notNull(),
    offerTakenAt: integer("offer_taken_at").notNull(),
    engageTakenAt: integer("engage_taken_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workgroup, table.agent] }),
    index("memberships_organisation").on(table.organisation, table.workgroup, table.agent),
  ],
);
