/**
 * Which event goes to whom for which fact of a session: a function of the fact and of who holds the sides, so that it
 * can be read as a table. What is told here was written and is durable [SOC-21].
 */
import type { Event, FactView, InstanceId } from "@parley/protocol";
import type { FactContent, FactData } from "../governance/fact.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import type { KnownSession, KnownSide } from "./open-sessions.js";

export interface Telling {
  readonly to: InstanceId;
  readonly event: Event;
}

/** A fact with its content read. */
export interface Read {
  readonly fact: StoredFact;
  readonly content: FactContent | null;
}

export const readFact = (fact: StoredFact): Read => ({
  fact,
  content: fact.contentText === null ? null : (JSON.parse(fact.contentText) as FactContent),
});

const joinedOnes = ({ consumer, provider }: KnownSession): readonly InstanceId[] =>
  [consumer, provider].flatMap(({ instance, joined }: KnownSide) =>
    joined && instance !== null ? [instance] : [],
  );

const toEach = (instances: Iterable<InstanceId>, event: Event): readonly Telling[] =>
  [...new Set(instances)].map((to) => ({ to, event }));

const viewFact = ({ fact: { skeleton, hash }, content }: Read): FactView => ({
  stream: skeleton.stream,
  position: skeleton.position,
  kind: skeleton.kind,
  at: new Date(skeleton.at).toISOString(),
  contentDigest: skeleton.contentDigest,
  previous: skeleton.previous,
  hash,
  content: content as FactView["content"],
});

/** `session` as it stands after everything that was written together with this fact. */
export function tellingsOf(read: Read, session: KnownSession): readonly Telling[] {
  const { id } = session;
  const ofChain = { event: "session.fact", session: id, fact: viewFact(read) } as const;
  // What was sent is told by outcomes and stamps [ENV-10] [ENV-11].
  const chained = read.fact.skeleton.kind === "session.sent" ? [] : toEach(joinedOnes(session), ofChain);
  return [...chained, ...newsOf(read, session)];
}

function newsOf({ fact, content }: Read, session: KnownSession): readonly Telling[] {
  const { id, consumer, provider, offered } = session;
  switch (fact.skeleton.kind) {
    case "session.accepted": {
      const event = { event: "session.accepted", session: id, joined: consumer.joined } as const;
      return consumer.instance === null ? [] : [{ to: consumer.instance, event }];
    }
    case "session.activated":
      return toEach(joinedOnes(session), { event: "session.active", session: id });
    case "session.closed": {
      const closed = content?.data as FactData["session.closed"] | undefined;
      if (closed === undefined) return [];
      const heard = [consumer.instance, provider.instance, ...offered].filter((one) => one !== null);
      const { consumer: mine, provider: theirs } = closed.sides;
      const sent = { consumer: mine.accepted, provider: theirs.accepted };
      return toEach(heard, { event: "session.closed", session: id, reason: closed.life.ending.reason, sent });
    }
    default:
      return [];
  }
}
