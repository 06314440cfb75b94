/** Facts that stand together in one stream: found by their time, and by their kind or what they name; read last. */
import { limits } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import type { LogPages, Span } from "../log-pages.js";
import type { StoredFact } from "../stored-fact.js";
import { decodeFact, factColumns, sentKind } from "./fact-rows.js";
import { halve } from "./halve.js";
import { query } from "./statements.js";

/** Where a fact stands, when it was, and how long it is. */
type Standing = readonly [position: number, at: number, bytes: number];
type Bounds = readonly [first: number, last: number];

const nothing: Bounds = [1, 0];

/** Positions have no gaps, and times rise with them: where a time begins is found by halving. */
function boundsFinder(db: Database.Database): (span: Span) => Bounds {
  const head = query(db, `SELECT "position" FROM "streams" WHERE "stream" = ?`);
  const at = query(db, `SELECT "at" FROM "facts" WHERE "stream" = ? AND "position" = ?`);
  return ({ stream, from, until, since, before }) => {
    const end = until ?? Number(head.one(stream)?.[0] ?? 0);
    if (from > end) return nothing;
    const isFrom = (time: number) => (position: number) =>
      Number(at.one(stream, position)?.[0] ?? Number.MAX_SAFE_INTEGER) >= time;
    const first = halve(from, end + 1, isFrom(since));
    return [first, before === null ? end : halve(first, end + 1, isFrom(before)) - 1];
  };
}

/**
 * Whether a span that is narrowed to kinds may have one at all, by the last of each before its end: of most kinds a stream
 * has none, or none any more.
 */
function kindFinder(db: Database.Database): (span: Span) => boolean {
  const last = query(
    db,
    `SELECT f."at" FROM "facts" AS f INDEXED BY "facts_stream_kind"
       WHERE f."stream" = ? AND f."kind" = ? AND f."kind" <> '${sentKind}' AND f."position" BETWEEN ? AND ?
       ORDER BY f."position" DESC LIMIT ?`,
  );
  return ({ stream, from, until, since, only }) => {
    if (only === null || "naming" in only || until === null) return true;
    return only.kinds.some((kind) => Number(last.one(stream, kind, from, until, 1)?.[0] ?? -1) >= since);
  };
}

/** The first so many within bounds, in the order of their positions. */
function standingFinder(db: Database.Database) {
  const columns = `f."position", f."at", ifnull(octet_length(f."content"), 0)`;
  const within = (alias: string) =>
    `${alias}."position" BETWEEN ? AND ? ORDER BY ${alias}."position" LIMIT ?`;
  const all = query(db, `SELECT ${columns} FROM "facts" AS f WHERE f."stream" = ? AND ${within("f")}`);
  const ofKind = query(
    db,
    `SELECT ${columns} FROM "facts" AS f INDEXED BY "facts_stream_kind"
       WHERE f."stream" = ? AND f."kind" = ? AND f."kind" <> '${sentKind}' AND ${within("f")}`,
  );
  const naming = query(
    db,
    `SELECT ${columns} FROM "mentions" AS m
       CROSS JOIN "facts" AS f ON f."stream" = m."stream" AND f."position" = m."position"
       WHERE m."thing" = ? AND m."stream" = ? AND ${within("m")}`,
  );
  return ({ stream, only }: Span, [first, last]: Bounds, limit: number): readonly Standing[] => {
    if (first > last) return [];
    const bound = [first, last, limit] as const;
    if (only === null) return all.all(stream, ...bound) as unknown as Standing[];
    if ("naming" in only) return naming.all(only.naming, stream, ...bound) as unknown as Standing[];
    const found = only.kinds.flatMap((kind) => ofKind.all(stream, kind, ...bound) as unknown as Standing[]);
    return found.toSorted(([a], [b]) => a - b).slice(0, limit);
  };
}

export function spanPages(db: Database.Database) {
  const mayHave = kindFinder(db);
  const findBounds = boundsFinder(db);
  const boundsOf = (span: Span): Bounds => (mayHave(span) ? findBounds(span) : nothing);
  const standing = standingFinder(db);
  const read = query(
    db,
    `SELECT ${factColumns("f")} FROM json_each(?) AS k
       CROSS JOIN "facts" AS f ON f."stream" = ? AND f."position" = k."value"`,
  );
  return {
    firstsWithin: ({ spans }) =>
      spans.map((span) => {
        const [first] = standing(span, boundsOf(span), 1);
        return first === undefined ? null : { position: first[0], at: first[1] };
      }),
    factsWithin: ({ spans, limit }) => {
      const facts: StoredFact[] = [];
      let bytesLeft: number = limits.pageBytesMax;
      for (const [index, span] of spans.entries()) {
        const positions: number[] = [];
        let next: number | null = null;
        // Contents can be long: how long they are is asked first, which reads none of them.
        for (const [position, , bytes] of standing(span, boundsOf(span), limit - facts.length + 1)) {
          next = position;
          if (facts.length + positions.length === limit || bytesLeft < 0) break;
          positions.push(position);
          bytesLeft -= bytes;
          next = null;
        }
        facts.push(...read.all(JSON.stringify(positions), span.stream).map(decodeFact));
        if (next !== null) return { facts, next: { span: index, position: next } };
      }
      return { facts, next: null };
    },
  } satisfies Partial<Answering<keyof LogPages>>;
}
