import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { cut, cutRead } from "./page.js";

const { pageBytesMax } = limits;
/** As JSON it is exactly so many bytes, or three for each two of them. */
const row = (at: number, bytes: number, letter = "x") => ({
  at,
  text: letter.repeat(bytes - JSON.stringify({ at, text: "" }).length),
});
const after = ({ at }: { at: number }) => at;
const ats = (rows: readonly { at: number }[]) => rows.map(after);

describe.each([
  ["cut", async (rows: ReturnType<typeof row>[], limit: number) => cut(rows, limit, after)],
  [
    "cutRead",
    (rows: ReturnType<typeof row>[], limit: number) => cutRead(rows, limit, after, async (one) => one),
  ],
])("a page that was %s", (_name, page) => {
  test.each([
    ["as long as was asked for", [10, 10, 10], 2, [0, 1], 1],
    ["the last one", [10, 10], 2, [0, 1], null],
    ["full to the byte [LIM-1]", [20, pageBytesMax - 20], 9, [0, 1], null],
    ["one byte too long [LIM-1]", [20, pageBytesMax - 19], 9, [0], 0],
    ["one that alone is too long", [pageBytesMax * 2, 10], 9, [0], 0],
    ["one that alone is too long, the last", [pageBytesMax * 2], 9, [0], null],
    ["empty", [], 9, [], null],
  ] as const)("is %s", async (_what, bytes, limit, items, next) => {
    const rows = bytes.map((each, at) => row(at, Math.max(each, 20)));
    const found = await page(rows, limit);
    expect([ats(found.items), found.next]).toEqual([items, next]);
  });

  test("counts bytes, not characters", async () => {
    const rows = [row(0, pageBytesMax / 2, "é"), row(1, pageBytesMax / 2, "é")];
    expect((await page(rows, 9)).items).toHaveLength(1);
  });
});

test("what is not there any more leaves a shorter page, and the place after it", async () => {
  const rows = [row(0, 20), row(1, 20), row(2, 20)];
  const found = await cutRead(rows, 2, after, async (one) => (one.at === 1 ? undefined : one));
  expect([ats(found.items), found.next]).toEqual([[0], 1]);
});

test("others have turns while a page is read", async () => {
  const rows = Array.from({ length: 200 }, (_, at) => row(at, 20));
  let turns = 0;
  let reading = true;
  const tick = (): void => {
    turns += 1;
    if (reading) setImmediate(tick);
  };
  setImmediate(tick);
  await cutRead(rows, 200, after, async (one) => one);
  reading = false;
  expect(turns).toBeGreaterThan(8);
});
