/**
 * The folder of a store: made so that only its owner can read it, durable by name, and held by one process at a time.
 * Which process holds it is SQLite's knowledge: a small database beside the store is kept locked while it is open.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { StoreInUse } from "./failures.js";
import { openDatabase } from "./held.js";

const ownerOnly = { folder: 0o700, file: 0o600 };

/** A name in a folder survives a power cut once the folder itself was synced. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function makeFolder(folder: string): void {
  const made = mkdirSync(folder, { recursive: true, mode: ownerOnly.folder });
  if (made === undefined) return;
  // Node says the first that it made as it was asked: of `./data` that is a relative path.
  const top = dirname(resolve(made));
  for (let path = resolve(folder); path !== top; path = dirname(path)) syncFolder(path);
  syncFolder(top);
}

/**
 * Makes an empty file that only its owner can read; SQLite gives its companions the same rights. One that exists is not
 * opened at all: closing any descriptor of a database file would drop the locks that this process holds on it.
 */
export function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", ownerOnly.file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    return;
  }
  syncFolder(dirname(path));
}

/** Keeps every other process out of the folder until it is closed. */
export function lockFolder(folder: string): { close(): void } {
  const path = join(folder, "parley.lock");
  makeFile(path);
  const lock = openDatabase(path, { timeout: 0 });
  try {
    // Nothing is ever written: the transaction that stays open is the lock.
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw isBusy(cause) ? new StoreInUse(folder, { cause }) : cause;
  }
  return { close: () => void lock.close() };
}

const isBusy = (cause: unknown): boolean =>
  cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY");
