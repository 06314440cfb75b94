/** What the ledger itself asks, one statement each, and the one row that it keeps of its own. */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import { emptyState, type LedgerLookups, type LedgerState } from "../store.js";
import { factsInOrder } from "./fact-rows.js";
import { codecs } from "./row-codec.js";
import { query, several, single, write } from "./statements.js";

const { streams, readers, logs, logLeaves, logPending, deadlines } = codecs;

export function ledgerLookups(db: Database.Database): Answering<keyof LedgerLookups> {
  const state = query(db, `SELECT "ordinal", "running", "at", "era" FROM "ledger" WHERE "one" = 1`);
  const stream = single(db, streams, `WHERE "stream" = ?`);
  const readersOf = several(db, readers, `WHERE "stream" = ? ORDER BY "log"`);
  const log = single(db, logs, `WHERE "log" = ?`);
  const leaves = several(db, logLeaves, `WHERE "log" = ? AND "index" > ? ORDER BY "index" LIMIT ?`);
  const pending = several(db, logPending, `WHERE "log" = ? ORDER BY "second", "stream"`);
  const due = several(
    db,
    deadlines,
    `INDEXED BY "deadlines_due" WHERE "due_at" <= ? ORDER BY "due_at", "kind", "subject" LIMIT ?`,
  );
  return {
    ...factsInOrder(db),
    streamHead: (by) => stream(by.stream),
    ledgerState: () => decodeState(state.one()),
    readersOf: (by) => readersOf(by.stream),
    logHead: (by) => log(by.log),
    logLeaves: (by) => leaves(by.log, by.after, by.limit),
    logPending: (by) => pending(by.log),
    due: ({ now, limit }) => due(now, limit),
  };
}

function decodeState(values: readonly unknown[] | undefined): LedgerState {
  if (values === undefined) return emptyState;
  const [ordinal, running, at, era] = values as [number, string, number, number];
  return { ordinal, running, at, era };
}

export function stateWriter(db: Database.Database): (state: LedgerState) => void {
  const put = write(
    db,
    `INSERT INTO "ledger" ("one", "ordinal", "running", "at", "era") VALUES (1, ?, ?, ?, ?)
       ON CONFLICT ("one") DO UPDATE SET "ordinal" = excluded."ordinal", "running" = excluded."running",
         "at" = excluded."at", "era" = excluded."era"`,
  );
  return ({ ordinal, running, at, era }) => {
    put(ordinal, running, at, era);
  };
}
