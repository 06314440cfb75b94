/** What the ledger itself asks, one statement each, and the one row that it keeps of its own. */
import type { SessionId } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { Deadline } from "../../governance/entities.js";
import type { Answering } from "../answering.js";
import {
  emptyState,
  type InvitationPlace,
  type LedgerLookups,
  type LedgerState,
  type Pages,
} from "../store.js";
import { evidenceLookups } from "./evidence-lookups.js";
import { factsInOrder } from "./fact-rows.js";
import { codecs } from "./row-codec.js";
import { query, several, single, write } from "./statements.js";

const { streams, readers, logs, logLeaves, logPending, deadlines, sweeps, payloads } = codecs;

export function ledgerLookups(db: Database.Database): Answering<keyof LedgerLookups> {
  const state = query(db, `SELECT "ordinal", "running", "at", "era", "sealed" FROM "ledger" WHERE "one" = 1`);
  const stream = single(db, streams, `WHERE "stream" = ?`);
  const readersOf = several(db, readers, `WHERE "stream" = ? ORDER BY "log"`);
  const payload = single(db, payloads, `WHERE "session" = ? AND "side" = ? AND "n" = ?`);
  const log = single(db, logs, `WHERE "log" = ?`);
  const leaves = several(db, logLeaves, `WHERE "log" = ? AND "index" > ? ORDER BY "index" LIMIT ?`);
  const due = several(
    db,
    deadlines,
    `INDEXED BY "deadlines_due" WHERE "due_at" <= ? ORDER BY "due_at", "kind", "subject" LIMIT ?`,
  );
  const unfinished = several(db, sweeps, `INDEXED BY "sweeps_begun" ORDER BY "begun_at", "id", "part"`);
  return {
    ...factsInOrder(db),
    ...undatedLookups(db),
    ...pendingLookup(db),
    ...evidenceLookups(db),
    ...countLookup(db),
    streamHead: (by) => stream(by.stream),
    payloadRow: (by) => payload(by.session, by.side, by.n),
    ledgerState: () => decodeState(state.one()),
    readersOf: (by) => readersOf(by.stream),
    logHead: (by) => log(by.log),
    logLeaves: (by) => leaves(by.log, by.after, by.limit),
    unfinishedSweeps: () => unfinished(),
    due: ({ now, limit }) => due(now, limit),
  };
}

function pendingLookup(db: Database.Database) {
  const pending = query(
    db,
    `SELECT ${logPending.columns("p")}, r."order" FROM "log_pending" AS p
       LEFT JOIN "readers" AS r ON r."stream" = p."stream" AND r."log" = p."log"
       WHERE p."log" = ? AND p."second" < ? ORDER BY p."second", p."stream"`,
  );
  return {
    logPending: ({ log, before }) =>
      pending
        .all(log, before)
        .map((values) => ({ ...logPending.decode(values), order: (values.at(-1) ?? null) as number | null })),
  } satisfies Partial<Answering<keyof LedgerLookups>>;
}

/** From the index of what is open: what has closed costs nothing. */
function countLookup(db: Database.Database) {
  const counts = query(
    db,
    `SELECT total("state" = 'proposed'), total("state" = 'accepted'), total("state" = 'active')
       FROM "sides" INDEXED BY "sides_open_consumer" WHERE "side" = 'consumer' AND "state" <> 'closed'`,
  );
  return {
    openSessionCounts: () => {
      const [proposed, accepted, active] = counts.one() as readonly [number, number, number];
      return { proposed, accepted, active };
    },
  } satisfies Partial<Answering<keyof LedgerLookups>>;
}

/** Walks what is open through its index, and asks of each whether it has its deadline. */
function undatedLookups(db: Database.Database) {
  const without = (kind: Deadline["kind"], subject: string): string =>
    `NOT EXISTS (SELECT 1 FROM "deadlines" AS d WHERE d."kind" = '${kind}' AND d."subject" = ${subject})`;
  const ofSessions = query(
    db,
    `SELECT s."session" FROM "sides" AS s INDEXED BY "sides_open"
       WHERE s."side" = 'consumer' AND s."state" <> 'closed' AND s."session" > ?
         AND ${without("session.expire", 's."session"')} ORDER BY s."session" LIMIT ?`,
  );
  const ofInvitations = query(
    db,
    `SELECT i."workgroup", i."id" FROM "invitations" AS i INDEXED BY "invitations_open"
       WHERE i."state" = 'open' AND (i."workgroup", i."id") > (?, ?)
         AND ${without("invitation.expire", 'i."id"')} ORDER BY i."workgroup", i."id" LIMIT ?`,
  );
  return {
    undatedSessions: ({ after, limit }) =>
      ofSessions.all(after ?? "", limit).map(([session]) => session as SessionId),
    undatedInvitations: ({ after, limit }) =>
      ofInvitations
        .all(after?.workgroup ?? "", after?.id ?? "", limit)
        .map(([workgroup, id]) => ({ workgroup, id }) as InvitationPlace),
  } satisfies Partial<Answering<keyof LedgerLookups>>;
}

export function readerLookup(db: Database.Database) {
  const one = single(db, readers, `WHERE "stream" = ? AND "log" = ?`);
  return {
    readerOf: ({ log, stream }) => one(stream, log),
  } satisfies Partial<Answering<keyof Pages>>;
}

function decodeState(values: readonly unknown[] | undefined): LedgerState {
  if (values === undefined) return emptyState;
  const [ordinal, running, at, era, sealed] = values as [number, string, number, number, number];
  return { ordinal, running, at, era, sealed };
}

export function stateWriter(db: Database.Database): (state: LedgerState) => void {
  const put = write(
    db,
    `INSERT INTO "ledger" ("one", "ordinal", "running", "at", "era", "sealed") VALUES (1, ?, ?, ?, ?, ?)
       ON CONFLICT ("one") DO UPDATE SET "ordinal" = excluded."ordinal", "running" = excluded."running",
         "at" = excluded."at", "era" = excluded."era", "sealed" = excluded."sealed"`,
  );
  return ({ ordinal, running, at, era, sealed }) => {
    put(ordinal, running, at, era, sealed);
  };
}
