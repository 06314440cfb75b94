/**
 * Who must hear: what has happened is told after the commit, in the order in which it happened, without anybody waiting
 * for it. Everything told is a hint; whoever missed one asks, and is answered the same [SOC-20].
 */
import type { AgentId, Refusal, SessionId } from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { Acked } from "../governance/engagement-commands.js";
import type { Cut } from "../governance/verdict.js";
import type { Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import { CatalogWatches } from "./catalog-watches.js";
import type { Connections, CutReport, Who } from "./connections.js";
import type { Deliverable } from "./hearing.js";
import type { HeldFrom } from "./held-from.js";
import type { ReadEnvelopes } from "./holder.js";
import { Holders } from "./holders.js";
import { LostHolders } from "./lost-holders.js";
import { Offers } from "./offers.js";
import { OpenSessions } from "./open-sessions.js";
import { Probe } from "./probe.js";
import { Queue } from "./queue.js";
import { Serving } from "./serving.js";
import { isOfSession, SessionNews } from "./session-news.js";
import type { Hearing, Watching, Wire } from "./wire.js";
import { isOfWorkgroups, WorkgroupNews } from "./workgroup-news.js";

export interface OutboxParts {
  readonly connections: Connections;
  /** What of the record may be delivered now. */
  readonly read: ReadEnvelopes;
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
  readonly failed: (fault: unknown) => void;
}

/** Offers go on, and what has changed is looked at again, so often. */
const roundMs = 250;

export class Outbox implements Hearing {
  /** By which it is known whether what is told and delivered arrives. */
  readonly probe: Probe;
  readonly #connections: Connections;
  readonly #queue: Queue;
  readonly #serving = new Serving<Wire | AgentId>();
  readonly #failed: OutboxParts["failed"];
  /** Of which capabilities there may be more than was offered. */
  readonly #drained = new Map<AgentId, Set<string>>();
  /** Whose availability is to be looked at. */
  readonly #stirred = new Set<AgentId>();
  readonly #offers: Offers;
  readonly #watches: CatalogWatches;
  readonly #sessions: SessionNews;
  readonly #workgroups: WorkgroupNews;
  readonly #holders: Holders;
  readonly #lost: LostHolders;
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;

  constructor({ connections, store, read, clock, failed }: OutboxParts) {
    const sessions = new OpenSessions();
    const remember = sessions.remember.bind(sessions);
    this.probe = new Probe({ outbox: this, connections, store, clock, read, remember });
    this.#holders = new Holders({ read: (wanted) => this.probe.read(wanted), failed });
    this.#connections = connections;
    this.#failed = failed;
    this.#queue = new Queue({ failed });
    this.#offers = new Offers({
      connections,
      clock,
      heldBy: (instance) => sessions.heldBy(instance),
      drained: (who, capabilities) => this.#offerMore(who, capabilities),
    });
    this.#watches = new CatalogWatches({
      workgroupsOf: async (of) => {
        const by = { by: "agent", of } as const;
        return (await store.read({ touched: { find: "workgroupsTouched", by } })).touched;
      },
      failed,
    });
    const parts = { connections, store };
    const offers = this.#offers;
    const holders = this.#holders;
    this.#lost = new LostHolders({ ...parts, clock, failed, offers, holders });
    const lost = (session: SessionId) => this.#lost.lost(session);
    this.#sessions = new SessionNews({ ...parts, sessions, offers, holders, clock, lost });
    this.#workgroups = new WorkgroupNews({ ...parts, watches: this.#watches });
    connections.follow({
      opened: (_wire, { agent }) => this.#availability(agent),
      departed: (agent) => this.#availability(agent),
      left: (wire, who) => {
        this.#offers.left(wire, who);
        this.#watches.left(wire);
        for (const { session, side } of this.#holders.left(wire))
          if (side === "provider") this.#lost.lost(session);
      },
    });
  }

  /** What of it was too much to be told. */
  get lost(): number {
    return this.#queue.lost;
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  get watches(): number {
    return this.#watches.count;
  }

  /** How many it has made. */
  get rounds(): number {
    return this.#rounds;
  }

  start(): void {
    this.probe.begin();
    this.#timer = setInterval(() => this.round(), roundMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  round(): void {
    this.#offers.round();
    this.#watches.round();
    this.#lost.round();
    this.#rounds += 1;
  }

  cut(cuts: readonly Cut[]): Promise<CutReport> {
    return this.#connections.cut(cuts);
  }

  /** [SOC-21] The facts of one command, once they are durable. */
  tell(facts: readonly StoredFact[]): void {
    // What was sent is delivered, and told in no other way.
    const ofSessions = facts.filter((fact) => isOfSession(fact) && fact.skeleton.kind !== "session.sent");
    if (ofSessions.length > 0)
      this.#queue.put(this.#sessions.ownerOf(ofSessions), () => this.#sessions.hear(ofSessions));
    for (const fact of facts)
      if (isOfWorkgroups(fact)) this.#queue.put(fact.skeleton.stream, () => this.#workgroups.hear(fact));
  }

  deliver(sent: Deliverable): void {
    this.#holders.deliver(sent);
  }

  credit(acked: readonly Omit<Acked, "more">[]): void {
    this.#holders.credit(acked);
  }

  serveSide(wire: Wire, from: HeldFrom): void {
    const who = this.#connections.whoIs(wire);
    if (who === undefined) return;
    if (from.side === "provider") {
      this.#lost.found(from.session);
      this.#offers.stop({ id: from.session, provider: who });
    }
    this.#holders.begin(wire, from);
  }

  /** [SOC-22] What has been open for longer than this connection is told now, and what comes as it comes. */
  async serve(wire: Wire, capabilities: readonly string[]): Promise<void> {
    this.#offers.serve(wire, capabilities);
    const who = this.#connections.whoIs(wire);
    if (who === undefined || capabilities.length === 0) return;
    await this.#look(who, wire, async () => {
      if (this.#connections.whoIs(wire) === undefined) return;
      const { agent, instance: asker } = who;
      this.#offers.offerTo(wire, agent, await this.#sessions.takeable({ agent, asker, capabilities }));
    });
  }

  async watch(wire: Wire, watching: Watching): Promise<Refusal | undefined> {
    const who = this.#connections.whoIs(wire);
    return who === undefined ? undefined : this.#watches.add(wire, who, watching);
  }

  unwatch(wire: Wire, name: string): void {
    this.#watches.remove(wire, name);
  }

  #offerMore(who: Who, capabilities: readonly string[]): void {
    const { agent } = who;
    const waiting = this.#drained.get(agent) ?? new Set();
    for (const capability of capabilities) waiting.add(capability);
    this.#drained.set(agent, waiting);
    const looked = this.#look(who, agent, async () => {
      this.#drained.delete(agent);
      const served = this.#offers.servedOf(agent, [...waiting]);
      if (served.length === 0) return;
      const looking = { agent, asker: null, capabilities: served };
      this.#offers.offerMore(agent, served, await this.#sessions.takeable(looking));
    });
    looked.catch(this.#failed);
  }

  /** What was read of the record, and all that is told later, are heard in the order in which they happened. */
  #look({ organisation }: Who, asking: Wire | AgentId, look: () => Promise<void>): Promise<void> {
    return this.#serving.ask(organisation, asking, () => this.#queue.inTurn(organisation, look));
  }

  #availability(agent: AgentId): void {
    if (!this.#watches.asksAvailable || this.#stirred.has(agent)) return;
    this.#stirred.add(agent);
    this.#queue.put(agent, () => {
      this.#stirred.delete(agent);
      return this.#workgroups.availability(agent);
    });
  }
}
