/** One spelling of every value: what the library for it says, however the value is put together. */
import canonicalize from "canonicalize";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, type Json } from "./canonical.js";

const keys = fc.oneof(
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom(
    "",
    "a",
    "b",
    "é",
    "\u{10000}",
    "\uffff",
    "10",
    "9",
    "1e3",
    "-0",
    "__proto__",
    "toJSON",
    "length",
  ),
);
const values: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, false, 0, -0, 1e21, 1e-7, 5e-324, 0.1 + 0.2),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(keys, tie("value")), { selector: ([key]) => key, maxLength: 5 })
      .map((entries) => Object.fromEntries(entries.map(([key, value]) => [key, value])) as Json),
  ),
})).value;

test("every value is spelled as the standard's library spells it [REC-1]", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(canonicalJson(value)).toBe(canonicalize(value));
    }),
    { numRuns: 5_000 },
  );
});

test("members without a value are left out, in every place", () => {
  expect(canonicalJson({ b: undefined, a: 1, c: { x: undefined } })).toBe('{"a":1,"c":{}}');
  expect(canonicalJson({ a: undefined })).toBe("{}");
});

test.each<[string, unknown]>([
  ["no number", Number.NaN],
  ["no end", { a: [Number.POSITIVE_INFINITY] }],
])("%s has no spelling", (_, value) => {
  expect(() => canonicalJson(value as Json)).toThrow();
});

test("the value itself stays as it was", () => {
  const value = { b: [{ d: 1, c: 2 }], a: 0 };
  canonicalJson(value);
  expect(JSON.stringify(value)).toBe('{"b":[{"d":1,"c":2}],"a":0}');
});
