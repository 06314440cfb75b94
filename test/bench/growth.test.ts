/** The growth of an envelope's cost, for seconds: every size is measured, and stands beside the smallest. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

interface Row {
  readonly part: string;
  readonly size: number;
  readonly what: string;
  readonly rate: number;
  readonly yes_p50_ms: number;
  readonly yes_p99_ms: number;
  readonly cpu_us: number | null;
  readonly rate_ratio: number;
}

const entry = fileURLToPath(new URL("../../bench/growth.mjs", import.meta.url));
const growth = (...words: string[]) =>
  spawnSync(process.execPath, [entry, ...words], { encoding: "utf8", maxBuffer: 1 << 24 });

test("measures open sessions, payloads and facts, each in two sizes", () => {
  const { status, stdout, stderr } = growth("--quick", "--json");
  expect(status, stderr).toBe(0);
  const rows = JSON.parse(stdout) as Row[];
  expect(rows.map(({ part, size, what }) => `${part} ${size} ${what}`)).toEqual([
    "sessions 1 one talks",
    "sessions 1 all in turn",
    "sessions 20 one talks",
    "sessions 20 all in turn",
    "payload 0 one talks",
    "payload 65536 one talks",
    "facts 0 one talks",
    "facts 2000 one talks",
  ]);
  for (const { rate, yes_p50_ms, yes_p99_ms } of rows) {
    expect(rate).toBeGreaterThan(0);
    expect(yes_p99_ms).toBeGreaterThanOrEqual(yes_p50_ms);
  }
  for (const { part, what, rate, rate_ratio } of rows) {
    const first = rows.find((row) => row.part === part && row.what === what);
    expect(rate_ratio).toBeCloseTo(rate / (first?.rate ?? 0), 6);
  }
  // The record is filled before it is measured, and not by less than was asked for.
  expect(stderr).toMatch(/filling: 2,0\d\d facts/);
});

test("says what it takes when it is asked for something else", () => {
  const { status, stderr } = growth("--facts", "many");
  expect(status).toBe(1);
  expect(stderr).toContain("--facts is a whole number from 0 to 10000000, not many");
});
