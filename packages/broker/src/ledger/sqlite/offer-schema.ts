/** The tables of contracts and of what is offered under them. */
import type {
  AdvertisementContent,
  AdvertisementId,
  AgentId,
  ContractId,
  OrganisationId,
  PrincipalId,
  Terms,
  WorkgroupId,
} from "@parley/protocol";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Advertisement, Contract } from "../../governance/engagement-entities.js";

const organisation = text("organisation").$type<OrganisationId>().notNull();
const agent = text("agent").$type<AgentId>().notNull();
const contract = text("contract").$type<ContractId>().notNull();
const workgroup = text("workgroup").$type<WorkgroupId>().notNull();
const advertisement = text("advertisement").$type<AdvertisementId>().notNull();

export const contracts = sqliteTable(
  "contracts",
  {
    id: text("id").$type<ContractId>().primaryKey(),
    organisation,
    name: text("name").notNull(),
    state: text("state").$type<Contract["state"]>().notNull(),
    latest: integer("latest").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("contracts_organisation_id").on(table.organisation, table.id),
    index("contracts_organisation_name").on(table.organisation, table.name).where(sql`"state" = 'active'`),
  ],
);

export const contractVersions = sqliteTable(
  "contract_versions",
  {
    contract,
    number: integer("number").notNull(),
    organisation,
    terms: text("terms", { mode: "json" }).$type<Terms>().notNull(),
    termsDigest: text("terms_digest").notNull(),
    statement: text("statement").notNull(),
    by: text("by").$type<PrincipalId>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.contract, table.number] }),
    index("contract_versions_number").on(table.organisation, table.contract, table.number),
    index("contract_versions_digest").on(table.organisation, table.contract, table.termsDigest, table.number),
  ],
);

export const advertisements = sqliteTable(
  "advertisements",
  {
    id: text("id").$type<AdvertisementId>().primaryKey(),
    agent,
    organisation,
    name: text("name").notNull(),
    content: text("content", { mode: "json" }).$type<AdvertisementContent>().notNull(),
    digest: text("digest").notNull(),
    statement: text("statement").notNull(),
    by: text("by").$type<PrincipalId>().notNull(),
    state: text("state").$type<Advertisement["state"]>().notNull(),
    publishedAt: integer("published_at").notNull(),
    takenAt: integer("taken_at").notNull(),
    version: integer("version").notNull(),
  },
  (table) => [
    uniqueIndex("advertisements_agent_name").on(table.agent, table.name),
    index("advertisements_organisation_name").on(table.organisation, table.agent, table.name),
    uniqueIndex("advertisements_organisation_id").on(table.organisation, table.id),
    index("advertisements_active").on(table.agent).where(sql`"state" = 'active'`),
    index("advertisements_contract").on(sql`"content" -> 'contract' ->> 'id'`).where(sql`"state" = 'active'`),
  ],
);

/** What a search goes over. No index here begins with anything but the workgroup: what is hidden is not met. */
export const offers = sqliteTable(
  "offers",
  {
    workgroup,
    advertisement,
    agent,
    organisation,
    contract,
    name: text("name").notNull(),
    words: text("words").notNull(),
    patterns: text("patterns", { mode: "json" }).$type<readonly string[]>().notNull(),
    requires: text("requires", { mode: "json" }).$type<readonly WorkgroupId[]>().notNull(),
    publishedAt: integer("published_at").notNull(),
    version: integer("version").notNull(),
    statement: text("statement").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workgroup, table.advertisement] }),
    index("offers_name").on(table.workgroup, table.name, table.advertisement),
    index("offers_contract").on(table.workgroup, table.contract, table.advertisement),
  ],
);

export const offeredCapabilities = sqliteTable(
  "offered_capabilities",
  { workgroup, capability: text("capability").notNull(), advertisement, name: text("name").notNull() },
  (table) => [
    primaryKey({ columns: [table.workgroup, table.capability, table.advertisement] }),
    index("offered_capabilities_name").on(table.workgroup, table.capability, table.name, table.advertisement),
  ],
);

/** An index of the words of offers that SQLite cannot make by itself: triggers on the offers keep it, nobody else writes it. */
export const offerWords = sqliteTable(
  "offer_words",
  { workgroup, word: text("word").notNull(), name: text("name").notNull(), advertisement },
  (table) => [primaryKey({ columns: [table.workgroup, table.word, table.name, table.advertisement] })],
);
