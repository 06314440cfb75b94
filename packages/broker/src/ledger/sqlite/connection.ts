/**
 * Connections to the database with the settings that durability and hygiene need, asserted where the driver is known to
 * answer one thing and do another.
 */
import { strict as assert } from "node:assert";
import type Database from "better-sqlite3";
import { openDatabase } from "./held.js";
import { shapeOf } from "./statement-shape.js";

/** NORMAL loses acknowledged commits in a power cut: it is there for the test that shows it. */
export type Synchronous = "FULL" | "NORMAL";

export interface ConnectionOptions {
  readonly path: string;
  readonly synchronous: Synchronous;
  readonly trace: ((statement: string) => void) | undefined;
}

const levels: Readonly<Record<Synchronous, number>> = { NORMAL: 1, FULL: 2 };

/** Opens without any setting: what the file is must be known before anything in it is changed. */
export function openWriter({ path, trace }: ConnectionOptions): Database.Database {
  return openDatabase(path, { fileMustExist: true, ...verbosely(trace) });
}

export function configureWriter(db: Database.Database, synchronous: Synchronous): void {
  const mode: unknown = db.pragma("journal_mode = WAL", { simple: true });
  assert(mode === "wal", `the journal mode is ${String(mode)}, not WAL`);
  // After journal_mode, because the driver is built to fall back to NORMAL in WAL.
  db.pragma(`synchronous = ${synchronous}`);
  assertSynchronous(db, synchronous);
  db.pragma("secure_delete = ON");
  configure(db);
  db.pragma("journal_size_limit = 67108864");
  // SQLite's own checkpoint swallows the errors it meets; see checkpoints.ts, which does not.
  db.pragma("wal_autocheckpoint = 0");
}

/** Sees commits only, each time from one snapshot. */
export function openReader({ path, synchronous, trace }: ConnectionOptions): Database.Database {
  const db = openDatabase(path, { readonly: true, fileMustExist: true, ...verbosely(trace) });
  db.pragma(`synchronous = ${synchronous}`);
  assertSynchronous(db, synchronous);
  configure(db);
  return db;
}

function configure(db: Database.Database): void {
  db.pragma("foreign_keys = ON");
  db.pragma("trusted_schema = OFF");
  db.pragma("cell_size_check = ON");
  db.pragma("temp_store = MEMORY");
  db.pragma("cache_size = -65536");
  db.pragma("busy_timeout = 2000");
}

/** Only after a first read does the driver answer what it really does. */
function assertSynchronous(db: Database.Database, synchronous: Synchronous): void {
  db.prepare("SELECT count(*) FROM sqlite_schema").get();
  const level: unknown = db.pragma("synchronous", { simple: true });
  assert(level === levels[synchronous], `synchronous is ${String(level)}, not ${levels[synchronous]}`);
}

const verbosely = (trace: ConnectionOptions["trace"]): Database.Options =>
  trace ? { verbose: (text: unknown) => trace(shapeOf(String(text))) } : {};
