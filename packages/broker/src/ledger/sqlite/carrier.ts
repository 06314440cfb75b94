/**
 * Carries committed pages from the log into the database in a thread of its own, so that no commit waits for it. Begun
 * when there is first enough to carry: most stores are opened for less.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { StoreFailed } from "../store.js";
import type { Synchronous } from "./connection.js";

/** What the worker is started with. */
export interface CarrierOptions {
  readonly path: string;
  readonly synchronous: Synchronous;
}

export interface Carried {
  readonly failed: { readonly message: string; readonly code: string } | null;
}

/** Without it the log grows without an end: the store has failed. */
const lost = (cause: unknown): StoreFailed => new StoreFailed("io", "never", { cause });

/** As that of the questions aside: tests run these sources, a worker what was built from them. */
const workerFile = fileURLToPath(
  new URL(
    import.meta.url.endsWith(".ts") ? "../../../dist/ledger/sqlite/carrier-worker.js" : "./carrier-worker.js",
    import.meta.url,
  ),
);

export class Carrier {
  readonly #options: CarrierOptions;
  readonly #onFailed: (cause: unknown) => void;
  #worker: Worker | undefined;
  #gone: Promise<void> | undefined;
  #carried: (() => void) | undefined;
  #isClosed = false;

  constructor(options: CarrierOptions, onFailed: (cause: unknown) => void) {
    this.#options = options;
    this.#onFailed = onFailed;
  }

  get isCarrying(): boolean {
    return this.#carried !== undefined;
  }

  /** Resolves when it has, or cannot any more. One at a time. */
  carry(): Promise<void> {
    const worker = this.#begun();
    return new Promise((resolve) => {
      this.#carried = resolve;
      worker.postMessage("carry");
    });
  }

  /** Resolves when its connection is closed; nothing where none was begun. */
  close(): Promise<void> | undefined {
    this.#isClosed = true;
    this.#worker?.ref();
    this.#worker?.postMessage("close");
    return this.#gone;
  }

  #begun(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(workerFile, { workerData: this.#options });
    worker.on("message", ({ failed }: Carried) => {
      if (failed !== null) this.#onFailed(new Database.SqliteError(failed.message, failed.code));
      this.#done();
    });
    worker.on("error", (cause) => this.#onFailed(lost(cause)));
    this.#gone = new Promise((resolve) => {
      worker.once("exit", (code) => {
        if (!this.#isClosed)
          this.#onFailed(lost(new Error(`the thread that carries pages ended with ${code}`)));
        this.#done();
        resolve();
      });
    });
    // After all that listens: a process that has nothing else to do may end.
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #done(): void {
    const carried = this.#carried;
    this.#carried = undefined;
    carried?.();
  }
}
