/** What decisions ask about sessions, one statement each. Those that are open are found through indexes of their sides. */

import type { SessionId, SessionState, SideName } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { SessionRecord, SweepScope } from "../../governance/engagement-entities.js";
import type { EngagementLookups } from "../../governance/engagement-lookups.js";
import type { Answering } from "../answering.js";
import { type Finding, finding } from "./joined.js";
import type { Bound } from "./row-codec.js";
import { codecs } from "./row-codec.js";
import { besidesSession, sessionRecord } from "./session-records.js";
import { counted, type Query, query, several, single } from "./statements.js";

export const sessionLookups = (db: Database.Database) => ({
  ...oneLookups(db),
  ...countLookups(db),
  ...openLookups(db),
});

function oneLookups(db: Database.Database) {
  const record = (from: string): Finding<SessionRecord> => finding(db, sessionRecord, `FROM ${from}`);
  const due = record(`"sessions" AS s ${besidesSession} WHERE s."id" = ?`);
  const proposal = record(
    `"sessions" AS s INDEXED BY "sessions_proposal" ${besidesSession}
       WHERE s."consumer" = ? AND s."proposal" = ?`,
  );
  // An organisation may be both sides of a session.
  const theirs = record(
    `(SELECT "session" FROM "sides" INDEXED BY "sides_organisation"
        WHERE "organisation" = ? AND "session" = ? LIMIT 1) AS t
       CROSS JOIN "sessions" AS s ON s."id" = t."session" ${besidesSession}`,
  );
  const sweep = single(db, codecs.sweeps, `WHERE "id" = ? AND "part" = ?`);
  // Few are under way at any moment; whoever asks meets the same ones.
  const underWay = several(
    db,
    codecs.sweeps,
    `INDEXED BY "sweeps_begun" WHERE "organisation" = ? ORDER BY "begun_at", "id", "part"`,
  );
  return {
    session: ({ organisation, id }) => theirs.one(organisation, id),
    sessionDue: ({ id }) => due.one(id),
    proposal: ({ agent, proposal: id }) => proposal.one(agent, id),
    sweep: ({ id, part }) => sweep(id, part),
    sweepsUnderWay: ({ organisation }) => underWay(organisation),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

function countLookups(db: Database.Database) {
  const asConsumer = `SELECT count(*) FROM "sides" INDEXED BY "sides_open_consumer"
    WHERE "agent" = ? AND "side" = 'consumer' AND "state" <> 'closed'`;
  const sessions = counted(db, asConsumer);
  const proposals = counted(db, `${asConsumer} AND "state" = 'proposed'`);
  const underContract = counted(
    db,
    `SELECT count(*) FROM "sides" AS m INDEXED BY "sides_open_consumer"
       CROSS JOIN "sides" AS p ON p."session" = m."session" AND p."side" = 'provider' AND p."organisation" = ?
       WHERE m."agent" = ? AND m."side" = 'consumer' AND m."state" <> 'closed'
         AND m."state" IN ('proposed', 'accepted', 'active') AND m."contract" = ?`,
  );
  const pair = counted(
    db,
    `SELECT count(*) FROM "sides" INDEXED BY "sides_open_pair"
       WHERE "organisation" = ? AND "counterpart" = ? AND "side" = 'consumer' AND "state" = 'proposed'`,
  );
  const held = counted(
    db,
    `SELECT count(*) FROM "sides" INDEXED BY "sides_open_instance"
       WHERE "instance" = ? AND "state" <> 'closed' AND "joined_at" IS NOT NULL`,
  );
  return {
    openSessionCount: ({ agent }) => sessions(agent),
    openProposalCount: ({ agent }) => proposals(agent),
    pairProposalCount: ({ organisation, provider }) => pair(organisation, provider),
    contractSessionCount: ({ agent, contract, provider }) => underContract(provider, agent, contract),
    heldCount: ({ instance }) => held(instance),
    ...holderLookups(db),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

function holderLookups(db: Database.Database) {
  const held = query(
    db,
    `SELECT m."session", m."side", m."state", json_extract(s."terms", '$.resumeGraceSeconds'),
         json_extract(s."terms", '$.absenceSeconds'), d."due_at"
       FROM "sides" AS m INDEXED BY "sides_open_instance"
       CROSS JOIN "sessions" AS s ON s."id" = m."session"
       LEFT JOIN "deadlines" AS d ON d."kind" = 'session.expire' AND d."subject" = m."session"
       WHERE m."instance" = ? AND m."state" <> 'closed' AND m."joined_at" IS NOT NULL
       ORDER BY m."session", m."side"`,
  );
  const holder = single(db, codecs.holders, `WHERE "session" = ? AND "side" = ? AND "instance" = ?`);
  const absent = query(
    db,
    `SELECT DISTINCT ${codecs.connections.columns("n")} FROM "sides" AS m INDEXED BY "sides_open_instance"
       CROSS JOIN "connections" AS n ON n."instance" = m."instance" AND n."state" = 'closed'
       WHERE m."instance" IS NOT NULL AND m."state" <> 'closed' AND m."joined_at" IS NOT NULL
       ORDER BY n."instance"`,
  );
  return {
    heldSides: ({ instance }) =>
      held.all(instance).map(([session, side, state, grace, absence, dueAt]) => ({
        ...{ session: session as SessionId, side: side as SideName, state: state as SessionState },
        ...{ resumeGraceSeconds: Number(grace), absenceSeconds: Number(absence) },
        dueAt: dueAt === null ? null : Number(dueAt),
      })),
    holder: ({ session, side, instance }) => holder(session, side, instance),
    absentHolders: () => absent.all().map((values) => codecs.connections.decode(values)),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

/** How the open sides of a scope are found. */
interface Scoped {
  readonly index: string;
  readonly where: string;
  /** The column that both sides of one session may agree in: then the session would be met twice. */
  readonly shared: "agent" | "organisation" | "instance" | null;
  readonly bound: (scope: SweepScope) => readonly Bound[];
}

const alone = ({ of }: SweepScope): readonly Bound[] => [of];
const within = ({ of, within: workgroup }: SweepScope): readonly Bound[] => [workgroup, of];
const once = `m."side" = 'consumer' AND`;

const scopes: Readonly<Record<SweepScope["by"], Scoped>> = {
  organisation: {
    index: "sides_open_organisation",
    where: `m."organisation" = ?`,
    shared: "organisation",
    bound: alone,
  },
  agent: { index: "sides_open_agent", where: `m."agent" = ?`, shared: "agent", bound: alone },
  instance: { index: "sides_open_instance", where: `m."instance" = ?`, shared: "instance", bound: alone },
  workgroup: {
    index: "sides_open_workgroup",
    where: `${once} m."workgroup" = ?`,
    shared: null,
    bound: alone,
  },
  participation: {
    index: "sides_open_participation",
    where: `m."workgroup" = ? AND m."organisation" = ?`,
    shared: "organisation",
    bound: within,
  },
  membership: {
    index: "sides_open_membership",
    where: `m."workgroup" = ? AND m."agent" = ?`,
    shared: "agent",
    bound: within,
  },
  advertisement: {
    index: "sides_open_advertisement",
    where: `${once} m."advertisement" = ? AND m."state" = 'proposed'`,
    shared: null,
    bound: alone,
  },
  era: {
    index: "sides_open",
    where: `${once} s."era" < ?`,
    shared: null,
    bound: ({ of }) => [Number(of)],
  },
};

function openIn(db: Database.Database, { index, where, shared }: Scoped) {
  const from = (besides: string) =>
    `"sides" AS m INDEXED BY "${index}" CROSS JOIN "sessions" AS s ON s."id" = m."session" ${besides}
       WHERE ${where} AND m."state" <> 'closed'`;
  const again = shared && `AND (m."side" = 'consumer' OR m."${shared}" IS NOT c."${shared}")`;
  return {
    any: query(db, `SELECT 1 FROM ${from("")} LIMIT 1`),
    page: finding(
      db,
      sessionRecord,
      `FROM ${from(besidesSession)} ${again ?? ""} AND m."session" > ? ORDER BY m."session" LIMIT ?`,
    ),
  };
}

function openLookups(db: Database.Database) {
  const found = Object.fromEntries(
    Object.entries(scopes).map(([by, scoped]) => [by, openIn(db, scoped)]),
  ) as Record<SweepScope["by"], { any: Query; page: Finding<SessionRecord> }>;
  return {
    openSessions: ({ after, limit, ...scope }) =>
      found[scope.by].page.all(...scopes[scope.by].bound(scope), after ?? "", limit),
    anyOpenSession: (scope) => found[scope.by].any.one(...scopes[scope.by].bound(scope)) !== undefined,
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}
