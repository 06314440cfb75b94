/** What the fault tests need of the machine, and how loudly they say that it is not there. */
import { spawnSync } from "node:child_process";
import type { TestContext } from "vitest";

/** Runs a tool to its end and answers what it printed; what it complains of is thrown. */
export function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", timeout: 30_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

/** Why the tools cannot be used here; undefined if they can. */
export function missing(tools: readonly string[], asRoot: boolean): string | undefined {
  if (process.platform !== "linux") return `it needs Linux, and this is ${process.platform}`;
  if (asRoot && process.getuid?.() !== 0) return "it needs root, to mount file systems";
  const absent = tools.filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
  return absent.length === 0 ? undefined : `it needs ${absent.join(", ")}`;
}

/** Counts the test as skipped, and says so where everybody sees it. */
export function skipLoudly(context: TestContext, reason: string): never {
  process.stderr.write(`\nSKIPPED: "${context.task.name}" was not run: ${reason}.\n\n`);
  context.skip(reason);
  throw new Error("a skipped test went on");
}
