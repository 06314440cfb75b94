import { describe, expect, test } from "vitest";
import { ses } from "../contract/engagement-rows.suite.js";
import type { AskedPayloads } from "./kept-rows.js";
import { KeptRows } from "./kept-rows.js";

const of = { session: ses(1), side: "consumer" } as const;
const row = (n: number) => ({ ...of, n, count: 1, trimmed: 0 });
const put = (n: number) =>
  ({ do: "put", table: "payloads", row: { ...row(n), bytes: new Uint8Array() } }) as const;
const by = (more: Partial<AskedPayloads> = {}): AskedPayloads => ({
  ...of,
  from: 1,
  to: 999,
  limit: 9,
  ...more,
});
const numbers = (rows: readonly { n: number }[]) => rows.map(({ n }) => n);

/** A side that has these, and what was asked of the database. */
function side(...kept: readonly number[]) {
  const rows = new KeptRows();
  const asked: AskedPayloads[] = [];
  const read = (one: AskedPayloads) => {
    asked.push(one);
    return kept
      .filter((n) => n >= one.from && n <= one.to)
      .slice(0, one.limit)
      .map(row);
  };
  return { rows, asked, find: (more?: Partial<AskedPayloads>) => numbers(rows.find(by(more), read)) };
}

describe("which payloads a side has", () => {
  test("is asked once, and told within any bounds", () => {
    const { find, asked } = side(2, 5, 7);
    expect([find(), find({ to: 5 }), find({ from: 3 }), find({ limit: 1 })]).toEqual([
      [2, 5, 7],
      [2, 5],
      [5, 7],
      [2],
    ]);
    expect(asked).toHaveLength(1);
  });

  test("is what was put and dropped since, in order", () => {
    const { rows, find, asked } = side(2, 7);
    find();
    for (const change of [put(5), put(9), put(5)]) rows.changes(change);
    expect(find()).toEqual([2, 5, 7, 9]);
    rows.changes({ do: "drop", table: "payloads", key: { ...of, n: 2 } });
    expect(find()).toEqual([5, 7, 9]);
    expect(asked).toHaveLength(1);
  });

  test("is asked each time of a side that has many, or gets many", () => {
    const many = side(...Array.from({ length: 17 }, (_, at) => at + 1));
    expect([many.find(), many.find({ from: 16 })]).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      [16, 17],
    ]);
    expect(many.asked).toHaveLength(3);
    const grown = side();
    grown.find();
    for (let n = 1; n <= 17; n++) grown.rows.changes(put(n));
    grown.find();
    expect(grown.asked.at(-1)).toEqual(by());
  });
});
