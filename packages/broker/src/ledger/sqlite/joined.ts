/** Rows of several tables in one statement: which columns it asks for, and what is made of what it returned. */
import type Database from "better-sqlite3";
import type { Bound, RowCodec } from "./row-codec.js";
import { madeOf } from "./shapes.js";
import { query, type Room, type Values } from "./statements.js";

/** Something that is read from as many columns as it is wide. */
export interface Reading<T> {
  readonly width: number;
  readonly columns: string;
  decode(values: Values, from: number): T;
}

export const row = <Row extends object>(codec: RowCodec<Row>, alias: string): Reading<Row> => ({
  width: codec.width,
  columns: codec.columns(alias),
  decode: (values, from) => codec.decode(values, from),
});

/** Of a LEFT JOIN: null where there was no row. The first column of every table is a part of its key. */
export const perhaps = <Row extends object>(codec: RowCodec<Row>, alias: string): Reading<Row | null> => ({
  ...row(codec, alias),
  decode: (values, from) => (values[from] === null ? null : codec.decode(values, from)),
});

const computed = <T>(expression: string, decode: (value: unknown) => T): Reading<T> => ({
  width: 1,
  columns: expression,
  decode: (values, from) => decode(values[from]),
});

export const text = <T extends string = string>(expression: string): Reading<T> =>
  computed(expression, (value) => value as T);
export const number = (expression: string): Reading<number> => computed(expression, Number);
export const flag = (expression: string): Reading<boolean> => computed(expression, (value) => value === 1);

/** All rows of a codec that a condition finds, in the order of a column, as one value. */
export const listed = <Row extends object>(
  codec: RowCodec<Row>,
  { where, by }: { readonly where: string; readonly by: string },
): Reading<readonly Row[]> =>
  computed(
    `(SELECT json_group_array(json_array(${codec.columns()}) ORDER BY ${by}) FROM ${codec.table} WHERE ${where})`,
    (value) => (JSON.parse(value as string) as Values[]).map((values) => codec.decode(values)),
  );

type Parts = Readonly<Record<string, Reading<unknown>>>;
type Together<P extends Parts> = {
  readonly [A in keyof P]: P[A] extends Reading<infer T> ? T : never;
};

export function together<P extends Parts>(parts: P): Reading<Together<P>> {
  let width = 0;
  const fields = Object.entries(parts).map(([name, part]) => {
    const at = width;
    width += part.width;
    return { name, at, read: (values: Values, from: number) => part.decode(values, from) };
  });
  return {
    width,
    columns: Object.values(parts)
      .map(({ columns }) => columns)
      .join(", "),
    decode: madeOf<Together<P>>(fields),
  };
}

export interface Finding<T> {
  one(...bound: readonly Bound[]): T | undefined;
  all(...bound: readonly Bound[]): T[];
  /** As `all`, and no further than there is room on a page. */
  within(room: Room, ...bound: readonly Bound[]): T[];
}

/** A statement that reads what `reading` says from what follows SELECT and its columns. */
export function finding<T>(db: Database.Database, reading: Reading<T>, from: string): Finding<T> {
  const found = query(db, `SELECT ${reading.columns} ${from}`);
  return {
    one: (...bound) => {
      const values = found.one(...bound);
      return values && reading.decode(values, 0);
    },
    all: (...bound) => found.all(...bound).map((values) => reading.decode(values, 0)),
    within: (room, ...bound) => found.within(room, ...bound).map((values) => reading.decode(values, 0)),
  };
}
