/** A transaction of the database. After anything in it has failed, it can only be rolled back. */
import { strict as assert } from "node:assert";
import type Database from "better-sqlite3";
import type { Change } from "../../governance/change.js";
import { type Answering, answerAll } from "../answering.js";
import type { LedgerChange, LedgerState, StoreAnswers, StoreQuestion, Transaction } from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import { changeWriter } from "./change-rows.js";
import { factWriter } from "./fact-rows.js";
import { stateWriter } from "./ledger-lookups.js";
import { Remembered, remembering } from "./remembered.js";
import { WaitingBytes } from "./waiting-bytes.js";

/** What is prepared once for all transactions of a connection. */
export interface Writing {
  readonly answering: Answering;
  readonly append: (fact: StoredFact) => void;
  readonly change: (change: Change | LedgerChange) => void;
  readonly putState: (state: LedgerState) => void;
  readonly begin: () => void;
  readonly commit: () => void;
  readonly rollback: () => void;
  /** After changes that no transaction has made. */
  readonly forget: () => void;
  readonly ended: (end: "committed" | "rolled back") => void;
  readonly waiting: WaitingBytes;
}

export function prepareWriting(db: Database.Database, answers: Answering): Writing {
  const remembered = new Remembered();
  const answering = remembering(answers, remembered);
  const change = changeWriter(db);
  const waiting = new WaitingBytes(db, answering);
  const putState = stateWriter(db);
  // IMMEDIATE: whether the database can be written is known before anything is decided.
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  return {
    answering,
    append: factWriter(db),
    waiting,
    change: (one) => {
      waiting.changes(one);
      remembered.changes(one);
      change(one);
    },
    putState: (state) => {
      remembered.becomes(state);
      putState(state);
    },
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    rollback: () => {
      // SQLite has rolled back by itself where the disk was full or failed.
      if (db.inTransaction) rollback.run();
    },
    forget: () => remembered.clear(),
    ended: (end) => {
      remembered.ended(end);
      waiting.ended(end);
    },
  };
}

export interface TransactionOptions {
  readonly writing: Writing;
  /** Runs what may fail, and says whose fault it was. */
  readonly attempt: <T>(work: () => T) => T;
  /** Rolls back, whatever has failed before. */
  readonly undo: () => void;
  readonly onEnd: (end: "committed" | "rolled back") => void;
}

export class SqliteTransaction implements Transaction {
  readonly #writing: Writing;
  readonly #attempt: TransactionOptions["attempt"];
  readonly #undo: TransactionOptions["undo"];
  readonly #onEnd: TransactionOptions["onEnd"];
  #state: "open" | "failed" | "ended" = "open";

  constructor({ writing, attempt, undo, onEnd }: TransactionOptions) {
    this.#writing = writing;
    this.#attempt = attempt;
    this.#undo = undo;
    this.#onEnd = onEnd;
  }

  answer<Q extends StoreQuestion>(question: Q): StoreAnswers<Q> {
    return this.#run(() => answerAll(this.#writing.answering, question));
  }

  append(facts: readonly StoredFact[]): void {
    this.#run(() => {
      for (const fact of facts) this.#writing.append(fact);
    });
  }

  change(changes: readonly (Change | LedgerChange)[]): void {
    this.#run(() => {
      for (const change of changes) this.#writing.change(change);
    });
  }

  putState(state: LedgerState): void {
    this.#run(() => this.#writing.putState(state));
  }

  commit(): void {
    assert(this.#state === "open", `this transaction has ${this.#state}`);
    try {
      this.#run(() => this.#writing.commit());
    } catch (cause) {
      this.rollback();
      throw cause;
    }
    this.#end("committed");
  }

  rollback(): void {
    assert(this.#state !== "ended", "this transaction has ended");
    this.#end("rolled back");
    this.#undo();
  }

  #run<T>(work: () => T): T {
    assert(this.#state === "open", `this transaction has ${this.#state}`);
    try {
      return this.#attempt(work);
    } catch (cause) {
      this.#state = "failed";
      throw cause;
    }
  }

  #end(end: "committed" | "rolled back"): void {
    this.#state = "ended";
    this.#writing.ended(end);
    this.#onEnd(end);
  }
}
