/** What the records room asks about sessions, in the order in which they were proposed. */
import type { SessionId, SessionState, WouldRefuse } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { DrainRow } from "../../governance/session/envelope-entities.js";
import type { Answering } from "../answering.js";
import type { EngagementPages } from "../engagement-pages.js";
import { finding } from "./joined.js";
import { boundOf } from "./offers-seen.js";
import { beginning, ending } from "./places.js";
import { codecs } from "./row-codec.js";
import { besidesSession, sessionRecord } from "./session-records.js";
import { query, Room, several } from "./statements.js";

export const sessionPages = (db: Database.Database) => ({
  ...sidePages(db),
  ...reportPages(db),
});

const sideNames = ["consumer", "provider"] as const;
const open = ["proposed", "accepted", "active"] as const;
const statesOf = (state: SessionState | "open" | null): readonly SessionState[] => {
  if (state === null) return [...open, "closed"];
  return state === "open" ? open : [state];
};

type Place = readonly [openedAt: number, session: string];
const newestFirst = ([at, id]: Place, [otherAt, otherId]: Place): number =>
  otherAt - at || (id < otherId ? 1 : -1);

/**
 * Where the newest are that fit: each side in each state has a list of its own, of which no more is met than is asked
 * for, whatever else there is and was. An organisation that is both sides of a session meets it once.
 */
function sidePlaces(db: Database.Database) {
  const list = (index: string, whose: string) =>
    query(
      db,
      `SELECT m."opened_at", m."session" FROM "sides" AS m INDEXED BY "${index}"
         WHERE ${whose} AND m."side" = ? AND m."state" = ? AND (m."opened_at", m."session") < (?, ?)
         ORDER BY m."opened_at" DESC, m."session" DESC LIMIT ?`,
    );
  const lists = {
    organisation: list("sides_listed", `m."organisation" = ?`),
    agent: list("sides_agent_listed", `m."organisation" = ? AND m."agent" = ?`),
  };
  return ({ side, state, before, limit, ...seeker }: PlacesAsked): readonly string[] => {
    const among = seeker.agent === null ? lists.organisation : lists.agent;
    const places = (side === null ? sideNames : [side]).flatMap((name) =>
      statesOf(state).flatMap((one) => among.all(...boundOf(seeker), name, one, ...ending(before), limit)),
    ) as unknown as Place[];
    return [...new Set(places.toSorted(newestFirst).map(([, session]) => session))].slice(0, limit);
  };
}
type PlacesAsked = EngagementPages["sessionsPage"]["ask"];

function sidePages(db: Database.Database) {
  const places = sidePlaces(db);
  const placed = finding(
    db,
    sessionRecord,
    // One after the other, as they are given: a CROSS JOIN is done in the order in which it is written.
    `FROM json_each(?) AS k CROSS JOIN "sessions" AS s ON s."id" = k."value" ${besidesSession}`,
  );
  const takeable = finding(
    db,
    sessionRecord,
    `FROM "sides" AS m INDEXED BY "sides_takeable" CROSS JOIN "sessions" AS s ON s."id" = m."session" ${besidesSession}
       WHERE m."agent" = ? AND m."side" = 'provider' AND m."state" IN ('proposed', 'accepted')
         AND m."joined_at" IS NULL AND (m."state" = 'accepted' OR s."terms" ->> 'acceptance' = 'provider')
         AND s."capability" IN (SELECT k."value" FROM json_each(?) AS k)
       ORDER BY m."opened_at", m."session" LIMIT ?`,
  );
  return {
    ...leftPages(db),
    sessionsPage: (asked) => placed.within(new Room(), JSON.stringify(places(asked))),
    takeableSessions: ({ agent, capabilities, limit }) =>
      takeable.all(agent, JSON.stringify(capabilities), limit),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

/** What providers have left, or never came for. */
function leftPages(db: Database.Database) {
  const drains = (whose: string) =>
    several(
      db,
      codecs.drains,
      `INDEXED BY "drains_capability" WHERE "agent" = ? AND "capability" = ? AND "until" > ? AND (${whose})
         ORDER BY "opened_at", "session" LIMIT ?`,
    );
  const untouched = drains(`"instance" IS NULL`);
  const begun = drains(`"instance" = ? OR ${hasLeft(`"drains"."instance"`)}`);
  // From one who holds to the next: as many as there are, whatever they hold.
  const held = `FROM "sides" AS m INDEXED BY "sides_held"
    WHERE m."agent" = ? AND m."side" = 'provider' AND m."state" = 'active'`;
  const lost = query(
    db,
    `WITH RECURSIVE "holding"("instance") AS (
       SELECT min(m."instance") ${held}
       UNION ALL
       SELECT (SELECT min(m."instance") ${held} AND m."instance" > h."instance")
         FROM "holding" AS h WHERE h."instance" IS NOT NULL)
     SELECT m."session" FROM "holding" AS h
       CROSS JOIN "sides" AS m INDEXED BY "sides_held"
       CROSS JOIN "sessions" AS s ON s."id" = m."session"
       WHERE m."agent" = ? AND m."instance" = h."instance" AND m."side" = 'provider' AND m."state" = 'active'
         AND ${hasLeft(`h."instance"`)} AND s."capability" IN (SELECT k."value" FROM json_each(?) AS k)
       LIMIT ?`,
  );
  return {
    drainsOf: ({ agent, capabilities, now, limit }) =>
      oldest(
        capabilities.flatMap((capability) => untouched(agent, capability, now, limit)),
        limit,
      ),
    drainsBegun: ({ agent, asker, capabilities, now, limit }) =>
      oldest(
        capabilities.flatMap((capability) => begun(agent, capability, now, asker, limit)),
        limit,
      ),
    lostSessions: ({ agent, capabilities, limit }) =>
      lost
        .all(agent, agent, agent, JSON.stringify(capabilities), limit)
        .map(([session]) => session as SessionId),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

const oldest = (drains: readonly DrainRow[], limit: number): readonly DrainRow[] =>
  drains.toSorted((a, b) => a.openedAt - b.openedAt || (a.session < b.session ? -1 : 1)).slice(0, limit);

/** Of whom nothing is known is not known to have left. */
const hasLeft = (instance: string): string =>
  `EXISTS (SELECT 1 FROM "connections" AS n WHERE n."instance" = ${instance} AND n."state" = 'closed')`;

function reportPages(db: Database.Database) {
  const count = query(
    db,
    `SELECT (SELECT count(*) FROM "sessions" INDEXED BY "sessions_terms"
         WHERE "contract" = ? AND "terms_digest" = ?),
       (SELECT count(*) FROM "sessions" INDEXED BY "sessions_marked"
         WHERE "contract" = ? AND "terms_digest" = ? AND "would_refuse" <> '[]')`,
  );
  const rules = query(
    db,
    `SELECT r."value" ->> 'rule', count(DISTINCT s."id")
       FROM "sessions" AS s INDEXED BY "sessions_marked" CROSS JOIN json_each(s."would_refuse") AS r
       WHERE s."contract" = ? AND s."terms_digest" = ? AND s."would_refuse" <> '[]' GROUP BY 1`,
  );
  const marked = several(
    db,
    codecs.sessions,
    `INDEXED BY "sessions_marked" WHERE "contract" = ? AND "terms_digest" = ? AND "would_refuse" <> '[]'
       AND ("proposed_at", "id") > (?, ?) ORDER BY "proposed_at", "id" LIMIT ?`,
  );
  return {
    versionSessions: ({ contract, termsDigest }) => {
      const [sessions, marks] = count.one(contract, termsDigest, contract, termsDigest) ?? [];
      const byRule = rules.all(contract, termsDigest) as readonly [WouldRefuse["rule"], number][];
      return {
        sessions: Number(sessions),
        marked: Number(marks),
        byRule: byRule
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([rule, each]) => ({ rule, sessions: each })),
      };
    },
    markedSessions: ({ contract, termsDigest, after, limit }) =>
      marked(contract, termsDigest, ...beginning(after), limit),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}
