/** What the records room asks, answered from one copy of everything in memory. */
import type { Instance } from "../../governance/entities.js";
import type { After } from "../after.js";
import type { Answering } from "../answering.js";
import type { InstanceRow, Pages } from "../store.js";
import { engagementPages } from "./engagement-pages.js";
import { envelopePages } from "./envelope-lookups.js";
import type { Holdings, MemoryTables } from "./holdings.js";
import { logPages } from "./log-pages.js";
import { page, pageBackwards } from "./order.js";
import { workgroupPages } from "./workgroup-pages.js";

const listed = (after: After | null) => (after === null ? null : [after.at, after.id]);
const named = (after: string | null) => (after === null ? null : [after]);

export const recordPages = (holdings: Holdings): Answering<keyof Pages> => ({
  ...organisationPages(holdings.tables),
  ...agentPages(holdings.tables),
  ...workgroupPages(holdings.tables),
  ...engagementPages(holdings.tables),
  ...envelopePages(holdings),
  ...logPages(holdings),
  readerOf: (by) => holdings.tables.readers.find(by),
  factsPage: ({ stream, after, limit, kind }) => {
    const ofStream = holdings.streams.get(stream) ?? [];
    const wanted = ofStream.filter(
      ({ skeleton }) => skeleton.position > after && (kind === null || skeleton.kind === kind),
    );
    return wanted.slice(0, limit);
  },
});

function organisationPages({ organisations, operators, enrolmentTokens, alerts }: MemoryTables) {
  return {
    organisationsPage: ({ after, limit }) =>
      page(organisations.rows(), (row) => [row.name], { after: named(after), limit }),
    operatorsPage: ({ organisation, after, limit }) =>
      page(operators.group("organisation", organisation), (row) => [row.createdAt, row.id], {
        after: listed(after),
        limit,
      }),
    tokensPage: ({ organisation, for: target, after, limit }) => {
      const ofTarget = [...enrolmentTokens.group("organisation", organisation)].filter(
        (row) => row.for === target,
      );
      return page(ofTarget, (row) => [row.mintedAt, row.id], { after: listed(after), limit });
    },
    alertsPage: ({ organisation, before, limit }) =>
      pageBackwards(alerts.group("organisation", organisation), (row) => [row.raisedAt, row.id], {
        before: listed(before),
        limit,
      }),
  } satisfies Partial<Answering<keyof Pages>>;
}

function agentPages(tables: MemoryTables) {
  const { agents, instances } = tables;
  return {
    agentsPage: ({ organisation, ids, after, limit }) => {
      const wanted = ids && new Set<string>(ids);
      const among = [...agents.group("organisation", organisation)].filter(
        ({ id }) => wanted?.has(id) ?? true,
      );
      return page(among, (row) => [row.name], { after: named(after), limit });
    },
    instancesPage: ({ organisation, agent, after, limit }) => {
      const ofOrganisation = [...instances.group("agent", agent)].filter(
        (row) => row.organisation === organisation,
      );
      const rows = page(ofOrganisation, (row) => [row.enrolledAt, row.id], { after: listed(after), limit });
      return rows.map((row) => instanceRow(tables, row));
    },
    instanceRow: ({ organisation, id }) => {
      const instance = instances.find({ id });
      return instance?.organisation === organisation ? instanceRow(tables, instance) : undefined;
    },
  } satisfies Partial<Answering<keyof Pages>>;
}

function instanceRow({ seen, connections }: MemoryTables, instance: Instance): InstanceRow {
  const connection = connections.find({ instance: instance.id });
  return {
    instance,
    seenAt: seen.find({ principal: instance.id })?.seenAt ?? instance.enrolledAt,
    connectedSince: connection?.state === "open" ? connection.changedAt : null,
  };
}
