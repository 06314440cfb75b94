import type Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rebuild } from "../rebuild.js";
import type { Store } from "../store.js";
import { appendInBatches } from "../testing/harness.js";
import { factOf, foundingKinds, histories } from "../testing/made-up.js";
import { openSqliteStore } from "./store.js";
import { openRaw, temporaryFolder } from "./temporary.suite.js";

type Rows = readonly (readonly unknown[])[];

const rowsOf = (raw: Database.Database, select: string): Rows => raw.prepare(select).raw().all() as Rows;
const asked = (rows: Rows): Rows => rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** What SQLite keeps for itself, and what it must say by the rows that it is kept from. */
function kept(raw: Database.Database) {
  const seats = rowsOf(raw, `SELECT "organisation", "workgroup", "created_at", "active" FROM "seats"`);
  const words = rowsOf(raw, `SELECT "workgroup", "word", "name", "advertisement" FROM "offer_words"`);
  return { seats: asked(seats), words: asked(words) };
}

function meant(raw: Database.Database): ReturnType<typeof kept> {
  const seats = rowsOf(
    raw,
    `SELECT p."organisation", w."id", w."created_at", w."state" = 'active' FROM "participations" AS p
       JOIN "workgroups" AS w ON w."id" = p."workgroup" WHERE p."state" = 'in'`,
  );
  const offers = rowsOf(raw, `SELECT "workgroup", "words", "name", "advertisement" FROM "offers"`);
  const words = offers.flatMap(([workgroup, said, name, advertisement]) =>
    [...new Set(String(said).split(" "))]
      .filter((word) => word !== "")
      .map((word) => [workgroup, word, name, advertisement]),
  );
  return { seats: asked(seats), words: asked(words) };
}

async function inFolder<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ folder });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function looking<T>(folder: string, look: (raw: Database.Database) => T): T {
  const raw = openRaw(folder);
  try {
    return look(raw);
  } finally {
    raw.close();
  }
}

describe("what SQLite keeps for itself", () => {
  test("says what the rows say of any history, as it was written and after a rebuild", {
    timeout: 60_000,
  }, async () => {
    const met = { seats: 0, words: 0 };
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(histories(80), sizes, async (history, batches) => {
        const folder = temporaryFolder();
        await inFolder(folder, (store) => appendInBatches(store, history, batches));
        const written = looking(folder, (raw) => {
          expect(kept(raw)).toEqual(meant(raw));
          return kept(raw);
        });
        await inFolder(folder, (store) => rebuild(store));
        looking(folder, (raw) => expect([kept(raw), meant(raw)]).toEqual([written, written]));
        met.seats += written.seats.length;
        met.words += written.words.length;
      }),
      { numRuns: 20 },
    );
    expect(Math.min(met.seats, met.words)).toBeGreaterThan(0);
  });

  test("is made again with the rows: what is lost and what nothing tells of is mended", async () => {
    const folder = temporaryFolder();
    const founding = foundingKinds.map((kind, at) => ({ fact: factOf(kind, 1), at: 1_000 + at }));
    await inFolder(folder, (store) => appendInBatches(store, founding, []));
    const written = looking(folder, (raw) => {
      const before = kept(raw);
      expect(Math.min(before.seats.length, before.words.length)).toBeGreaterThan(0);
      // Triggers keep them together: what is lost alone is lost without them.
      raw.exec(`CREATE TEMP TABLE "s" AS SELECT * FROM "seats"; CREATE TEMP TABLE "w" AS SELECT * FROM "offer_words";
        DELETE FROM "participations"; DELETE FROM "offers";
        INSERT INTO "seats" SELECT * FROM "s" UNION SELECT 'org_nobody', "workgroup", 1, 1 FROM "s";
        INSERT INTO "offer_words" SELECT * FROM "w" UNION SELECT "workgroup", 'unsaid', "name", "advertisement" FROM "w"`);
      return before;
    });
    await inFolder(folder, (store) => rebuild(store));
    looking(folder, (raw) => expect([kept(raw), meant(raw)]).toEqual([written, written]));
  });
});
