/**
 * Time is a command: what is due is read from the store and sent down the line. A late timer costs nothing but
 * lateness, because a deadline that has passed is honoured where decisions are made.
 */
import { type InstanceId, type InvitationId, makeId, type SessionId } from "@parley/protocol";
import type { Clock } from "./clock.js";
import type { Command } from "./governance/command.js";
import type { Deadline } from "./governance/entities.js";
import type { Store } from "./ledger/store.js";

export type ExpiryCommand =
  | Command<"instance.expire">
  | Command<"refusals.count">
  | Command<"invitation.expire">
  | Command<"session.expire">
  | Command<"payloads.erase">;

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
  /** How many rounds and commands are behind it: it grows while it goes on. */
  readonly steps: number;
  /** No further round; resolves when the one that is running is over. */
  stop(): Promise<void>;
}

const wakeMs = 1_000;
const commandsPerRound = 128;
const erasedPerRound = 8;

/** Does not keep a process alive that has nothing else to do. */
export const unrefTimer: Timer = (callback, ms) => {
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
  #steps = 0;
  #cancel: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();
  /** Those whose command failed since the last pause: what is due behind them comes first, then they are tried again. */
  readonly #failed = new Set<string>();

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#timer = options.timer ?? unrefTimer;
    this.#wakeIn(0);
  }

  get steps(): number {
    return this.#steps;
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
    this.#steps += 1;
    if (waitMs > 0) this.#failed.clear();
    this.#wakeIn(waitMs);
  }

  /** Sends what is due, at most a round's worth, and returns how long there is nothing more to do. */
  async #sendDue(): Promise<number> {
    const { store, clock, commandsPerRound: perRound = commandsPerRound } = this.#options;
    const now = clock.now();
    const limit = perRound + this.#failed.size;
    // Looks a second ahead as well: so it knows when to wake next.
    const { deadlines } = await store.read({ deadlines: { find: "due", by: { now: now + wakeMs, limit } } });
    const left = deadlines.filter((deadline) => !this.#failed.has(nameOf(deadline)));
    const due = left.filter(({ dueAt }) => dueAt <= now);
    const isLong = ({ kind }: Named): boolean => kind === "payloads.erase";
    const sent = await Promise.all(due.filter((one) => !isLong(one)).map((one) => this.#sendOne(one)));
    // Overwriting takes its time: one after the other, a few in a round, so that nobody waits for all of them.
    const long = due.filter(isLong);
    for (const one of long.slice(0, erasedPerRound)) sent.push(await this.#sendOne(one));
    // What was turned away is still due: at once again would be a storm.
    if (sent.includes("refused")) return wakeMs;
    if (due.length >= perRound || long.length > erasedPerRound) return 0;
    const next = left[due.length];
    return next === undefined || this.#failed.size > 0 ? wakeMs : next.dueAt - now;
  }

  async #sendOne(deadline: Named): Promise<"accepted" | "refused" | "failed"> {
    try {
      const { outcome } = await this.#options.send(
        commandFor(deadline.kind as Deadline["kind"], deadline.subject),
      );
      this.#steps += 1;
      return outcome;
    } catch (fault) {
      this.#failed.add(nameOf(deadline));
      this.#options.onFault(fault);
      return "failed";
    }
  }
}

/** A deadline as the store gives it. */
interface Named {
  readonly kind: string;
  readonly subject: string;
}

const nameOf = ({ kind, subject }: Named): string => `${kind} ${subject}`;

/** What a deadline leads to. Sent too early, it puts the deadline where it belongs. */
export function commandFor(kind: Deadline["kind"], subject: string): ExpiryCommand {
  const id = makeId("command");
  switch (kind) {
    case "instance.expire":
      return { kind, id, instance: subject as InstanceId };
    case "refusals.count":
      return { kind, id, subject };
    case "invitation.expire":
      return { kind, id, invitation: subject as InvitationId };
    case "session.expire":
    case "payloads.erase":
      return { kind, id, session: subject as SessionId };
    default:
      return unknownDeadline(kind);
  }
}

function unknownDeadline(kind: never): never {
  throw new TypeError(`no command for a deadline of kind ${String(kind)}`);
}
