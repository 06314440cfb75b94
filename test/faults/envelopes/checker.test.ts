/** The checker itself, seen red: for each invariant histories and records, made up, that break it and must be found. */
import { expect, test } from "vitest";
import { longer, rows as ofEach } from "./broken.js";
import { rowsOfKinds } from "./broken-kinds.js";
import { flawsIn } from "./checker.js";
import * as up from "./made-up.js";
import { handedOver, onTrial, ranOut } from "./made-up-kinds.js";
import { isOf, type Made, seen } from "./planting.js";

const rows = [...ofEach, ...rowsOfKinds];

const judge = ({ seen: history, record, found }: Made): number[] => [
  ...new Set(flawsIn(history, { ...found, sessions: [record] }).map(({ invariant }) => invariant)),
];

test("finds nothing wrong with what is as it should be", () => {
  expect(judge(up.made())).toEqual([]);
});

test("finds nothing wrong with one that is refused and used nothing up", () => {
  const made = seen(
    up.made(),
    [up.sentAs(longer), up.refusedAs(longer, "contract.violation", "maxEnvelopeBytes")],
    isOf("drained"),
  );
  expect(judge(made)).toEqual([]);
});

test.each([
  ["handed over", handedOver],
  ["under terms on trial", onTrial],
  ["that has run out", ranOut],
] as const)("finds nothing wrong with one %s", (_what, as) => {
  expect(judge(as(up.made()))).toEqual([]);
});

test.each(rows)("finds invariant %i broken: %s", (invariant, _what, plant) => {
  expect(judge(plant(up.made()))).toContain(invariant);
});

test("has seen each of the first nineteen broken", () => {
  const numbers = new Set(rows.map(([invariant]) => invariant));
  expect(Array.from({ length: 19 }, (_, at) => at + 1).filter((at) => !numbers.has(at))).toEqual([]);
});
