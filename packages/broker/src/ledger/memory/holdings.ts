/**
 * All that a store holds, once: the facts, every table, the ledger's own row. The memory store has two of these, one as
 * committed and one as the open transaction sees it; they share frozen rows.
 */
import { strict as assert } from "node:assert";
import { emptyState, type LedgerState } from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import { type StoreRows, type StoreTable, storeTables } from "../tables.js";
import type { GroupName } from "./groups.js";
import { MemoryTable } from "./table.js";

export type MemoryTables = { readonly [T in StoreTable]: MemoryTable<StoreRows[T], GroupName<T>> };

export class Holdings {
  readonly tables = Object.fromEntries(
    storeTables.map((name) => [name, new MemoryTable(name)]),
  ) as unknown as MemoryTables;
  /** In the order of appending, and of ordinals. */
  readonly facts: StoredFact[] = [];
  /** By stream, in the order of positions. */
  readonly streams = new Map<string, StoredFact[]>();
  state: LedgerState = emptyState;

  append(fact: StoredFact): void {
    const { stream, position } = fact.skeleton;
    const ofStream = this.streams.get(stream) ?? [];
    assert(fact.ordinal > (this.facts.at(-1)?.ordinal ?? 0), `fact ${fact.ordinal} is stored already`);
    assert(
      position > (ofStream.at(-1)?.skeleton.position ?? 0),
      `${stream} has a fact at ${position} already`,
    );
    this.facts.push(fact);
    ofStream.push(fact);
    this.streams.set(stream, ofStream);
  }

  /** Takes the facts after an ordinal away again: they were never committed. */
  forgetAfter(ordinal: number): void {
    while ((this.facts.at(-1)?.ordinal ?? 0) > ordinal) {
      const fact = this.facts.pop();
      if (fact) this.streams.get(fact.skeleton.stream)?.pop();
    }
  }
}
