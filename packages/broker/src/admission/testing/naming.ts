/** What requests name beside their paths, in queries and in bodies: where each is asked for, with nothing else wrong. */
import {
  defaultTermsDigest,
  makeId,
  statementTypes,
  type TermsRequest,
  type WorkgroupId,
} from "@parley/protocol";
import { advertisementBody, contractBody } from "./dealing.js";
import type { Described } from "./described.js";
import type { Ids } from "./hidden-world.js";
import type { Person } from "./person.js";

export interface Naming {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

/** `ids` is what is hidden, or what is absent; `own` what whoever asks has or sees. */
type Asks = (person: Person, ids: Ids, own: Ids) => Naming | Promise<Naming>;

const owner = "o@example.com";

/** Of what is seen, and of what is hidden. */
export const seenCapability = "quotes.spot";
export const hiddenCapability = "markets.equity";

const proposal = (person: Person, said: object) =>
  person.state(statementTypes.proposal, {
    proposal: makeId("proposal"),
    capability: seenCapability,
    termsDigest: defaultTermsDigest,
    ...said,
  });

const proposing =
  (named: (ids: Ids) => Ids): Asks =>
  async (person, ids, { advertisement, workgroup }) => ({
    body: { statement: await proposal(person, { advertisement, workgroup, ...named(ids) }) },
  });

const requiring = (workgroup: string): TermsRequest => ({ requiredWorkgroups: [workgroup as WorkgroupId] });

const query =
  (named: (ids: Ids) => Ids): Asks =>
  (_person, ids, { agent = "" }) => ({ query: { agent, ...named(ids) } });

const explaining =
  (named: (ids: Ids, own: Ids) => Ids): Asks =>
  (_person, ids, own) => ({ query: { advertisement: own.advertisement ?? "", ...named(ids, own) } });

const filter =
  (field: string, named: (ids: Ids) => string | undefined): Asks =>
  (_person, ids) => ({ query: { [field]: named(ids) ?? "" } });
const factFilters: Readonly<Record<string, Asks>> = {
  "stream, a session's": filter("stream", ({ session }) => `session:${session}`),
  "stream, a workgroup's": filter("stream", ({ workgroup }) => `workgroup:${workgroup}`),
  "stream, an organisation's": filter("stream", ({ organisation }) => `org:${organisation}`),
  // Whoever has acted in what is shared stands in facts that the caller reads: a neighbour's instance has not.
  actor: filter("actor", ({ instance }) => instance),
  agent: filter("agent", ({ agent }) => agent),
  instance: filter("instance", ({ instance }) => instance),
  workgroup: filter("workgroup", ({ workgroup }) => workgroup),
  session: filter("session", ({ session }) => session),
  contract: filter("contract", ({ contract }) => contract),
  correlation: filter("correlation", ({ session }) => session),
};

const looking: Readonly<Record<string, Asks>> = {
  workgroup: (_person, { workgroup = "" }) => ({ query: { workgroup } }),
  "workgroup, at a past moment": (_person, { workgroup = "" }) => ({
    query: { workgroup, at: "2026-01-05T08:59:59.000Z" },
  }),
};

/** By operation, and by the fields that name something; several where one says all of them. */
export const namings: Readonly<Record<string, Readonly<Record<string, Asks>>>> = {
  createOrganisation: { name: (_person, { ownerName }) => ({ body: { name: ownerName } }) },
  inviteOperator: {
    name: (_person, { operatorName }) => ({ body: { name: operatorName, role: "auditor" } }),
    agents: (_person, { agent }) => ({ body: { name: "enroller", role: "enroller", agents: [agent] } }),
  },
  changeOperator: {
    agents: (_person, { agent }) => ({ body: { role: "enroller", agents: [agent] }, ifMatch: '"v2"' }),
  },
  createAgent: { name: (_person, { agentName }) => ({ body: { name: agentName, owner } }) },
  createWorkgroup: {
    name: (_person, { workgroupName }) => ({ body: { name: workgroupName, purpose: "markets" } }),
  },
  handOverWorkgroup: { organisation: (_person, { organisation }) => ({ body: { organisation } }) },
  inviteOrganisation: { organisation: (_person, { organisation }) => ({ body: { organisation } }) },
  addMember: { agent: (_person, { agent }) => ({ body: { agent, offer: true } }) },
  createContract: {
    "name, statement": async (person, { contractName = "" }) => ({
      body: await contractBody(person, contractName, {}),
    }),
    terms: async (person, { workgroup = "" }) => ({
      body: await contractBody(person, "parlour", requiring(workgroup)),
    }),
  },
  addContractVersion: {
    "terms, statement": async (person, { workgroup = "" }) => {
      const { name: _name, ...body } = await contractBody(person, "house", requiring(workgroup));
      return { body };
    },
  },
  publishAdvertisement: {
    "workgroups, statement": async (person, { workgroup = "" }, own) => ({
      body: await advertisementBody(person, own.agent ?? "", own.name ?? "", {
        workgroups: [own.workgroup ?? "", workgroup],
      }),
    }),
    contract: async (person, { contract = "" }, own) => ({
      body: await advertisementBody(person, own.agent ?? "", own.name ?? "", {
        workgroups: [own.workgroup ?? ""],
        contract: { id: contract, termsDigest: defaultTermsDigest },
      }),
    }),
  },
  searchCatalog: {
    workgroup: query(({ workgroup = "" }) => ({ workgroup })),
    "workgroup by name": query(({ ownerName, workgroupName }) => ({
      workgroup: `${ownerName}/${workgroupName}`,
    })),
    "workgroup by a bare name": query(({ workgroupName = "" }) => ({ workgroup: workgroupName })),
    organisation: query(({ organisation = "" }) => ({ organisation })),
    "organisation by name": query(({ organisationName = "" }) => ({ organisation: organisationName })),
    capability: query(({ capability = "" }) => ({ capability })),
    q: query(({ agentName = "" }) => ({ q: agentName })),
    agent: query(({ agent = "" }) => ({ agent })),
  },
  proposeSession: {
    "statement, of both": proposing(({ advertisement = "", workgroup = "" }) => ({
      advertisement,
      workgroup,
      capability: hiddenCapability,
    })),
    "statement, of the workgroup": proposing(({ workgroup = "" }) => ({ workgroup })),
    "statement, of the advertisement": proposing(({ advertisement = "" }) => ({
      advertisement,
      capability: hiddenCapability,
    })),
  },
  exportRecord: { session: (_person, { session = "" }) => ({ query: { session } }) },
  readBlastRadius: looking,
  listReaders: looking,
  explainEngagement: {
    advertisement: explaining(({ advertisement = "" }) => ({ advertisement })),
    workgroup: explaining(({ workgroup = "" }) => ({ workgroup })),
    "workgroup by name": explaining(({ ownerName, workgroupName }) => ({
      workgroup: `${ownerName}/${workgroupName}`,
    })),
    "workgroup by a bare name": explaining(({ workgroupName = "" }) => ({ workgroup: workgroupName })),
    "advertisement, in what is seen": explaining(({ advertisement = "" }, { workgroup = "" }) => ({
      advertisement,
      workgroup,
    })),
    capability: explaining(({ capability = "" }) => ({ capability })),
    instance: explaining(({ instance = "" }) => ({ instance })),
  },
  listSessions: { agent: (_person, { agent = "" }) => ({ query: { agent } }) },
  listFacts: factFilters,
  streamFacts: factFilters,
};

/** What a route does not do without, beside its path: it names nothing. */
export const needed: Readonly<Record<string, string>> = { explainEngagement: "?advertisement=nothing" };

const words = (fields: string): readonly string[] => fields.split(/[ ,]+/);

/** Statements of which all that they name is what the path names. */
const saidOfPaths: ReadonlySet<string> = new Set(["consentToInvitation", "acceptSession"]);

/** What else there is in queries and bodies: values that are said, and name nothing that somebody has. */
const saysNoName: ReadonlySet<string> = new Set([
  ...["displayName", "adminName", "role", "owner", "tags", "purpose", "rules", "admission", "introduction"],
  ...["expiresInSeconds", "uses", "ephemeral", "offer", "engage", "description", "capabilities", "patterns"],
  ...["use", "publicKey", "oldProof", "newProof", "kind", "number", "limit", "cursor", "after"],
  ...["type", "termsDigest"],
  // Places in the caller's own log.
  ...["leaf", "size", "from", "to", "against", "decision"],
]);

/** The fields of a route that may name something and for which nothing is asked here. */
export const unasked = ({ name, fields }: Described): readonly string[] =>
  fields.filter(
    (field) =>
      !saysNoName.has(field) &&
      !(field === "statement" && saidOfPaths.has(name)) &&
      !Object.keys(namings[name] ?? {}).some((asked) => words(asked).includes(field)),
  );
