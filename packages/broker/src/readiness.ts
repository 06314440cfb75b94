/**
 * Ready means that the data path works, not that somebody answers: once a second something is sent through each part of
 * it, whether or not anybody asks, and what does not come back in time is said by name. Whoever asks is answered at once.
 */
import { machineTime, type TimeSources } from "./clock.js";

export interface Readiness {
  readonly ready: boolean;
  readonly why: string;
}

/** One part of the data path, as it is looked at. Times are monotonic milliseconds. */
export interface Part {
  readonly name: string;
  /** Sends something through it, unless something is on its way. Resolves when that has come back, or has failed. */
  look(now: number): Promise<void>;
  /** Why it does not work, if it does not. */
  why(now: number): string | undefined;
}

export interface OpenReadiness {
  now(): Readiness;
  /** Each part, and whether it works. */
  parts(): readonly { readonly name: string; readonly works: boolean }[];
  /** Begins to look. Resolves after the first time, or when that takes too long to be waited for. */
  start(parts: readonly Part[]): Promise<void>;
  /** At once, and for ever. */
  stop(cause?: unknown): void;
}

const everyMs = 1_000;
export const patienceMs = 5_000;

export interface ReadinessOptions {
  readonly time?: Pick<TimeSources, "monotonic">;
  readonly reasonOf?: (cause: unknown) => string;
  /** Told when it has become another one. */
  readonly changed?: (now: Readiness) => void;
}

export function openReadiness(options: ReadinessOptions = {}): OpenReadiness {
  return new Looking(options);
}

class Looking implements OpenReadiness {
  readonly #time: Pick<TimeSources, "monotonic">;
  readonly #reasonOf: (cause: unknown) => string;
  readonly #changed: (now: Readiness) => void;
  #wasReady = true;
  #state: { readonly at: "starting" | "looking" } | { readonly at: "over"; readonly why: string };
  #parts: readonly Part[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  /** How late the last look was: a process that stands still cannot say so before it goes on. */
  #lateMs = 0;

  constructor({ time = machineTime, reasonOf = String, changed = () => undefined }: ReadinessOptions) {
    this.#time = time;
    this.#reasonOf = reasonOf;
    this.#changed = changed;
    this.#state = { at: "starting" };
  }

  now(): Readiness {
    switch (this.#state.at) {
      case "starting":
        return { ready: false, why: "the broker is starting" };
      case "over":
        return { ready: false, why: this.#state.why };
      case "looking": {
        const whys = this.#whys();
        return whys.length === 0
          ? { ready: true, why: "the line answers, and what it says arrives" }
          : { ready: false, why: whys.join("; ") };
      }
      default:
        return this.#state satisfies never;
    }
  }

  parts(): readonly { readonly name: string; readonly works: boolean }[] {
    const now = this.#time.monotonic();
    const stands = { name: "process", works: this.#stands(now) === undefined };
    return [stands, ...this.#parts.map((part) => ({ name: part.name, works: part.why(now) === undefined }))];
  }

  async start(parts: readonly Part[]): Promise<void> {
    this.#parts = parts;
    this.#lookedAt = this.#time.monotonic();
    this.#timer = setInterval(() => void this.#look(), everyMs).unref();
    await within(patienceMs, this.#look());
    if (this.#state.at === "starting") this.#state = { at: "looking" };
  }

  stop(cause?: unknown): void {
    clearInterval(this.#timer);
    const why = cause === undefined ? "the broker is stopping" : this.#reasonOf(cause);
    if (this.#state.at !== "over") this.#state = { at: "over", why };
  }

  async #look(): Promise<void> {
    const now = this.#time.monotonic();
    this.#lateMs = now - this.#lookedAt;
    this.#lookedAt = now;
    if (this.#state.at === "looking") this.#tell();
    await Promise.all(this.#parts.map((part) => part.look(now)));
  }

  #tell(): void {
    const now = this.now();
    if (now.ready === this.#wasReady) return;
    this.#wasReady = now.ready;
    this.#changed(now);
  }

  #whys(): readonly string[] {
    const now = this.#time.monotonic();
    return [this.#stands(now), ...this.#parts.map((part) => part.why(now))].filter(
      (why) => why !== undefined,
    );
  }

  #stands(now: number): string | undefined {
    const lateMs = Math.max(this.#lateMs, now - this.#lookedAt);
    return lateMs < patienceMs
      ? undefined
      : `the process stood still for ${Math.floor(lateMs / 1_000)} seconds`;
  }
}

export interface Asked {
  readonly name: string;
  /** What is said of it when it does not answer. */
  readonly late: string;
  /** A start does not wait for its first answer. */
  readonly isSlowAtFirst?: boolean;
}

/** What is asked, and is to answer. */
export class AskedPart implements Part {
  readonly name: string;
  readonly #isSlowAtFirst: boolean;
  readonly #late: string;
  readonly #ask: () => Promise<unknown>;
  readonly #reasonOf: (cause: unknown) => string;
  #asked = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Since when nothing has come back. */
  #silentSince: number | undefined;
  #fault: string | undefined;
  #answered: Promise<void> = Promise.resolve();

  constructor(
    { name, late, isSlowAtFirst = false }: Asked,
    ask: () => Promise<unknown>,
    reasonOf: (cause: unknown) => string = String,
  ) {
    this.name = name;
    this.#isSlowAtFirst = isSlowAtFirst;
    this.#late = late;
    this.#ask = ask;
    this.#reasonOf = reasonOf;
  }

  look(now: number): Promise<void> {
    // Something may have been lost that is only a hint: after a time it is sent again.
    if (this.#silentSince === undefined || now - this.#askedAt >= patienceMs)
      this.#answered = this.#askOnce(now);
    return this.#isSlowAtFirst ? Promise.resolve() : this.#answered;
  }

  why(now: number): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    return this.#silentSince !== undefined && now - this.#silentSince >= patienceMs ? this.#late : undefined;
  }

  async #askOnce(now: number): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#askedAt = now;
    this.#silentSince ??= now;
    const fault = await this.#ask().then(() => undefined, this.#reasonOf);
    // Another was sent meanwhile, because this one was late.
    if (asked !== this.#asked) return;
    this.#silentSince = undefined;
    this.#fault = fault;
  }
}

/** What goes on by itself, and is counted while it does. */
export class CountedPart implements Part {
  readonly name: string;
  readonly #late: string;
  readonly #count: () => number;
  #counted = Number.NaN;
  #wentOnAt = Number.NEGATIVE_INFINITY;

  constructor({ name, late }: { readonly name: string; readonly late: string }, count: () => number) {
    this.name = name;
    this.#late = late;
    this.#count = count;
  }

  async look(now: number): Promise<void> {
    const count = this.#count();
    if (count !== this.#counted) this.#wentOnAt = now;
    this.#counted = count;
  }

  why(now: number): string | undefined {
    return now - this.#wentOnAt >= patienceMs ? this.#late : undefined;
  }
}

async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]).finally(() => clearTimeout(timer));
}
