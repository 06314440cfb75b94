/**
 * A transaction on two copies of everything: it works on one, which only it sees, and its end makes both the same,
 * by carrying what it touched over or by taking it back. After anything in it has failed, it can only be rolled back.
 */
import { strict as assert } from "node:assert";
import type { Change } from "../../governance/change.js";
import { type Answering, answerAll } from "../answering.js";
import type { LedgerChange, LedgerState, StoreAnswers, StoreQuestion, Transaction } from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import type { StoreTable } from "../tables.js";
import { frozen } from "./frozen.js";
import type { Holdings } from "./holdings.js";
import type { MemoryTable } from "./table.js";

export interface TransactionOptions {
  readonly committed: Holdings;
  readonly working: Holdings;
  /** Answers from the working copy. */
  readonly answering: Answering;
  readonly onEnd: (end: "committed" | "rolled back") => void;
}

export class MemoryTransaction implements Transaction {
  readonly #committed: Holdings;
  readonly #working: Holdings;
  readonly #answering: Answering;
  readonly #onEnd: TransactionOptions["onEnd"];
  readonly #touched = new Map<StoreTable, Set<string>>();
  #state: "open" | "failed" | "ended" = "open";

  constructor({ committed, working, answering, onEnd }: TransactionOptions) {
    this.#committed = committed;
    this.#working = working;
    this.#answering = answering;
    this.#onEnd = onEnd;
  }

  answer<Q extends StoreQuestion>(question: Q): StoreAnswers<Q> {
    return this.#run(() => answerAll(this.#answering, question));
  }

  append(facts: readonly StoredFact[]): void {
    this.#run(() => {
      for (const fact of facts) this.#working.append(frozen(fact));
    });
  }

  change(changes: readonly (Change | LedgerChange)[]): void {
    this.#run(() => {
      for (const change of changes) this.#make(change);
    });
  }

  putState(state: LedgerState): void {
    this.#run(() => {
      this.#working.state = frozen(state);
    });
  }

  commit(): void {
    assert(this.#state === "open", `this transaction has ${this.#state}`);
    this.#end("committed", this.#working, this.#committed);
  }

  rollback(): void {
    assert(this.#state !== "ended", "this transaction has ended");
    this.#end("rolled back", this.#committed, this.#working);
  }

  #run<T>(work: () => T): T {
    assert(this.#state === "open", `this transaction has ${this.#state}`);
    try {
      return work();
    } catch (cause) {
      this.#state = "failed";
      throw cause;
    }
  }

  #make(change: Change | LedgerChange): void {
    const table = this.#table(change.table);
    const key = table.keyOf(change.do === "put" ? change.row : change.key);
    const before = table.get(key);
    this.#touch(change.table, key);
    if (change.do === "put") {
      table.put(frozen(change.row));
    } else if (change.do === "drop") {
      table.remove(key);
    } else {
      assert(before, `${change.table} has no row ${key} to patch`);
      table.put(frozen({ ...before, ...change.set }));
    }
  }

  // That a change's row is one of its table's was checked where the change was made.
  #table(name: StoreTable): MemoryTable<object> {
    return this.#working.tables[name] as unknown as MemoryTable<object>;
  }

  #touch(table: StoreTable, key: string): void {
    const keys = this.#touched.get(table) ?? new Set();
    this.#touched.set(table, keys.add(key));
  }

  #end(end: "committed" | "rolled back", from: Holdings, to: Holdings): void {
    this.#state = "ended";
    for (const [table, keys] of this.#touched) {
      const source = from.tables[table] as unknown as MemoryTable<object>;
      carry(source, to.tables[table] as unknown as MemoryTable<object>, keys);
    }
    to.forgetAfter(from.facts.at(-1)?.ordinal ?? 0);
    for (const fact of from.facts.slice(to.facts.length)) to.append(fact);
    to.state = from.state;
    this.#onEnd(end);
  }
}

/** All are taken away before any is put: rows may have passed on what only one of them can have. */
function carry(from: MemoryTable<object>, to: MemoryTable<object>, keys: ReadonlySet<string>): void {
  for (const key of keys) to.remove(key);
  for (const key of keys) {
    const row = from.get(key);
    if (row) to.put(row);
  }
}
