/** The whole benchmark, for seconds: what it measures it has also seen kept, or it says so and fails. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

interface Row {
  readonly name: string;
  readonly candidate: string;
  readonly rate: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly ratio_to: string | null;
  readonly ratio: number | null;
}

const folder = mkdtempSync(join(tmpdir(), "parley-bench-test-"));
const entry = fileURLToPath(new URL("../../bench/peers.mjs", import.meta.url));

afterAll(() => rmSync(folder, { recursive: true }));

test("measures Parley beside those that this machine has, and draws it", () => {
  const [json, svg] = [join(folder, "rows.json"), join(folder, "chart.svg")];
  const words = [entry, "--quick", "--verify", "--json", json, "--svg", svg];
  const { status, stderr, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const rows = JSON.parse(readFileSync(json, "utf8")) as Row[];
  const beside = rows.filter(({ candidate }) => candidate === "parley");
  const pairs = beside.map(({ name, ratio_to }) => `${name} ${ratio_to}`);
  // These come with the workspace; of nats-server it is said when it is not there.
  const always = ["throughput ws-relay", "request-response a2a-js", "session a2a-js"];
  expect(pairs).toEqual(expect.arrayContaining(always));
  expect(pairs.includes("throughput nats-core")).toBe(!stderr.includes("nats-core IS NOT MEASURED"));
  for (const { rate, p50_ms, p99_ms } of rows) {
    expect(rate).toBeGreaterThan(0);
    expect(p99_ms).toBeGreaterThanOrEqual(p50_ms);
  }
  for (const { name, rate, ratio, ratio_to } of beside) {
    const other = rows.find((row) => row.name === name && row.candidate === ratio_to);
    expect(ratio).toBeCloseTo(rate / (other?.rate ?? 0), 1);
  }
  expect(stdout).toContain("parley is");
  expect(readFileSync(svg, "utf8")).toContain("throughput, 2 pairs, window 64");
});

test("says which names there are when one is not", () => {
  const words = [entry, "--only", "kafka"];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("there is no kafka; there are throughput, request-response, session, parley");
});
