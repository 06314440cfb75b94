/** `npm run pack -- FOLDER`: the packages as somebody else installs them, a tarball each; without a folder, in `packed`. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { main, pnpmVersion, root, run, workspaceFolders } from "./workspace.mjs";

/** The root's own package, the benchmarks and the tests are nobody else's. */
function published() {
  const manifests = workspaceFolders().map((folder) =>
    JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")),
  );
  return manifests.filter((manifest) => !manifest.private).map(({ name }) => name);
}

await main(async () => {
  const [folder = join(root, "packed")] = process.argv.slice(2);
  await bootstrap();
  await build();
  const names = published().flatMap((name) => ["--filter", name]);
  // Ranges of the workspace become versions on the way: only pnpm knows how.
  const pack = ["--recursive", ...names, "pack", "--pack-destination", resolve(folder)];
  return run("npx", ["--yes", `pnpm@${pnpmVersion}`, ...pack]);
});
