/**
 * Collect, commit, settle: commands that arrive while a commit is in flight share the next transaction, and nobody is
 * answered before it is durable and its head is kept. A command that cannot be decided fails alone; a store that fails
 * for good stops the ledger for good.
 */
import { limits as limitTable } from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { Command, CommandKind } from "../governance/command.js";
import { no, refuse } from "../governance/verdict.js";
import { nextTurn } from "../turn.js";
import type { Govern } from "./decide.js";
import { DecisionFailed, LedgerStopped } from "./faults.js";
import type { HeadKeeper } from "./head.js";
import type { Ledger, Settled } from "./ledger.js";
import { type LedgerState, type Store, StoreFailed } from "./store.js";
import { keptHeadOf, transact } from "./transact.js";

export interface LedgerLimits {
  readonly commandsPerBatch: number;
  readonly commandsWaitingMax: number;
}

export interface LedgerOptions {
  readonly store: Store;
  readonly head: HeadKeeper;
  readonly clock: Clock;
  readonly govern: Govern;
  readonly limits?: LedgerLimits;
  /** Told once, after everybody who waited was told: the process must stop. */
  readonly onFailed?: (cause: LedgerStopped) => void;
}

export interface OpenLedger extends Ledger {
  /** The state that the last commit of this ledger left; as of opening, what the store held. */
  readonly state: LedgerState;
  /** Commands that no transaction has taken yet. */
  readonly waiting: number;
  /** Acknowledges nothing any more, what is in flight included: for a clock that is lost. */
  stop(cause: unknown): void;
}

/** Alike for all, so that it tells of nothing but load. */
const busyRetryMs = 1_000;

interface Waiting {
  readonly command: Command;
  resolve(settled: Settled): void;
  reject(fault: unknown): void;
}

export async function openLedger(options: LedgerOptions): Promise<OpenLedger> {
  const { store, head } = options;
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  // A kill between the very first commit and its head must not look like a head that was lost.
  if (state.ordinal === 0 && (await head.read()) === undefined) await head.keep(keptHeadOf(state));
  return new BatchingLedger(options, state);
}

class BatchingLedger implements OpenLedger {
  readonly #options: LedgerOptions;
  readonly #limits: LedgerLimits;
  readonly #queue: Waiting[] = [];
  readonly #idle: (() => void)[] = [];
  #state: LedgerState;
  #at: number;
  #running = false;
  #draining = false;
  #stopped: LedgerStopped | undefined;

  constructor(options: LedgerOptions, state: LedgerState) {
    this.#options = options;
    this.#limits = options.limits ?? limitTable;
    this.#state = state;
    this.#at = state.at;
  }

  get state(): LedgerState {
    return this.#state;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  settle<K extends CommandKind>(command: Command<K>): Promise<Settled<K>> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (this.#draining) return this.#turnAway("broker.going-away");
    if (this.#queue.length >= this.#limits.commandsWaitingMax) return this.#turnAway("broker.busy");
    return new Promise<Settled<K>>((resolve, reject) => {
      // A queue holds commands of every kind; that the verdict answers this one's is the deciding's promise.
      this.#queue.push({ command: command as Command, resolve: resolve as Waiting["resolve"], reject });
      this.#start();
    });
  }

  drain(): Promise<void> {
    this.#draining = true;
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #turnAway(code: "broker.busy" | "broker.going-away"): Promise<Settled<never>> {
    return { verdict: refuse(no(code, { retryAfterMs: busyRetryMs })), at: this.#now(), facts: [] };
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // What other sockets have brought in this turn of the event loop shares the transaction.
      await nextTurn();
      const batch = this.#queue.splice(0, this.#limits.commandsPerBatch);
      if (batch.length > 0) await this.#settleTogether(batch);
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #settleTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const settled = await this.#commit(batch.map(({ command }) => command));
      batch.forEach((one, index) => {
        const answer = settled[index];
        if (answer) one.resolve(answer);
      });
    } catch (cause) {
      await this.#answerFailure(batch, cause);
    }
  }

  async #commit(commands: readonly Command[]): Promise<readonly Settled[]> {
    const { settled, state } = await transact(this.#options, commands, () => this.#now());
    if (state) this.#state = state;
    if (this.#stopped) throw this.#stopped;
    return settled;
  }

  async #answerFailure(batch: readonly Waiting[], cause: unknown): Promise<void> {
    if (cause instanceof DecisionFailed && batch.length > 1) {
      for (const one of batch) await this.#settleAlone(one);
    } else if (cause instanceof DecisionFailed || (cause instanceof StoreFailed && cause.retry === "later")) {
      for (const { reject } of batch) reject(cause);
    } else {
      this.#fail(batch, cause);
    }
  }

  /** A neighbour's transaction may have stopped the ledger meanwhile. */
  async #settleAlone(one: Waiting): Promise<void> {
    if (this.#stopped) one.reject(this.#stopped);
    else await this.#settleTogether([one]);
  }

  stop(cause: unknown): void {
    this.#fail([], cause);
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    const first = this.#stopped === undefined;
    const stopped = this.#stopped ?? new LedgerStopped(cause);
    this.#stopped = stopped;
    for (const { reject } of [...batch, ...this.#queue.splice(0)]) reject(stopped);
    if (first) this.#options.onFailed?.(stopped);
  }

  /** Whatever the clock does, the ledger's time never decreases. */
  #now(): number {
    this.#at = Math.max(this.#at, this.#options.clock.now());
    // Asking for the time is how a clock finds that it is lost; whoever is told so may stop this ledger at once.
    if (this.#stopped) throw this.#stopped;
    return this.#at;
  }
}
