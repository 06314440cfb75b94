import { randomInt } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHeader } from "./envelope-header.js";
import { makeId } from "./ids.js";
import { limits } from "./limits.js";

const session = makeId("session");
const id = makeId("envelope");
const least = { session, id, type: "markets.equity.request" };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (value: unknown) => readHeader(bytesOf(JSON.stringify(value)));
const readText = (text: string) => readHeader(bytesOf(text));

describe("a header [ENV-1]", () => {
  test("says what it says, and keeps its spelling", () => {
    const text = ` {"type" : "a.b-c",\n\t"session":"${session}","id":"${id}","x-note":"caf\\u00e9 \\"é\\""} `;
    expect(readText(text)).toEqual({
      header: { type: "a.b-c", session, id, "x-note": 'café "é"' },
      text,
    });
  });

  test.each([
    ["contentType", "application/json; charset=utf-8"],
    ["contentType", 'text/plain;x="a b"'],
    ["correlationId", makeId("envelope")],
    ["causationId", "whatever I call it"],
    ["traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    ["sentAt", "2026-11-21T19:00:00.123456Z"],
    ["x-a", ""],
    [`x-${"a".repeat(62)}`, "long"],
  ])("may say %s: %s", (key, value) => {
    expect(read({ ...least, [key]: value })).toMatchObject({ header: { [key]: value } });
  });

  test.each([
    ["contentType", "json"],
    ["contentType", ""],
    ["correlationId", ""],
    ["traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"],
    ["sentAt", "yesterday"],
    ["sentAt", "2026-11-21T19:00:00+01:00"],
    ["session", id],
    ["id", session],
    ["type", "markets.*"],
    ["type", "Markets"],
    ["seq", "1"],
    ["x-", "no name"],
    ["X-Note", "upper case"],
    [`x-${"a".repeat(63)}`, "longer"],
    ["__proto__", "nobody"],
    ["constructor", "nobody"],
  ])("may not say %s: %s", (key, value) => {
    const text = JSON.stringify(least).replace("{", `{${JSON.stringify(key)}:${JSON.stringify(value)},`);
    const others = key in least ? JSON.stringify({ ...least, [key]: value }) : text;
    expect(readText(others)).toEqual({ fault: "field" });
  });

  test.each(["session", "id", "type"] as const)("without %s is none", (key) => {
    expect(read({ ...least, [key]: undefined })).toEqual({ fault: "field" });
  });

  test.each([
    ["an object in it", { ...least, "x-a": {} }, "nested"],
    ["a list in it", { ...least, "x-a": [] }, "nested"],
    ["a number", { ...least, "x-a": 1 }, "syntax"],
    ["null", { ...least, "x-a": null }, "syntax"],
    ["a list around it", [least], "syntax"],
    ["a text around it", JSON.stringify(least), "syntax"],
    ["NUL", { ...least, "x-a": "\0" }, "text"],
    ["half a surrogate", { ...least, "x-a": "\ud800" }, "text"],
    ["another spelling of é", { ...least, "x-a": "e\u0301" }, "text"],
    ["a turned text", { ...least, "x-a": "\u202eab" }, "text"],
  ])("with %s is none", (_what, value, fault) => {
    expect(read(value)).toEqual({ fault });
  });

  const written = JSON.stringify(least);
  test.each([
    ["nothing", "", "syntax"],
    ["a comma too many", written.replace("}", ",}"), "syntax"],
    ["a comma too few", written.replace(",", " "), "syntax"],
    ["something after it", `${written} x`, "syntax"],
    ["no end", written.slice(0, -1), "syntax"],
    ["no end of a text", written.slice(0, -2), "syntax"],
    ["an escape that there is not", written.replace("markets", "\\markets"), "syntax"],
    ["a new line in a text", written.replace("markets", "mar\nkets"), "syntax"],
    ["a byte order mark", `\ufeff${written}`, "syntax"],
    ["single quotes", written.replaceAll('"', "'"), "syntax"],
    ["a key twice", written.replace("}", ',"type":"a"}'), "duplicate-key"],
    ["a key twice, in two spellings", written.replace("}", ',"typ\\u0065":"a"}'), "duplicate-key"],
  ])("with %s is none", (_what, text, fault) => {
    expect(readText(text)).toEqual({ fault });
  });

  test("that is not UTF-8 is none", () => {
    const bytes = bytesOf(JSON.stringify({ ...least, "x-a": "zz" }));
    bytes[bytes.length - 4] = 0xff;
    expect(readHeader(bytes)).toEqual({ fault: "utf-8" });
  });

  test("has so many bytes and no more", () => {
    const empty = JSON.stringify({ ...least, "x-a": "" }).length;
    const full = { ...least, "x-a": "a".repeat(limits.headerBytesMax - empty) };
    expect(read(full)).toHaveProperty("header");
    expect(read({ ...full, "x-a": `${full["x-a"]}a` })).toEqual({ fault: "too-large" });
  });

  test("has values of so many characters and no more where there is a bound", () => {
    const full = "a".repeat(limits.headerValueLengthMax);
    expect(read({ ...least, correlationId: full })).toHaveProperty("header");
    expect(read({ ...least, correlationId: `${full}a` })).toEqual({ fault: "field" });
  });
});

/** What one of JavaScript's own parser says, held to the same rules. */
function oracle(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

test("is read as JSON is read, whatever is in it", () => {
  const key = fc.stringMatching(/^x-[a-z0-9]{1,8}$/);
  const value = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.dictionary(key, value), fc.nat(3), (more, spaces) => {
      const said = { ...least, ...more };
      const found = readText(JSON.stringify(said, null, spaces));
      if ("header" in found) expect(found.header).toEqual(said);
      else expect(found.fault).toBe("text");
    }),
    { numRuns: 1_000 },
  );
}, 0);

test("no byte that is changed, doubled or lost makes it say what JSON does not, a million times", () => {
  const seed = randomInt(2 ** 31);
  let state = seed;
  // Faster than any library's: what matters is how many.
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return Math.floor((state / 0x80_00_00_00) * below);
  };
  const text = JSON.stringify({ ...least, "x-a": 'é\\"\u20ac', correlationId: "c" });
  const valid = bytesOf(text);
  const odd = bytesOf('{}[]",:\\u0000 \n\ud83d\ude00x-');
  const bytes = new Uint8Array(valid.length + 8);
  let accepted = 0;
  for (let run = 0; run < 1_000_000; run++) {
    bytes.set(valid);
    let length = valid.length;
    for (let changes = 1 + next(3); changes > 0; changes--) {
      const at = next(length);
      const how = next(4);
      if (how === 0) bytes[at] = next(256);
      else if (how === 1) bytes[at] = odd[next(odd.length)] ?? 0;
      else if (how === 2) bytes.copyWithin(at + 1, at, length++);
      else bytes.copyWithin(at, at + 1, length--);
    }
    const found = readHeader(bytes.subarray(0, length));
    if (!("header" in found)) continue;
    accepted += 1;
    const meant = oracle(found.text);
    if (JSON.stringify(meant) !== JSON.stringify(found.header))
      expect({ seed, run, found }).toEqual({ seed, run, found: { header: meant, text: found.text } });
  }
  expect(accepted).toBeGreaterThan(10_000);
}, 0);
