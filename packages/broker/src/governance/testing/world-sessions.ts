/** What decisions about sessions ask, answered from a world in plain maps. */

import type { Reach, SessionRecord, Side, SideRecord } from "../engagement-entities.js";
import { counts, isMember, may } from "../reach.js";
import { type Answering, all, get, type World } from "./rows.js";
import { sessionsIn } from "./world-scopes.js";

type Asked<N extends keyof Answering> = Parameters<Answering[N]>[1];

function there<T>(row: T | undefined): T {
  if (row === undefined) throw new RangeError("a session relies on a row that is not there");
  return row;
}

export function reachOf(world: World, by: { workgroup: string; agent: string }): Reach | undefined {
  const workgroup = get(world, "workgroups", { id: by.workgroup });
  const agent = get(world, "agents", { id: by.agent });
  const membership = get(world, "memberships", by);
  if (!workgroup || !agent || !membership) return undefined;
  const { organisation: id } = agent;
  const participation = get(world, "participations", { workgroup: workgroup.id, organisation: id });
  const organisation = get(world, "organisations", { id });
  return participation && organisation && { workgroup, participation, membership, agent, organisation };
}

function sideRecord(world: World, side: Side): SideRecord {
  const instance = side.instance === null ? null : there(get(world, "instances", { id: side.instance }));
  const { session, side: name } = side;
  const connection = instance && (get(world, "connections", { instance: instance.id }) ?? null);
  const sent = there(get(world, "tallies", { session, side: name }));
  const handled = get(world, "handled", { session, side: name }) ?? null;
  return { side, reach: there(reachOf(world, side)), instance, connection, sent, handled };
}

export function recordOf(world: World, id: string): SessionRecord | undefined {
  const session = get(world, "sessions", { id });
  if (session === undefined) return undefined;
  const side = (name: Side["side"]) =>
    sideRecord(world, there(get(world, "sides", { session: id, side: name })));
  const advertisement = there(get(world, "advertisements", { id: session.advertisement }));
  return { session, advertisement, consumer: side("consumer"), provider: side("provider") };
}

const isOpen = ({ state }: Side): boolean => state !== "closed";

const sidesOf = (world: World, which: (side: Side) => boolean): Side[] => all(world, "sides").filter(which);

const heldBy = (world: World, instance: string): Side[] =>
  sidesOf(world, (side) => side.instance === instance && side.joinedAt !== null && isOpen(side));

const consuming = (world: World, agent: string): Side[] =>
  sidesOf(world, (side) => side.side === "consumer" && side.agent === agent && isOpen(side));

export const memberAmong = (world: World, { agent, workgroups }: Asked<"memberAmong">): string[] =>
  workgroups.filter((workgroup) => {
    const reach = reachOf(world, { workgroup, agent });
    return reach !== undefined && isMember(reach) && counts(reach.membership, reach.participation);
  });

function engageable(world: World, { agent, advertisement: id, workgroup }: Asked<"engageable">) {
  const advertisement = get(world, "advertisements", { id });
  const offer = get(world, "offers", { workgroup, advertisement: id });
  if (advertisement === undefined || offer === undefined) return undefined;
  const consumer = reachOf(world, { workgroup, agent });
  const provider = reachOf(world, { workgroup, agent: advertisement.agent });
  if (!consumer || !provider || !may(consumer, "engage") || !may(provider, "offer")) return undefined;
  const workgroups = offer.requires;
  if (memberAmong(world, { agent, workgroups }).length < workgroups.length) return undefined;
  const { id: contract, termsDigest } = advertisement.content.contract;
  const version = all(world, "contractVersions").find(
    (row) => row.contract === contract && row.termsDigest === termsDigest,
  );
  return { advertisement, statement: offer.statement, version: version ?? null, consumer, provider };
}

export const sessionAnswers = {
  engageable,
  memberAmong,
  proposal: (world, { agent, proposal }) => {
    const one = all(world, "sessions").find((row) => row.consumer === agent && row.proposal === proposal);
    return one && recordOf(world, one.id);
  },
  openSessionCount: (world, { agent }) => consuming(world, agent).length,
  openProposalCount: (world, { agent }) =>
    consuming(world, agent).filter(({ state }) => state === "proposed").length,
  pairProposalCount: (world, { organisation, provider }) =>
    sidesOf(
      world,
      (side) =>
        side.side === "consumer" &&
        side.state === "proposed" &&
        side.organisation === organisation &&
        side.counterpart === provider,
    ).length,
  contractSessionCount: (world, { agent, contract, provider }) =>
    consuming(world, agent).filter(
      ({ contract: under, session }) =>
        under === contract && get(world, "sides", { session, side: "provider" })?.organisation === provider,
    ).length,
  heldCount: (world, { instance }) => heldBy(world, instance).length,
  heldSides: (world, { instance }) =>
    heldBy(world, instance).map(({ session, side, state }) => {
      const { resumeGraceSeconds, absenceSeconds } = there(get(world, "sessions", { id: session })).terms;
      const dueAt = get(world, "deadlines", { kind: "session.expire", subject: session })?.dueAt ?? null;
      return { session, side, state, resumeGraceSeconds, absenceSeconds, dueAt };
    }),
  holder: (world, by) => get(world, "holders", by),
  absentHolders: (world) =>
    all(world, "connections").filter(
      ({ instance, state }) => state === "closed" && heldBy(world, instance).length > 0,
    ),
  session: (world, { organisation, id }) =>
    sidesOf(world, (side) => side.session === id).some((side) => side.organisation === organisation)
      ? recordOf(world, id)
      : undefined,
  sessionDue: (world, { id }) => recordOf(world, id),
  openSessions: (world, { after, limit, ...scope }) =>
    sessionsIn(world, scope)
      .filter((id) => after === null || id > after)
      .slice(0, limit)
      .map((id) => there(recordOf(world, id))),
  anyOpenSession: (world, scope) => sessionsIn(world, scope).length > 0,
  sweep: (world, by) => get(world, "sweeps", by),
  sweepsUnderWay: (world, { organisation }) =>
    all(world, "sweeps").filter((row) => row.organisation === organisation),
} satisfies Partial<Answering>;
