/** The tables of what the sides of sessions have sent: counted, found again, and handled by the other side. */
import type { AgentId, EnvelopeId, InstanceId, OrganisationId, SessionId, SideName } from "@parley/protocol";
import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

const ofSide = {
  session: text("session").$type<SessionId>().notNull(),
  side: text("side").$type<SideName>().notNull(),
};

export const tallies = sqliteTable(
  "tallies",
  {
    ...ofSide,
    n: integer("n").notNull(),
    bytes: integer("bytes").notNull(),
    violations: integer("violations").notNull(),
    lastId: text("last_id").$type<EnvelopeId>(),
    lastAt: integer("last_at"),
  },
  (table) => [primaryKey({ columns: [table.session, table.side] })],
);

export const segments = sqliteTable(
  "segments",
  {
    ...ofSide,
    n: integer("n").notNull(),
    seq: integer("seq").notNull(),
    count: integer("count").notNull(),
    position: integer("position").notNull(),
    at: integer("at").notNull(),
    sent: integer("sent").notNull(),
    firstId: text("first_id").$type<EnvelopeId>(),
    lastId: text("last_id").$type<EnvelopeId>(),
  },
  (table) => [
    primaryKey({ columns: [table.session, table.side, table.n] }),
    // Ids that rise: the first segment that ends at an id or beyond is the only one that may have it.
    index("segments_ids").on(table.session, table.side, table.lastId).where(sql`"last_id" IS NOT NULL`),
  ],
);

export const strays = sqliteTable(
  "strays",
  {
    ...ofSide,
    id: text("id").$type<EnvelopeId>().notNull(),
    n: integer("n").notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.side, table.id] })],
);

export const handled = sqliteTable(
  "handled",
  {
    ...ofSide,
    n: integer("n").notNull(),
    bytes: integer("bytes").notNull(),
    handed: integer("handed").notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.side] })],
);

export const waiting = sqliteTable(
  "waiting",
  {
    agent: text("agent").$type<AgentId>().notNull(),
    organisation: text("organisation").$type<OrganisationId>().notNull(),
    bytes: integer("bytes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.agent, table.organisation] })],
);

export const drains = sqliteTable(
  "drains",
  {
    session: text("session").$type<SessionId>().primaryKey(),
    agent: text("agent").$type<AgentId>().notNull(),
    capability: text("capability").notNull(),
    instance: text("instance").$type<InstanceId>(),
    openedAt: integer("opened_at").notNull(),
    until: integer("until").notNull(),
  },
  (table) => [index("drains_capability").on(table.agent, table.capability, table.openedAt, table.session)],
);

/**
 * One row for each segment: its payloads one after the other. `room` is nothing, and so long that they lie outside of the
 * pages of the tree: SQLite overwrites what is deleted, but not what it leaves behind when it moves rows between those pages.
 */
export const payloads = sqliteTable(
  "payloads",
  {
    ...ofSide,
    n: integer("n").notNull(),
    count: integer("count").notNull(),
    trimmed: integer("trimmed").notNull(),
    room: blob("room", { mode: "buffer" })
      .$type<Uint8Array>()
      .notNull()
      .generatedAlwaysAs(sql`zeroblob(600)`, { mode: "stored" }),
    bytes: blob("bytes", { mode: "buffer" }).$type<Uint8Array>().notNull(),
    rest: blob("rest", { mode: "buffer" })
      .$type<Uint8Array>()
      .notNull()
      .generatedAlwaysAs(sql`zeroblob((8048 - length("bytes") % 4092) % 4092)`, { mode: "stored" }),
  },
  (table) => [primaryKey({ columns: [table.session, table.side, table.n] })],
);
