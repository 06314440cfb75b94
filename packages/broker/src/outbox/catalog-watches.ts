/**
 * Searches that connections have kept. After a commit that may have changed what one of them finds it is looked at
 * again, beside the writer, and its connection is told when the digest of what it finds is another one: of what it may
 * not see it never hears [SOC-25].
 */
import { type AgentId, limits, type Refusal, type WorkgroupId } from "@parley/protocol";
import type { Who } from "./connections.js";
import type { Watching, Wire } from "./wire.js";

interface Watch extends Watching {
  readonly wire: Wire;
  readonly sought: Sought;
  /** What its connection knows of: nothing before its own first look. */
  digest: string | undefined;
  /** Something has happened since its first look began. */
  touched: boolean;
}

/** What one agent looks for, on however many connections: one look is for all of them. */
interface Sought {
  readonly watcher: Watcher;
  readonly search: string;
  readonly asksAvailable: boolean;
  readonly watches: Set<Watch>;
  state: "still" | "due" | "looking";
  /** Something has happened since its last look began. */
  touched: boolean;
  /** In which round it was last looked at: once in each at most. */
  lookedIn: number;
}

/** All that one agent watches, and where it may see anything. */
interface Watcher {
  readonly agent: AgentId;
  readonly sought: Map<string, Sought>;
  workgroups: ReadonlySet<WorkgroupId>;
  /** Resolves when it is known where that is. */
  found: Promise<void> | undefined;
}

export interface WatchParts {
  /** In which workgroups an agent may see anything. */
  readonly workgroupsOf: (agent: AgentId) => Promise<readonly WorkgroupId[]>;
  readonly failed: (fault: unknown) => void;
  readonly looksAtOnce?: number;
}

export class CatalogWatches {
  readonly #parts: WatchParts;
  readonly #looksAtOnce: number;
  readonly #ofWire = new Map<Wire, Map<string, Watch>>();
  readonly #watchers = new Map<AgentId, Watcher>();
  readonly #inWorkgroup = new Map<WorkgroupId, Set<Watcher>>();
  readonly #due = new Set<Sought>();
  /** Looked at in this round already. */
  readonly #resting = new Set<Sought>();
  #count = 0;
  #askAvailable = 0;
  #looking = 0;
  #round = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#looksAtOnce = parts.looksAtOnce ?? 4;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether anybody watches who is connected. */
  get asksAvailable(): boolean {
    return this.#askAvailable > 0;
  }

  async add(wire: Wire, { agent }: Who, watching: Watching): Promise<Refusal | undefined> {
    const { watchesPerConnection: limit } = limits;
    const watches = this.#ofWire.get(wire);
    const used = watches?.size ?? 0;
    if (used >= limit && !watches?.has(watching.name))
      return { code: "limit.reached", rule: "watchesPerConnection", limit, used };
    this.remove(wire, watching.name);
    const watch = this.#keep(wire, agent, watching);
    const { watcher } = watch.sought;
    try {
      // Before its first look: whatever happens there from now on finds it.
      watcher.found ??= this.#place(watcher);
      await watcher.found;
      watch.touched = false;
      const digest = await watch.look("asked");
      if (typeof digest !== "string") {
        this.#drop(watch);
        return digest;
      }
      watch.digest = digest;
      // What happened meanwhile may have come too late for that look.
      if (watch.touched && this.#isKept(watch)) this.#touchSought(watch.sought);
      return undefined;
    } catch (fault) {
      this.#drop(watch);
      watcher.found = undefined;
      throw fault;
    }
  }

  remove(wire: Wire, name: string): void {
    const watch = this.#ofWire.get(wire)?.get(name);
    if (watch !== undefined) this.#drop(watch);
  }

  left(wire: Wire): void {
    for (const name of [...(this.#ofWire.get(wire)?.keys() ?? [])]) this.remove(wire, name);
  }

  /** Whose membership has changed may see elsewhere now: it is looked there first, so that nothing is missed between. */
  async moved(agent: AgentId): Promise<void> {
    const watcher = this.#watchers.get(agent);
    if (watcher === undefined) return;
    await this.#place(watcher);
    if (this.#watchers.get(agent) === watcher) this.#touch(watcher);
  }

  async #place(watcher: Watcher): Promise<void> {
    const { agent } = watcher;
    const workgroups = new Set(await this.#parts.workgroupsOf(agent));
    if (this.#watchers.get(agent) !== watcher) return;
    this.#leave(watcher);
    watcher.workgroups = workgroups;
    for (const workgroup of workgroups) {
      const inside = this.#inWorkgroup.get(workgroup) ?? new Set();
      this.#inWorkgroup.set(workgroup, inside.add(watcher));
    }
  }

  touch(workgroups: Iterable<WorkgroupId>, only: "all" | "asksAvailable" = "all"): void {
    for (const workgroup of workgroups)
      for (const watcher of this.#inWorkgroup.get(workgroup) ?? []) this.#touch(watcher, only);
  }

  /** Called several times a second: nothing is looked for more than once in each. */
  round(): void {
    this.#round += 1;
    for (const sought of this.#resting) this.#due.add(sought);
    this.#resting.clear();
    this.#look();
  }

  #touch({ sought }: Watcher, only: "all" | "asksAvailable" = "all"): void {
    for (const one of sought.values())
      if (only === "all" || one.asksAvailable) {
        for (const watch of one.watches) watch.touched = true;
        this.#touchSought(one);
      }
    this.#look();
  }

  #touchSought(sought: Sought): void {
    sought.touched = true;
    if (sought.state === "still") this.#await(sought);
  }

  #await(sought: Sought): void {
    sought.state = "due";
    if (sought.lookedIn === this.#round) this.#resting.add(sought);
    else this.#due.add(sought);
  }

  #look(): void {
    for (const sought of this.#due) {
      if (this.#looking >= this.#looksAtOnce) return;
      this.#due.delete(sought);
      this.#looking += 1;
      void this.#lookFor(sought).finally(() => {
        this.#looking -= 1;
        sought.state = "still";
        // What happened while it was looked for may have come too late for that look.
        if (sought.touched && sought.watches.size > 0) this.#await(sought);
        this.#look();
      });
    }
  }

  async #lookFor(sought: Sought): Promise<void> {
    sought.state = "looking";
    sought.touched = false;
    sought.lookedIn = this.#round;
    // Those that are still at their own first look may know of something newer.
    const begun = [...sought.watches].filter(({ digest }) => digest !== undefined);
    try {
      const digest = await this.#digestFor(begun);
      if (digest === undefined) return;
      for (const watch of begun) {
        if (watch.digest === digest || !this.#isKept(watch)) continue;
        watch.digest = digest;
        watch.wire.tell({ event: "catalog.changed", watch: watch.name });
      }
    } catch (fault) {
      sought.touched = true;
      this.#parts.failed(fault);
    }
  }

  /** They find the same: the first of them that may look, looks for all. */
  async #digestFor(watches: readonly Watch[]): Promise<string | undefined> {
    for (const watch of watches) {
      const digest = await watch.look("watched");
      if (typeof digest === "string") return digest;
    }
    return undefined;
  }

  #isKept(watch: Watch): boolean {
    return this.#ofWire.get(watch.wire)?.get(watch.name) === watch;
  }

  #keep(wire: Wire, agent: AgentId, watching: Watching): Watch {
    const { name, search, look, asksAvailable } = watching;
    const found = undefined;
    const watcher = this.#watchers.get(agent) ?? { agent, sought: new Map(), workgroups: new Set(), found };
    const sought = watcher.sought.get(search) ?? this.#seek(watcher, search, asksAvailable);
    const asked = { name, search, look, asksAvailable, wire, sought };
    const watch: Watch = { ...asked, digest: undefined, touched: false };
    const watches = this.#ofWire.get(wire) ?? new Map<string, Watch>();
    this.#ofWire.set(wire, watches.set(name, watch));
    sought.watches.add(watch);
    watcher.sought.set(search, sought);
    this.#watchers.set(agent, watcher);
    this.#count += 1;
    if (asksAvailable) this.#askAvailable += 1;
    return watch;
  }

  #seek(watcher: Watcher, search: string, asksAvailable: boolean): Sought {
    const looked = { state: "still", touched: false, lookedIn: this.#round } as const;
    return { watcher, search, asksAvailable, watches: new Set(), ...looked };
  }

  #drop(watch: Watch): void {
    if (!this.#isKept(watch)) return;
    const watches = this.#ofWire.get(watch.wire);
    watches?.delete(watch.name);
    if (watches?.size === 0) this.#ofWire.delete(watch.wire);
    this.#count -= 1;
    if (watch.asksAvailable) this.#askAvailable -= 1;
    const { sought } = watch;
    sought.watches.delete(watch);
    if (sought.watches.size > 0) return;
    this.#due.delete(sought);
    this.#resting.delete(sought);
    sought.watcher.sought.delete(sought.search);
    if (sought.watcher.sought.size === 0) this.#forget(sought.watcher);
  }

  #forget(watcher: Watcher): void {
    this.#leave(watcher);
    this.#watchers.delete(watcher.agent);
  }

  #leave(watcher: Watcher): void {
    for (const workgroup of watcher.workgroups) {
      const inside = this.#inWorkgroup.get(workgroup);
      inside?.delete(watcher);
      if (inside?.size === 0) this.#inWorkgroup.delete(workgroup);
    }
  }
}
