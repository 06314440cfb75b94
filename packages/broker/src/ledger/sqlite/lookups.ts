/**
 * What decisions ask, one statement each. What belongs to an organisation is looked up through an index that begins
 * with it: a row of another organisation is then not met at all, so hidden costs what absent costs.
 */
import { isId } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { LookupName, Principal } from "../../governance/question.js";
import type { Answering } from "../answering.js";
import { digestOf } from "../digest.js";
import { emptyState } from "../store.js";
import { engagementLookups } from "./engagement-lookups.js";
import { envelopeLookups } from "./envelope-lookups.js";
import { keyLookups, tokenLookups, workingLookups } from "./key-lookups.js";
import { codecs } from "./row-codec.js";
import { counted, query, single, type Values } from "./statements.js";
import { workgroupLookups } from "./workgroup-lookups.js";

const { organisations, operators, agents, instances } = codecs;

export function decisionLookups(db: Database.Database): Answering<LookupName> {
  const others = beside(db);
  const { principal } = principalLookup(db);
  const engagements = engagementLookups(db);
  return {
    ...others,
    ...engagements,
    principal,
    speaker: principal,
    spokenIn: ({ organisation, id }) => engagements.session({ organisation, id }),
  };
}

const beside = (db: Database.Database) => ({
  ...organisationLookups(db),
  ...agentLookups(db),
  ...keyLookups(db),
  ...tokenLookups(db),
  ...workingLookups(db),
  ...workgroupLookups(db),
  ...envelopeLookups(db),
  digest: ({ text }: { readonly text: string }) => digestOf(text),
});

function organisationLookups(db: Database.Database) {
  const era = query(db, `SELECT "era" FROM "ledger" WHERE "one" = 1`);
  const byId = single(db, organisations, `WHERE "id" = ?`);
  const byName = single(db, organisations, `WHERE "name" = ?`);
  const count = counted(db, `SELECT count(*) FROM "organisations"`);
  const ofOrganisation = `INDEXED BY "operators_organisation_id" WHERE "organisation" IS ? AND "id" = ?`;
  const operator = single(db, operators, ofOrganisation);
  const anywhere = single(db, operators, `WHERE "id" = ?`);
  const operatorCount = counted(db, `SELECT count(*) FROM "operators" WHERE "organisation" IS ?`);
  const adminCount = counted(
    db,
    `SELECT count(*) FROM "operators" WHERE "organisation" IS ? AND "role" = ? AND "standing" = 'active'
       AND "era" = ifnull((SELECT "era" FROM "ledger" WHERE "one" = 1), ?) AND "enrolled_at" IS NOT NULL`,
  );
  return {
    era: () => Number(era.one()?.[0] ?? emptyState.era),
    organisation: ({ id }) => byId(id),
    organisationNamed: ({ name }) => byName(name),
    organisationCount: () => count(),
    operator: ({ organisation, id }) => operator(organisation, id),
    operatorAnywhere: ({ id }) => anywhere(id),
    operatorCount: ({ organisation }) => operatorCount(organisation),
    adminCount: ({ organisation }) =>
      adminCount(organisation, organisation === null ? "platform" : "admin", emptyState.era),
  } satisfies Partial<Answering<LookupName>>;
}

function principalLookup(db: Database.Database) {
  const operator = query(
    db,
    `SELECT ${operators.columns("p")}, ${organisations.columns("o")} FROM "operators" AS p
       LEFT JOIN "organisations" AS o ON o."id" = p."organisation" WHERE p."id" = ?`,
  );
  const instance = query(
    db,
    `SELECT ${instances.columns("i")}, ${agents.columns("a")}, ${organisations.columns("o")} FROM "instances" AS i
       JOIN "agents" AS a ON a."id" = i."agent" JOIN "organisations" AS o ON o."id" = i."organisation"
       WHERE i."id" = ?`,
  );
  return {
    principal: ({ id }) => {
      if (isId("operator", id)) return operatorPrincipal(operator.one(id));
      return instancePrincipal(instance.one(id));
    },
  } satisfies Partial<Answering<LookupName>>;
}

function operatorPrincipal(values: Values | undefined): Principal | undefined {
  if (values === undefined) return undefined;
  const operator = operators.decode(values);
  const organisation =
    values[operators.width] === null ? null : organisations.decode(values, operators.width);
  return { kind: "operator", operator, organisation };
}

function instancePrincipal(values: Values | undefined): Principal | undefined {
  if (values === undefined) return undefined;
  return {
    kind: "instance",
    instance: instances.decode(values),
    agent: agents.decode(values, instances.width),
    organisation: organisations.decode(values, instances.width + agents.width),
  };
}

function agentLookups(db: Database.Database) {
  const byId = single(
    db,
    agents,
    `INDEXED BY "agents_organisation_id" WHERE "organisation" = ? AND "id" = ?`,
  );
  const byName = single(db, agents, `WHERE "organisation" = ? AND "name" = ?`);
  const count = counted(db, `SELECT count(*) FROM "agents" WHERE "organisation" = ?`);
  const among = counted(
    db,
    `SELECT count(*) FROM "agents" INDEXED BY "agents_organisation_id"
       WHERE "organisation" = ? AND "id" IN (SELECT "value" FROM json_each(?))`,
  );
  const ofOrganisation = `INDEXED BY "instances_organisation_id" WHERE "organisation" = ? AND "id" = ?`;
  const instance = single(db, instances, ofOrganisation);
  const instanceCount = counted(
    db,
    `SELECT count(*) FROM "instances" WHERE "agent" = ? AND "standing" NOT IN ('revoked', 'expired')`,
  );
  return {
    agent: ({ organisation, id }) => byId(organisation, id),
    agentNamed: ({ organisation, name }) => byName(organisation, name),
    agentCount: ({ organisation }) => count(organisation),
    agentsAmong: ({ organisation, ids }) => among(organisation, JSON.stringify(ids)),
    instance: ({ organisation, id }) => instance(organisation, id),
    instanceCount: ({ agent }) => instanceCount(agent),
  } satisfies Partial<Answering<LookupName>>;
}
