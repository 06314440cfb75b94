/**
 * What a database is: one of ours, and of which version. Brings an older one up to date; refuses one of another
 * application, one that a newer build has written, and one whose past is not the past that this build knows.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { StoreVersion } from "./failures.js";

/** "Prly": in the header of every database of ours. */
export const applicationId = 0x50726c79;

/** In a package the migrations lie beside `dist`, in the repository at its root. */
const migrationsFolder = ["../../../migrations/sqlite", "../../../../../migrations/sqlite"]
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

/** Refuses a database of another application before anything in it is changed. */
export function checkApplication(db: Database.Database): void {
  const found = Number(db.pragma("application_id", { simple: true }));
  const isEmpty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (found === applicationId || (found === 0 && isEmpty)) return;
  const spell = (id: number) => `application id 0x${id.toString(16)}`;
  throw new StoreVersion(db.name, { found: spell(found), expected: spell(applicationId) });
}

export function bringUpToDate(db: Database.Database): void {
  if (migrationsFolder === undefined) throw new TypeError("the migrations of the store are not installed");
  const known = readMigrationFiles({ migrationsFolder });
  const applied = appliedTo(db);
  for (const [index, hash] of applied.entries()) {
    const expected = known[index];
    if (expected?.hash === hash) continue;
    throw new StoreVersion(db.name, {
      found: `migration ${index + 1} of ${applied.length} with hash ${hash}`,
      expected: expected
        ? `migration ${index + 1} with hash ${expected.hash}`
        : `${known.length} migrations at most`,
    });
  }
  if (applied.length === known.length) return;
  db.pragma(`application_id = ${applicationId}`);
  migrate(drizzle(db), { migrationsFolder });
}

function appliedTo(db: Database.Database): string[] {
  const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '__drizzle_migrations'";
  if (db.prepare(table).get() === undefined) return [];
  const hashes = db.prepare<[], { hash: string }>(
    "SELECT hash FROM __drizzle_migrations ORDER BY created_at",
  );
  return hashes.all().map(({ hash }) => hash);
}
