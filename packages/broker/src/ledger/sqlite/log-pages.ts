/** What the records room asks over a whole log: each question goes straight to where it begins, and ends where it is full. */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import { comparePlaces, type LogPages, type LogPlace, type PlacedLeaf } from "../log-pages.js";
import type { Pages } from "../store.js";
import { halve } from "./halve.js";
import { codecs } from "./row-codec.js";
import { spanPages } from "./span-pages.js";
import { query, several, type Values } from "./statements.js";

const { readers } = codecs;

export const logPages = (db: Database.Database) => ({
  ...leafPages(db),
  ...spanPages(db),
  ...readerPages(db),
  ...aboutPages(db),
});

function placedLeaf([position, at, ...reader]: Values): PlacedLeaf {
  const row = readers.decode(reader);
  const second = Math.floor(Number(at) / 1_000);
  return { reader: row, place: { second, rank: row.order, position: Number(position) } };
}

function leafPages(db: Database.Database) {
  const leaves = (condition: string) =>
    query(
      db,
      `SELECT l."position", f."at", ${readers.columns("r")} FROM "log_leaves" AS l
         CROSS JOIN "facts" AS f ON f."stream" = l."stream" AND f."position" = l."position"
         CROSS JOIN "readers" AS r ON r."stream" = l."stream" AND r."log" = l."log"
         WHERE l."log" = ? AND l."index" ${condition}`,
    );
  const from = leaves(`>= ? ORDER BY l."index" LIMIT ?`);
  const at = leaves("= ?");
  const size = query(db, `SELECT "size" FROM "logs" WHERE "log" = ?`);
  const pending = query(
    db,
    `SELECT p."position", p."second" * 1000, ${readers.columns("r")} FROM "log_pending" AS p
       CROSS JOIN "readers" AS r ON r."stream" = p."stream" AND r."log" = p."log" WHERE p."log" = ?`,
  );
  const firstAfter = (log: string, after: LogPlace): number => {
    const isAfter = (index: number): boolean => {
      const values = at.one(log, index);
      return values !== undefined && comparePlaces(placedLeaf(values).place, after) > 0;
    };
    return halve(0, Number(size.one(log)?.[0] ?? 0), isAfter);
  };
  return {
    leavesAfter: ({ log, after, limit }) => {
      const stand = from.all(log, after === null ? 0 : firstAfter(log, after), limit).map(placedLeaf);
      if (stand.length === limit) return stand;
      // As many as shared streams changed within a second.
      const waiting = pending.all(log).map(placedLeaf);
      const further = waiting.filter(({ place }) => after === null || comparePlaces(place, after) > 0);
      return [...stand, ...further.toSorted((a, b) => comparePlaces(a.place, b.place))].slice(0, limit);
    },
  } satisfies Partial<Answering<keyof LogPages>>;
}

function readerPages(db: Database.Database) {
  const among = query(
    db,
    `SELECT ${readers.columns("r")} FROM json_each(?) AS k
       CROSS JOIN "readers" AS r ON r."stream" = k."value" AND r."log" = ?`,
  );
  const ofWorkgroups = several(
    db,
    readers,
    `INDEXED BY "readers_workgroups" WHERE "log" = ? AND "stream" GLOB 'workgroup:*' LIMIT ?`,
  );
  return {
    readersAmong: ({ log, streams }) =>
      among.all(JSON.stringify(streams), log).map((values) => readers.decode(values)),
    workgroupReaders: ({ log, limit }) => unlessMore(ofWorkgroups(log, limit + 1), limit),
  } satisfies Partial<Answering<keyof Pages>>;
}

const unlessMore = <T>(rows: readonly T[], limit: number): readonly T[] | null =>
  rows.length > limit ? null : rows;

type Asked = LogPages["sessionsAmong"]["ask"];
type Session = LogPages["sessionsAmong"]["found"][number];

/** What never changes of a session is asked of its sides, of which those of one organisation stand together. */
function aboutPages(db: Database.Database) {
  const columns = `m."session", m."agent", m."counterpart", m."workgroup", m."contract"`;
  const of = (index: string, column: string | null) =>
    query(
      db,
      `SELECT ${columns} FROM "sides" AS m INDEXED BY "${index}"
         WHERE m."organisation" = ?${column === null ? "" : ` AND m."${column}" = ?`} LIMIT ?`,
    );
  const all = of("sides_organisation", null);
  const lists = {
    contract: [of("sides_contract", "contract")],
    workgroup: [of("sides_workgroup", "workgroup")],
    agent: [of("sides_agent_listed", "agent"), of("sides_counterpart", "counterpart")],
  } as const;
  const among = query(
    db,
    `SELECT ${columns} FROM json_each(?) AS k CROSS JOIN "sides" AS m INDEXED BY "sides_organisation"
       ON m."organisation" = ? AND m."session" = k."value"`,
  );
  return {
    sessionsAbout: ({ limit, ...asked }) => {
      const given = (["contract", "workgroup", "agent"] as const).filter((name) => asked[name] !== null);
      if (given.length === 0)
        return fitting(unlessMore(all.all(asked.organisation, limit + 1), limit), asked);
      for (const name of given) {
        const rows = lists[name].flatMap((list) => list.all(asked.organisation, asked[name], limit + 1));
        if (rows.length <= limit) return fitting(rows, asked);
      }
      return null;
    },
    sessionsAmong: ({ sessions, ...asked }) =>
      fitting(among.all(JSON.stringify(sessions), asked.organisation), asked) ?? [],
  } satisfies Partial<Answering<keyof LogPages>>;
}

/** Once each, though an organisation may be both sides. */
function fitting(
  rows: readonly Values[] | null,
  { agent, workgroup, contract }: Omit<Asked, "sessions">,
): readonly Session[] | null {
  if (rows === null) return null;
  const fits = ([, ...row]: Values): boolean =>
    (agent === null || row[0] === agent || row[1] === agent) &&
    (workgroup === null || row[2] === workgroup) &&
    (contract === null || row[3] === contract);
  return [...new Set(rows.filter(fits).map(([session]) => session as Session))];
}
