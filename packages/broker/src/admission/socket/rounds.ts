/** One tick for all connections: it looks in on each of them, and excuses everybody after a stall of our own. */
import type { Clock } from "../../clock.js";

export interface Watched {
  look(now: number): void;
  excuse(now: number): void;
}

export const roundMs = 1_000;
/** Pinging ten thousand sockets in one go would be a stall for everybody else. */
const lookedAtOnce = 256;

export class Rounds {
  readonly #watched = new Set<Watched>();
  readonly #clock: Clock;
  #lastAt: number;
  #timer: NodeJS.Timeout | undefined;
  #slice: NodeJS.Immediate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastAt = clock.now();
  }

  start(alsoEachRound: () => void): void {
    this.#lastAt = this.#clock.now();
    this.#timer = setInterval(() => {
      this.round();
      alsoEachRound();
    }, roundMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#slice);
  }

  watch(watched: Watched): void {
    this.#watched.add(watched);
  }

  forget(watched: Watched): void {
    this.#watched.delete(watched);
  }

  /** [SOC-8] Late by more than a round: what the others have sent meanwhile waits unread in our own buffers. */
  round(): void {
    const now = this.#clock.now();
    const stalled = now - this.#lastAt > 2 * roundMs;
    this.#lastAt = now;
    clearImmediate(this.#slice);
    if (stalled) for (const watched of this.#watched) watched.excuse(now);
    else this.#look(this.#watched.values(), now);
  }

  #look(rest: Iterator<Watched>, now: number): void {
    for (let count = 0; count < lookedAtOnce; count++) {
      const next = rest.next();
      if (next.done) return;
      next.value.look(now);
    }
    this.#slice = setImmediate(() => this.#look(rest, now));
  }
}
