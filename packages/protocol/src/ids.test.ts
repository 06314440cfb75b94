import { describe, expect, test } from "vitest";
import { encodeId, type IdKind, idPrefixes, idSchema, isId, isPrincipalId, makeId } from "./ids.js";

const kinds = Object.keys(idPrefixes) as IdKind[];
const zeros = "0".repeat(26);
const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const bytesOf = (value: number): Uint8Array => new Uint8Array(16).fill(value);

describe("an id [ID-1]", () => {
  test.each<[string, Uint8Array, string]>([
    ["nothing but zeros", bytesOf(0), zeros],
    ["nothing but ones", bytesOf(255), "7zzzzzzzzzzzzzzzzzzzzzzzzz"],
    // The example of the TypeID specification.
    [
      "01890a5d-ac96-774b-bcce-b302099a8057",
      fromHex("01890a5dac96774bbcceb302099a8057"),
      "01h455vb4pex5vsknk084sn02q",
    ],
  ])("of %s is written as TypeID says", (_title, bytes, suffix) => {
    expect(encodeId("organisation", bytes)).toBe(`org_${suffix}`);
  });

  test("has a prefix of its own for each kind", () => {
    expect(new Set(Object.values(idPrefixes)).size).toBe(kinds.length);
    expect(Object.values(idPrefixes).every((prefix) => /^[a-z]{3}$/.test(prefix))).toBe(true);
  });

  test.each(kinds)("made of kind %s is one, and of no other kind", (kind) => {
    const id = makeId(kind);
    expect(isId(kind, id)).toBe(true);
    expect(idSchema(kind).safeParse(id).success).toBe(true);
    for (const other of kinds.filter((each) => each !== kind)) {
      expect(isId(other, id)).toBe(false);
      expect(idSchema(other).safeParse(id).success).toBe(false);
    }
  });

  test("uses all of its 128 bits, and tells nothing of when it was made", () => {
    const suffixes = Array.from({ length: 2_000 }, () => makeId("agent").slice(4));
    expect(new Set(suffixes).size).toBe(2_000);
    // In an id that begins with the time, those made in one go begin alike.
    expect(new Set(suffixes.map((suffix) => suffix.slice(0, 4))).size).toBeGreaterThan(1_500);
    for (let at = 1; at < 26; at++)
      expect(new Set(suffixes.map((suffix) => suffix.charAt(at))).size).toBe(32);
  });

  test.each([
    ["nothing", ""],
    ["a prefix alone", "org_"],
    ["no prefix", zeros],
    ["another prefix", `agt_${zeros}`],
    ["a prefix in capitals", `ORG_${zeros}`],
    ["a suffix that is a letter short", `org_${zeros.slice(1)}`],
    ["a suffix that is a letter long", `org_${zeros}0`],
    ["more than 128 bits", `org_8${zeros.slice(1)}`],
    ["capitals", `org_0${"A".repeat(25)}`],
    ["letters that Crockford left out", `org_0${"i".repeat(25)}`],
    ["l", `org_0${"l".repeat(25)}`],
    ["o", `org_0${"o".repeat(25)}`],
    ["u", `org_0${"u".repeat(25)}`],
    ["a line end behind", `org_${zeros}\n`],
    ["a space before", ` org_${zeros}`],
    ["a line before", `x\norg_${zeros}`],
    ["digits of another script", `org_${"٠".repeat(26)}`],
  ])("is not %s", (_title, text) => {
    expect(isId("organisation", text)).toBe(false);
    expect(idSchema("organisation").safeParse(text).success).toBe(false);
  });
});

test("principals are operators and instances, and nobody else", () => {
  expect(kinds.filter((kind) => isPrincipalId(makeId(kind)))).toEqual(["operator", "instance"]);
});
