/** One table in memory: rows by what names them, and by the one column by which they are asked for together. */
import { strict as assert } from "node:assert";
import { keyColumns, type StoreRows, type StoreTable, uniqueColumns } from "../tables.js";
import { compareLists, type Ordered } from "./order.js";

/** Without these a growing table would be walked for each answer. */
const groupColumns: { readonly [T in StoreTable]?: keyof StoreRows[T] & string } = {
  operators: "organisation",
  agents: "organisation",
  instances: "agent",
  principalKeys: "principal",
  enrolmentTokens: "organisation",
  alerts: "organisation",
  readers: "stream",
  logLeaves: "log",
  logPending: "log",
};

const valuesOf = (row: object, columns: readonly string[]): unknown[] =>
  columns.map((column) => Reflect.get(row, column));

export class MemoryTable<Row extends object> {
  readonly #name: StoreTable;
  readonly #keys: readonly string[];
  readonly #unique: readonly string[];
  readonly #group: string | undefined;
  readonly #rows = new Map<string, Row>();
  readonly #groups = new Map<unknown, Map<string, Row>>();
  readonly #owners = new Map<string, string>();

  constructor(name: StoreTable) {
    this.#name = name;
    this.#keys = keyColumns(name);
    this.#unique = uniqueColumns[name] ?? [];
    this.#group = groupColumns[name];
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

  group(value: unknown): Iterable<Row> {
    return this.#groups.get(value)?.values() ?? [];
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
    if (this.#group === undefined) return;
    const value: unknown = Reflect.get(row, this.#group);
    const group = this.#groups.get(value) ?? new Map<string, Row>();
    this.#groups.set(value, group.set(key, row));
  }

  remove(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#owners.delete(this.#uniqueOf(row));
    if (this.#group === undefined) return;
    const value: unknown = Reflect.get(row, this.#group);
    const group = this.#groups.get(value);
    group?.delete(key);
    if (group?.size === 0) this.#groups.delete(value);
  }

  clear(): void {
    this.#rows.clear();
    this.#groups.clear();
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
