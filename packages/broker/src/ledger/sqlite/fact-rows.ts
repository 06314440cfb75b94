/** Facts as rows: written once, read in the order of one stream or of all. */
import { limits } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import type { StoreLookupName } from "../store.js";
import type { Skeleton, StoredFact } from "../stored-fact.js";
import { isSessionStream } from "../stream.js";
import { query, type Values, write } from "./statements.js";

export const sentKind = "session.sent";
export const factColumns = (alias: string): string =>
  ["ordinal", "skeleton", "hash", "content"].map((name) => `${alias}."${name}"`).join(", ");
const columns = factColumns(`"facts"`);

export function decodeFact([ordinal, skeletonText, hash, contentText]: Values): StoredFact {
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

/** The position of the last that a page has room for, and of one more, which shows that it goes on. */
function lastWithin(sizes: readonly Values[]): number {
  let left: number = limits.pageBytesMax;
  let last = 0;
  for (const [position, bytes] of sizes) {
    last = Number(position);
    if (left < 0) break;
    left -= Number(bytes);
  }
  return last;
}

/** Contents can be long: how long they are is asked first, which reads none of them. */
export function factPages(db: Database.Database) {
  const within = (whose: string) => ({
    sizes: query(
      db,
      `SELECT "position", ifnull(octet_length("content"), 0) FROM "facts"
         WHERE ${whose} AND "position" > ? ORDER BY "position" LIMIT ?`,
    ),
    facts: query(
      db,
      `SELECT ${columns} FROM "facts"
         WHERE ${whose} AND "position" > ? AND "position" <= ? ORDER BY "position" LIMIT ?`,
    ),
  });
  const ofStream = within(`"stream" = ?`);
  const ofKind = within(`"stream" = ? AND "kind" = ? AND "kind" <> '${sentKind}'`);
  // No index has these: in a session's stream they are most of what there is, and in no other is one.
  const sent = within(`"stream" = ? AND "kind" = ?`);
  return {
    factsPage: ({ stream, after, limit, kind }) => {
      if (kind === sentKind && !isSessionStream(stream)) return [];
      const { sizes, facts } = kind === null ? ofStream : kind === sentKind ? sent : ofKind;
      const of = kind === null ? [stream] : [stream, kind];
      const last = lastWithin(sizes.all(...of, after, limit));
      return facts.all(...of, after, last, limit).map(decodeFact);
    },
  } satisfies Partial<Answering<StoreLookupName>>;
}

export function factsInOrder(db: Database.Database) {
  const inOrder = query(db, `SELECT ${columns} FROM "facts" WHERE "ordinal" > ? ORDER BY "ordinal" LIMIT ?`);
  return {
    factsInOrder: ({ after, limit }) => inOrder.all(after, limit).map(decodeFact),
  } satisfies Partial<Answering<StoreLookupName>>;
}
