/** Lines come out of bytes in whatever pieces these arrive, and what is no line of text is none that is taken. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { bundleLineLengthMax } from "./bundle.js";
import { linesOf } from "./lines.js";

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const shared = new Uint8Array(bytes.length);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1);
    const piece = bytes.slice(at, at + size);
    // The same memory each time, as a file is read.
    shared.set(piece);
    yield shared.subarray(0, piece.length);
    shared.fill(0xff);
    at += size;
  }
}
async function linesIn(bytes: Uint8Array, sizes: readonly number[] = []): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(pieces(bytes, sizes))) lines.push(line);
  return lines;
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test("are the same in all pieces", async () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom(..."a{é€\u{1f600}\ufeff\r ") }), { minLength: 1 });
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(texts, sizes, async (lines, each) => {
      const bytes = utf8(lines.map((line) => `${line}\n`).join(""));
      expect(await linesIn(bytes, each)).toEqual(lines);
      expect(await linesIn(bytes)).toEqual(lines);
    }),
  );
});

test("end in a line feed: a last one without it is no text", async () => {
  expect(await linesIn(utf8("a\nb"), [1])).toEqual(["a", "\ud800"]);
  expect(await linesIn(utf8("a\nb"))).toEqual(["a", "\ud800"]);
  expect(await linesIn(utf8(""))).toEqual([]);
  expect(await linesIn(utf8("\n"))).toEqual([""]);
});

test("are text: the one that is none is found among its neighbours", async () => {
  const bytes = utf8("a\nb?\nc\n");
  bytes[3] = 0xff;
  expect(await linesIn(bytes)).toEqual(["a", "\ud800", "c"]);
  // Of a character that is cut in two by the line feed.
  expect(await linesIn(Uint8Array.of(0xc3, 0x0a, 0xa9, 0x0a))).toEqual(["\ud800", "\ud800"]);
});

test("are not waited for without end", { timeout: 60_000 }, async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      read += 1;
      yield new Uint8Array(1024 * 1024).fill(0x61);
    }
  }
  const lines: string[] = [];
  for await (const line of linesOf(endless())) lines.push(line);
  expect(lines).toEqual(["\ud800"]);
  expect(read).toBeLessThanOrEqual((4 * bundleLineLengthMax) / (1024 * 1024) + 1);
});
