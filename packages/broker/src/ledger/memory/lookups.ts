/** What decisions ask, answered from one copy of everything in memory. */
import type { EnrolmentToken } from "../../governance/entities.js";
import type { LookupName, Lookups, Principal } from "../../governance/question.js";
import type { Answering } from "../answering.js";
import { digestOf } from "../digest.js";
import { engagementLookups } from "./engagement-lookups.js";
import { envelopeLookups } from "./envelope-lookups.js";
import type { Holdings, MemoryTables } from "./holdings.js";
import { page } from "./order.js";
import { count, owned } from "./rows.js";
import { workgroupLookups } from "./workgroup-lookups.js";

const isOpen = (token: EnrolmentToken, now: number): boolean =>
  token.usesLeft > 0 && token.voidedAt === null && token.expiresAt > now;

export function decisionLookups(holdings: Holdings): Answering<LookupName> {
  const engagements = engagementLookups(holdings.tables);
  return {
    ...beside(holdings),
    ...engagements,
    speaker: ({ id }) => principalOf(holdings.tables, id),
    spokenIn: ({ organisation, id }) => engagements.session({ organisation, id }),
  };
}

const beside = (holdings: Holdings) => ({
  digest: ({ text }: { readonly text: string }) => digestOf(text),
  era: () => holdings.state.era,
  ...organisationLookups(holdings),
  ...agentLookups(holdings.tables),
  ...keyLookups(holdings.tables),
  ...workingLookups(holdings.tables),
  ...workgroupLookups(holdings.tables),
  ...envelopeLookups(holdings),
});

function organisationLookups(holdings: Holdings) {
  const { organisations, operators } = holdings.tables;
  return {
    organisation: ({ id }) => organisations.find({ id }),
    organisationNamed: ({ name }) => organisations.only({ name }),
    organisationCount: () => count(organisations.rows()),
    operator: ({ organisation, id }) => owned(operators.find({ id }), organisation),
    operatorAnywhere: ({ id }) => operators.find({ id }),
    operatorCount: ({ organisation }) => count(operators.group("organisation", organisation)),
    adminCount: ({ organisation }) =>
      count(
        operators.group("organisation", organisation),
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
    agentNamed: ({ organisation, name }) => agents.only({ organisation, name }),
    agentCount: ({ organisation }) => count(agents.group("organisation", organisation)),
    agentsAmong: ({ organisation, ids }) =>
      count(new Set(ids), (id) => owned(agents.find({ id }), organisation) !== undefined),
    instance: ({ organisation, id }) => owned(instances.find({ id }), organisation),
    instanceCount: ({ agent }) =>
      count(
        instances.group("agent", agent),
        ({ standing }) => standing !== "revoked" && standing !== "expired",
      ),
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
      count(principalKeys.group("principal", principal), (row) => row.since > since && row.token === null),
    enrolmentDigest: ({ digest }) => enrolmentTokens.only({ digest }),
    enrolmentToken: ({ organisation, id }) => owned(enrolmentTokens.find({ id }), organisation),
    openTokenCount: ({ organisation, for: target, now }) =>
      count(
        enrolmentTokens.group("organisation", organisation),
        (row) => isOpen(row, now) && (target === null || row.for === target),
      ),
    openRecoveryCount: ({ organisation, now }) =>
      count(
        enrolmentTokens.group("organisation", organisation),
        (row) => isOpen(row, now) && row.notBefore > row.mintedAt && mintedByPlatform(row),
      ),
    enrolmentTokensOpenForPlatform: ({ now }) => {
      const open = [...enrolmentTokens.group("organisation", null)].filter((row) => isOpen(row, now));
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
