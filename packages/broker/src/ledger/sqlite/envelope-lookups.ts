/** What decisions ask about envelopes, through the keys of their session and side. */
import type Database from "better-sqlite3";
import type { FactContent } from "../../governance/fact.js";
import type { EnvelopeLookups } from "../../governance/session/envelope-lookups.js";
import type { Answering } from "../answering.js";
import { codecs } from "./row-codec.js";
import { query, single } from "./statements.js";

const { tallies, segments, strays, handled } = codecs;
const ofSide = `"session" = ? AND "side" = ?`;

export function envelopeLookups(db: Database.Database): Answering<keyof EnvelopeLookups> {
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
