/** `npm run check`: all that can be known without running Parley. One line for each check, its output if it fails. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootstrap } from "./bootstrap.mjs";
import { runTests, tallyLine } from "./tests.mjs";
import { cacheFolder, collect, main, root, tool } from "./workspace.mjs";

const node = (script, args, env = process.env) => collect(process.execPath, [script, ...args], { env });

async function tidy() {
  const { tally, output } = await runTests(["--project=system", "test/tidy.test.ts"], { quiet: true });
  return { code: tally.failed > 0 || tally.passed === 0 ? 1 : 0, output };
}

/** The document that the broker serves, checked against the standard and what is recommended beside it. */
async function openapi() {
  const file = join(cacheFolder, "openapi.json");
  const made = await node(join(root, "scripts/openapi.mjs"), []);
  if (made.code !== 0) return made;
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(file, made.output);
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  return node(tool("@redocly/cli", "redocly"), ["lint", file], env);
}

const checks = [
  {
    name: "format and lint",
    run: () => node(tool("@biomejs/biome", "biome"), ["check", "--error-on-warnings"]),
  },
  // Builds the packages on the way: the tests' types are checked against what they declare.
  { name: "types", run: () => node(tool("typescript", "tsc"), ["-b", "tsconfig.check.json"]) },
  { name: "tidy", run: tidy },
  { name: "openapi", run: openapi },
];

const tally = { passed: 0, failed: 0, skipped: 0 };

async function runCheck({ name, run }) {
  const began = performance.now();
  const { code, output } = await run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  tally[code === 0 ? "passed" : "failed"] += 1;
  if (code !== 0) console.log(`\n${output.trim()}\n`);
  console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
}

await main(async () => {
  await bootstrap();
  for (const check of checks) await runCheck(check);
  return tally.failed > 0 ? 1 : 0;
});
if (tally.passed + tally.failed === 0) tally.failed = 1;
console.log(tallyLine(tally));
