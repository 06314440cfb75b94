import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { KeptCheckpoint } from "../checkpoints.js";
import { CheckpointsUnreadable, openCheckpointFile } from "./checkpoint-file.js";
import { temporaryFolder } from "./temporary.suite.js";

const kept = (log: string, size: number): KeptCheckpoint => ({
  ...{ log, size, root: `root ${size}`, era: 1 },
  note: `origin\n${size}\nroot\n\n— origin signature\n`,
});

const file = () => join(temporaryFolder(), "checkpoints");
const again = async (path: string) => {
  const opened = openCheckpointFile(path);
  const read = await opened.read();
  await opened.close();
  return read;
};
const linesOf = (path: string) => readFileSync(path, "utf8").split("\n").length - 1;

describe("the file of checkpoints", () => {
  test("has nothing at first, and is its owner's alone", async () => {
    const path = file();
    expect(await again(path)).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("has the last of each log, as it was kept, before it is closed", async () => {
    const path = file();
    const opened = openCheckpointFile(path);
    await opened.keep([kept("org:a", 1), kept("platform", 4)]);
    await opened.keep([kept("org:a", 2)]);
    expect(await again(path)).toEqual([kept("org:a", 2), kept("platform", 4)]);
    await opened.close();
    expect(await again(path)).toEqual([kept("org:a", 2), kept("platform", 4)]);
  });

  test("stays small, however much is signed", async () => {
    const path = file();
    const opened = openCheckpointFile(path, { spareLines: 10 });
    for (let size = 1; size <= 100; size++) {
      await opened.keep([kept("org:a", size), kept("org:b", size)]);
      expect(linesOf(path)).toBeLessThanOrEqual(12);
    }
    await opened.close();
    expect(await again(path)).toEqual([kept("org:a", 100), kept("org:b", 100)]);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test("is read without the line that a crash has cut off, and goes on after it", async () => {
    const path = file();
    const opened = openCheckpointFile(path);
    await opened.keep([kept("org:a", 1)]);
    await opened.close();
    appendFileSync(path, '{"era":1,"log":"org:a","no');
    const torn = openCheckpointFile(path);
    expect(await torn.read()).toEqual([kept("org:a", 1)]);
    await torn.keep([kept("org:a", 3)]);
    await torn.close();
    expect(await again(path)).toEqual([kept("org:a", 3)]);
  });

  test.each([
    ["is no JSON", "nonsense\n"],
    ["says something else", '{"log":"org:a"}\n'],
    ["says more", `${JSON.stringify({ ...kept("org:a", 1), more: 1 })}\n`],
  ])("that has a line which %s is not believed", (_what, line) => {
    const path = file();
    writeFileSync(path, line);
    expect(() => openCheckpointFile(path)).toThrow(CheckpointsUnreadable);
    expect(() => openCheckpointFile(path)).toThrow(/line 1.*--recover record/);
    expect(readFileSync(path, "utf8")).toBe(line);
  });

  test("is begun anew with an era, whatever it holds", async () => {
    const path = file();
    writeFileSync(path, "nonsense\n");
    const opened = openCheckpointFile(path, { anew: true });
    expect(await opened.read()).toEqual([]);
    await opened.close();
    expect(await again(path)).toEqual([]);
  });
});
