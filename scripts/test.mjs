/** `npm test`: installs, builds, runs every test; arguments go to vitest. The last line is the tally. */
import { bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { runTests, tallyLine } from "./tests.mjs";
import { main } from "./workspace.mjs";

let tally = { passed: 0, failed: 1, skipped: 0 };
await main(async () => {
  await bootstrap();
  await build();
  tally = (await runTests(process.argv.slice(2))).tally;
  return tally.failed > 0 ? 1 : 0;
});
process.stdout.write(`${tallyLine(tally)}\n`);
