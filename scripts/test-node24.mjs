/**
 * `npm run test:node24`: the whole suite on Node 24, in a copy of this checkout, with native code compiled for it.
 * Node itself comes from the npm registry: the package `node` brings the binary and its C headers.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { ask, cacheFolder, main, root, run, Stop, say } from "./workspace.mjs";

const nodeVersion = "24.21.0";
const home = join(cacheFolder, "node24");
const runtime = join(home, "runtime");
const work = join(home, "work");

/** The package installs the binary for this platform inside itself; its headers lie beside that binary. */
function locate() {
  const folder = join(runtime, "node_modules/node");
  const inner = [join(folder, "node_modules"), join(runtime, "node_modules")];
  const builds = inner
    .filter(existsSync)
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
    .filter((candidate) => existsSync(join(candidate, "include/node/node_version.h")));
  const bin = join(folder, "bin/node");
  return existsSync(bin) && builds[0] ? { bin, headers: builds[0] } : undefined;
}

async function obtainNode() {
  const found = locate();
  if (found && ask(found.bin, ["--version"]) === `v${nodeVersion}`) return found;
  say(`Getting node ${nodeVersion} from the npm registry …`);
  rmSync(runtime, { recursive: true, force: true });
  mkdirSync(runtime, { recursive: true });
  writeFileSync(
    join(runtime, "package.json"),
    `${JSON.stringify({ name: "node24-runtime", private: true })}\n`,
  );
  const quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts=false"];
  const code = await run("npm", ["install", ...quiet, `node@${nodeVersion}`], { cwd: runtime });
  const obtained = locate();
  if (code !== 0 || !obtained) {
    throw new Stop(`node@${nodeVersion} with its headers cannot be had from the npm registry; see above.`);
  }
  return obtained;
}

/** Tracked files and new ones that are not ignored: what a commit of everything would hold. */
function filesOfCheckout() {
  const listed = ask("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  if (listed === undefined) throw new Stop("This is not a git checkout: there is no list of its files.");
  return listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
}

/** Copies a file unless the copy has the same size and time already, so that little is built again. */
function copyIfChanged(file) {
  const [source, target] = [join(root, file), join(work, file)];
  const from = statSync(source);
  const to = existsSync(target) ? statSync(target) : undefined;
  if (to && to.size === from.size && Math.abs(to.mtimeMs - from.mtimeMs) < 2) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
  utimesSync(target, from.atime, from.mtime);
}

const kept = new Set(["node_modules", "dist", ".cache"]);

/** Removes from the copy what is no longer in the checkout; what was installed and built there stays. */
function removeStale(files, folder = "") {
  for (const entry of readdirSync(join(work, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (kept.has(entry.name)) continue;
    if (entry.isDirectory()) removeStale(files, path);
    else if (!files.has(path)) rmSync(join(work, path));
  }
}

await main(async () => {
  const { bin, headers } = await obtainNode();
  const files = filesOfCheckout();
  mkdirSync(work, { recursive: true });
  for (const file of files) copyIfChanged(file);
  removeStale(new Set(files));

  const env = {
    ...process.env,
    PATH: `${dirname(bin)}${delimiter}${process.env.PATH ?? ""}`,
    npm_config_nodedir: headers,
    // npm hands its own node to scripts under these names; the suite must find this one.
    NODE: bin,
    npm_node_execpath: bin,
  };
  say(`Running the suite on node ${nodeVersion} in ${work} …`);
  return run(bin, ["scripts/test.mjs", ...process.argv.slice(2)], { cwd: work, env });
});
