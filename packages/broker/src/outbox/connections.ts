/**
 * Every socket of this process, found by all that it depends on: connection, instance, agent, organisation. Ends those
 * that a decision has cut, and says truthfully which of them would not die. Who may open one is decided elsewhere.
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
import type { Wire, Wires } from "./wire.js";

/** How many sockets are gone, and which are still there though they were told to go. */
export interface CutReport {
  readonly sockets: number;
  readonly surviving: readonly ConnectionId[];
}

const nothingCut: CutReport = { sockets: 0, surviving: [] };

/** Beyond the time of force: a process that closes thousands hears of the last ones a little later. */
const graceMs = 250;

interface Entry {
  readonly ids: string[];
  state: "arrived" | "opening" | "opened";
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

  constructor(closeSecondsMax: number = limits.closeSecondsMax) {
    this.#waitMs = closeSecondsMax * 1_000 + graceMs;
  }

  /** Connections that were opened and are not gone. */
  get count(): number {
    return this.#opened;
  }

  add(wire: Wire): void {
    this.#entries.set(wire, { ids: [], state: "arrived", undecided: [] });
    this.#file(wire, wire.connection);
    wire.gone.then(() => this.#forget(wire));
    if (this.#closedFor !== undefined) wire.close(this.#closedFor);
  }

  opening(wire: Wire, instance: InstanceId): void {
    const entry = this.#entries.get(wire);
    if (entry === undefined) return;
    this.#file(wire, instance);
    entry.state = "opening";
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
    return missed?.reason;
  }

  /** [SOC-10] Answers when the sockets are gone, or when force has not helped: then it names them. */
  async cut(cuts: readonly Cut[]): Promise<CutReport> {
    const told = new Set<Wire>();
    for (const cut of cuts) {
      for (const wire of this.#wires.get(cut.id) ?? []) {
        wire.close(cut.reason);
        told.add(wire);
      }
      if (cut.scope === "agent" || cut.scope === "organisation") {
        for (const entry of this.#opening) entry.undecided = [...entry.undecided, cut];
      }
    }
    return this.#untilGone(told);
  }

  /** Ends all there are and all that still come: the process is leaving. */
  closeAll(reason: CloseReason): Promise<CutReport> {
    this.#closedFor = reason;
    const told = new Set(this.#entries.keys());
    for (const wire of told) wire.close(reason);
    return this.#untilGone(told);
  }

  async #untilGone(told: ReadonlySet<Wire>): Promise<CutReport> {
    if (told.size === 0) return nothingCut;
    await within(this.#waitMs, Promise.all([...told].map(({ gone }) => gone)));
    const surviving = [...told].filter((wire) => this.#entries.has(wire)).map(({ connection }) => connection);
    return { sockets: told.size - surviving.length, surviving };
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
