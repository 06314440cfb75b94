/**
 * The trusted clock: the only place that reads the machine's. It never runs backwards, it follows a forward step of up
 * to a day (a machine that slept), and it refuses to guess about more.
 */
import type { Retry } from "@parley/protocol";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What the machine says: what time it is, and how long something took. Only the second can be relied on. */
export interface TimeSources {
  wall(): number;
  monotonic(): number;
}

export const machineTime: TimeSources = { wall: () => Date.now(), monotonic: () => performance.now() };

export interface ClockOptions {
  /** The last time in the ledger; undefined while it is empty. */
  readonly ledgerAt: number | undefined;
  readonly sources?: TimeSources;
  /** Go on knowingly from a wall clock that is not believed. */
  readonly recover?: boolean;
  /** A forward step of a second or more was followed: told once for each. */
  readonly onStep: (byMs: number) => void;
  /** The wall clock has leapt further than is believed: told once, and not followed. The broker stops. */
  readonly onLost: (byMs: number) => void;
}

export interface TrustedClock extends Clock {
  /** Called once a second, so that a step is found while nobody asks for the time. */
  check(): void;
  /** What was knowingly gone on from, for the record; undefined when the wall clock was believed. */
  readonly recovered: { readonly wall: number; readonly ledger: number } | undefined;
}

export const clockBounds = {
  behindMsMax: 60_000,
  aheadMsMax: 30 * 86_400_000,
  silentStepMs: 1_000,
  stepMsMax: 86_400_000,
} as const;

/** Nobody can tell which is right, the wall clock or the ledger: only an operator can. */
export class ClockUntrusted extends Error {
  override readonly name = "ClockUntrusted";
  readonly retry: Retry = "never";
  readonly wall: number;
  readonly ledger: number;
  constructor(wall: number, ledger: number) {
    const by = `${Math.abs(wall - ledger)} ms ${wall < ledger ? "behind" : "ahead of"}`;
    super(
      `the machine's clock is ${by} the last time in the ledger. Set the clock right, or go on knowingly with \`serve --recover clock\``,
    );
    this.wall = wall;
    this.ledger = ledger;
  }
}

/** Time is max(wall clock at start, last time in the ledger) plus the monotonic time since, plus the steps followed. */
export function openClock(options: ClockOptions): TrustedClock {
  const { ledgerAt, sources = machineTime } = options;
  const wall = sources.wall();
  const believed = ledgerAt === undefined || isBelieved(wall, ledgerAt);
  if (!believed && !options.recover) throw new ClockUntrusted(wall, ledgerAt);
  const recovered = believed ? undefined : { wall, ledger: ledgerAt };
  return new FollowingClock(options, sources, Math.max(wall, ledgerAt ?? wall), recovered);
}

const isBelieved = (wall: number, ledgerAt: number): boolean =>
  wall >= ledgerAt - clockBounds.behindMsMax && wall <= ledgerAt + clockBounds.aheadMsMax;

class FollowingClock implements TrustedClock {
  readonly recovered: TrustedClock["recovered"];
  readonly #options: ClockOptions;
  readonly #sources: TimeSources;
  /** The trusted time when the monotonic source stood at zero. */
  #origin: number;
  #last = 0;
  #lost = false;

  constructor(
    options: ClockOptions,
    sources: TimeSources,
    start: number,
    recovered: TrustedClock["recovered"],
  ) {
    this.#options = options;
    this.#sources = sources;
    this.#origin = start - sources.monotonic();
    this.recovered = recovered;
  }

  /** Looks for a step each time: the monotonic source of a machine that slept has slept too, and a deadline has not. */
  now(): number {
    const byMs = this.#sources.wall() - (this.#origin + this.#sources.monotonic());
    if (byMs > clockBounds.stepMsMax) this.#lose(byMs);
    else if (byMs > 0) this.#follow(byMs);
    this.#last = Math.max(this.#last, Math.floor(this.#origin + this.#sources.monotonic()));
    return this.#last;
  }

  check(): void {
    this.now();
  }

  #follow(byMs: number): void {
    this.#origin += byMs;
    if (byMs >= clockBounds.silentStepMs) this.#options.onStep(Math.floor(byMs));
  }

  #lose(byMs: number): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#options.onLost(Math.floor(byMs));
  }
}
