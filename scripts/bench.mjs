/** `npm run bench:NAME -- ARGS`: the measurement of that name, installed and built first if need be. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { main, root, Stop } from "./workspace.mjs";

await main(async () => {
  const [name = ""] = process.argv.slice(2);
  const entry = join(root, "bench", `${name}.mjs`);
  if (!existsSync(entry)) throw new Stop(`There is no ${entry}: which measurement is meant?`);
  await bootstrap();
  await build();
  process.argv = [process.execPath, entry, ...process.argv.slice(3)];
  await import(pathToFileURL(entry).href);
  return process.exitCode;
});
