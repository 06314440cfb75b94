/** What the records room and the outbox ask about contracts and sessions, answered from one copy of everything in memory. */
import type { Session, SessionRecord, Side } from "../../governance/engagement-entities.js";
import type { Answering } from "../answering.js";
import type { EngagementPages } from "../engagement-pages.js";
import { catalogPages } from "./catalog.js";
import { isContractSeen, isVersionSeen } from "./engagement-lookups.js";
import type { MemoryTables } from "./holdings.js";
import { page, pageBackwards } from "./order.js";
import { count, made, owned, where } from "./rows.js";
import { sessionRecord } from "./session-records.js";

const named = (after: string | null) => (after === null ? null : [after]);

export const engagementPages = (tables: MemoryTables): Answering<keyof EngagementPages> => ({
  ...catalogPages(tables),
  ...contractPages(tables),
  ...sessionPages(tables),
  ...reportPages(tables),
});

function contractPages(tables: MemoryTables) {
  const { contracts, contractVersions, advertisements } = tables;
  return {
    contractsPage: ({ organisation, agent, after, limit }) => {
      const active = where(
        contracts.group("organisation", organisation),
        (row) => row.state === "active" && isContractSeen(tables, agent, row),
      );
      return page(active, (row) => [row.name], { after: named(after), limit });
    },
    versionsPage: ({ organisation, agent, contract, before, limit }) => {
      const theirs = where(
        contractVersions.group("contract", contract),
        (row) => row.organisation === organisation && isVersionSeen(tables, agent, row),
      );
      return pageBackwards(theirs, (row) => [row.number], {
        before: before === null ? null : [before],
        limit,
      });
    },
    advertisementsPage: ({ organisation, agent, after, limit }) => {
      const theirs = where(advertisements.group("agent", agent), (row) => row.organisation === organisation);
      return page(theirs, (row) => [row.name], { after: named(after), limit });
    },
    ownAdvertisement: ({ organisation, id }) => owned(advertisements.find({ id }), organisation),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

/** A session of which an organisation is both sides is one session. */
const recordsOf = (tables: MemoryTables, sides: readonly Side[]): SessionRecord[] =>
  made(new Set(sides.map(({ session }) => session)), (id) => sessionRecord(tables, id));

function sessionPages(tables: MemoryTables) {
  const { sides } = tables;
  const drains = (
    { agent, capabilities, now, limit }: EngagementPages["drainsOf"]["ask"],
    isMeant: (instance: Side["instance"]) => boolean,
  ) => {
    const theirs = where(
      tables.drains.group("agent", agent),
      ({ capability, instance, until }) =>
        until > now && capabilities.includes(capability) && isMeant(instance),
    );
    return page(theirs, ({ openedAt, session }) => [openedAt, session], { after: null, limit });
  };
  return {
    sessionsPage: ({ organisation, agent, side, state, before, limit }) => {
      const theirs =
        agent === null
          ? sides.group("organisation", organisation)
          : where(sides.group("agent", agent), (row) => row.organisation === organisation);
      const wanted = where(theirs, (row) => (side === null || row.side === side) && isIn(row, state));
      return pageBackwards(recordsOf(tables, wanted), ({ session }) => [session.proposedAt, session.id], {
        before: before && [before.at, before.id],
        limit,
      });
    },
    takeableSessions: ({ agent, capabilities, limit }) => {
      const provided = where(sides.group("openAgent", agent), (row) => row.side === "provider");
      const takeable = where(
        recordsOf(tables, provided),
        (found) => isTakeable(found) && capabilities.includes(found.session.capability),
      );
      return page(takeable, ({ session }) => [session.proposedAt, session.id], { after: null, limit });
    },
    drainsOf: (asked) => drains(asked, (instance) => instance === null),
    drainsBegun: ({ asker, ...asked }) =>
      drains(asked, (instance) => instance !== null && (instance === asker || hasLeft(tables, instance))),
    lostSessions: ({ agent, capabilities, limit }) => {
      const held = where(
        sides.group("openAgent", agent),
        (row) => row.side === "provider" && row.state === "active" && hasLeft(tables, row.instance),
      );
      const lost = where(recordsOf(tables, held), ({ session }) => capabilities.includes(session.capability));
      return lost.slice(0, limit).map(({ session }) => session.id);
    },
  } satisfies Partial<Answering<keyof EngagementPages>>;
}

/** Of whom nothing is known is not known to have left. */
const hasLeft = ({ connections }: MemoryTables, instance: Side["instance"]): boolean =>
  instance !== null && connections.find({ instance })?.state === "closed";

const isIn = ({ state }: Side, wanted: Side["state"] | "open" | null): boolean =>
  wanted === null || (wanted === "open" ? state !== "closed" : state === wanted);

const isTakeable = ({ session: { life, terms }, provider: { side } }: SessionRecord): boolean =>
  life.state === "proposed"
    ? terms.acceptance === "provider"
    : life.state === "accepted" && side.joinedAt === null;

function reportPages(tables: MemoryTables) {
  const under = ({ contract, termsDigest }: Pick<Session, "contract" | "termsDigest">) =>
    where(tables.sessions.group("contract", contract), (row) => row.termsDigest === termsDigest);
  const isMarked = ({ wouldRefuse }: Session): boolean => wouldRefuse.length > 0;
  return {
    versionSessions: (by) => {
      const sessions = under(by);
      const rules = sessions.flatMap(({ wouldRefuse }) => [...new Set(wouldRefuse.map(({ rule }) => rule))]);
      const byRule = [...new Set(rules)].toSorted().map((rule) => ({
        rule,
        sessions: count(rules, (each) => each === rule),
      }));
      return { sessions: sessions.length, marked: count(sessions, isMarked), byRule };
    },
    markedSessions: ({ after, limit, ...by }) =>
      page(where(under(by), isMarked), ({ proposedAt, id }) => [proposedAt, id], {
        after: after && [after.at, after.id],
        limit,
      }),
  } satisfies Partial<Answering<keyof EngagementPages>>;
}
