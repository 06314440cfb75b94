/** How long the disk takes to have something for certain, just now: what is durable can be no faster. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const times = 60;

/** Milliseconds, from the smallest on, of as many appended pieces of 16 KiB. */
export function syncTimes() {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-disk-"));
  const file = openSync(join(folder, "probe"), "w");
  const piece = Buffer.alloc(16 * 1024, 1);
  try {
    return Array.from({ length: times }, () => {
      writeSync(file, piece);
      const from = performance.now();
      fdatasyncSync(file);
      return performance.now() - from;
    }).sort((one, other) => one - other);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
