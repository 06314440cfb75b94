/** What the records room asks, one statement each that touches only what it returns. */
import type Database from "better-sqlite3";
import type { Answering } from "../answering.js";
import type { InstanceRow, Pages } from "../store.js";
import { engagementPages } from "./engagement-lookups.js";
import { envelopePages } from "./envelope-lookups.js";
import { factPages } from "./fact-rows.js";
import { readerLookup } from "./ledger-lookups.js";
import { logPages } from "./log-pages.js";
import { beginning, ending } from "./places.js";
import { codecs } from "./row-codec.js";
import { query, several, type Values } from "./statements.js";
import { workgroupPages } from "./workgroup-pages.js";

const { organisations, operators, agents, instances, enrolmentTokens, alerts } = codecs;

export const recordPages = (db: Database.Database): Answering<keyof Pages> => ({
  ...organisationPages(db),
  ...agentPages(db),
  ...instancePages(db),
  ...factPages(db),
  ...readerLookup(db),
  ...logPages(db),
  ...workgroupPages(db),
  ...engagementPages(db),
  ...envelopePages(db),
});

function organisationPages(db: Database.Database) {
  const all = several(db, organisations, `WHERE "name" > ? ORDER BY "name" LIMIT ?`);
  const operatorsOf = several(
    db,
    operators,
    `WHERE "organisation" IS ? AND ("created_at", "id") > (?, ?) ORDER BY "created_at", "id" LIMIT ?`,
  );
  const tokensFor = several(
    db,
    enrolmentTokens,
    `WHERE "organisation" IS ? AND "for" = ? AND ("minted_at", "id") > (?, ?) ORDER BY "minted_at", "id" LIMIT ?`,
  );
  const alertsOf = several(
    db,
    alerts,
    `WHERE "organisation" IS ? AND ("raised_at", "id") < (?, ?) ORDER BY "raised_at" DESC, "id" DESC LIMIT ?`,
  );
  return {
    organisationsPage: ({ after, limit }) => all(after ?? "", limit),
    operatorsPage: ({ organisation, after, limit }) => operatorsOf(organisation, ...beginning(after), limit),
    tokensPage: ({ organisation, for: target, after, limit }) =>
      tokensFor(organisation, target, ...beginning(after), limit),
    alertsPage: ({ organisation, before, limit }) => alertsOf(organisation, ...ending(before), limit),
  } satisfies Partial<Answering<keyof Pages>>;
}

function agentPages(db: Database.Database) {
  const all = several(db, agents, `WHERE "organisation" = ? AND "name" > ? ORDER BY "name" LIMIT ?`);
  // The ids are few, the organisation's agents may be many: so each is looked up, and those found are sorted.
  const among = several(
    db,
    agents,
    `INDEXED BY "agents_organisation_id" WHERE "organisation" = ? AND "id" IN (SELECT "value" FROM json_each(?))
       AND "name" > ? ORDER BY "name" LIMIT ?`,
  );
  return {
    agentsPage: ({ organisation, ids, after, limit }) =>
      ids === null
        ? all(organisation, after ?? "", limit)
        : among(organisation, JSON.stringify(ids), after ?? "", limit),
  } satisfies Partial<Answering<keyof Pages>>;
}

const instanceColumns = `${instances.columns("i")}, s."seen_at", iif(c."state" = 'open', c."changed_at", NULL)`;
const besides = `LEFT JOIN "seen" AS s ON s."principal" = i."id" LEFT JOIN "connections" AS c ON c."instance" = i."id"`;

function instancePages(db: Database.Database) {
  const ofAgent = query(
    db,
    `SELECT ${instanceColumns} FROM "instances" AS i ${besides}
       WHERE i."organisation" = ? AND i."agent" = ? AND (i."enrolled_at", i."id") > (?, ?)
       ORDER BY i."enrolled_at", i."id" LIMIT ?`,
  );
  const one = query(
    db,
    `SELECT ${instanceColumns} FROM "instances" AS i INDEXED BY "instances_organisation_id" ${besides}
       WHERE i."organisation" = ? AND i."id" = ?`,
  );
  return {
    instancesPage: ({ organisation, agent, after, limit }) =>
      ofAgent.all(organisation, agent, ...beginning(after), limit).map(instanceRow),
    instanceRow: ({ organisation, id }) => {
      const values = one.one(organisation, id);
      return values && instanceRow(values);
    },
  } satisfies Partial<Answering<keyof Pages>>;
}

function instanceRow(values: Values): InstanceRow {
  const instance = instances.decode(values);
  const [seenAt, connectedSince] = values.slice(instances.width) as (number | null)[];
  return { instance, seenAt: seenAt ?? instance.enrolledAt, connectedSince: connectedSince ?? null };
}
