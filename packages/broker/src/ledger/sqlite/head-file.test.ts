import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { KeptHead } from "../head.js";
import { HeadUnreadable, openHeadFile } from "./head-file.js";

let path = "";
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "parley-head-"));
  path = join(folder, "head");
  return () => rmSync(folder, { recursive: true });
});

const slotBytes = 4_096;
const recordBytes = 256;
const head = (ordinal: number): KeptHead => ({ ordinal, running: `${ordinal}`.padStart(43, "r"), era: 1 });

/** Keeps these, one after the other, and lets the file go. */
function keepAll(...ordinals: number[]): void {
  const file = openHeadFile(path);
  for (const ordinal of ordinals) file.keep(head(ordinal));
  file.close();
}

function readBack(): KeptHead | undefined {
  const file = openHeadFile(path);
  onTestFinished(() => file.close());
  return file.read() as KeptHead | undefined;
}

function damage(change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  // In place: emptying the file first would make the file system flush it each time.
  writeFileSync(path, bytes, { flag: "r+" });
}

const tear = (slot: number, from: number) =>
  damage((bytes) => bytes.fill(0, slot * slotBytes + from, slot * slotBytes + recordBytes));

test("has no head before the first was kept", () => {
  expect(readBack()).toBeUndefined();
});

test.each([[[1]], [[1, 2]], [[1, 2, 3]], [[1, 2, 3, 4]]])(
  "answers the last of %j, also when opened again",
  (kept) => {
    const file = openHeadFile(path);
    for (const ordinal of kept) {
      file.keep(head(ordinal));
      expect(file.read()).toEqual(head(ordinal));
    }
    file.close();
    expect(readBack()).toEqual(head(kept.length));
  },
);

test("survives without being closed: a killed process closes nothing", () => {
  const file = openHeadFile(path);
  onTestFinished(() => file.close());
  for (const ordinal of [1, 2, 3]) {
    file.keep(head(ordinal));
    expect(readBack()).toEqual(head(ordinal));
  }
});

test("goes on after the newest head it finds", () => {
  keepAll(1, 2, 3);
  keepAll(4);
  keepAll(5, 6);
  expect(readBack()).toEqual(head(6));
});

test("keeps a head of a younger era with a smaller ordinal: going back knowingly is going on", () => {
  keepAll(5, 6);
  const file = openHeadFile(path);
  file.keep({ ...head(2), era: 2 });
  file.close();
  expect(readBack()).toEqual({ ...head(2), era: 2 });
});

test.each([1, 10, 100, 211, 212, 230, 255])(
  "answers the head before one that was torn after %d bytes",
  (from) => {
    keepAll(1, 2, 3);
    tear(1, from);
    expect(readBack()).toEqual(head(2));
  },
);

test("writes over the torn slot, not over the head that is whole", () => {
  keepAll(1, 2, 3);
  tear(1, 100);
  keepAll(4);
  tear(1, 100);
  expect(readBack()).toEqual(head(2));
});

test("sees every flipped bit of the newest head", () => {
  keepAll(1, 2, 3);
  for (let bit = 0; bit < recordBytes * 8; bit += 1) {
    const flip = () => damage((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit % 8)), at));
    const at = slotBytes + (bit >> 3);
    flip();
    const file = openHeadFile(path);
    expect(file.read(), `bit ${bit}`).toEqual(head(2));
    file.close();
    flip();
  }
  expect(readBack()).toEqual(head(3));
});

test("does not take a slot that was copied over the other for a newer head", () => {
  keepAll(1, 2);
  damage((bytes) => bytes.copy(bytes, slotBytes, 0, recordBytes));
  expect(readBack()).toEqual(head(2));
});

test.each<[string, () => void]>([
  [
    "both are torn",
    () => damage((bytes) => bytes.fill(0, 50, recordBytes).fill(0, slotBytes + 50, slotBytes + recordBytes)),
  ],
  [
    "the only one is torn",
    () => damage((bytes) => bytes.fill(0, 0, slotBytes).fill(7, slotBytes, slotBytes + 9)),
  ],
  [
    "one is torn and the other cut off",
    () => {
      tear(0, 50);
      truncateSync(path, slotBytes + 100);
    },
  ],
  ["it is something else", () => writeFileSync(path, "not a head\n".repeat(1_000))],
])("refuses to guess when %s", (_what, ruin) => {
  keepAll(1, 2, 3);
  ruin();
  expect(() => openHeadFile(path).read()).toThrow(HeadUnreadable);
});

test("can be read by its owner only", () => {
  keepAll(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("keeps nothing any more once the file has failed", () => {
  const file = openHeadFile(path);
  file.keep(head(1));
  file.close();
  expect(() => file.keep(head(2))).toThrow("the store failed: io");
  expect(() => file.keep(head(3))).toThrow("the store failed: io");
  expect(readBack()).toEqual(head(1));
});

test("waits a second at most with the syncing, and keeps no process alive for it", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const file = openHeadFile(path);
  file.keep(head(1));
  expect(vi.getTimerCount()).toBe(0);
  file.keep(head(2));
  file.keep(head(3));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
  file.close();
});
