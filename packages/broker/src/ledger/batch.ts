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
import type { Carried } from "./payload-rows.js";
import { type LedgerState, type Store, StoreFailed } from "./store.js";
import { type Brought, keptHeadOf, transact } from "./transact.js";

export interface LedgerLimits {
  readonly commandsPerBatch: number;
  readonly commandsWaitingMax: number;
  readonly waitingBytesMax: number;
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

/**
 * Nobody waits for what becomes of these: they share the transaction of whatever comes next, and have one of their own
 * only when for so long nothing has come. An own one for each would cost as much as what they speak of.
 */
const patient: ReadonlySet<CommandKind> = new Set<CommandKind>(["envelopes.ack"]);
const patienceMs = 1;

/** Alike for all, so that it tells of nothing but load. */
const busyRetryMs = 1_000;

interface Waiting extends Brought {
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
  readonly #patient: Waiting[] = [];
  readonly #idle: (() => void)[] = [];
  #state: LedgerState;
  #at: number;
  #running = false;
  #draining = false;
  /** Only what is patient waits until then. */
  #later: NodeJS.Timeout | undefined;
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
    return this.#queue.length + this.#patient.length;
  }

  settle<K extends CommandKind>(command: Command<K>, carried: Carried = []): Promise<Settled<K>> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (this.#draining) return this.#turnAway("broker.going-away");
    if (command.kind === "envelopes.send" && this.#isFull) return this.#turnAway("broker.busy");
    if (this.waiting >= this.#limits.commandsWaitingMax) return this.#turnAway("broker.busy");
    return new Promise<Settled<K>>((resolve, reject) => {
      // A queue holds commands of every kind; that the verdict answers this one's is the deciding's promise.
      const brought = { command: command as Command, carried };
      const waiting = { ...brought, resolve: resolve as Waiting["resolve"], reject };
      if (patient.has(command.kind)) {
        this.#patient.push(waiting);
        this.#startLater();
      } else {
        this.#queue.push(waiting);
        this.#start();
      }
    });
  }

  /** [ENV-8] Of what waits to be handled, over all sessions: what is only kept is nobody else's affair. */
  get #isFull(): boolean {
    return this.#options.store.waitingBytes >= this.#limits.waitingBytesMax;
  }

  drain(): Promise<void> {
    this.#draining = true;
    if (this.#patient.length > 0) this.#start();
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #turnAway(code: "broker.busy" | "broker.going-away"): Promise<Settled<never>> {
    return { verdict: refuse(no(code, { retryAfterMs: busyRetryMs })), at: this.#now(), facts: [] };
  }

  #startLater(): void {
    if (this.#running) return;
    this.#later ??= setTimeout(() => this.#start(), patienceMs);
  }

  #start(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    do {
      // What other sockets have brought in this turn of the event loop shares the transaction.
      await nextTurn();
      const { commandsPerBatch: most } = this.#limits;
      // Patient ones first: whatever follows them from the same connection follows them here.
      const batch = [...this.#patient.splice(0, most), ...this.#queue.splice(0, most)];
      if (batch.length > 0) await this.#settleTogether(batch);
    } while (this.#isDue());
    this.#running = false;
    if (this.#patient.length > 0) this.#startLater();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #isDue(): boolean {
    const { length: waiting } = this.#patient;
    if (this.#queue.length > 0 || waiting >= this.#limits.commandsPerBatch) return true;
    return this.#draining && waiting > 0;
  }

  async #settleTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const settled = await this.#commit(batch);
      batch.forEach((one, index) => {
        const answer = settled[index];
        if (answer) one.resolve(answer);
      });
    } catch (cause) {
      await this.#answerFailure(batch, cause);
    }
  }

  async #commit(commands: readonly Brought[]): Promise<readonly Settled[]> {
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
    clearTimeout(this.#later);
    const waiting = [...batch, ...this.#patient.splice(0), ...this.#queue.splice(0)];
    for (const { reject } of waiting) reject(stopped);
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
