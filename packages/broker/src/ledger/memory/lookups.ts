/** What decisions ask, answered from one copy of everything in memory. */
import type { EnrolmentToken } from "../../governance/entities.js";
import type { LookupName, Lookups, Principal } from "../../governance/question.js";
import type { Answering } from "../answering.js";
import type { Holdings, MemoryTables } from "./holdings.js";
import { page } from "./order.js";

const first = <Row>(rows: Iterable<Row>, holds: (row: Row) => boolean): Row | undefined => {
  for (const row of rows) if (holds(row)) return row;
  return undefined;
};

const count = <Row>(rows: Iterable<Row>, holds: (row: Row) => boolean = () => true): number => {
  let found = 0;
  for (const row of rows) if (holds(row)) found += 1;
  return found;
};

/** A row that belongs to somebody else is not there. */
const owned = <Row extends { readonly organisation: string | null }>(
  row: Row | undefined,
  organisation: string | null,
): Row | undefined => (row?.organisation === organisation ? row : undefined);

const isOpen = (token: EnrolmentToken, now: number): boolean =>
  token.usesLeft > 0 && token.voidedAt === null && token.expiresAt > now;

export const decisionLookups = (holdings: Holdings): Answering<LookupName> => ({
  era: () => holdings.state.era,
  ...organisationLookups(holdings),
  ...agentLookups(holdings.tables),
  ...keyLookups(holdings.tables),
  ...workingLookups(holdings.tables),
});

function organisationLookups(holdings: Holdings) {
  const { organisations, operators } = holdings.tables;
  return {
    organisation: ({ id }) => organisations.find({ id }),
    organisationNamed: ({ name }) => first(organisations.rows(), (row) => row.name === name),
    organisationCount: () => count(organisations.rows()),
    operator: ({ organisation, id }) => owned(operators.find({ id }), organisation),
    operatorAnywhere: ({ id }) => operators.find({ id }),
    operatorCount: ({ organisation }) => count(operators.group(organisation)),
    adminCount: ({ organisation }) =>
      count(
        operators.group(organisation),
        ({ role, standing, enrolledAt, era }) =>
          role === (organisation === null ? "platform" : "admin") &&
          standing === "active" &&
          enrolledAt !== null &&
          era === holdings.state.era,
      ),
  } satisfies Partial<Answering<LookupName>>;
}

function agentLookups({ agents, instances, operators, organisations }: MemoryTables) {
  return {
    principal: ({ id }) => principalOf({ agents, instances, operators, organisations }, id),
    agent: ({ organisation, id }) => owned(agents.find({ id }), organisation),
    agentNamed: ({ organisation, name }) => first(agents.group(organisation), (row) => row.name === name),
    agentCount: ({ organisation }) => count(agents.group(organisation)),
    agentsAmong: ({ organisation, ids }) =>
      count(new Set(ids), (id) => owned(agents.find({ id }), organisation) !== undefined),
    instance: ({ organisation, id }) => owned(instances.find({ id }), organisation),
    instanceCount: ({ agent }) =>
      count(instances.group(agent), ({ standing }) => standing !== "revoked" && standing !== "expired"),
  } satisfies Partial<Answering<LookupName>>;
}

type PrincipalTables = Pick<MemoryTables, "agents" | "instances" | "operators" | "organisations">;

function principalOf(tables: PrincipalTables, id: string): Principal | undefined {
  const organisationOf = (key: string | null) =>
    key === null ? null : (tables.organisations.find({ id: key }) ?? null);
  const operator = tables.operators.find({ id });
  if (operator) return { kind: "operator", operator, organisation: organisationOf(operator.organisation) };
  const instance = tables.instances.find({ id });
  const agent = instance && tables.agents.find({ id: instance.agent });
  const organisation = instance && organisationOf(instance.organisation);
  return agent && organisation ? { kind: "instance", instance, agent, organisation } : undefined;
}

function keyLookups({ principalKeys, enrolmentTokens, operators, priors }: MemoryTables) {
  const mintedByPlatform = ({ mintedBy }: EnrolmentToken): boolean =>
    mintedBy === null || operators.find({ id: mintedBy })?.organisation === null;
  return {
    key: (by) => principalKeys.find(by),
    keyReplacements: ({ principal, since }) =>
      count(principalKeys.group(principal), (row) => row.since > since && row.token === null),
    enrolmentDigest: ({ digest }) => first(enrolmentTokens.rows(), (row) => row.digest === digest),
    enrolmentToken: ({ organisation, id }) => owned(enrolmentTokens.find({ id }), organisation),
    openTokenCount: ({ organisation, for: target, now }) =>
      count(
        enrolmentTokens.group(organisation),
        (row) => isOpen(row, now) && (target === null || row.for === target),
      ),
    openRecoveryCount: ({ organisation, now }) =>
      count(
        enrolmentTokens.group(organisation),
        (row) => isOpen(row, now) && row.notBefore > row.mintedAt && mintedByPlatform(row),
      ),
    enrolmentTokensOpenForPlatform: ({ now }) => {
      const open = [...enrolmentTokens.group(null)].filter((row) => isOpen(row, now));
      const inOrder = page(open, (row) => [row.id], { after: null, limit: open.length });
      return inOrder.map((row) => ({ id: row.id, for: row.for })) as PlatformTokens;
    },
    prior: (by) => priors.find(by),
  } satisfies Partial<Answering<LookupName>>;
}

/** A token of no organisation is for one of the platform's operators: it has no agents. */
type PlatformTokens = Lookups["enrolmentTokensOpenForPlatform"]["found"];

function workingLookups({ refusalCounts, seen, connections, probes }: MemoryTables) {
  return {
    refusalCount: (by) => refusalCounts.find(by),
    seen: (by) => seen.find(by),
    connection: (by) => connections.find(by),
    openConnections: () => connections.inKeyOrder().filter(({ state }) => state === "open"),
    probe: (by) => probes.find(by),
  } satisfies Partial<Answering<LookupName>>;
}
