/** What has happened to sessions: learnt, told to who must hear of it, and offered where somebody may take it. */
import { type AgentId, type InstanceId, limits, type SessionId, type SideName } from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { FactContent, FactData } from "../governance/fact.js";
import type { Store, StoreLookups } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import type { Connections } from "./connections.js";
import type { HeldFrom } from "./held-from.js";
import type { Holders } from "./holders.js";
import { type Offered, type Offers, offeredOf, offersPerAgent } from "./offers.js";
import { type Happened, type KnownSession, knownOf, type OpenSessions } from "./open-sessions.js";
import { type Read, readFact, tellingsOf } from "./tellings.js";

/** Of what somebody has had: looked at one by one, when it may be had again. */
const lookedAtMax = 4_096;

type SessionFound = NonNullable<StoreLookups["sessionDue"]["found"]>;

const prefix = "session:";
export const isOfSession = ({ skeleton }: StoredFact): boolean => skeleton.stream.startsWith(prefix);
const sessionOf = ({ skeleton }: StoredFact): SessionId => skeleton.stream.slice(prefix.length) as SessionId;

export interface SessionNewsParts {
  readonly connections: Pick<Connections, "openOf">;
  readonly store: Pick<Store, "read">;
  readonly sessions: OpenSessions;
  readonly offers: Offers;
  readonly holders: Holders;
  readonly clock: Clock;
  /** Its provider holds it no longer, as far as is known. */
  readonly lost: (session: SessionId) => void;
}

export class SessionNews {
  readonly #parts: SessionNewsParts;

  constructor(parts: SessionNewsParts) {
    this.#parts = parts;
  }

  /** Whose news this is, for who shares in what can wait: the consumer's, where it is known. */
  ownerOf([first]: readonly StoredFact[]): string {
    if (first === undefined) return "";
    const known = this.#parts.sessions.get(sessionOf(first));
    if (known !== undefined) return known.consumer.organisation;
    const { kind } = first.skeleton;
    if (kind !== "session.proposed" || first.contentText === null) return "";
    const { data } = JSON.parse(first.contentText) as FactContent<"session.proposed">;
    this.#parts.sessions.remember(knownOf(data));
    return data.consumer.organisation;
  }

  /** The facts of sessions that one command has written. */
  async hear(facts: readonly StoredFact[]): Promise<void> {
    const reads = facts.map(readFact);
    const known = await this.#known(reads);
    // What is said of one fact tells of all that was written together with it.
    for (const read of reads) this.#learn(read, known.get(sessionOf(read.fact)));
    for (const read of reads) this.#serve(read, reads);
    for (const read of reads) this.#tell(read, known.get(sessionOf(read.fact)));
    for (const read of reads) this.#offer(read, known.get(sessionOf(read.fact)));
  }

  /**
   * What is open to be taken from this agent for these capabilities: of each kind the oldest first, as many as one page
   * has. What somebody has held is looked at by itself: `asker` may have it back, and others when they may.
   */
  async takeable({ agent, asker, capabilities }: Looking): Promise<readonly Offered[]> {
    const { store, clock, holders, lost } = this.#parts;
    const by = { agent, capabilities, limit: offersPerAgent };
    const now = clock.now();
    const { page, drains, begun, left } = await store.read({
      page: { find: "takeableSessions", by },
      drains: { find: "drainsOf", by: { ...by, now } },
      begun: { find: "drainsBegun", by: { ...by, asker, now, limit: lookedAtMax } },
      left: { find: "lostSessions", by: { ...by, limit: lookedAtMax } },
    });
    const isIdle = ({ session }: { readonly session: SessionId }) => !holders.drains(session);
    for (const { session } of begun.filter(isIdle)) lost(session);
    for (const session of left) lost(session);
    const ended = await this.#due(drains.filter(isIdle).map(({ session }) => session));
    return [...page, ...ended].flatMap((found) => offeredOf(this.#recalled(found), found.session.life) ?? []);
  }

  async #due(ids: Iterable<SessionId>): Promise<readonly SessionFound[]> {
    const asked = [...ids].map((id) => [id, { find: "sessionDue" as const, by: { id } }] as const);
    if (asked.length === 0) return [];
    const found = Object.values(await this.#parts.store.read(Object.fromEntries(asked)));
    return found.filter((one) => one !== undefined);
  }

  async #known(reads: readonly Read[]): Promise<ReadonlyMap<SessionId, KnownSession>> {
    const { sessions } = this.#parts;
    const known = new Map<SessionId, KnownSession>();
    const unknown = new Set<SessionId>();
    for (const read of reads) {
      const id = sessionOf(read.fact);
      // It may have been read from the record already, and shown to somebody.
      if (read.fact.skeleton.kind === "session.proposed" && read.content !== null && !sessions.get(id))
        sessions.remember(knownOf(read.content.data as FactData["session.proposed"]));
      const session = sessions.get(id);
      if (session === undefined) unknown.add(id);
      else known.set(id, session);
    }
    for (const found of await this.#due(unknown)) known.set(found.session.id, this.#recalled(found));
    return known;
  }

  #recalled({ session, consumer, provider }: SessionFound): KnownSession {
    const { sessions } = this.#parts;
    const known = sessions.get(session.id);
    if (known !== undefined) return known;
    const recalled = knownOf({ session, consumer: consumer.side, provider: provider.side });
    if (session.life.state !== "closed") sessions.remember(recalled);
    return recalled;
  }

  #learn({ fact, content }: Read, session: KnownSession | undefined): void {
    if (session === undefined || content === null) return;
    const { kind } = fact.skeleton;
    if (kind !== "session.accepted" && kind !== "session.joined" && kind !== "session.handed-over") return;
    this.#parts.sessions.learn(session, { kind, data: content.data } as Happened);
  }

  /** [SES-6] Who joins with the acceptance has asked for nothing: it is served from the beginning, without having to. */
  #serve({ fact, content }: Read, together: readonly Read[]): void {
    if (content === null) return;
    const { connections, holders } = this.#parts;
    const { kind, stream } = fact.skeleton;
    if (kind === "session.closed") holders.closed(content.data as FactData["session.closed"]);
    if (kind !== "session.joined" || !together.some((one) => isAcceptanceIn(one, stream))) return;
    const { session, side, instance } = content.data as FactData["session.joined"];
    const [wire] = connections.openOf(instance);
    if (wire !== undefined) holders.begin(wire, fromTheBeginning(session, side));
  }

  #tell(read: Read, session: KnownSession | undefined): void {
    if (session === undefined) return;
    for (const { to, event } of tellingsOf(read, session))
      for (const wire of this.#parts.connections.openOf(to)) wire.tell(event);
  }

  #offer({ fact, content }: Read, session: KnownSession | undefined): void {
    if (session === undefined || content === null) return;
    const { offers, sessions } = this.#parts;
    switch (fact.skeleton.kind) {
      case "session.proposed": {
        const { life } = (content.data as FactData["session.proposed"]).session;
        // Under another contract the broker has accepted, or an admin is asked.
        const offered = session.acceptance === "provider" ? offeredOf(session, life) : undefined;
        if (offered && isFree(session)) offers.offer(offered);
        return;
      }
      case "session.accepted": {
        const offered = offeredOf(session, (content.data as FactData["session.accepted"]).life);
        if (offered && isFree(session)) offers.offer(offered);
        else offers.stop(session);
        return;
      }
      case "session.handed-over":
        offers.stop(session);
        return;
      case "session.joined":
        if (session.provider.joined) offers.stop(session);
        return;
      case "session.closed":
        offers.stop(session);
        sessions.forget(session.id);
        this.#offerLeft(session, content.data as FactData["session.closed"]);
        return;
    }
  }

  /** [SES-25] What its consumer has sent and its provider has not handled. */
  #offerLeft(session: KnownSession, { life, sides: { consumer } }: FactData["session.closed"]): void {
    const { offers, holders, lost } = this.#parts;
    const offered = offeredOf(session, life);
    if (!offered || consumer.acknowledged === consumer.accepted || holders.drains(session.id)) return;
    if (session.provider.joined) lost(session.id);
    else offers.offer(offered);
  }
}

interface Looking {
  readonly agent: AgentId;
  readonly asker: InstanceId | null;
  readonly capabilities: readonly string[];
}

/** Nobody has accepted it in person, and nobody has joined for the provider. */
const isFree = ({ provider }: KnownSession): boolean => provider.instance === null && !provider.joined;

const isAcceptanceIn = ({ fact: { skeleton } }: Read, stream: string): boolean =>
  skeleton.kind === "session.accepted" && skeleton.stream === stream;

const fromTheBeginning = (session: SessionId, side: SideName): HeldFrom => ({
  ...{ session, side, after: 0, upTo: 0, handed: 0, isClosed: false },
  sendUpTo: { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax },
});
