/** Runs vitest and counts: what `npm test`, `npm run check` and the suite on another node have in common. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, collect, root, run, tool } from "./workspace.mjs";

/** Runs vitest with `args`; answers the tally, and what was printed if `quiet`. */
export async function runTests(args, { quiet = false } = {}) {
  const file = join(cacheFolder, `tally-${process.pid}.json`);
  rmSync(file, { force: true });
  const env = { ...process.env, PARLEY_TALLY_FILE: file };
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts/vitest-tally.mjs")}`];
  const command = [tool("vitest"), "run", ...reporters, ...args];
  const { code, output } = quiet
    ? await collect(process.execPath, command, { env })
    : { code: await run(process.execPath, command, { env }), output: "" };
  const tally = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { passed: 0, failed: 0, skipped: 0 };
  rmSync(file, { force: true });
  // vitest may fail for a reason that is no test's: that counts as one failure, so that nobody reads it as success.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return { tally, output };
}

/** The one line that everything which runs tests ends with. */
export function tallyLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
