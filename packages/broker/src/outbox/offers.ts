/**
 * Who is offered a session that may be taken: one connected instance that serves its capability, the least busy first;
 * after a while the next, and so round, until somebody has it or it is over. Any of them may take it at any time [SOC-23].
 */
import { type AgentId, type InstanceId, isHardEnding, limits, type SessionId } from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { Life } from "../governance/engagement-entities.js";
import { Tally } from "../tally.js";
import type { Connections, Who } from "./connections.js";
import type { KnownSession } from "./open-sessions.js";
import type { Wire } from "./wire.js";

/** A page of what is open to be taken, and what is kept in rounds for one capability of an agent. */
export const offersPerAgent = 256;
const pauseMsMax = 64_000;

export interface Offered {
  readonly session: KnownSession;
  readonly why: "proposed" | "accepted" | "holder-lost" | "closed";
  /** From then on nobody can take it. */
  readonly until: number;
}

type Stopped = Pick<KnownSession, "id"> & { readonly provider: Pick<KnownSession["provider"], "agent"> };

interface Round extends Offered {
  /** Who has been told in this lap. */
  readonly told: Set<InstanceId>;
  current: InstanceId | null;
  nextAt: number;
  pauseMs: number;
}

/** What one agent's connections serve, and what is offered to them. */
interface Served {
  readonly capabilities: Map<Wire, { readonly who: Who; readonly names: ReadonlySet<string> }>;
  readonly rounds: Map<SessionId, Round>;
  /** How many rounds there are for each capability. */
  readonly kept: Tally;
  /** For these there may be more in the store than is kept here. */
  readonly more: Set<string>;
}

const nothingServed = (): Served => ({
  capabilities: new Map(),
  rounds: new Map(),
  kept: new Tally(),
  more: new Set(),
});

/** A session as something to be taken, if it is in a state in which it may be; of what has closed, what is left of it. */
export function offeredOf(session: KnownSession, life: Life): Offered | undefined {
  if (life.state === "proposed") return { session, why: "proposed", until: life.expiresAt };
  if (life.state === "accepted") return { session, why: "accepted", until: life.joinBy };
  if (life.state !== "closed") return undefined;
  const { reason } = life.ending;
  // Who has completed it itself has had what it wanted.
  if (isHardEnding(reason) || reason === "completed_by_provider") return undefined;
  return { session, why: "closed", until: life.closedAt + limits.drainSeconds * 1_000 };
}

export interface OfferParts {
  readonly connections: Pick<Connections, "whoIs" | "openOf">;
  readonly clock: Clock;
  readonly heldBy: (instance: InstanceId) => number;
  /** Nothing is kept of what there may be more of for these capabilities: all of it has been taken or is over. */
  readonly drained: (who: Who, capabilities: readonly string[]) => void;
}

export class Offers {
  readonly #parts: OfferParts;
  readonly #agents = new Map<AgentId, Served>();
  readonly #current = new Tally<InstanceId>();

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  serve(wire: Wire, capabilities: readonly string[]): void {
    const who = this.#parts.connections.whoIs(wire);
    if (who === undefined) return;
    const served = this.#agents.get(who.agent) ?? nothingServed();
    served.capabilities.delete(wire);
    if (capabilities.length > 0) served.capabilities.set(wire, { who, names: new Set(capabilities) });
    this.#agents.set(who.agent, served);
    this.#tidy(who.agent);
  }

  left(wire: Wire, { agent, instance }: Who): void {
    const served = this.#agents.get(agent);
    if (served === undefined) return;
    served.capabilities.delete(wire);
    // What only it had heard of is not left until its time is over.
    for (const round of served.rounds.values()) if (round.current === instance) round.nextAt = 0;
    this.#tidy(agent);
  }

  /** Those of these capabilities that some connection of the agent serves. */
  servedOf(agent: AgentId, capabilities: readonly string[]): readonly string[] {
    const serving = [...(this.#agents.get(agent)?.capabilities.values() ?? [])];
    return capabilities.filter((capability) => serving.some(({ names }) => names.has(capability)));
  }

  /** Somebody new may take it: to one of those who serve it, or to nobody. */
  offer(offered: Offered): void {
    const { session, why } = offered;
    const served = this.#agents.get(session.provider.agent);
    if (served === undefined || served.rounds.get(session.id)?.why === why) return;
    this.stop(session);
    // What nobody serves now is in the record for whoever comes to serve it.
    if (this.#serving(served, offered).length > 0) this.#next(served, this.#begin(served, offered));
  }

  /** A connection has said what it serves: it is told of what is open to be taken for that. */
  offerTo(wire: Wire, agent: AgentId, page: readonly Offered[]): void {
    const served = this.#agents.get(agent);
    const serving = served?.capabilities.get(wire);
    if (served === undefined || serving === undefined) return;
    for (const offered of page)
      if (this.#serves(served, wire, offered))
        this.#tell(served, served.rounds.get(offered.session.id) ?? this.#begin(served, offered), wire);
    this.#paged(served, [...serving.names], page);
  }

  /** Those of a page that nobody has been offered yet. */
  offerMore(agent: AgentId, capabilities: readonly string[], page: readonly Offered[]): void {
    const served = this.#agents.get(agent);
    if (served === undefined) return;
    for (const capability of capabilities) served.more.delete(capability);
    for (const offered of page) if (!served.rounds.has(offered.session.id)) this.offer(offered);
    this.#paged(served, capabilities, page);
  }

  /** What a full page has shown nothing of is looked for by itself. */
  #paged(served: Served, capabilities: readonly string[], page: readonly Offered[]): void {
    if (page.length < offersPerAgent) return;
    for (const capability of capabilities) served.more.add(capability);
    // One capability alone has nothing that stands behind others.
    if (capabilities.length > 1) this.#drain(served);
  }

  #drain(served: Served): void {
    const [serving] = served.capabilities.values();
    const empty = [...served.more].filter((capability) => served.kept.of(capability) === 0);
    if (serving === undefined || empty.length === 0) return;
    for (const capability of empty) served.more.delete(capability);
    this.#parts.drained(serving.who, empty);
  }

  /** Nobody can take it any more, or somebody has. */
  stop({ id, provider: { agent } }: Stopped): void {
    const served = this.#agents.get(agent);
    const round = served?.rounds.get(id);
    if (served === undefined || round === undefined) return;
    this.#drop(served, round);
    this.#drain(served);
  }

  #drop(served: Served, round: Round): void {
    const { id, capability } = round.session;
    if (!served.rounds.delete(id)) return;
    this.#point(round, null);
    served.kept.take(capability);
  }

  /** Called several times a second. */
  round(): void {
    const now = this.#parts.clock.now();
    for (const served of this.#agents.values()) {
      for (const round of [...served.rounds.values()]) {
        if (now >= round.until) this.stop(round.session);
        else if (now >= round.nextAt) this.#next(served, round);
      }
    }
  }

  #begin(served: Served, offered: Offered): Round {
    const pauseMs = limits.offerSeconds * 1_000;
    const round: Round = { ...offered, told: new Set(), current: null, nextAt: 0, pauseMs };
    const { id, capability } = offered.session;
    // Beyond what is kept for a capability a session is offered once, and found again in the record.
    if (served.kept.of(capability) >= offersPerAgent) served.more.add(capability);
    else {
      served.rounds.set(id, round);
      served.kept.add(capability);
    }
    return round;
  }

  #next(served: Served, round: Round): void {
    const serving = this.#serving(served, round);
    const isNew = (wire: Wire) => !round.told.has(this.#instanceOf(served, wire));
    let left: readonly Wire[] = serving.filter(isNew);
    if (left.length === 0) {
      if (round.told.size > 0) round.pauseMs = Math.min(2 * round.pauseMs, pauseMsMax);
      round.told.clear();
      left = serving;
    }
    const [first, ...others] = left;
    // Nobody serves it now: whoever comes to serve it finds it in the record.
    if (first === undefined) {
      this.#drop(served, round);
      return;
    }
    const busy = (wire: Wire) => this.#busy(this.#instanceOf(served, wire));
    const least = others.reduce((least, wire) => (busy(wire) < busy(least) ? wire : least), first);
    this.#tell(served, round, least);
  }

  /** What it holds, and what it has just been offered and may be about to hold. */
  #busy(instance: InstanceId): number {
    return this.#parts.heldBy(instance) + this.#current.of(instance);
  }

  #instanceOf(served: Served, wire: Wire): InstanceId {
    const serving = served.capabilities.get(wire);
    if (serving === undefined) throw new TypeError("a connection is asked for that serves nothing");
    return serving.who.instance;
  }

  #serving(served: Served, offered: Offered): readonly Wire[] {
    return [...served.capabilities.keys()].filter((wire) => this.#serves(served, wire, offered));
  }

  #tell(served: Served, round: Round, wire: Wire): void {
    const who = served.capabilities.get(wire)?.who;
    if (who === undefined) return;
    const { session, why } = round;
    round.told.add(who.instance);
    round.nextAt = this.#parts.clock.now() + round.pauseMs;
    if (served.rounds.get(session.id) === round) this.#point(round, who.instance);
    session.offered.add(who.instance);
    wire.tell({ event: "session.available", session: session.id, why, capability: session.capability });
  }

  /** An instance that has accepted, and has not joined, is the only one that may. */
  #serves(served: Served, wire: Wire, { session: { capability, provider }, why }: Offered): boolean {
    const serving = served.capabilities.get(wire);
    if (serving === undefined || !serving.names.has(capability)) return false;
    if (why === "holder-lost") return true;
    if (why === "closed") return !this.#isKept(provider) || provider.instance === serving.who.instance;
    return provider.instance === null || provider.instance === serving.who.instance;
  }

  /** [SES-23] Who has held it and is there drains it, and nobody else. */
  #isKept({ instance, joined }: KnownSession["provider"]): boolean {
    return joined && instance !== null && this.#parts.connections.openOf(instance).length > 0;
  }

  #point(round: Round, to: InstanceId | null): void {
    if (round.current !== null) this.#current.take(round.current);
    round.current = to;
    if (to !== null) this.#current.add(to);
  }

  /** An agent of whom nobody serves anything is found in the record when somebody does again. */
  #tidy(agent: AgentId): void {
    const served = this.#agents.get(agent);
    if (served === undefined || served.capabilities.size > 0) return;
    for (const round of served.rounds.values()) this.#point(round, null);
    this.#agents.delete(agent);
  }
}
