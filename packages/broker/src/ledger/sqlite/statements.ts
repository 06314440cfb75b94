/** Statements of one connection, prepared once, answering with plain lists of values. */

import { limits } from "@parley/protocol";
import type Database from "better-sqlite3";
import type { Bound, RowCodec } from "./row-codec.js";

export type Values = readonly unknown[];

export interface Query {
  one(...bound: readonly Bound[]): Values | undefined;
  all(...bound: readonly Bound[]): readonly Values[];
  /** As `all`, and no more than there is room for. */
  within(room: Room, ...bound: readonly Bound[]): readonly Values[];
}

/**
 * So much of a page is kept: what it holds, and one row that shows that it goes on. What is kept counts as no more than
 * it is as JSON, so that a page that looks full to its reader is never cut short here.
 */
export class Room {
  #left: number = limits.pageBytesMax;
  #isOver = false;

  /** The row that shows that it goes on has been read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  take(values: Values): void {
    this.#isOver = this.#left < 0;
    for (const value of values) if (typeof value === "string") this.#left -= value.length;
  }
}

/** How many rows it changed. */
export type Write = (...bound: readonly Bound[]) => number;

export function query(db: Database.Database, text: string): Query {
  const statement = db.prepare<Bound[], Values>(text).raw(true);
  return {
    one: (...bound) => statement.get(...bound),
    all: (...bound) => statement.all(...bound),
    within(room, ...bound) {
      const rows: Values[] = [];
      // Not `iterate`: the driver's iterators abort the process when they are collected (see held.ts).
      for (const values of statement.all(...bound)) {
        rows.push(values);
        room.take(values);
        if (room.isOver) break;
      }
      return rows;
    },
  };
}

export function write(db: Database.Database, text: string): Write {
  const statement = db.prepare<Bound[]>(text);
  return (...bound) => statement.run(...bound).changes;
}

/** The only number of a statement that counts. */
export function counted(db: Database.Database, text: string): (...bound: readonly Bound[]) => number {
  const counting = query(db, text);
  return (...bound) => Number(counting.one(...bound)?.[0]);
}

/** At most one row of a table. */
export function single<Row extends object>(
  db: Database.Database,
  codec: RowCodec<Row>,
  condition: string,
): (...bound: readonly Bound[]) => Row | undefined {
  const found = query(db, `SELECT ${codec.columns()} FROM ${codec.table} ${condition}`);
  return (...bound) => {
    const values = found.one(...bound);
    return values && codec.decode(values);
  };
}

/** Rows of a table, in the order that the condition gives them. */
export function several<Row extends object>(
  db: Database.Database,
  codec: RowCodec<Row>,
  condition: string,
): (...bound: readonly Bound[]) => Row[] {
  const found = query(db, `SELECT ${codec.columns()} FROM ${codec.table} ${condition}`);
  return (...bound) => found.all(...bound).map((values) => codec.decode(values));
}

/** Those that fit on one page. */
export function paged<Row extends object>(
  db: Database.Database,
  codec: RowCodec<Row>,
  condition: string,
): (...bound: readonly Bound[]) => Row[] {
  const found = query(db, `SELECT ${codec.columns()} FROM ${codec.table} ${condition}`);
  return (...bound) => found.within(new Room(), ...bound).map((values) => codec.decode(values));
}
