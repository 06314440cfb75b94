/** Signed statements are read in one way, and only in it. */
import { describe, expect, test } from "vitest";
import { statementTypes } from "../statements.js";
import { parseStrict, readCompact, statedPoint } from "./compact.js";
import { keyOf } from "./testing/keys.js";
import { compact, part } from "./testing/made-story.js";

const key = keyOf("compact");
const typ = statementTypes.contract;
const jwk = { kty: "OKP", crv: "Ed25519", x: key.x };
const pointOf = (header: object): string | undefined => {
  const jws = readCompact(compact(header, "{}", key));
  return jws && statedPoint(jws, typ);
};

describe("JSON that all parsers read alike", () => {
  test.each([
    ['{"a":1}', { a: 1 }],
    ['{"a:b":":","c":{"d":"\\":"}}', { "a:b": ":", c: { d: '":' } }],
    ["[]", []],
    ["1", 1],
  ])("%s", (text, value) => {
    expect(parseStrict(text)).toEqual(value);
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":{"b":1,"b":2}}',
    '{"a":{"b":{}}}',
    '{"a":[{"b":1}]}',
    "{",
    "",
    '{"a":1}x',
    `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  ])("is not %s", (text) => {
    expect(parseStrict(text)).toBeUndefined();
  });
});

describe("a statement that brings its key", () => {
  test("has exactly its algorithm, its type and the key", () => {
    expect(pointOf({ alg: "EdDSA", typ, jwk })).toBe(key.x);
    expect(pointOf({ alg: "Ed25519", typ, jwk })).toBe(key.x);
  });

  test.each([
    ["another algorithm", { alg: "none", typ, jwk }],
    ["another type", { alg: "EdDSA", typ: statementTypes.consent, jwk }],
    ["no type", { alg: "EdDSA", jwk }],
    ["a member more", { alg: "EdDSA", typ, jwk, crit: [] }],
    ["a key with a secret", { alg: "EdDSA", typ, jwk: { ...jwk, d: key.x } }],
    ["a key in another spelling", { alg: "EdDSA", typ, jwk: { ...jwk, x: `${key.x.slice(0, -1)}_` } }],
    ["a key of small order", { alg: "EdDSA", typ, jwk: { ...jwk, x: "A".repeat(43) } }],
    [
      "a key of small order with its sign",
      {
        alg: "EdDSA",
        typ,
        jwk: { ...jwk, x: Buffer.from(`01${"00".repeat(30)}80`, "hex").toString("base64url") },
      },
    ],
    [
      "a point beyond the field",
      {
        alg: "EdDSA",
        typ,
        jwk: { ...jwk, x: Buffer.from(`${"ff".repeat(31)}7f`, "hex").toString("base64url") },
      },
    ],
  ])("has not %s", (_what, header) => {
    expect(pointOf(header)).toBeUndefined();
  });

  test("is three parts in their one spelling, and a signature of 64 bytes", () => {
    const jws = compact({ alg: "EdDSA", typ, jwk }, "{}", key);
    const [head, body, signature] = jws.split(".");
    expect(readCompact(jws)).toMatchObject({ payload: "{}" });
    for (const other of [
      `${jws}.`,
      `${head}.${body}`,
      `${head}.${body}.${signature?.slice(0, -2)}`,
      `${head}.${body}.${signature}A`,
      `${head}=.${body}.${signature}`,
      `${head}.${Buffer.of(0xff).toString("base64url")}.${signature}`,
      `${part([])}.${body}.${signature}`,
      `${Buffer.from('{"alg":"EdDSA","alg":"EdDSA"}').toString("base64url")}.${body}.${signature}`,
      "",
    ])
      expect(readCompact(other)).toBeUndefined();
  });
});
