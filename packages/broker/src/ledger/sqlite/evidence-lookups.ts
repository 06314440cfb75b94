/** What checkpoints, receipts and proofs are put together from, one statement each. */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import type { LedgerLookups } from "../store.js";
import { codecs } from "./row-codec.js";
import { query, several, single } from "./statements.js";

const { logs, logLeaves, logNodes, checkpoints, receiptDues, receipts, receiptProofs } = codecs;

export function evidenceLookups(db: Database.Database) {
  const pending = query(db, `SELECT DISTINCT "log" FROM "log_pending" WHERE "second" < ? ORDER BY "log"`);
  const nodes = several(
    db,
    logNodes,
    `WHERE "log" = ? AND "level" = ? AND "index" >= ? ORDER BY "index" LIMIT ?`,
  );
  const leaf = single(db, logLeaves, `WHERE "log" = ? AND "stream" = ? AND "position" = ?`);
  const before = single(
    db,
    logLeaves,
    `INDEXED BY "log_leaves_of" WHERE "log" = ? AND "stream" = ? AND "position" < ?
       ORDER BY "position" DESC LIMIT 1`,
  );
  const unsigned = query(
    db,
    `SELECT ${logs.columns("l")} FROM "logs" AS l LEFT JOIN "checkpoints" AS c ON c."log" = l."log"
       WHERE c."size" IS NOT l."size" OR c."era" IS NOT ? ORDER BY l."log" LIMIT ?`,
  );
  const checkpoint = single(db, checkpoints, `WHERE "log" = ?`);
  const dues = several(
    db,
    receiptDues,
    `INDEXED BY "receipt_dues_closed" WHERE ("closed_at", "session") > (?, ?)
       ORDER BY "closed_at", "session" LIMIT ?`,
  );
  const receipt = single(db, receipts, `WHERE "session" = ?`);
  const proof = single(db, receiptProofs, `WHERE "session" = ? AND "log" = ?`);
  return {
    pendingLogs: ({ before }) => pending.all(before).map(([log]) => log as string),
    logNodes: ({ log, level, from, limit }) => nodes(log, level, from, limit),
    leafOf: ({ log, stream, position }) => leaf(log, stream, position),
    leafBefore: ({ log, stream, position }) => before(log, stream, position),
    unsignedLogs: ({ era, limit }) => unsigned.all(era, limit).map((values) => logs.decode(values)),
    checkpoint: ({ log }) => checkpoint(log),
    receiptDues: ({ after, limit }) => dues(after?.closedAt ?? -1, after?.session ?? "", limit),
    receipt: ({ session }) => receipt(session),
    receiptProof: ({ session, log }) => proof(session, log),
  } satisfies Partial<Answering<keyof LedgerLookups>>;
}
