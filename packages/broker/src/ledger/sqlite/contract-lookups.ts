/** What is asked about contracts and advertisements, one statement each, through indexes that begin with their owner. */
import { defaultContract } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { EngagementLookups } from "../../governance/engagement-lookups.js";
import type { Answering } from "../answering.js";
import type { StoreLookupName } from "../store.js";
import { finding, perhaps, row, text, together } from "./joined.js";
import { besides, cross, isMemberOf, may, reach } from "./reach-rows.js";
import { codecs } from "./row-codec.js";
import { counted, paged, query, several, single } from "./statements.js";

const { contracts, contractVersions, advertisements } = codecs;

/** Whether an agent is in all that a version requires. */
const requiresNoOther = (version: string): string =>
  `NOT EXISTS (SELECT 1 FROM json_each(${version}."terms" -> 'requiredWorkgroups') AS t
     WHERE NOT ${isMemberOf("?", `t."value"`)})`;
/** Who looks is bound twice; no agent: an operator, who sees everything [CON-9]. */
const isVersionSeenBy = `(? IS NULL OR ${requiresNoOther(`"contract_versions"`)})`;
const isSeenBy = `(? IS NULL OR EXISTS (SELECT 1 FROM "contract_versions" AS s INDEXED BY "contract_versions_number"
  WHERE s."organisation" = "contracts"."organisation" AND s."contract" = "contracts"."id"
    AND ${requiresNoOther("s")}))`;

export function contractLookups(db: Database.Database) {
  const byId = single(
    db,
    contracts,
    `INDEXED BY "contracts_organisation_id" WHERE "organisation" = ? AND "id" = ? AND ${isSeenBy}`,
  );
  const active = `INDEXED BY "contracts_organisation_name" WHERE "organisation" = ? AND "state" = 'active'`;
  const byName = single(db, contracts, `${active} AND "name" = ?`);
  const count = counted(db, `SELECT count(*) FROM "contracts" ${active}`);
  const version = single(
    db,
    contractVersions,
    `INDEXED BY "contract_versions_digest" WHERE "organisation" = ? AND "contract" = ? AND "terms_digest" = ?
       AND ${isVersionSeenBy} ORDER BY "number" DESC LIMIT 1`,
  );
  const versions = counted(db, `SELECT count(*) FROM "contract_versions" WHERE "contract" = ?`);
  const uses = counted(
    db,
    `SELECT count(*) FROM "advertisements" INDEXED BY "advertisements_contract"
       WHERE "content" -> 'contract' ->> 'id' = ? AND "state" = 'active'`,
  );
  return {
    contract: ({ organisation, agent, id }) => byId(organisation, id, agent, agent),
    contractNamed: ({ organisation, name }) => byName(organisation, name),
    contractCount: ({ organisation }) => count(organisation),
    contractVersion: ({ organisation, agent, contract, termsDigest }) =>
      version(organisation, contract, termsDigest, agent, agent),
    versionCount: ({ contract }) => versions(contract),
    contractUses: ({ contract }) => uses(contract),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

/**
 * The version `v` that binds whoever engages an offer `o` of the advertisement `a`, the newest of its digest: no row
 * where the broker's own terms bind. Where there ought to be one and is none, `isBound` does not hold.
 */
export const bindingVersion = `LEFT JOIN "contract_versions" AS v ON v."contract" = o."contract" AND v."number" =
  (SELECT max(n."number") FROM "contract_versions" AS n INDEXED BY "contract_versions_digest"
     WHERE n."organisation" = o."organisation" AND n."contract" = o."contract"
       AND n."terms_digest" = a."content" -> 'contract' ->> 'termsDigest')`;
export const isBound = `(v."contract" IS NOT NULL OR o."contract" = '${defaultContract}')`;

/** Whether the agent of a membership is in all that the contract of an offer `o` requires. */
export const isInAll = (agent: string): string =>
  `(o."requires" = '[]' OR NOT EXISTS (SELECT 1 FROM json_each(o."requires") AS r
     WHERE NOT ${isMemberOf(agent, `r."value"`)}))`;

export function advertisementLookups(db: Database.Database) {
  const named = single(
    db,
    advertisements,
    `INDEXED BY "advertisements_organisation_name" WHERE "organisation" = ? AND "agent" = ? AND "name" = ?`,
  );
  const count = counted(
    db,
    `SELECT count(*) FROM "advertisements" INDEXED BY "advertisements_active"
       WHERE "agent" = ? AND "state" = 'active'`,
  );
  const among = query(
    db,
    `SELECT DISTINCT t."value" FROM json_each(?) AS t WHERE ${isMemberOf("?", `t."value"`)} ORDER BY t."value"`,
  );
  return {
    advertisement: ({ organisation, agent, name }) => named(organisation, agent, name),
    advertisementCount: ({ agent }) => count(agent),
    ...engageableLookup(db),
    memberAmong: ({ agent, workgroups }) =>
      among.all(JSON.stringify(workgroups), agent).map(([id]) => id as string),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

function engageableLookup(db: Database.Database) {
  const engageable = finding(
    db,
    together({
      advertisement: row(advertisements, "a"),
      statement: text(`o."statement"`),
      version: perhaps(contractVersions, "v"),
      consumer: reach("m"),
      provider: reach("q"),
    }),
    `FROM "memberships" AS m ${besides("m")}
       ${cross("offers", "o", `o."workgroup" = m."workgroup" AND o."advertisement" = ?`)}
       ${cross("memberships", "q", `q."workgroup" = o."workgroup" AND q."agent" = o."agent"`)} ${besides("q")}
       ${cross("advertisements", "a", `a."id" = o."advertisement"`)} ${bindingVersion}
       WHERE m."workgroup" = ? AND m."agent" = ? AND ${may("m", "engage")} AND ${may("q", "offer")}
         AND ${isInAll(`m."agent"`)} AND ${isBound}`,
  );
  return {
    engageable: ({ agent, advertisement, workgroup }) => engageable.one(advertisement, workgroup, agent),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

export function contractPages(db: Database.Database) {
  const contractsOf = several(
    db,
    contracts,
    `INDEXED BY "contracts_organisation_name" WHERE "organisation" = ? AND "state" = 'active' AND "name" > ?
       AND ${isSeenBy} ORDER BY "name" LIMIT ?`,
  );
  const versionsOf = paged(
    db,
    contractVersions,
    `INDEXED BY "contract_versions_number" WHERE "organisation" = ? AND "contract" = ? AND "number" < ?
       AND ${isVersionSeenBy} ORDER BY "number" DESC LIMIT ?`,
  );
  const advertisementsOf = paged(
    db,
    advertisements,
    `INDEXED BY "advertisements_organisation_name" WHERE "organisation" = ? AND "agent" = ? AND "name" > ?
       ORDER BY "name" LIMIT ?`,
  );
  const own = single(
    db,
    advertisements,
    `INDEXED BY "advertisements_organisation_id" WHERE "organisation" = ? AND "id" = ?`,
  );
  return {
    contractsPage: ({ organisation, agent, after, limit }) =>
      contractsOf(organisation, after ?? "", agent, agent, limit),
    versionsPage: ({ organisation, agent, contract, before, limit }) =>
      versionsOf(organisation, contract, before ?? Number.MAX_SAFE_INTEGER, agent, agent, limit),
    advertisementsPage: ({ organisation, agent, after, limit }) =>
      advertisementsOf(organisation, agent, after ?? "", limit),
    ownAdvertisement: ({ organisation, id }) => own(organisation, id),
  } satisfies Partial<Answering<StoreLookupName>>;
}
