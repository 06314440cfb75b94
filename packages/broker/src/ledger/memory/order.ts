/** The order in which rows are told: text by its UTF-8 bytes, numbers by value, as every adapter has it. */

export type Ordered = string | number;

function compareText(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function compareValues(a: Ordered, b: Ordered): number {
  return typeof a === "number" && typeof b === "number" ? a - b : compareText(String(a), String(b));
}

export function compareLists(a: readonly Ordered[], b: readonly Ordered[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index];
    const order = other === undefined ? 1 : compareValues(value, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Rows in the order of what names them, those after `after` only, as many as asked for. */
export function page<Row>(
  rows: Iterable<Row>,
  orderOf: (row: Row) => readonly Ordered[],
  { after, limit }: { readonly after: readonly Ordered[] | null; readonly limit: number },
): Row[] {
  const following = [...rows].filter((row) => after === null || compareLists(orderOf(row), after) > 0);
  return following.sort((a, b) => compareLists(orderOf(a), orderOf(b))).slice(0, limit);
}

/** The other way round: newest first, those before `before` only. */
export function pageBackwards<Row>(
  rows: Iterable<Row>,
  orderOf: (row: Row) => readonly Ordered[],
  { before, limit }: { readonly before: readonly Ordered[] | null; readonly limit: number },
): Row[] {
  const earlier = [...rows].filter((row) => before === null || compareLists(orderOf(row), before) < 0);
  return earlier.sort((a, b) => compareLists(orderOf(b), orderOf(a))).slice(0, limit);
}
