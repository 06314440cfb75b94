/** kill -9 at random moments: whatever was acknowledged is there, and the record can be gone on from. */
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../packages/broker/dist/ledger/sqlite/store.js";
import { pseudoRandom } from "./pseudo-random.js";
import { inspect } from "./store-inspection.js";
import { type Acknowledged, StoreWriter } from "./store-process.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-kill-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

function startWriter(round: number): StoreWriter {
  const writer = new StoreWriter({ folder: join(folder, "data"), saysTo: join(folder, `said-${round}`) });
  onTestFinished(() => writer.kill());
  return writer;
}

const rounds = 12;

test("what was acknowledged survives kill -9, twelve times over in one store", {
  timeout: 60_000,
}, async () => {
  const seed = randomInt(1_000_000);
  const random = pseudoRandom(seed);
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const writer = startWriter(round);
    await writer.said(2);
    await new Promise((resolve) => setTimeout(resolve, 20 + random() * 700));
    await writer.kill();
    acknowledged.push(...writer.acknowledged());
    const found = await inspect(join(folder, "data"), acknowledged);
    expect(found, `seed ${seed}, round ${round}`).toMatchObject({ lost: [], head: undefined });
    // One commit may have been cut off between disk and answer: it is there as a whole, or not at all.
    const unanswered = found.facts - (acknowledged.at(-1)?.ordinal ?? 0);
    expect(unanswered, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(3);
  }
  expect(acknowledged.length).toBeGreaterThan(rounds * 10);
});

test("a killed process leaves the folder free, a living one does not", async () => {
  const writer = startWriter(0);
  await writer.said(2);
  const data = join(folder, "data");
  expect(() => openSqliteStore({ folder: data })).toThrow(`another process is using the store in ${data}`);
  await writer.said(writer.lines().length + 2);
  await writer.kill();
  await openSqliteStore({ folder: data }).close();
});
