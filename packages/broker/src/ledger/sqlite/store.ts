/**
 * A store in one folder on a disk, by SQLite: what a commit answered survives a kill and a power cut. One process at a
 * time; decisions and writes share one connection, everybody else reads over another and sees commits only.
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { type Answering, answerAll } from "../answering.js";
import {
  type Maybe,
  type Store,
  type StoreAnswers,
  StoreFailed,
  type StoreQuestion,
  type Transaction,
} from "../store.js";
import { Watchers } from "../watchers.js";
import { answeringFrom } from "./answering.js";
import { Aside } from "./aside.js";
import { Carrier } from "./carrier.js";
import { Checkpoints } from "./checkpoints.js";
import {
  type ConnectionOptions,
  configureWriter,
  openReader,
  openWriter,
  type Synchronous,
} from "./connection.js";
import { dropDerivedRows, dumpDerivedRows } from "./derived-rows.js";
import { faultOf } from "./failures.js";
import { lockFolder, makeFile, makeFolder } from "./folder.js";
import { bringUpToDate, checkApplication } from "./migrations.js";
import { prepareWriting, SqliteTransaction, type Writing } from "./transaction.js";

export interface SqliteStoreOptions {
  readonly folder: string;
  readonly synchronous?: Synchronous;
  /** Told every statement as it runs, its values left out. */
  readonly trace?: (statement: string) => void;
}

interface Connections {
  readonly options: ConnectionOptions;
  readonly writer: Database.Database;
  readonly reader: Database.Database;
  readonly lock: { close(): void };
}

export function openSqliteStore({ folder, synchronous = "FULL", trace }: SqliteStoreOptions): Store {
  makeFolder(folder);
  const lock = blaming(() => lockFolder(folder));
  const open: { close(): void }[] = [lock];
  try {
    const path = join(folder, "parley.db");
    makeFile(path);
    return blaming(() => {
      const options: ConnectionOptions = { path, synchronous, trace };
      const writer = openWriter(options);
      open.unshift(writer);
      checkApplication(writer);
      configureWriter(writer, synchronous);
      bringUpToDate(writer);
      const reader = openReader(options);
      open.unshift(reader);
      return new SqliteStore({ options, writer, reader, lock });
    });
  } catch (cause) {
    for (const one of open) one.close();
    throw cause;
  }
}

/** Errors of the driver become faults that say what to do. */
function blaming<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw faultOf(cause);
  }
}

class SqliteStore implements Store {
  readonly #connections: Connections;
  readonly #writing: Writing;
  readonly #reading: Answering;
  readonly #snapshot: Database.Transaction<(work: () => unknown) => unknown>;
  readonly #carrier: Carrier;
  readonly #checkpoints: Checkpoints;
  readonly #watchers = new Watchers();
  /** Since the first question for it: many stores are opened for less. */
  #aside: Aside | undefined;
  #state: "idle" | "writing" | "closed" = "idle";
  #failed: StoreFailed | undefined;
  #closed: Maybe<void> = undefined;

  constructor(connections: Connections) {
    const { writer, reader } = connections;
    this.#connections = connections;
    this.#writing = prepareWriting(writer, answeringFrom(writer));
    this.#reading = answeringFrom(reader);
    this.#snapshot = reader.transaction((work) => work());
    const { path, synchronous } = connections.options;
    this.#carrier = new Carrier({ path, synchronous }, (cause) => this.#blame(cause));
    this.#checkpoints = new Checkpoints({
      db: writer,
      carrier: this.#carrier,
      isIdle: () => this.#state === "idle",
      onFailed: (cause) => this.#blame(cause),
    });
  }

  begin(): Transaction {
    assert(this.#state === "idle", `the store is ${this.#state}: one transaction at a time`);
    this.#attempt(() => this.#writing.begin());
    this.#state = "writing";
    return new SqliteTransaction({
      writing: this.#writing,
      attempt: (work) => this.#attempt(work),
      undo: () => this.#undo(),
      onEnd: (end) => {
        this.#state = "idle";
        if (end === "committed") this.#committed();
      },
    });
  }

  read<Q extends StoreQuestion>(question: Q): StoreAnswers<Q> {
    return this.#inSnapshot(() => answerAll(this.#reading, question));
  }

  async readAside<Q extends StoreQuestion>(question: Q): Promise<StoreAnswers<Q>> {
    assert(this.#state !== "closed", "the store is closed");
    if (this.#failed) throw this.#failed;
    this.#aside ??= new Aside(this.#connections.options, (lost) => {
      this.#failed ??= lost;
      return this.#failed;
    });
    try {
      return await this.#aside.ask(question);
    } catch (cause) {
      throw this.#blame(cause);
    }
  }

  get waitingBytes(): number {
    return this.#writing.waiting.committed;
  }

  watch(wake: () => void): () => void {
    return this.#watchers.add(wake);
  }

  dropDerived(): void {
    assert(this.#state === "idle", `the store is ${this.#state}: a rebuild has it alone`);
    const { writer } = this.#connections;
    this.#writing.forget();
    this.#attempt(() => writer.transaction(() => dropDerivedRows(writer)).immediate());
    this.#checkpoints.committed();
  }

  dumpDerived(): Readonly<Record<string, readonly unknown[]>> {
    return this.#inSnapshot(() => dumpDerivedRows(this.#connections.reader));
  }

  close(): Maybe<void> {
    assert(this.#state !== "writing", "a transaction is open");
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#watchers.clear();
      this.#checkpoints.stop();
      const others = [this.#aside?.close(), this.#carrier.close()].filter((one) => one !== undefined);
      this.#closed =
        others.length > 0 ? Promise.all(others).then(() => this.#disconnect()) : this.#disconnect();
    }
    return this.#closed;
  }

  /** The last connection to close carries the whole log into the database, so the writer is the last. */
  #disconnect(): void {
    const { reader, writer, lock } = this.#connections;
    for (const one of [reader, writer, lock]) blaming(() => one.close());
  }

  #committed(): void {
    this.#checkpoints.committed();
    this.#watchers.wake();
  }

  #inSnapshot<T>(work: () => T): T {
    assert(this.#state !== "closed", "the store is closed");
    return this.#attempt(() => this.#snapshot(work) as T);
  }

  /** After a failure that cannot be mended nothing is answered any more, whatever the disk says then. */
  #attempt<T>(work: () => T): T {
    if (this.#failed) throw this.#failed;
    try {
      return work();
    } catch (cause) {
      throw this.#blame(cause);
    }
  }

  #undo(): void {
    try {
      this.#writing.rollback();
    } catch (cause) {
      throw this.#blame(cause);
    }
  }

  #blame(cause: unknown): unknown {
    const fault = faultOf(cause);
    if (fault instanceof StoreFailed && fault.retry === "never") this.#failed ??= fault;
    return fault;
  }
}
