import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { digestOf, plainDigestOf } from "./sha-256.js";

const seed = 20_260_105;
/** A small generator (mulberry32): the same bytes in every run. */
function bytes(length: number): Uint8Array {
  let state = seed + length;
  return Uint8Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    return (mixed ^ (mixed >>> 7)) & 0xff;
  });
}
const lengths = [...Array.from({ length: 260 }, (_, length) => length), 4_095, 4_096, 100_003];

test.each([
  ["what the platform has", digestOf],
  ["plain JavaScript", plainDigestOf],
])("%s gives the SHA-256 of whatever length, of a view as of the whole", (_, digest) => {
  for (const length of lengths) {
    const data = bytes(length + 3).subarray(3);
    expect(digest(data)).toBe(createHash("sha256").update(data).digest("base64url"));
  }
  expect(digest("zwölf Boxkämpfer")).toBe(
    createHash("sha256").update("zwölf Boxkämpfer").digest("base64url"),
  );
});
