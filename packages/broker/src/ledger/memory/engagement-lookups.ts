/** What decisions about contracts, advertisements and sessions ask, answered from one copy of everything in memory. */

import { defaultContract } from "@parley/protocol";
import type { Advertisement, Contract, ContractVersion, Side } from "../../governance/engagement-entities.js";
import type { EngagementLookups } from "../../governance/engagement-lookups.js";
import { may } from "../../governance/reach.js";
import type { Answering } from "../answering.js";
import type { MemoryTables } from "./holdings.js";
import { page, pageBackwards } from "./order.js";
import { isInAll, isMemberOf, reachOf } from "./reaching.js";
import { count, first, inOrder, made, owned, where } from "./rows.js";
import { sessionRecord, sidesIn } from "./session-records.js";

export const engagementLookups = (tables: MemoryTables): Answering<keyof EngagementLookups> => ({
  ...contractLookups(tables),
  ...advertisementLookups(tables),
  ...countLookups(tables),
  ...holderLookups(tables),
  ...sessionLookups(tables),
});

/** The newest of that digest: terms that came back are the same terms. */
export const versionOf = (
  { contractVersions }: MemoryTables,
  contract: string,
  termsDigest: string,
): ContractVersion | undefined =>
  pageBackwards(
    where(contractVersions.group("contract", contract), (row) => row.termsDigest === termsDigest),
    (row) => [row.number],
    { before: null, limit: 1 },
  )[0];

/** Whether an agent is in all that a version requires; no agent: an operator, who sees everything [CON-9]. */
export const isVersionSeen = (
  tables: MemoryTables,
  agent: string | null,
  { terms }: ContractVersion,
): boolean => agent === null || isInAll(tables, agent, terms.requiredWorkgroups);

export const isContractSeen = (tables: MemoryTables, agent: string | null, { id }: Contract): boolean =>
  agent === null ||
  first(tables.contractVersions.group("contract", id), (row) => isVersionSeen(tables, agent, row)) !==
    undefined;

function contractLookups(tables: MemoryTables) {
  const { contracts, contractVersions, advertisements } = tables;
  return {
    contract: ({ organisation, agent, id }) => {
      const contract = owned(contracts.find({ id }), organisation);
      return contract && isContractSeen(tables, agent, contract) ? contract : undefined;
    },
    contractNamed: ({ organisation, name }) =>
      first(
        contracts.group("organisation", organisation),
        (row) => row.name === name && row.state === "active",
      ),
    contractCount: ({ organisation }) =>
      count(contracts.group("organisation", organisation), ({ state }) => state === "active"),
    contractVersion: ({ organisation, agent, contract, termsDigest }) => {
      const version = owned(versionOf(tables, contract, termsDigest), organisation);
      return version && isVersionSeen(tables, agent, version) ? version : undefined;
    },
    versionCount: ({ contract }) => count(contractVersions.group("contract", contract)),
    contractUses: ({ contract }) =>
      count(advertisements.group("contract", contract), ({ state }) => state === "active"),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

/** Undefined where the version is not there; null where the broker's own terms bind. */
export const bindingVersion = (
  tables: MemoryTables,
  { contract: { id, termsDigest } }: Advertisement["content"],
): ContractVersion | null | undefined => (id === defaultContract ? null : versionOf(tables, id, termsDigest));

function advertisementLookups(tables: MemoryTables) {
  const { advertisements, offers } = tables;
  return {
    advertisement: ({ organisation, agent, name }) =>
      owned(advertisements.only({ agent, name }), organisation),
    advertisementCount: ({ agent }) =>
      count(advertisements.group("agent", agent), ({ state }) => state === "active"),
    engageable: ({ agent, advertisement: id, workgroup }) => {
      const offer = offers.find({ workgroup, advertisement: id });
      const advertisement = offer && advertisements.find({ id });
      const consumer = reachOf(tables, workgroup, agent);
      const provider = offer && reachOf(tables, workgroup, offer.agent);
      if (!offer || !advertisement || !consumer || !provider) return undefined;
      if (!may(consumer, "engage") || !may(provider, "offer")) return undefined;
      if (!isInAll(tables, agent, offer.requires)) return undefined;
      const version = bindingVersion(tables, advertisement.content);
      const { statement } = offer;
      return version === undefined ? undefined : { advertisement, statement, version, consumer, provider };
    },
    memberAmong: ({ agent, workgroups }) => {
      const there = where(new Set(workgroups), (workgroup) => isMemberOf(tables, workgroup, agent));
      return page(there, (id) => [id], { after: null, limit: there.length });
    },
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

function holderLookups({ sides, sessions, deadlines, holders, connections }: MemoryTables) {
  const held = (instance: string) =>
    where(sides.group("openInstance", instance), ({ joinedAt }) => joinedAt !== null);
  return {
    heldSides: ({ instance }) =>
      inOrder(held(instance), (row) => [row.session, row.side]).flatMap(({ session, side, state }) => {
        const { terms } = sessions.find({ id: session }) ?? {};
        if (terms === undefined) return [];
        const { resumeGraceSeconds, absenceSeconds } = terms;
        const dueAt = deadlines.find({ kind: "session.expire", subject: session })?.dueAt ?? null;
        return [{ session, side, state, resumeGraceSeconds, absenceSeconds, dueAt }];
      }),
    holder: (by) => holders.find(by),
    absentHolders: () =>
      connections
        .inKeyOrder()
        .filter(({ instance, state }) => state === "closed" && held(instance).length > 0),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

function countLookups({ sides }: MemoryTables) {
  const asConsumer = (agent: string, holds: (side: Side) => boolean = () => true) =>
    count(sides.group("openAgent", agent), (row) => row.side === "consumer" && holds(row));
  return {
    openSessionCount: ({ agent }) => asConsumer(agent),
    openProposalCount: ({ agent }) => asConsumer(agent, ({ state }) => state === "proposed"),
    pairProposalCount: ({ organisation, provider }) =>
      count(
        sides.group("openOrganisation", organisation),
        (row) => row.side === "consumer" && row.counterpart === provider && row.state === "proposed",
      ),
    contractSessionCount: ({ agent, contract, provider }) =>
      asConsumer(
        agent,
        ({ contract: under, session }) =>
          under === contract && sides.find({ session, side: "provider" })?.organisation === provider,
      ),
    heldCount: ({ instance }) =>
      count(sides.group("openInstance", instance), ({ joinedAt }) => joinedAt !== null),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}

const sideNames = ["consumer", "provider"] as const;

function sessionLookups(tables: MemoryTables) {
  const { sessions, sides, sweeps } = tables;
  return {
    proposal: ({ agent: consumer, proposal }) => {
      const session = sessions.only({ consumer, proposal });
      return session && sessionRecord(tables, session.id);
    },
    session: ({ organisation, id }) => {
      const isTheirs = sideNames.some(
        (side) => sides.find({ session: id, side })?.organisation === organisation,
      );
      return isTheirs ? sessionRecord(tables, id) : undefined;
    },
    sessionDue: ({ id }) => sessionRecord(tables, id),
    openSessions: ({ by, of, within, after, limit }) => {
      const ids = new Set(sidesIn(tables, { by, of, within }).map(({ session }) => session));
      const next = page(ids, (id) => [id], { after: after === null ? null : [after], limit });
      return made(next, (id) => sessionRecord(tables, id));
    },
    anyOpenSession: (scope) => sidesIn(tables, scope).length > 0,
    sweep: (by) => sweeps.find(by),
    sweepsUnderWay: ({ organisation }) =>
      inOrder(
        where(sweeps.rows(), (row) => row.organisation === organisation),
        (row) => [row.begunAt, row.id, row.part],
      ),
  } satisfies Partial<Answering<keyof EngagementLookups>>;
}
