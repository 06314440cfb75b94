/**
 * A power cut: the image under a mounted file system is copied in the middle of the load, while what was not synced is
 * in the kernel's memory only; the copy is what a disk would hold. kill -9 cannot show this: the kernel survives it.
 * The same test at NORMAL must lose something, or it would show nothing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, type TestContext, test } from "vitest";
import { Mounts } from "./mounts.js";
import { inspect } from "./store-inspection.js";
import { StoreWriter } from "./store-process.js";
import { run, skipLoudly } from "./tools.js";

let folder = "";
let mounts: Mounts;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-power-"));
  mounts = new Mounts(folder);
  return () => {
    mounts.unmountAll();
    rmSync(folder, { recursive: true, force: true });
  };
});

function skipWithoutLoop(context: TestContext): void {
  const reason = mounts.lacks();
  if (reason !== undefined) skipLoudly(context, reason);
}

/** One cut under load: what had been acknowledged by then, and what the copy of the disk holds. */
async function cutOnce(round: number, synchronous: "FULL" | "NORMAL") {
  const image = mounts.makeImage(`disk-${round}.img`);
  const disk = mounts.mountImage(image, `disk-${round}`);
  const writer = new StoreWriter({
    folder: join(disk, "data"),
    saysTo: join(folder, `said-${round}`),
    synchronous,
  });
  try {
    await writer.said(300);
    writer.process.kill("SIGSTOP");
    const acknowledged = writer.acknowledged();
    const cut = join(folder, `cut-${round}.img`);
    run("cp", "--sparse=always", image, cut);
    await writer.kill();
    mounts.unmount(disk);
    const survivor = mounts.mountImage(cut, `cut-${round}`);
    const found = await inspect(join(survivor, "data"), acknowledged);
    mounts.unmount(survivor);
    return { acknowledged, found };
  } finally {
    await writer.kill();
  }
}

test("what was acknowledged survives a power cut", { timeout: 60_000 }, async (context) => {
  skipWithoutLoop(context);
  for (let round = 0; round < 3; round += 1) {
    const { acknowledged, found } = await cutOnce(round, "FULL");
    expect(acknowledged.length).toBeGreaterThanOrEqual(299);
    expect(found, `round ${round}`).toMatchObject({ lost: [], head: undefined });
  }
});

test("what was acknowledged at synchronous=NORMAL does not: the cut cuts", {
  timeout: 60_000,
}, async (context) => {
  skipWithoutLoop(context);
  let lost = 0;
  for (let round = 0; round < 25 && lost === 0; round += 1) {
    lost = (await cutOnce(round, "NORMAL")).found.lost.length;
  }
  expect(lost).toBeGreaterThan(0);
});
