/**
 * Carries what was committed from the write-ahead log into the database, between transactions: a little whenever enough
 * has gathered, all of it every minute, so that what was deleted is gone from the files.
 *
 * SQLite would do the first by itself within a commit, but it drops the errors it meets there. A disk that failed to
 * sync a page and says so only once must be believed the first time.
 */
import type Database from "better-sqlite3";

/** Measured: more pages at once make the longest commits longer, fewer make all of them slower. */
const pagesGathered = 250;
const truncateEveryMs = 60_000;

export interface CheckpointsOptions {
  readonly db: Database.Database;
  /** Whether no transaction is open: a checkpoint within one is not possible. */
  readonly isIdle: () => boolean;
  readonly onFailed: (cause: unknown) => void;
}

export class Checkpoints {
  readonly #db: Database.Database;
  readonly #isIdle: CheckpointsOptions["isIdle"];
  readonly #onFailed: CheckpointsOptions["onFailed"];
  readonly #gathered: Database.Statement<[], { log: number; checkpointed: number }>;
  readonly #everyMinute: NodeJS.Timeout;
  #soon: NodeJS.Immediate | undefined;
  /** Opening may have written already. */
  #wrote = true;
  #truncateIsDue = false;

  constructor({ db, isIdle, onFailed }: CheckpointsOptions) {
    this.#db = db;
    this.#isIdle = isIdle;
    this.#onFailed = onFailed;
    this.#gathered = db.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#everyMinute = setInterval(() => this.#truncateWhenIdle(), truncateEveryMs).unref();
  }

  /** After each commit: the work itself waits until whoever committed has been answered. */
  committed(): void {
    this.#wrote = true;
    if (this.#soon !== undefined) return;
    const { log, checkpointed } = this.#gathered.get() ?? { log: 0, checkpointed: 0 };
    if (!this.#truncateIsDue && log - checkpointed < pagesGathered) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      if (this.#isIdle()) this.#try(() => (this.#truncateIsDue ? this.truncate() : this.#carry()));
    });
  }

  /** All of it, and the log emptied, unless a reader from outside is in the way: then the next time. */
  truncate(): void {
    // A reader in the way is worth no waiting: everybody else would wait as well.
    this.#db.pragma("busy_timeout = 0");
    const busy = this.#db.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) !== 0;
    this.#db.pragma("busy_timeout = 2000");
    this.#truncateIsDue = busy;
    this.#wrote = busy;
  }

  stop(): void {
    clearInterval(this.#everyMinute);
    clearImmediate(this.#soon);
  }

  #carry(): void {
    this.#db.pragma("wal_checkpoint(PASSIVE)");
  }

  #truncateWhenIdle(): void {
    if (!this.#wrote) return;
    this.#truncateIsDue = true;
    if (this.#isIdle()) this.#try(() => this.truncate());
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#onFailed(cause);
    }
  }
}
