/** The tables of sessions, of their sides, by which they are found, and of sweeps over them. */
import type {
  AdvertisementId,
  AgentId,
  CommandId,
  ContractId,
  InstanceId,
  OrganisationId,
  ProposalId,
  SessionEnding,
  SessionId,
  SessionState,
  SideName,
  Tags,
  Terms,
  WorkgroupId,
  WouldRefuse,
} from "@parley/protocol";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Life, Sweep } from "../../governance/engagement-entities.js";

const workgroup = text("workgroup").$type<WorkgroupId>().notNull();
const advertisement = text("advertisement").$type<AdvertisementId>().notNull();
const contract = text("contract").$type<ContractId>().notNull();

export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").$type<SessionId>().primaryKey(),
    proposal: text("proposal").$type<ProposalId>().notNull(),
    proposalDigest: text("proposal_digest").notNull(),
    proposalStatement: text("proposal_statement").notNull(),
    acceptanceStatement: text("acceptance_statement"),
    proposedBy: text("proposed_by").$type<InstanceId>().notNull(),
    proposedAt: integer("proposed_at").notNull(),
    workgroup,
    advertisement,
    capability: text("capability").notNull(),
    contract,
    terms: text("terms", { mode: "json" }).$type<Terms>().notNull(),
    termsDigest: text("terms_digest").notNull(),
    purpose: text("purpose"),
    consumer: text("consumer").$type<AgentId>().notNull(),
    provider: text("provider").$type<AgentId>().notNull(),
    wouldRefuse: text("would_refuse", { mode: "json" }).$type<readonly WouldRefuse[]>().notNull(),
    era: integer("era").notNull(),
    life: text("life", { mode: "json" }).$type<Life>().notNull(),
  },
  (table) => [
    uniqueIndex("sessions_proposal").on(table.consumer, table.proposal),
    index("sessions_terms").on(table.contract, table.termsDigest),
    index("sessions_marked")
      .on(table.contract, table.termsDigest, table.proposedAt, table.id)
      .where(sql`"would_refuse" <> '[]'`),
  ],
);

const open = sql`"state" <> 'closed'`;
/** What both sides of a session say alike is found from one of them. */
const openOnce = sql`"side" = 'consumer' AND "state" <> 'closed'`;

export const sides = sqliteTable(
  "sides",
  {
    session: text("session").$type<SessionId>().notNull(),
    side: text("side").$type<SideName>().notNull(),
    agent: text("agent").$type<AgentId>().notNull(),
    agentName: text("agent_name").notNull(),
    organisation: text("organisation").$type<OrganisationId>().notNull(),
    organisationName: text("organisation_name").notNull(),
    counterpart: text("counterpart").$type<AgentId>().notNull(),
    workgroup,
    advertisement,
    contract,
    state: text("state").$type<SessionState>().notNull(),
    openedAt: integer("opened_at").notNull(),
    instance: text("instance").$type<InstanceId>(),
    boundAt: integer("bound_at"),
    joinedAt: integer("joined_at"),
    joinsOnAcceptance: integer("joins_on_acceptance", { mode: "boolean" }).notNull(),
    stated: text("stated", { mode: "json" }).$type<Tags>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.session, table.side] }),
    index("sides_organisation").on(table.organisation, table.session),
    // By which facts of sessions are found again: what is in them never changes.
    index("sides_counterpart").on(table.organisation, table.counterpart, table.session),
    index("sides_workgroup").on(table.organisation, table.workgroup, table.session),
    index("sides_contract").on(table.organisation, table.contract, table.session),
    index("sides_listed").on(table.organisation, table.side, table.state, table.openedAt, table.session),
    index("sides_agent_listed").on(
      table.organisation,
      table.agent,
      table.side,
      table.state,
      table.openedAt,
      table.session,
    ),
    index("sides_open_organisation").on(table.organisation, table.session).where(open),
    index("sides_open_agent").on(table.agent, table.session).where(open),
    index("sides_open_instance").on(table.instance, table.session).where(open),
    index("sides_open_participation").on(table.workgroup, table.organisation, table.session).where(open),
    index("sides_open_membership").on(table.workgroup, table.agent, table.session).where(open),
    index("sides_open_workgroup").on(table.workgroup, table.session).where(openOnce),
    index("sides_open_advertisement").on(table.advertisement, table.session).where(openOnce),
    index("sides_open").on(table.session).where(openOnce),
    index("sides_open_consumer").on(table.agent, table.state, table.contract).where(openOnce),
    index("sides_open_pair")
      .on(table.organisation, table.counterpart)
      .where(sql`"side" = 'consumer' AND "state" = 'proposed'`),
    index("sides_held")
      .on(table.agent, table.instance, table.session)
      .where(sql`"side" = 'provider' AND "state" = 'active'`),
    index("sides_takeable")
      .on(table.agent, table.openedAt, table.session)
      .where(sql`"side" = 'provider' AND "state" IN ('proposed', 'accepted') AND "joined_at" IS NULL`),
  ],
);

/** Who has held which side. */
export const holders = sqliteTable(
  "holders",
  {
    session: text("session").$type<SessionId>().notNull(),
    side: text("side").$type<SideName>().notNull(),
    instance: text("instance").$type<InstanceId>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.side, table.instance] })],
);

export const sweeps = sqliteTable(
  "sweeps",
  {
    id: text("id").$type<CommandId>().notNull(),
    part: integer("part").notNull(),
    organisation: text("organisation").$type<OrganisationId>(),
    by: text("by").$type<Sweep["by"]>().notNull(),
    of: text("of").notNull(),
    within: text("within").$type<WorkgroupId>(),
    reason: text("reason").$type<SessionEnding>().notNull(),
    begunAt: integer("begun_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.part] }),
    index("sweeps_begun").on(table.begunAt, table.id, table.part),
  ],
);
