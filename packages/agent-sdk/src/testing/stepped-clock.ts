/** A clock that stands still until a test moves it. */
import type { Clock } from "../clock.js";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class SteppedClock implements Clock {
  #wallMs: number;
  #elapsedMs = 0;
  readonly #timers = new Set<Timer>();
  #watchers: (() => void)[] = [];

  constructor(wallMs = Date.UTC(2026, 0, 5, 9, 0, 0)) {
    this.#wallMs = wallMs;
  }

  wall(): number {
    return this.#wallMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.#elapsedMs + ms, run };
    this.#timers.add(timer);
    for (const watcher of this.#watchers.splice(0)) watcher();
    return () => this.#timers.delete(timer);
  }

  /** Time passes, and every timer that comes due on the way fires at its moment. */
  step(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (let timer = this.#next(); timer !== undefined && timer.atMs <= untilMs; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#move(Math.max(timer.atMs - this.#elapsedMs, 0));
      timer.run();
    }
    this.#move(untilMs - this.#elapsedMs);
  }

  /** The whole process stands still: time passes, and what was due fires late, at the end. */
  stall(ms: number): void {
    this.#move(ms);
    this.step(0);
  }

  /** Somebody sets the machine's clock, or it has slept: the two clocks disagree from now on. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** Waits until something waits for no longer than `msMax`, then lets exactly that time pass. */
  async passNext(msMax: number): Promise<number> {
    for (;;) {
      const next = this.#next();
      const waitMs = next === undefined ? Number.POSITIVE_INFINITY : next.atMs - this.#elapsedMs;
      if (waitMs <= msMax) {
        this.step(Math.max(waitMs, 0));
        return waitMs;
      }
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  get timers(): number {
    return this.#timers.size;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.atMs < next.atMs) next = timer;
    return next;
  }

  #move(ms: number): void {
    this.#elapsedMs += ms;
    this.#wallMs += ms;
  }
}
