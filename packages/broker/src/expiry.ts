/**
 * Time is a command: what is due is read from the store and sent down the line. A late timer costs nothing but
 * lateness, because a deadline that has passed is honoured where decisions are made.
 */
import { type InstanceId, makeId } from "@parley/protocol";
import type { Clock } from "./clock.js";
import type { Command } from "./governance/command.js";
import type { Deadline } from "./governance/entities.js";
import type { Store } from "./ledger/store.js";

export type ExpiryCommand = Command<"instance.expire"> | Command<"refusals.count">;

/** The line, as far as expiry uses it: whether a command was accepted is all that is asked of its answer. */
export type Send = (command: ExpiryCommand) => Promise<{ readonly outcome: "accepted" | "refused" }>;

/** Calls back once, after a time; what it returns calls that off. */
export type Timer = (callback: () => void, ms: number) => () => void;

export interface ExpiryOptions {
  readonly store: Pick<Store, "read">;
  readonly send: Send;
  readonly clock: Clock;
  /** A round failed, or a command of it did: told, and tried again a second later. */
  readonly onFault: (fault: unknown) => void;
  readonly timer?: Timer;
  readonly commandsPerRound?: number;
}

export interface Expiry {
  /** No further round; resolves when the one that is running is over. */
  stop(): Promise<void>;
}

const wakeMs = 1_000;
const commandsPerRound = 128;

/** Does not keep a process alive that has nothing else to do. */
const unrefTimer: Timer = (callback, ms) => {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
};

export function startExpiry(options: ExpiryOptions): Expiry {
  return new ExpiryLoop(options);
}

class ExpiryLoop implements Expiry {
  readonly #options: ExpiryOptions;
  readonly #timer: Timer;
  #stopped = false;
  #cancel: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#timer = options.timer ?? unrefTimer;
    this.#wakeIn(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#round;
  }

  #wakeIn(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#timer(() => {
      this.#round = this.#run();
    }, ms);
  }

  async #run(): Promise<void> {
    let waitMs = wakeMs;
    try {
      waitMs = await this.#sendDue();
    } catch (fault) {
      this.#options.onFault(fault);
    }
    this.#wakeIn(waitMs);
  }

  /** Sends what is due, at most a round's worth, and returns how long there is nothing more to do. */
  async #sendDue(): Promise<number> {
    const { store, clock, commandsPerRound: limit = commandsPerRound } = this.#options;
    const now = clock.now();
    // Looks a second ahead as well: so it knows when to wake next.
    const { deadlines } = await store.read({ deadlines: { find: "due", by: { now: now + wakeMs, limit } } });
    const due = deadlines.filter(({ dueAt }) => dueAt <= now);
    const sent = await Promise.all(due.map((deadline) => this.#sendOne(deadline)));
    // What was turned away is still due: at once again would be a storm.
    if (sent.includes(false)) return wakeMs;
    if (due.length === limit) return 0;
    const next = deadlines[due.length];
    return next === undefined ? wakeMs : next.dueAt - now;
  }

  async #sendOne(deadline: { readonly kind: string; readonly subject: string }): Promise<boolean> {
    try {
      const { outcome } = await this.#options.send(
        commandFor(deadline.kind as Deadline["kind"], deadline.subject),
      );
      return outcome === "accepted";
    } catch (fault) {
      this.#options.onFault(fault);
      return false;
    }
  }
}

function commandFor(kind: Deadline["kind"], subject: string): ExpiryCommand {
  const id = makeId("command");
  switch (kind) {
    case "instance.expire":
      return { kind, id, instance: subject as InstanceId };
    case "refusals.count":
      return { kind, id, subject };
    default:
      return unknownDeadline(kind);
  }
}

function unknownDeadline(kind: never): never {
  throw new TypeError(`no command for a deadline of kind ${String(kind)}`);
}
