/** Folders and databases that are gone when their test ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import type { Store } from "../store.js";
import { openDatabase } from "./held.js";
import { openSqliteStore, type SqliteStoreOptions } from "./store.js";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store that is closed before its folder goes. */
export function openStore(folder: string, options: Omit<SqliteStoreOptions, "folder"> = {}): Store {
  const store = openSqliteStore({ folder, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** A connection of somebody who knows nothing of us. */
export function openRaw(folder: string, file = "parley.db"): Database.Database {
  const db = openDatabase(join(folder, file));
  onTestFinished(() => {
    db.close();
  });
  return db;
}

/** The database of a store that was opened once and closed again. */
export function leftBehind(): { readonly folder: string; readonly raw: Database.Database } {
  const folder = temporaryFolder();
  openSqliteStore({ folder }).close();
  return { folder, raw: openRaw(folder) };
}
