/**
 * Carries what was committed from the write-ahead log into the database: a part of it beside the commits whenever enough
 * has gathered, all of it three times a minute between them, so that what was deleted is gone from the files.
 *
 * SQLite would do the first by itself within a commit, but it drops the errors it meets there. A disk that failed to
 * sync a page and says so only once must be believed the first time.
 */
import type Database from "better-sqlite3";
import type { Carrier } from "./carrier.js";

/** Measured: a page that changes with every commit is carried once for all of them. */
const pagesGathered = 1_000;
/** How much has gathered is asked every so many commits: that costs some of what a small commit does. */
const commitsUnasked = 4;
/** The log begins anew once all of it was carried; what commits have added meanwhile is little, and carried between them. */
const pagesLong = 8_000;
const pagesLittle = 250;
/** Payloads are cut out of their rows up to half a minute after they are over, and are to be gone within a minute [ENV-16]. */
const truncateEveryMs = 20_000;

export interface CheckpointsOptions {
  readonly db: Database.Database;
  /** Whether no transaction is open: a checkpoint within one is not possible. */
  readonly isIdle: () => boolean;
  readonly carrier: Pick<Carrier, "carry" | "isCarrying">;
  readonly onFailed: (cause: unknown) => void;
}

export class Checkpoints {
  readonly #db: Database.Database;
  readonly #isIdle: CheckpointsOptions["isIdle"];
  readonly #carrier: CheckpointsOptions["carrier"];
  readonly #onFailed: CheckpointsOptions["onFailed"];
  readonly #gathered: Database.Statement<[], { log: number; checkpointed: number }>;
  readonly #regularly: NodeJS.Timeout;
  #soon: NodeJS.Immediate | undefined;
  #commits = 0;
  /** Opening may have written already. */
  #wrote = true;
  #truncateIsDue = false;

  constructor({ db, isIdle, carrier, onFailed }: CheckpointsOptions) {
    this.#db = db;
    this.#carrier = carrier;
    this.#isIdle = isIdle;
    this.#onFailed = onFailed;
    this.#gathered = db.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#regularly = setInterval(() => this.#truncateWhenIdle(), truncateEveryMs).unref();
  }

  /** After each commit: what is done between them waits until whoever committed has been answered. */
  committed(): void {
    this.#wrote = true;
    if (this.#soon !== undefined) return;
    this.#commits = (this.#commits + 1) % commitsUnasked;
    if (this.#commits !== 0 && !this.#truncateIsDue) return;
    const { log, checkpointed } = this.#gathered.get() ?? { log: 0, checkpointed: 0 };
    const left = log - checkpointed;
    const isLong = log >= pagesLong && left < pagesLittle;
    if (left >= pagesGathered && !this.#carrier.isCarrying) void this.#carrier.carry();
    if (!this.#truncateIsDue && !isLong) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      if (this.#isIdle()) this.#try(() => (this.#truncateIsDue ? this.truncate() : this.#carryRest()));
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
    clearInterval(this.#regularly);
    clearImmediate(this.#soon);
  }

  #carryRest(): void {
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
