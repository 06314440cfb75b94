/** The few ways in which rows in memory are gone through. */
import { page } from "./order.js";

export const first = <Row>(rows: Iterable<Row>, holds: (row: Row) => boolean): Row | undefined => {
  for (const row of rows) if (holds(row)) return row;
  return undefined;
};

export const count = <Row>(rows: Iterable<Row>, holds: (row: Row) => boolean = () => true): number => {
  let found = 0;
  for (const row of rows) if (holds(row)) found += 1;
  return found;
};

/** A row that belongs to somebody else is not there. */
export const owned = <Row extends { readonly organisation: string | null }>(
  row: Row | undefined,
  organisation: string | null,
): Row | undefined => (row?.organisation === organisation ? row : undefined);

/** What each row comes to, without those that come to nothing. */
export function made<Row, Made>(rows: Iterable<Row>, make: (row: Row) => Made | undefined): Made[] {
  const all: Made[] = [];
  for (const row of rows) {
    const one = make(row);
    if (one !== undefined) all.push(one);
  }
  return all;
}

export const where = <Row>(rows: Iterable<Row>, holds: (row: Row) => boolean): Row[] =>
  made(rows, (row) => (holds(row) ? row : undefined));

/** All of them, in order. */
export const inOrder = <Row>(
  rows: Iterable<Row>,
  orderOf: (row: Row) => readonly (string | number)[],
): Row[] => page(rows, orderOf, { after: null, limit: Number.MAX_SAFE_INTEGER });
