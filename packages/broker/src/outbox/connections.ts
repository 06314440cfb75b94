/**
 * Every socket of this process, found by all that it depends on: connection, instance, agent, organisation. Ends those
 * that a decision has cut, and says truthfully which of them would not die. Who may open one is decided elsewhere, and
 * so is what it is told.
 */
import {
  type AgentId,
  type CloseReason,
  type ConnectionId,
  type InstanceId,
  limits,
  type OrganisationId,
} from "@parley/protocol";
import type { Cut } from "../governance/verdict.js";
import { nextTurn } from "../turn.js";
import type { Wire, Wires } from "./wire.js";

/** How many sockets are gone, and which are still there though they were told to go. */
export interface CutReport {
  readonly sockets: number;
  readonly surviving: readonly ConnectionId[];
}

const nothingCut: CutReport = { sockets: 0, surviving: [] };

/** Beyond the time of force, for the news of it to arrive. */
const graceMs = 250;
/** Closing is a system call each: thousands in one go would be a stall for everybody else. */
const closedInOneTurn = 256;

/** Whose an open connection is. */
export interface Who {
  readonly instance: InstanceId;
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
}

/** Told of connections as they open and go. */
export interface Follower {
  opened(wire: Wire, who: Who): void;
  left(wire: Wire, who: Who): void;
  departed(agent: AgentId): void;
}

interface Entry {
  readonly ids: string[];
  state: "arrived" | "opening" | "opened" | "ours";
  instance: InstanceId | undefined;
  /** Once it is open, and until it is told to end. */
  who: Who | undefined;
  ends: CloseReason | undefined;
  /** Cuts that may concern it, kept while its opening is not answered and nobody knows here whose it is. */
  undecided: readonly Cut[];
}

export class Connections implements Wires {
  readonly #entries = new Map<Wire, Entry>();
  /** Under every id that a cut can name; the prefixes keep the kinds of ids apart. */
  readonly #wires = new Map<string, Set<Wire>>();
  readonly #opening = new Set<Entry>();
  readonly #waitMs: number;
  #opened = 0;
  #closedFor: CloseReason | undefined;
  #follower: Follower | undefined;

  constructor(closeSecondsMax: number = limits.closeSecondsMax) {
    this.#waitMs = closeSecondsMax * 1_000 + graceMs;
  }

  /** Connections that were opened and are not gone. */
  get count(): number {
    return this.#opened;
  }

  follow(follower: Follower): void {
    this.#follower = follower;
  }

  whoIs(wire: Wire): Who | undefined {
    return this.#entries.get(wire)?.who;
  }

  /** The open ones of an instance or of an agent. */
  openOf(id: InstanceId | AgentId): readonly Wire[] {
    const wires = this.#wires.get(id);
    if (wires === undefined) return [];
    return [...wires].filter((wire) => this.whoIs(wire) !== undefined);
  }

  add(wire: Wire): void {
    const nobody = { instance: undefined, who: undefined, ends: undefined };
    const entry: Entry = { ids: [], state: "arrived", ...nobody, undecided: [] };
    this.#entries.set(wire, entry);
    this.#file(wire, wire.connection);
    wire.gone.then(() => this.#forget(wire));
    if (this.#closedFor !== undefined) wire.close(this.#closedFor);
  }

  /** The broker's own, found like any other and counted among none. */
  addOurs(wire: Wire, who: Who): void {
    this.add(wire);
    this.#file(wire, who.instance);
    const entry = this.#entries.get(wire);
    if (entry !== undefined) Object.assign(entry, { state: "ours", who } as const);
  }

  opening(wire: Wire, instance: InstanceId): void {
    const entry = this.#entries.get(wire);
    if (entry === undefined) return;
    this.#file(wire, instance);
    entry.state = "opening";
    entry.instance = instance;
    this.#opening.add(entry);
  }

  /**
   * [SOC-6] A cut that was decided after the opening, and came before its answer, was kept for this moment. One that
   * was decided before it does no harm here: it has voided the token that the opening was asked with.
   */
  opened(wire: Wire, agent: AgentId, organisation: OrganisationId): CloseReason | undefined {
    const entry = this.#entries.get(wire);
    if (entry === undefined) return undefined;
    this.#file(wire, agent);
    this.#file(wire, organisation);
    entry.state = "opened";
    this.#opened += 1;
    this.#opening.delete(entry);
    const missed = entry.undecided.find(({ id }) => id === agent || id === organisation);
    entry.undecided = [];
    const ends = entry.ends ?? missed?.reason;
    if (ends === undefined && entry.instance !== undefined) {
      entry.who = { instance: entry.instance, agent, organisation };
      this.#follower?.opened(wire, entry.who);
    }
    return ends;
  }

  departed(agent: AgentId): void {
    this.#follower?.departed(agent);
  }

  /** [SOC-10] Answers when the sockets are gone, or when force has not helped: then it names them. */
  cut(cuts: readonly Cut[]): Promise<CutReport> {
    const told = new Map<Wire, CloseReason>();
    for (const { scope, id, reason } of cuts) {
      for (const wire of this.#wires.get(id) ?? []) if (!told.has(wire)) told.set(wire, reason);
      if (scope !== "agent" && scope !== "organisation") continue;
      for (const entry of this.#opening) entry.undecided = [...entry.undecided, { scope, id, reason }];
    }
    return this.#end(told);
  }

  /** Ends all there are and all that still come: the process is leaving. */
  closeAll(reason: CloseReason): Promise<CutReport> {
    this.#closedFor = reason;
    return this.#end(new Map([...this.#entries.keys()].map((wire) => [wire, reason])));
  }

  async #end(told: ReadonlyMap<Wire, CloseReason>): Promise<CutReport> {
    if (told.size === 0) return nothingCut;
    // [SOC-21] Before anybody else has a turn: what is told from here on is not for them.
    for (const [wire, reason] of told) this.#silence(wire, reason);
    let closed = 0;
    for (const [wire, reason] of told) {
      wire.close(reason);
      closed += 1;
      if (closed % closedInOneTurn === 0) await nextTurn();
    }
    const wires = [...told.keys()];
    await within(this.#waitMs, Promise.all(wires.map(({ gone }) => gone)));
    const surviving = await this.#surviving(wires);
    return {
      sockets: told.size - surviving.length,
      surviving: surviving.map(({ connection }) => connection),
    };
  }

  #silence(wire: Wire, reason: CloseReason): void {
    const entry = this.#entries.get(wire);
    if (entry === undefined) return;
    entry.ends ??= reason;
    const { who } = entry;
    entry.who = undefined;
    if (who !== undefined) this.#follower?.left(wire, who);
  }

  /** A process that is late with everything hears late of the dead as well: as long as news comes in, it waits. */
  async #surviving(wires: readonly Wire[]): Promise<readonly Wire[]> {
    let left = wires.filter((wire) => this.#entries.has(wire));
    for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; ) {
      before = left.length;
      await nextTurn();
      await nextTurn();
      left = left.filter((wire) => this.#entries.has(wire));
    }
    return left;
  }

  #file(wire: Wire, id: string): void {
    this.#entries.get(wire)?.ids.push(id);
    const wires = this.#wires.get(id);
    if (wires === undefined) this.#wires.set(id, new Set([wire]));
    else wires.add(wire);
  }

  #forget(wire: Wire): void {
    const entry = this.#entries.get(wire);
    if (entry === undefined) return;
    this.#entries.delete(wire);
    this.#opening.delete(entry);
    if (entry.state === "opened") this.#opened -= 1;
    for (const id of entry.ids) {
      const wires = this.#wires.get(id);
      wires?.delete(wire);
      if (wires?.size === 0) this.#wires.delete(id);
    }
    if (entry.who !== undefined) this.#follower?.left(wire, entry.who);
  }
}

function within(ms: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    done.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
