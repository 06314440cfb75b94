import { type Call, defaultContract, defaultTermsDigest, limits, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { readCall } from "./call-frame.js";

const advertise = (...schemas: Record<string, unknown>[]) => ({
  call: "advertise",
  name: "equity-feed",
  capabilities: schemas.map((requestSchema, index) => ({ name: `markets.c${index}`, requestSchema })),
  workgroups: [makeId("workgroup")],
  contract: { id: defaultContract, termsDigest: defaultTermsDigest },
  statement: "e30.e30.e30",
});

/** This many levels in the whole call: the call, its capabilities, the capability, and the schema's own. */
function deep(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 4; level < levels; level++) value = { items: value };
  return value;
}

const wide = (count: number): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]));

/** In two schemas, since one could not hold as many; the call, its contract and capabilities have keys of their own. */
const keys = (count: number) => [wide(2_000), wide(count - 2_000 - 13)];

test.each<[string, ...Record<string, unknown>[]]>([
  ["sixteen levels", deep(16)],
  ["4,096 keys", ...keys(4_096)],
  ["text beyond the basic plane", { title: "\u{1f600}" }],
  ["the largest safe number", { maximum: Number.MAX_SAFE_INTEGER, minimum: 0.1 }],
])("goes out: %s", (_what, ...schemas) => {
  expect(readCall(advertise(...schemas), "1")).toMatchObject({ id: "1", call: "advertise" });
});

test.each<[string, string, ...Record<string, unknown>[]]>([
  ["seventeen levels", "at most 16 levels", deep(17)],
  ["4,097 keys", "at most 4096 keys", ...keys(4_097)],
  ["a number that others read differently", "a number that JSON keeps", { maximum: 2 ** 53 }],
  ["no number at all", "a number that JSON keeps", { maximum: Number.NaN }],
])(
  "is refused here, where the broker would end the connection [FRM-3]: %s",
  (_what, expected, ...schemas) => {
    expect(() => readCall(advertise(...schemas), "1")).toThrow(
      expect.objectContaining({
        code: "request.malformed",
        issues: [{ path: "", expected: expect.stringContaining(expected) }],
      }),
    );
  },
);

test.each([
  ["half a character", "\ud83d"],
  ["NUL", "a\0"],
])(
  "is refused here, where the broker would end the connection, in what is searched for [FRM-3]: %s",
  (_what, q) => {
    const expected = expect.stringContaining("well-formed text");
    expect(() => readCall({ call: "search", q }, "1")).toThrow(
      expect.objectContaining({ code: "request.malformed", issues: [{ path: "", expected }] }),
    );
  },
);

test.each<[string, string, Record<string, unknown>]>([
  ["half a character", ".title", { title: "\ud83d" }],
  ["NUL", ".title", { title: "a\0" }],
  ["half a character in a key", "", { "\ud83d": 1 }],
])("is refused here by the name of the schema that has it [NAM-1]: %s", (_what, below, schema) => {
  const path = `capabilities.0.requestSchema${below}`;
  expect(() => readCall(advertise(schema), "1")).toThrow(
    expect.objectContaining({ issues: [{ path, expected: expect.stringContaining("well-formed") }] }),
  );
});

test("is as long as a body over REST, and not a byte longer", () => {
  const bytes = (call: Call) => new TextEncoder().encode(JSON.stringify(call)).byteLength;
  const schemas = (last: number) =>
    advertise(...[30_000, 30_000, last].map((length) => ({ title: "ü".repeat(length / 2) })));
  const room = limits.requestBodyBytesMax - bytes(readCall(schemas(0), "1"));
  const fits = room - (room % 2);
  expect(bytes(readCall(schemas(fits), "1"))).toBe(limits.requestBodyBytesMax - (room % 2));
  expect(() => readCall(schemas(fits + 2), "1")).toThrow(
    expect.objectContaining({ code: "request.body-too-large", limit: limits.requestBodyBytesMax }),
  );
});
