/** Facts as rows: written once, read in the order of one stream or of all. */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import type { StoreLookupName } from "../store.js";
import type { Skeleton, StoredFact } from "../stored-fact.js";
import { query, type Values, write } from "./statements.js";

const columns = `"ordinal", "skeleton", "hash", "content"`;

function decode([ordinal, skeletonText, hash, contentText]: Values): StoredFact {
  return {
    ordinal: ordinal as number,
    skeleton: JSON.parse(skeletonText as string) as Skeleton,
    skeletonText: skeletonText as string,
    hash: hash as string,
    contentText: contentText as string | null,
  };
}

export function factWriter(db: Database.Database): (fact: StoredFact) => void {
  const insert = write(
    db,
    `INSERT INTO "facts" ("ordinal", "stream", "position", "kind", "at", "skeleton", "hash", "content")
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return ({ ordinal, skeleton: { stream, position, kind, at }, skeletonText, hash, contentText }) => {
    insert(ordinal, stream, position, kind, at, skeletonText, hash, contentText);
  };
}

export function factPages(db: Database.Database) {
  const ofStream = query(
    db,
    `SELECT ${columns} FROM "facts" WHERE "stream" = ? AND "position" > ? ORDER BY "position" LIMIT ?`,
  );
  const ofKind = query(
    db,
    `SELECT ${columns} FROM "facts" WHERE "stream" = ? AND "kind" = ? AND "position" > ?
       ORDER BY "position" LIMIT ?`,
  );
  return {
    factsPage: ({ stream, after, limit, kind }) => {
      const found =
        kind === null ? ofStream.all(stream, after, limit) : ofKind.all(stream, kind, after, limit);
      return found.map(decode);
    },
  } satisfies Partial<Answering<StoreLookupName>>;
}

export function factsInOrder(db: Database.Database) {
  const inOrder = query(db, `SELECT ${columns} FROM "facts" WHERE "ordinal" > ? ORDER BY "ordinal" LIMIT ?`);
  return {
    factsInOrder: ({ after, limit }) => inOrder.all(after, limit).map(decode),
  } satisfies Partial<Answering<StoreLookupName>>;
}
