/** `npm start -- --data x` is `parley serve --data x`, installed and built first if need be. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { main, root, Stop } from "./workspace.mjs";

await main(async () => {
  await bootstrap();
  await build();
  const entry = join(root, "packages/cli/dist/main.js");
  if (!existsSync(entry)) throw new Stop(`There is no ${entry}: the command line has not been built.`);
  // In this very process, as if node had been started with it: signals reach the broker, not a parent of it.
  process.argv = [process.execPath, entry, "serve", ...process.argv.slice(2)];
  await import(pathToFileURL(entry).href);
  return process.exitCode;
});
