/** The tables that only the ledger writes: the facts, what it derives from them by itself, and its own row. */
import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Triggers keep every column but the content as it is, and let the content only become null. */
export const facts = sqliteTable(
  "facts",
  {
    ordinal: integer("ordinal").primaryKey(),
    stream: text("stream").notNull(),
    position: integer("position").notNull(),
    kind: text("kind").notNull(),
    at: integer("at").notNull(),
    skeleton: text("skeleton").notNull(),
    hash: text("hash").notNull(),
    content: text("content"),
  },
  (table) => [
    uniqueIndex("facts_stream_position").on(table.stream, table.position),
    // What was sent is most of what there is: it is found by its position.
    index("facts_stream_kind")
      .on(table.stream, table.kind, table.position)
      .where(sql`"kind" <> 'session.sent'`),
  ],
);

/** One row, or none before the first transaction. */
export const ledger = sqliteTable(
  "ledger",
  {
    one: integer("one").primaryKey(),
    ordinal: integer("ordinal").notNull(),
    running: text("running").notNull(),
    at: integer("at").notNull(),
    era: integer("era").notNull(),
    sealed: integer("sealed").notNull().default(0),
  },
  (table) => [check("ledger_one", sql`${table.one} = 1`)],
);

export const streams = sqliteTable("streams", {
  stream: text("stream").primaryKey(),
  position: integer("position").notNull(),
  hash: text("hash").notNull(),
});

/** Which facts outside of sessions name a thing. */
export const mentions = sqliteTable(
  "mentions",
  {
    thing: text("thing").notNull(),
    stream: text("stream").notNull(),
    position: integer("position").notNull(),
  },
  (table) => [primaryKey({ columns: [table.thing, table.stream, table.position] })],
);

export const readers = sqliteTable(
  "readers",
  {
    stream: text("stream").notNull(),
    log: text("log").notNull(),
    from: integer("from").notNull(),
    order: integer("order").notNull(),
    until: integer("until"),
  },
  (table) => [
    primaryKey({ columns: [table.stream, table.log] }),
    // Of sessions there are many, and they are found by their sides.
    index("readers_workgroups").on(table.log, table.stream).where(sql`"stream" GLOB 'workgroup:*'`),
  ],
);

export const logs = sqliteTable("logs", {
  log: text("log").primaryKey(),
  size: integer("size").notNull(),
  frontier: text("frontier", { mode: "json" }).$type<readonly string[]>().notNull(),
  root: text("root").notNull(),
  shared: integer("shared").notNull().default(0),
});

export const logLeaves = sqliteTable(
  "log_leaves",
  {
    log: text("log").notNull(),
    index: integer("index").notNull(),
    leaf: text("leaf").notNull(),
    stream: text("stream").notNull(),
    position: integer("position").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.log, table.index] }),
    index("log_leaves_of").on(table.log, table.stream, table.position),
  ],
);

/** The roots of perfect subtrees, of every eighth level. */
export const logNodes = sqliteTable(
  "log_nodes",
  {
    log: text("log").notNull(),
    level: integer("level").notNull(),
    index: integer("index").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.log, table.level, table.index] })],
);

export const logPending = sqliteTable(
  "log_pending",
  {
    log: text("log").notNull(),
    stream: text("stream").notNull(),
    second: integer("second").notNull(),
    position: integer("position").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.log, table.stream] })],
);
