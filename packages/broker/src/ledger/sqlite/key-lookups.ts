/** What decisions ask about keys, tokens and working rows, one statement each. */
import type Database from "better-sqlite3";
import type { LookupName, Lookups } from "../../governance/question.js";
import type { Answering } from "../answering.js";
import { codecs } from "./row-codec.js";
import { counted, query, several, single } from "./statements.js";

const { principalKeys, enrolmentTokens, priors, refusalCounts, seen, connections, probes } = codecs;

export function keyLookups(db: Database.Database) {
  const key = single(db, principalKeys, `WHERE "thumbprint" = ?`);
  const replacements = counted(
    db,
    `SELECT count(*) FROM "principal_keys" WHERE "principal" = ? AND "since" > ? AND "token" IS NULL`,
  );
  const prior = single(db, priors, `WHERE "principal" = ? AND "key" = ?`);
  return {
    key: ({ thumbprint }) => key(thumbprint),
    keyReplacements: ({ principal, since }) => replacements(principal, since),
    prior: ({ principal, key: idempotencyKey }) => prior(principal, idempotencyKey),
  } satisfies Partial<Answering<LookupName>>;
}

/** As the partial index over open tokens says it, so that it is used. */
const open = `"organisation" IS ? AND "voided_at" IS NULL AND "uses_left" > 0 AND "expires_at" > ?`;

export function tokenLookups(db: Database.Database) {
  const byDigest = single(db, enrolmentTokens, `WHERE "digest" = ?`);
  const ofOrganisation = `INDEXED BY "enrolment_tokens_organisation_id" WHERE "organisation" IS ? AND "id" = ?`;
  const byId = single(db, enrolmentTokens, ofOrganisation);
  const openTokens = `"enrolment_tokens" INDEXED BY "enrolment_tokens_open" WHERE ${open}`;
  const openOfAll = counted(db, `SELECT count(*) FROM ${openTokens}`);
  const openFor = counted(db, `SELECT count(*) FROM ${openTokens} AND "for" = ?`);
  const recoveries = counted(
    db,
    `SELECT count(*) FROM ${openTokens} AND "not_before" > "minted_at" AND ("minted_by" IS NULL OR EXISTS
       (SELECT 1 FROM "operators" AS m WHERE m."id" = "minted_by" AND m."organisation" IS NULL))`,
  );
  const platform = query(db, `SELECT "id", "for" FROM ${openTokens} ORDER BY "id"`);
  return {
    enrolmentDigest: ({ digest }) => byDigest(digest),
    enrolmentToken: ({ organisation, id }) => byId(organisation, id),
    openTokenCount: ({ organisation, for: target, now }) =>
      target === null ? openOfAll(organisation, now) : openFor(organisation, now, target),
    openRecoveryCount: ({ organisation, now }) => recoveries(organisation, now),
    enrolmentTokensOpenForPlatform: ({ now }) =>
      platform.all(null, now).map(([id, target]) => ({ id, for: target })) as unknown as PlatformTokens,
  } satisfies Partial<Answering<LookupName>>;
}

/** A token of no organisation is for one of the platform's operators: it has no agents. */
type PlatformTokens = Lookups["enrolmentTokensOpenForPlatform"]["found"];

export function workingLookups(db: Database.Database) {
  const count = single(db, refusalCounts, `WHERE "principal" = ? AND "code" = ? AND "minute" = ?`);
  const lastSeen = single(db, seen, `WHERE "principal" = ?`);
  const connection = single(db, connections, `WHERE "instance" = ?`);
  const openConnections = several(
    db,
    connections,
    `INDEXED BY "connections_open" WHERE "state" = 'open' ORDER BY "instance"`,
  );
  const probe = single(db, probes, `WHERE "name" = ?`);
  return {
    refusalCount: ({ principal, code, minute }) => count(principal, code, minute),
    seen: ({ principal }) => lastSeen(principal),
    connection: ({ instance }) => connection(instance),
    openConnections: () => openConnections(),
    probe: ({ name }) => probe(name),
  } satisfies Partial<Answering<LookupName>>;
}
