/**
 * Searches run beside the main thread, one after the other: here they wait. Organisations take turns, so that who asks
 * for much waits for itself; looks of the broker's own come after what somebody has asked for.
 */
import { limits, type Refusal } from "@parley/protocol";
import { no } from "../governance/verdict.js";
import { Lanes } from "../lanes.js";
import { hasShare, Tally } from "../tally.js";

/** Who waits, and whether somebody has asked, or a watch is to be looked at again. */
export interface Waiting {
  readonly organisation: string;
  readonly principal: string;
  readonly why: "asked" | "watched";
}

export interface SearchLimits {
  readonly searchesWaitingPerPrincipal: number;
  readonly searchesWaitingMax: number;
}

/** However much is asked for: of so many, one is a watch's. */
const watchedEach = 8;
const busyMs = 1_000;

export class Searches {
  readonly #limits: SearchLimits;
  readonly #asked = new Lanes<() => Promise<void>>();
  readonly #watched = new Lanes<() => Promise<void>>();
  readonly #ofPrincipal = new Tally();
  #taken = 0;
  #isRunning = false;

  constructor(given: SearchLimits = limits) {
    this.#limits = given;
  }

  /** Asked for, and not begun. */
  get waiting(): number {
    return this.#asked.size;
  }

  ask<T>({ organisation, principal, why }: Waiting, look: () => Promise<T>): Promise<T | Refusal> {
    // How many watches are looked at again at once is bounded by who keeps them.
    if (why === "watched") return this.#put(this.#watched, organisation, look);
    const { searchesWaitingPerPrincipal: limit } = this.#limits;
    const used = this.#ofPrincipal.of(principal);
    if (used >= limit)
      return Promise.resolve(no("limit.reached", { rule: "searchesWaitingPerPrincipal", limit, used }));
    if (this.#isFullFor(organisation)) return Promise.resolve(no("broker.busy", { retryAfterMs: busyMs }));
    this.#ofPrincipal.add(principal);
    return this.#put(this.#asked, organisation, look).finally(() => this.#ofPrincipal.take(principal));
  }

  #isFullFor(organisation: string): boolean {
    const { searchesWaitingMax: most } = this.#limits;
    const { size, count } = this.#asked;
    return size >= most && !hasShare(this.#asked.waiting(organisation), count, most);
  }

  #put<T>(lanes: Lanes<() => Promise<void>>, lane: string, look: () => Promise<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      lanes.put(lane, () => look().then(resolve, reject));
    });
    if (!this.#isRunning) void this.#run();
    return done;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) await next();
    this.#isRunning = false;
  }

  #take(): (() => Promise<void>) | undefined {
    this.#taken += 1;
    const first = this.#taken % watchedEach === 0 ? this.#watched : this.#asked;
    return first.take() ?? this.#asked.take() ?? this.#watched.take();
  }
}
