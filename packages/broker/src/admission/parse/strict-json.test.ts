import { describe, expect, test } from "vitest";
import { jsonBounds, parseStrictJson } from "./strict-json.js";

const read = (text: string | Uint8Array, bounds = jsonBounds) =>
  parseStrictJson(typeof text === "string" ? new TextEncoder().encode(text) : text, bounds);
const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))));
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (count: number): string => JSON.stringify(Array.from({ length: count }, () => ({ a: 1 })));

describe("strict JSON takes", () => {
  test.each([
    ["an object", '{"a":1,"b":[true,null,"x"]}'],
    ["white space wherever it is allowed", ' \t\r\n{ "a" : [ 1 , 2 ] } \n'],
    ["colons, braces and quotes inside strings", '{"a":"{:[\\"\\\\:}","b\\":":"\\\\"}'],
    ["the same key in two objects", '[{"a":1},{"a":{"a":2}}]'],
    ["every width of UTF-8", '["\u00e9\u20ac\ud83d\ude00"]'],
    ["a surrogate pair that is escaped", '["\\ud83d\\ude00"]'],
    ["a scalar", '"x"'],
    ["an empty key", '{"":1}'],
    ["the largest and the smallest safe integer", "[9007199254740991,-9007199254740991]"],
    ["fractions", "[0.1,-2.5e-3,1e3]"],
    ["keys that only look like part of an object's own", '{"constructor":1,"toString":2}'],
    ["depth at the limit", nested(16)],
    ["as many keys as the limit", objects(1_024)],
  ])("%s", (_title, text) => {
    expect(read(text)).toEqual({ value: JSON.parse(text) });
  });
});

describe("strict JSON refuses", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["nothing", "", "syntax"],
    ["white space alone", " ", "syntax"],
    ["a key twice", '{"a":1,"a":1}', "duplicate-key"],
    ["a key twice in two spellings", '{"a":1,"\\u0061":2}', "duplicate-key"],
    ["a key twice further down", '[{"x":{"a":[],"b":1,"a":[]}}]', "duplicate-key"],
    ["__proto__", '{"__proto__":{"admin":true}}', "reserved-key"],
    ["__proto__ in another spelling", '{"\\u005f_proto__":1}', "reserved-key"],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}', "reserved-key"],
    ["a lone high surrogate", '["\\ud800"]', "text"],
    ["a lone low surrogate", '["\\udc00x"]', "text"],
    ["surrogates in the wrong order", '["\\udc00\\ud800"]', "text"],
    ["a lone surrogate in a key", '{"\\ud800":1}', "text"],
    ["NUL", '["a\\u0000b"]', "text"],
    ["NUL in a key", '{"\\u0000":1}', "text"],
    ["NUL unescaped", bytes('["a', 0, 'b"]'), "syntax"],
    ["a number too large for a double", "[1e400]", "number"],
    ["a negative one", "[-1e400]", "number"],
    ["an integer past the safe ones", "[9007199254740992]", "number"],
    ["an integer past the safe ones, with an exponent", "[1e16]", "number"],
    ["depth past the limit", nested(17), "depth"],
    ["depth far past the limit, unclosed", "[".repeat(200_000), "depth"],
    ["depth of objects", '{"a":'.repeat(17), "depth"],
    ["more keys than the limit", objects(1_025), "keys"],
    ["a byte order mark", bytes(0xef, 0xbb, 0xbf, "{}"), "syntax"],
    ["a byte that is no UTF-8", bytes('["', 0xff, '"]'), "utf-8"],
    ["an overlong form", bytes('["', 0xc0, 0xaf, '"]'), "utf-8"],
    ["a surrogate in UTF-8", bytes('["', 0xed, 0xa0, 0x80, '"]'), "utf-8"],
    ["a character cut short", bytes('["', 0xe2, 0x82), "utf-8"],
    ["two values", "{}{}", "syntax"],
    ["a trailing comma", '{"a":1,}', "syntax"],
    ["a comment", "{}//", "syntax"],
    ["single quotes", "{'a':1}", "syntax"],
    ["NaN", "[NaN]", "syntax"],
    ["Infinity", "[-Infinity]", "syntax"],
    ["a leading zero", "[01]", "syntax"],
    ["a hexadecimal number", "[0x10]", "syntax"],
    ["a tab inside a string", '["\t"]', "syntax"],
    ["an unknown escape", '["\\x41"]', "syntax"],
    ["an unfinished string", '["a\\', "syntax"],
    ["more closed than opened", "{}]", "syntax"],
  ])("%s", (_title, text, fault) => {
    expect(read(text)).toEqual({ fault });
  });
});

test("strict JSON leaves no trace of __proto__ on any object", () => {
  read('{"__proto__":{"polluted":true}}');
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

test("strict JSON holds to the bounds that it is given", () => {
  expect(read('{"a":{"b":1}}', { depthMax: 2, keysMax: 2 })).toEqual({ value: { a: { b: 1 } } });
  expect(read('{"a":{"b":1}}', { depthMax: 1, keysMax: 2 })).toEqual({ fault: "depth" });
  expect(read('{"a":{"b":1}}', { depthMax: 2, keysMax: 1 })).toEqual({ fault: "keys" });
});
