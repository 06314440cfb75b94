/**
 * Rows as they were: the facts of some streams up to a moment, projected by the one projection into a store that has
 * nothing else in it. What decides what they mean is what decides it for the rows of now.
 */
import type { DerivedChange } from "../governance/change.js";
import type { FactKind } from "../governance/fact.js";
import { nextTurn } from "../turn.js";
import { projectStored } from "./projection.js";
import type { Store } from "./store.js";
import type { StoredFact } from "./stored-fact.js";
import { keyColumns, type StoreTable } from "./tables.js";

export interface Wanted {
  readonly stream: string;
  readonly kinds: readonly FactKind[];
  readonly until: number;
}

/** So many are read together. */
const factsPerPage = 500;
/** So many are projected before others have a turn: some milliseconds. */
const factsPerTurn = 100;

/** Of those kinds, up to that moment, no more than `most`: undefined where there are more. */
export async function factsUntil(
  store: Store,
  { stream, kinds, until }: Wanted,
  most: number,
): Promise<readonly StoredFact[] | undefined> {
  const facts: StoredFact[] = [];
  // All kinds are asked for at once, and again those of which there is more: most streams are short.
  let open = kinds.map((kind) => ({ kind, after: 0 }));
  while (open.length > 0) {
    const pages = await store.readAside(
      Object.fromEntries(open.map(({ kind, after }) => [kind, pageOf({ stream, after, kind })])),
    );
    open = open.flatMap(({ kind }) => {
      const page = pages[kind] ?? [];
      const then = page.filter(({ skeleton }) => skeleton.at <= until);
      facts.push(...then);
      const last = page.at(-1);
      const isOver = last === undefined || then.length < page.length;
      return isOver ? [] : [{ kind, after: last.skeleton.position }];
    });
    if (facts.length > most) return undefined;
  }
  return facts;
}

const pageOf = (by: { readonly stream: string; readonly after: number; readonly kind: FactKind }) => ({
  find: "factsPage" as const,
  by: { ...by, limit: factsPerPage },
});

/** Which rows are made again; what a fact says of others is left out. */
export type Tables = ReadonlySet<StoreTable>;

const keyOf = (table: StoreTable, of: object): string =>
  `${table} ${JSON.stringify(keyColumns(table).map((column) => Reflect.get(of, column)))}`;

/** Rows that are there: to one that a forgotten fact would have made, nothing can happen. */
class Known {
  readonly #keys = new Set<string>();

  takes(change: DerivedChange): boolean {
    const { table } = change;
    if (change.do === "put") {
      this.#keys.add(keyOf(table, change.row));
      return true;
    }
    const key = keyOf(table, change.key);
    return change.do === "drop" ? this.#keys.delete(key) : this.#keys.has(key);
  }
}

/** In the order in which they were appended, whatever stream they are of. Answers those that have no content any more. */
export async function replay(
  into: Store,
  facts: readonly StoredFact[],
  tables: Tables,
): Promise<readonly StoredFact[]> {
  const inOrder = facts.toSorted((one, other) => one.ordinal - other.ordinal);
  const known = new Known();
  for (let from = 0; from < inOrder.length; from += factsPerTurn) {
    if (from > 0) await nextTurn();
    const tx = await into.begin();
    for (const fact of inOrder.slice(from, from + factsPerTurn)) {
      const changes = projectStored(fact).filter(({ table }) => tables.has(table));
      await tx.change(changes.filter((change) => known.takes(change)));
    }
    await tx.commit();
  }
  return inOrder.filter(({ contentText }) => contentText === null);
}
