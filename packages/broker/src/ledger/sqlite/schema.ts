/**
 * The tables of a database, from which drizzle-kit makes the migrations: one for each kind of row. Here those of who
 * speaks, and the working rows; beside it those of workgroups, of engagements, and what only the ledger writes. What drizzle cannot say (STRICT, WITHOUT ROWID, triggers) stands in the migrations themselves.
 */
import type {
  AgentId,
  AlertId,
  EnrolmentTokenId,
  InstanceId,
  OperatorId,
  OrganisationId,
  PrincipalId,
  Role,
  Standing,
  Tags,
} from "@parley/protocol";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Alert, Connection, Deadline, PrincipalKey, Probe } from "../../governance/entities.js";

/** Last in each table: rows of before there was such a thing have it at their end. */
const taken = { takenAt: integer("taken_at").notNull().default(0) };

const authority = {
  standing: text("standing").$type<Standing>().notNull(),
  generation: integer("generation").notNull(),
};

/** Null for what belongs to the platform itself. */
const organisationOrPlatform = text("organisation").$type<OrganisationId>();
const organisation = text("organisation").$type<OrganisationId>().notNull();

export const organisations = sqliteTable(
  "organisations",
  {
    id: text("id").$type<OrganisationId>().primaryKey(),
    name: text("name").notNull(),
    displayName: text("display_name").notNull(),
    ...authority,
    createdAt: integer("created_at").notNull(),
    version: integer("version").notNull(),
    ...taken,
  },
  (table) => [uniqueIndex("organisations_name").on(table.name)],
);

export const operators = sqliteTable(
  "operators",
  {
    id: text("id").$type<OperatorId>().primaryKey(),
    organisation: organisationOrPlatform,
    name: text("name").notNull(),
    role: text("role").$type<Role>().notNull(),
    agents: text("agents", { mode: "json" }).$type<readonly AgentId[]>().notNull(),
    ...authority,
    era: integer("era").notNull(),
    thumbprint: text("thumbprint"),
    enrolledAt: integer("enrolled_at"),
    createdAt: integer("created_at").notNull(),
    version: integer("version").notNull(),
  },
  (table) => [
    // Through these a row of another organisation costs what an absent one costs: neither is in reach.
    uniqueIndex("operators_organisation_id").on(table.organisation, table.id),
    index("operators_organisation_created").on(table.organisation, table.createdAt, table.id),
    index("operators_organisation_role").on(table.organisation, table.role, table.standing, table.era),
  ],
);

export const agents = sqliteTable(
  "agents",
  {
    id: text("id").$type<AgentId>().primaryKey(),
    organisation,
    name: text("name").notNull(),
    tags: text("tags", { mode: "json" }).$type<Tags>().notNull(),
    owner: text("owner").notNull(),
    ...authority,
    createdAt: integer("created_at").notNull(),
    version: integer("version").notNull(),
    ...taken,
  },
  (table) => [
    uniqueIndex("agents_organisation_id").on(table.organisation, table.id),
    uniqueIndex("agents_organisation_name").on(table.organisation, table.name),
  ],
);

export const instances = sqliteTable(
  "instances",
  {
    id: text("id").$type<InstanceId>().primaryKey(),
    agent: text("agent").$type<AgentId>().notNull(),
    organisation,
    ...authority,
    era: integer("era").notNull(),
    ephemeral: integer("ephemeral", { mode: "boolean" }).notNull(),
    thumbprint: text("thumbprint").notNull(),
    enrolledAt: integer("enrolled_at").notNull(),
    ...taken,
  },
  (table) => [
    uniqueIndex("instances_organisation_id").on(table.organisation, table.id),
    index("instances_agent_enrolled").on(table.organisation, table.agent, table.enrolledAt, table.id),
    index("instances_agent_standing").on(table.agent, table.standing),
  ],
);

export const principalKeys = sqliteTable(
  "principal_keys",
  {
    thumbprint: text("thumbprint").primaryKey(),
    principal: text("principal").$type<PrincipalId>().notNull(),
    x: text("x").notNull(),
    state: text("state").$type<PrincipalKey["state"]>().notNull(),
    since: integer("since").notNull(),
    replacedAt: integer("replaced_at"),
    token: text("token").$type<EnrolmentTokenId>(),
  },
  (table) => [index("principal_keys_principal_since").on(table.principal, table.since)],
);

export const enrolmentTokens = sqliteTable(
  "enrolment_tokens",
  {
    id: text("id").$type<EnrolmentTokenId>().primaryKey(),
    digest: text("digest").notNull(),
    organisation: organisationOrPlatform,
    for: text("for").$type<OperatorId | AgentId>().notNull(),
    mintedBy: text("minted_by").$type<OperatorId>(),
    minterGeneration: integer("minter_generation").notNull(),
    targetGeneration: integer("target_generation").notNull(),
    era: integer("era").notNull(),
    uses: integer("uses").notNull(),
    usesLeft: integer("uses_left").notNull(),
    ephemeral: integer("ephemeral", { mode: "boolean" }).notNull(),
    mintedAt: integer("minted_at").notNull(),
    notBefore: integer("not_before").notNull(),
    expiresAt: integer("expires_at").notNull(),
    voidedAt: integer("voided_at"),
  },
  (table) => [
    uniqueIndex("enrolment_tokens_digest").on(table.digest),
    uniqueIndex("enrolment_tokens_organisation_id").on(table.organisation, table.id),
    index("enrolment_tokens_for_minted").on(table.organisation, table.for, table.mintedAt, table.id),
    index("enrolment_tokens_open")
      .on(table.organisation, table.expiresAt)
      .where(sql`"voided_at" IS NULL AND "uses_left" > 0`),
  ],
);

export const priors = sqliteTable(
  "priors",
  {
    principal: text("principal").$type<PrincipalId>().notNull(),
    organisation: organisationOrPlatform,
    key: text("key").notNull(),
    digest: text("digest").notNull(),
    kind: text("kind").notNull(),
    subject: text("subject").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.principal, table.key] })],
);

export const alerts = sqliteTable(
  "alerts",
  {
    id: text("id").$type<AlertId>().primaryKey(),
    organisation: organisationOrPlatform,
    kind: text("kind").$type<Alert["kind"]>().notNull(),
    subject: text("subject").notNull(),
    detail: text("detail").notNull(),
    raisedAt: integer("raised_at").notNull(),
  },
  (table) => [index("alerts_organisation_raised").on(table.organisation, table.raisedAt, table.id)],
);

export const seen = sqliteTable("seen", {
  principal: text("principal").$type<PrincipalId>().primaryKey(),
  seenAt: integer("seen_at").notNull(),
  connectedAt: integer("connected_at"),
});

export const connections = sqliteTable(
  "connections",
  {
    instance: text("instance").$type<InstanceId>().primaryKey(),
    agent: text("agent").$type<AgentId>().notNull(),
    organisation,
    connection: text("connection").notNull(),
    epoch: integer("epoch").notNull(),
    state: text("state").$type<Connection["state"]>().notNull(),
    changedAt: integer("changed_at").notNull(),
    goodbye: integer("goodbye", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    index("connections_open").on(table.instance).where(sql`"state" = 'open'`),
    index("connections_open_agent").on(table.agent).where(sql`"state" = 'open'`),
  ],
);

export const refusalCounts = sqliteTable(
  "refusal_counts",
  {
    principal: text("principal").notNull(),
    organisation: organisationOrPlatform,
    code: text("code").notNull(),
    minute: integer("minute").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.principal, table.code, table.minute] })],
);

export const deadlines = sqliteTable(
  "deadlines",
  {
    kind: text("kind").$type<Deadline["kind"]>().notNull(),
    subject: text("subject").notNull(),
    dueAt: integer("due_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.subject] }),
    index("deadlines_due").on(table.dueAt, table.kind, table.subject),
  ],
);

export const probes = sqliteTable("probes", {
  name: text("name").$type<Probe["name"]>().primaryKey(),
  value: text("value").notNull(),
  at: integer("at").notNull(),
});
