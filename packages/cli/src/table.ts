/** Aligned columns for people: no colours, no lines, nothing that a terminal would obey. */
export interface Column<T> {
  readonly title: string;
  readonly of: (item: T) => string | number | boolean | null;
}

/** Controls, and what has no width: marks of direction, joiners, tags. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What others have named must not move the reader's cursor, nor look like another name. */
export const plain = (value: string | number | boolean | null): string =>
  value === null || value === "" ? "-" : String(value).replace(unseen, "\ufffd");

export function table<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const rows = [
    columns.map(({ title }) => title.toUpperCase()),
    ...items.map((item) => columns.map(({ of }) => plain(of(item)))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) => padded(row, widths)).join("\n");
}

/** The same for what comes little by little: the head once, and columns as wide as they have had to be so far. */
export function growingTable<T>(columns: readonly Column<T>[]): (items: readonly T[]) => string {
  const widths = columns.map(() => 0);
  let head: readonly string[] | undefined = columns.map(({ title }) => title.toUpperCase());
  return (items) => {
    const rows = items.map((item) => columns.map(({ of }) => plain(of(item))));
    if (head !== undefined) rows.unshift([...head]);
    head = undefined;
    for (const row of rows)
      row.forEach((cell, at) => {
        widths[at] = Math.max(widths[at] ?? 0, cell.length);
      });
    return rows.map((row) => padded(row, widths)).join("\n");
  };
}

/** One thing: a line for each column. */
export function details<T>(item: T, columns: readonly Column<T>[]): string {
  const width = Math.max(...columns.map(({ title }) => title.length));
  return columns.map(({ title, of }) => `${title.padEnd(width)}  ${plain(of(item))}`).join("\n");
}

const padded = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd();
