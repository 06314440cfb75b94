/** Whatever is done to a bundle is found: each bit of it, each line, each place at which it may end. */
import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { linesOf } from "./lines.js";
import { wholeBundle } from "./testing/made-bundle.js";
import { madeStory } from "./testing/made-story.js";
import { remembering } from "./testing/remembering.js";
import { verifyBundle } from "./verify.js";

const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));
/** Of each byte; 8 are all of them. */
const bits = Number(process.env.PARLEY_FLIPS ?? 1);
const runs = 20 * bits;

/** Numbers below an end, of a seed that is printed. */
function numbersFrom(begin: number): (end: number) => number {
  let state = begin;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

const crypto = remembering();
const isTrue = async (lines: AsyncIterable<string> | Iterable<string>): Promise<boolean> =>
  (await verifyBundle(lines, { crypto })).ok;
const isTrueOf = (bytes: Uint8Array): Promise<boolean> => isTrue(linesOf(inChunks(bytes)));
async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}
const bytesOf = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(""));

/** With one bit other than it is: the lines of that, or undefined where they are no text. */
function flipped(lines: readonly string[], at: number, offset: number, bit: number): string[] | undefined {
  const isEnd = offset === Buffer.byteLength(String(lines[at]));
  const bytes = bytesOf(lines.slice(at, isEnd ? at + 2 : at + 1));
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // Without its line feed the last line is none.
    if (!text.endsWith("\n")) return undefined;
    return [...lines.slice(0, at), ...text.slice(0, -1).split("\n"), ...lines.slice(isEnd ? at + 2 : at + 1)];
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

describe("a bundle of 64 records", () => {
  const { log, sessions } = madeStory({ segments: 2, more: 40, isShort: true });
  const lines = wholeBundle(log, sessions);
  const bytes = bytesOf(lines);

  test("is true as it stands", async () => {
    expect(lines).toHaveLength(64);
    expect(await isTrueOf(bytes)).toBe(true);
  });

  test(`has no bit that could be another: ${bits} of each byte, seed ${seed}`, {
    timeout: 600_000,
  }, async () => {
    const missed: string[] = [];
    const chosen = numbersFrom(seed);
    for (const [at, line] of lines.entries())
      for (let offset = 0; offset <= Buffer.byteLength(line); offset++)
        for (let bit = 0; bit < bits; bit++) {
          const other = flipped(lines, at, offset, bits === 8 ? bit : chosen(8));
          if (other !== undefined && (await isTrue(other))) missed.push(`${at}:${offset}:${bit}`);
        }
    expect(missed).toEqual([]);
  });

  test("can lose no line, have none twice, and none in another's place", { timeout: 60_000 }, async () => {
    const missed: string[] = [];
    for (const [at, line] of lines.entries()) {
      // The record is whole without its receipts.
      const isReceipt = line.startsWith('{"receipt"');
      if ((await isTrue(lines.toSpliced(at, 1))) !== isReceipt) missed.push(`without ${at}`);
      if (await isTrue(lines.toSpliced(at, 0, line))) missed.push(`twice ${at}`);
      const next = lines[at + 1];
      // In which order keys of two uses are listed says nothing.
      const isOfTwo = line.includes('"use":"checkpoint"') && next?.includes('"use":"receipt"');
      if (next !== undefined && !isOfTwo && (await isTrue(lines.with(at, next).with(at + 1, line))))
        missed.push(`swapped ${at}`);
    }
    expect(missed).toEqual([]);
  });

  test("can end nowhere else", { timeout: 120_000 }, async () => {
    const missed: number[] = [];
    const withoutReceipt = bytesOf(lines.slice(0, -1)).length;
    // Everywhere within a line is alike: each place in the last lines, and around the ends of all others.
    const isLooked = (end: number): boolean =>
      bits === 8 || end > bytes.length - 5_000 || bytes.subarray(end - 2, end + 2).includes(0x0a);
    for (let end = 0; end < bytes.length; end++) {
      if (!isLooked(end)) continue;
      if ((await isTrueOf(bytes.subarray(0, end))) !== (end === withoutReceipt)) missed.push(end);
    }
    expect(missed).toEqual([]);
  });
});

describe(`a bundle of 20,000 records, seed ${seed}`, () => {
  const { log, sessions } = madeStory({ more: 20_000 });
  const lines = wholeBundle(log, sessions);
  const bytes = bytesOf(lines);
  const chosen = numbersFrom(seed);
  const header = Buffer.byteLength(String(lines[0])) + 1;

  test("is true as it stands", async () => {
    expect(lines.length).toBeGreaterThan(20_000);
    expect(await isTrueOf(bytes)).toBe(true);
  });

  test("hides no change of a bit, a line, or its end", { timeout: 300_000 }, async () => {
    const missed: string[] = [];
    for (let run = 0; run < runs; run++) {
      const at = chosen(bytes.length);
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(at) ^ (1 << chosen(8)), at);
      if (await isTrueOf(other)) missed.push(`bit ${at}`);
      const line = 5 + chosen(lines.length - 8);
      if (await isTrue(lines.toSpliced(line, 1))) missed.push(`without ${line}`);
      if (await isTrue(lines.toSpliced(line, 0, String(lines[line])))) missed.push(`twice ${line}`);
      if (await isTrue(lines.slice(0, line))) missed.push(`until ${line}`);
      if (await isTrueOf(bytes.subarray(0, header + chosen(bytes.length - header - 10_000))))
        missed.push(`end ${run}`);
    }
    expect(missed).toEqual([]);
  });
});
