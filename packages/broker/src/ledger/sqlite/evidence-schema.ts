/** What the broker has signed of its record: the last head of each log, and receipts. */
import type { SessionId } from "@parley/protocol";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const checkpoints = sqliteTable("checkpoints", {
  log: text("log").primaryKey(),
  size: integer("size").notNull(),
  root: text("root").notNull(),
  era: integer("era").notNull(),
  signedAt: integer("signed_at").notNull(),
  note: text("note").notNull(),
});

export const receiptDues = sqliteTable(
  "receipt_dues",
  {
    session: text("session").$type<SessionId>().primaryKey(),
    closedAt: integer("closed_at").notNull(),
  },
  (table) => [index("receipt_dues_closed").on(table.closedAt, table.session)],
);

export const receipts = sqliteTable("receipts", {
  session: text("session").$type<SessionId>().primaryKey(),
  madeAt: integer("made_at").notNull(),
  statement: text("statement").notNull(),
});

export const receiptProofs = sqliteTable(
  "receipt_proofs",
  {
    session: text("session").$type<SessionId>().notNull(),
    log: text("log").notNull(),
    leaf: integer("leaf").notNull(),
    size: integer("size").notNull(),
    note: text("note").notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.log] })],
);
