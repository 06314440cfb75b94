/** What decisions ask about envelopes, and what deliveries read, through the keys of their session and side. */
import type Database from "better-sqlite3";
import type { FactContent } from "../../governance/fact.js";
import type { EnvelopeLookups } from "../../governance/session/envelope-lookups.js";
import type { Answering } from "../answering.js";
import { type EnvelopePages, withinBytes } from "../envelope-pages.js";
import { codecs } from "./row-codec.js";
import { counted, query, several, single } from "./statements.js";

const { tallies, segments, strays, handled, deadlines, payloads } = codecs;
const ofSide = `"session" = ? AND "side" = ?`;

export function envelopeLookups(
  db: Database.Database,
): Answering<Exclude<keyof EnvelopeLookups, "speaker" | "spokenIn">> {
  const tally = single(db, tallies, `WHERE ${ofSide}`);
  const handledOf = single(db, handled, `WHERE ${ofSide}`);
  const at = single(db, segments, `WHERE ${ofSide} AND "n" <= ? ORDER BY "n" DESC LIMIT 1`);
  const stray = single(db, strays, `WHERE ${ofSide} AND "id" = ?`);
  const rising = single(
    db,
    segments,
    `INDEXED BY "segments_ids" WHERE ${ofSide} AND "last_id" >= ? ORDER BY "last_id" LIMIT 1`,
  );
  const content = query(
    db,
    `SELECT "content" FROM "facts" WHERE "stream" = ? AND "position" = ? AND "kind" = 'session.sent'`,
  );
  const holding = (session: string, side: string, n: number) => {
    const found = at(session, side, n);
    return found && n < found.n + found.count ? found : undefined;
  };
  return {
    ...waitingLookups(db),
    tally: ({ session, side }) => tally(session, side),
    handled: ({ session, side }) => handledOf(session, side),
    segmentAt: ({ session, side, n }) => holding(session, side, n),
    segmentOfId: ({ session, side, id }) => {
      const out = stray(session, side, id);
      if (out !== undefined) return holding(session, side, out.n);
      const found = rising(session, side, id);
      return found?.firstId !== null && found !== undefined && found.firstId <= id ? found : undefined;
    },
    sentAt: ({ session, position }) => {
      const text = content.one(`session:${session}`, position)?.[0];
      return typeof text === "string" ? (JSON.parse(text) as FactContent<"session.sent">).data : undefined;
    },
  };
}

function waitingLookups(db: Database.Database) {
  const waiting = single(db, codecs.waiting, `WHERE "agent" = ? AND "organisation" = ?`);
  const unhandled = counted(
    db,
    `SELECT ifnull(sum(t."bytes" - ifnull(h."bytes", 0)), 0) FROM "sides" AS m INDEXED BY "sides_open_agent"
       CROSS JOIN "sides" AS o ON o."session" = m."session" AND o."side" <> m."side" AND o."organisation" = ?
       CROSS JOIN "tallies" AS t ON t."session" = o."session" AND t."side" = o."side"
       LEFT JOIN "handled" AS h ON h."session" = o."session" AND h."side" = o."side"
       WHERE m."agent" = ? AND m."state" <> 'closed'`,
  );
  const kept = query(
    db,
    `SELECT "n", "count", "trimmed" FROM ${payloads.table} WHERE ${ofSide} AND "n" BETWEEN ? AND ? ORDER BY "n" LIMIT ?`,
  );
  const drain = single(db, codecs.drains, `WHERE "session" = ?`);
  const deadline = single(db, deadlines, `WHERE "kind" = ? AND "subject" = ?`);
  return {
    waiting: ({ agent, organisation }) => waiting(agent, organisation),
    unhandledBytes: ({ agent, organisation }) => unhandled(organisation, agent),
    payloadsIn: ({ session, side, from, to, limit }) =>
      kept.all(session, side, from, to, limit).map(([n, count, trimmed]) => {
        return { session, side, n: Number(n), count: Number(count), trimmed: Number(trimmed) };
      }),
    drain: ({ session }) => drain(session),
    deadline: ({ kind, subject }) => deadline(kind, subject),
  } satisfies Partial<Answering<keyof EnvelopeLookups>>;
}

/** What is delivered and shown: read beside decisions. */
export function envelopePages(db: Database.Database): Answering<keyof EnvelopePages> {
  const from = several(
    db,
    segments,
    `WHERE ${ofSide} AND "n" >= ifnull((SELECT max("n") FROM "segments" WHERE ${ofSide} AND "n" <= ?), 0)
       AND "n" + "count" > ? ORDER BY "n" LIMIT ?`,
  );
  const content = query(db, `SELECT "content" FROM "facts" WHERE "stream" = ? AND "position" = ?`);
  const payload = single(db, payloads, `WHERE ${ofSide} AND "n" = ?`);
  return {
    segmentsFrom: ({ session, side, n, limit, bytes }) =>
      withinBytes(from(session, side, session, side, n, n, limit), bytes, (segment) => ({
        segment,
        contentText: (content.one(`session:${session}`, segment.position)?.[0] ?? null) as string | null,
        payloads: payload(session, side, segment.n),
      })),
  };
}
