/** One table in memory: rows by what names them, by what only one can have, and by what they are asked for together. */
import { strict as assert } from "node:assert";
import { keyColumns, type StoreTable, uniqueColumns } from "../tables.js";
import { groupings } from "./groups.js";
import { compareLists, type Ordered } from "./order.js";

const valuesOf = (row: object, columns: readonly string[]): unknown[] =>
  columns.map((column) => Reflect.get(row, column));

interface Grouped<Row> {
  readonly of: (row: Row) => unknown;
  readonly rows: Map<unknown, Map<string, Row>>;
}

export class MemoryTable<Row extends object, Group extends string = string> {
  readonly #name: StoreTable;
  readonly #keys: readonly string[];
  readonly #unique: readonly string[];
  readonly #groups: ReadonlyMap<string, Grouped<Row>>;
  readonly #rows = new Map<string, Row>();
  readonly #owners = new Map<string, string>();

  constructor(name: StoreTable) {
    this.#name = name;
    this.#keys = keyColumns(name);
    this.#unique = uniqueColumns[name] ?? [];
    const groups = Object.entries((groupings as Partial<Record<StoreTable, object>>)[name] ?? {}) as [
      string,
      (row: Row) => unknown,
    ][];
    this.#groups = new Map(groups.map(([group, of]) => [group, { of, rows: new Map() }]));
  }

  /** What names a row, as one text. */
  keyOf(key: object): string {
    return JSON.stringify(valuesOf(key, this.#keys));
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  find(key: object): Row | undefined {
    return this.#rows.get(this.keyOf(key));
  }

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** The rows of one group, in no order. */
  group(name: Group, value: unknown): Iterable<Row> {
    const group = this.#groups.get(name);
    assert(group, `${this.#name} is not grouped by ${name}`);
    return group.rows.get(value)?.values() ?? [];
  }

  /** The row that has these in what only one can have. */
  only(unique: object): Row | undefined {
    const key = this.#owners.get(JSON.stringify(valuesOf(unique, this.#unique)));
    return key === undefined ? undefined : this.#rows.get(key);
  }

  inKeyOrder(): Row[] {
    const orderOf = (row: Row) => valuesOf(row, this.#keys) as Ordered[];
    return [...this.#rows.values()].sort((a, b) => compareLists(orderOf(a), orderOf(b)));
  }

  put(row: Row): void {
    const key = this.keyOf(row);
    this.remove(key);
    this.#claim(key, row);
    this.#rows.set(key, row);
    for (const { of, rows } of this.#groups.values()) {
      const value = of(row);
      if (value === undefined) continue;
      const group = rows.get(value) ?? new Map<string, Row>();
      rows.set(value, group.set(key, row));
    }
  }

  remove(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#owners.delete(this.#uniqueOf(row));
    for (const { of, rows } of this.#groups.values()) {
      const value = of(row);
      const group = rows.get(value);
      group?.delete(key);
      if (group?.size === 0) rows.delete(value);
    }
  }

  clear(): void {
    this.#rows.clear();
    for (const { rows } of this.#groups.values()) rows.clear();
    this.#owners.clear();
  }

  #uniqueOf(row: Row): string {
    return JSON.stringify(valuesOf(row, this.#unique));
  }

  #claim(key: string, row: Row): void {
    if (this.#unique.length === 0) return;
    const unique = this.#uniqueOf(row);
    const owner = this.#owners.get(unique);
    assert(
      owner === undefined,
      `${this.#name} has a row with ${this.#unique.join(", ")} of ${unique} already`,
    );
    this.#owners.set(unique, key);
  }
}
