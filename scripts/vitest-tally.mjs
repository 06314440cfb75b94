/** A vitest reporter that prints nothing: it writes how many tests passed, failed and were skipped into a file. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A file or group that fails outside its tests is a failure too, though no test has failed. */
function countModule(module, tally) {
  for (const test of module.children.allTests()) tally[test.result().state] += 1;
  tally.failed += module.errors().length;
  for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
}

export default class Tally {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) countModule(module, tally);
    // A test that never got a result (a worker that died) has not passed.
    const { passed, failed, skipped, pending } = tally;
    const file = process.env.PARLEY_TALLY_FILE;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ passed, failed: failed + pending, skipped }));
  }
}
