/** A disk that fails to sync once, and never says so again: after that nothing may be acknowledged, wherever it was. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, type TestContext, test } from "vitest";
import { inspect } from "./store-inspection.js";
import { acknowledgedIn, StoreWriter } from "./store-process.js";
import { missing, skipLoudly } from "./tools.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-eio-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

function skipWithoutStrace(context: TestContext): void {
  const reason = missing(["strace"], false) ?? cannotTrace();
  if (reason !== undefined) skipLoudly(context, reason);
}

function cannotTrace(): string | undefined {
  const { status, stderr } = spawnSync("strace", ["-f", "-o", join(folder, "probe"), "true"], {
    encoding: "utf8",
  });
  return status === 0 ? undefined : `strace cannot trace here: ${stderr.trim()}`;
}

/** The n-th sync of one file fails with EIO; every other, and every later one, succeeds. */
function failingSync(file: string, n: number): string[] {
  const inject = `inject=fsync,fdatasync:error=EIO:when=${n}`;
  return ["strace", "-f", "-o", join(folder, "strace"), "-P", join(folder, "data", file), "-e", inject];
}

const cases = [
  ["parley.db-wal", 5],
  ["parley.db-wal", 60],
  ["parley.db", 1],
  ["parley.db", 2],
  ["head", 1],
] as const;

test.for(cases)(
  "nothing is acknowledged after a sync of %s has failed, its number %d",
  { timeout: 60_000 },
  async ([file, n], context) => {
    skipWithoutStrace(context);
    const data = join(folder, "data");
    const before = new StoreWriter({ folder: data, saysTo: join(folder, "said-before"), commits: 3 });
    await before.ended();
    const writer = new StoreWriter({
      folder: data,
      saysTo: join(folder, "said"),
      commits: 10_000,
      commitsAfterFailure: 5,
      under: failingSync(file, n),
    });
    await writer.ended();

    const lines = writer.lines();
    const failure = lines.findIndex((line) => line.startsWith("failed"));
    expect(acknowledgedIn(lines.slice(0, failure)).length).toBeGreaterThan(1);
    expect(lines.slice(failure)).toEqual(Array.from({ length: 6 }, () => "failed StoreFailed io never"));
    expect(await inspect(data, writer.acknowledged())).toMatchObject({ lost: [], head: undefined });
  },
);
