import { limits } from "@parley/protocol";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { query, Room } from "./statements.js";

const half = Math.ceil(limits.pageBytesMax / 2) + 1;

test.each([
  ["all of what fits", [10, 10, 10], 3, false],
  ["the first that is too much, and one more", [half, half, 10, 10, 10], 3, true],
  ["one that alone is too much, and one more", [3 * half, 10, 10], 2, true],
  ["one that alone is too much, and is the last", [3 * half], 1, false],
])("a page reads %s [API-5]", (_what, lengths, count, isOver) => {
  const db = new Database(":memory:");
  db.exec(`CREATE TABLE "t" ("text" TEXT)`);
  for (const length of lengths) db.prepare(`INSERT INTO "t" VALUES (?)`).run("x".repeat(length));
  const room = new Room();
  expect(query(db, `SELECT "text" FROM "t" ORDER BY rowid`).within(room)).toHaveLength(count);
  expect(room.isOver).toBe(isOver);
  // What two lists share is what is left of it.
  if (isOver) expect(query(db, `SELECT "text" FROM "t"`).within(room)).toHaveLength(1);
  db.close();
});
