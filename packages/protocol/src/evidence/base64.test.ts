/** Bytes have one spelling in each alphabet, the same as Node's. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase64, fromBase64url, isDigest, putDigest, toBase64, toBase64url } from "./base64.js";

test("is spelled and read as Node does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
    }),
  );
});

test("has one spelling: any other text is of other bytes, or of none", () => {
  const anyText = fc.string({ unit: fc.constantFrom(..."AQgwBZaz09+/-_= \n\u00e9"), maxLength: 9 });
  fc.assert(
    fc.property(anyText, (text) => {
      const [bytes, urlSafe] = [fromBase64(text), fromBase64url(text)];
      if (bytes !== undefined) expect(toBase64(bytes)).toBe(text);
      if (urlSafe !== undefined) expect(toBase64url(urlSafe)).toBe(text);
    }),
    { numRuns: 5_000 },
  );
});

test.each(["A", "AB", "AR==", "AAB=", "AA=A", "====", "=", "AA==AA==", "AA-_", " AAAA", "AAAA\n"])(
  "%j is not base64",
  (text) => {
    expect(fromBase64(text)).toBeUndefined();
  },
);

test("a digest is 32 bytes in 43 characters, the last of which has two bits to spare", () => {
  const digest = toBase64url(new Uint8Array(32).fill(0xff));
  expect(isDigest(digest)).toBe(true);
  for (const other of [digest.slice(1), `${digest}A`, `${digest.slice(1)}9`, `${digest.slice(0, 42)}=`, 43])
    expect(isDigest(other)).toBe(false);
  const room = new Uint8Array(40);
  expect(putDigest(room, 4, digest)).toBe(true);
  expect([...room]).toEqual([0, 0, 0, 0, ...new Uint8Array(32).fill(0xff), 0, 0, 0, 0]);
  expect(putDigest(room, 0, `${digest.slice(0, 42)}9`)).toBe(false);
  expect(putDigest(room, 0, digest.slice(4))).toBe(false);
});
