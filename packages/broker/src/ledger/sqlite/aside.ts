/**
 * Questions that may take long, asked of a worker with a connection of its own, so that neither commits nor other
 * readers wait for them. An answer is of one snapshot, no older than what was committed when the question was asked.
 */
import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { type StoreAnswers, StoreFailed, type StoreQuestion } from "../store.js";
import type { Synchronous } from "./connection.js";

/** What the worker is started with. */
export interface AsideOptions {
  readonly path: string;
  readonly synchronous: Synchronous;
  readonly traced: boolean;
}

export interface Asked {
  readonly number: number;
  readonly question: StoreQuestion;
}

/** An error as it can be posted: what makes a fault of it here is its code. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | null;
}

export type Told =
  | { readonly statement: string }
  | { readonly number: number; readonly answers: unknown }
  | { readonly number: number; readonly thrown: Thrown };

interface Waiting {
  readonly resolve: (answers: unknown) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * A worker runs JavaScript. Tests run these sources as they stand, through a loader that a worker does not have: theirs
 * is the worker that was built from them.
 */
const workerFile = fileURLToPath(
  new URL(
    import.meta.url.endsWith(".ts") ? "../../../dist/ledger/sqlite/aside-worker.js" : "./aside-worker.js",
    import.meta.url,
  ),
);

export class Aside {
  readonly #worker: Worker;
  readonly #trace: ((statement: string) => void) | undefined;
  readonly #onLost: (cause: StoreFailed) => StoreFailed;
  readonly #waiting = new Map<number, Waiting>();
  readonly #gone: Promise<void>;
  #asked = 0;
  #lost: StoreFailed | undefined;
  #state: "open" | "closed" = "open";

  constructor(
    options: Omit<AsideOptions, "traced"> & { readonly trace: ((statement: string) => void) | undefined },
    onLost: (cause: StoreFailed) => StoreFailed,
  ) {
    const { path, synchronous, trace } = options;
    const workerData: AsideOptions = { path, synchronous, traced: trace !== undefined };
    this.#trace = trace;
    this.#onLost = onLost;
    this.#worker = new Worker(workerFile, { workerData });
    // Whoever waits for an answer keeps the process alive, the worker does not.
    this.#worker.unref();
    let cause: unknown;
    this.#worker.on("message", (told: Told) => this.#hear(told));
    this.#worker.on("messageerror", (error) => this.#lose(error));
    this.#worker.on("error", (error) => {
      cause = error;
    });
    this.#gone = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        if (this.#state === "open" || this.#waiting.size > 0)
          this.#lose(cause ?? new Error(`the worker beside the store ended with ${code}`));
        resolve();
      });
    });
  }

  /** Of the thread in which questions are answered. */
  get threadId(): number {
    return this.#worker.threadId;
  }

  ask<Q extends StoreQuestion>(question: Q): Promise<StoreAnswers<Q>> {
    assert(this.#state === "open", "the store is closed");
    if (this.#lost) return Promise.reject(this.#lost);
    this.#asked += 1;
    const number = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as Waiting["resolve"], reject });
      this.#worker.ref();
      this.#worker.postMessage({ number, question } satisfies Asked);
    });
  }

  /** What was asked before is answered first. */
  async close(): Promise<void> {
    if (this.#state === "open") {
      this.#state = "closed";
      this.#worker.ref();
      this.#worker.postMessage("close");
    }
    await this.#gone;
  }

  #hear(told: Told): void {
    if ("statement" in told) {
      this.#trace?.(told.statement);
      return;
    }
    const waiting = this.#waiting.get(told.number);
    this.#waiting.delete(told.number);
    if (this.#waiting.size === 0 && this.#state === "open") this.#worker.unref();
    if ("answers" in told) waiting?.resolve(told.answers);
    else waiting?.reject(errorOf(told.thrown));
  }

  #lose(cause: unknown): void {
    const lost = this.#onLost(new StoreFailed("io", "never", { cause }));
    this.#lost ??= lost;
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }
}

function errorOf({ name, message, stack, code }: Thrown): Error {
  const error = code === null ? new Error(message) : new Database.SqliteError(message, code);
  return Object.assign(error, { name, stack });
}
