/** A store in memory: keeps every promise of the port but to outlive its process. For tests, and for trying things out. */
import { strict as assert } from "node:assert";
import { type Answering, answerAll } from "../answering.js";
import type { Store, StoreAnswers, StoreQuestion, Transaction } from "../store.js";
import { derivedTables } from "../tables.js";
import { Watchers } from "../watchers.js";
import { Holdings } from "./holdings.js";
import { ledgerLookups } from "./ledger-lookups.js";
import { decisionLookups } from "./lookups.js";
import { recordPages } from "./pages.js";
import { MemoryTransaction } from "./transaction.js";

export const openMemoryStore = (): Store => new MemoryStore();

const answeringFrom = (holdings: Holdings): Answering => ({
  ...decisionLookups(holdings),
  ...recordPages(holdings),
  ...ledgerLookups(holdings),
});

class MemoryStore implements Store {
  readonly #committed = new Holdings();
  readonly #working = new Holdings();
  readonly #answersCommitted = answeringFrom(this.#committed);
  readonly #answersWorking = answeringFrom(this.#working);
  readonly #watchers = new Watchers();
  #state: "idle" | "writing" | "closed" = "idle";

  begin(): Transaction {
    assert(this.#state === "idle", `the store is ${this.#state}: one transaction at a time`);
    this.#state = "writing";
    return new MemoryTransaction({
      committed: this.#committed,
      working: this.#working,
      answering: this.#answersWorking,
      onEnd: (end) => {
        this.#state = "idle";
        if (end === "committed") this.#watchers.wake();
      },
    });
  }

  read<Q extends StoreQuestion>(question: Q): StoreAnswers<Q> {
    assert(this.#state !== "closed", "the store is closed");
    return answerAll(this.#answersCommitted, question);
  }

  async readAside<Q extends StoreQuestion>(question: Q): Promise<StoreAnswers<Q>> {
    return this.read(question);
  }

  get waitingBytes(): number {
    let bytes = 0;
    for (const row of this.#committed.tables.waiting.rows()) bytes += row.bytes;
    return bytes;
  }

  watch(wake: () => void): () => void {
    return this.#watchers.add(wake);
  }

  dropDerived(): void {
    assert(this.#state === "idle", `the store is ${this.#state}: a rebuild has it alone`);
    for (const { tables } of [this.#committed, this.#working]) {
      for (const name of derivedTables) tables[name].clear();
    }
  }

  dumpDerived(): Readonly<Record<string, readonly unknown[]>> {
    assert(this.#state !== "closed", "the store is closed");
    const { tables } = this.#committed;
    return Object.fromEntries(derivedTables.map((name) => [name, tables[name].inKeyOrder()]));
  }

  close(): void {
    assert(this.#state !== "writing", "a transaction is open");
    this.#state = "closed";
    this.#watchers.clear();
  }
}
