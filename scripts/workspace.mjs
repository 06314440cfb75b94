/** Where things lie in this checkout, and how to run a program in it. No dependencies: this runs before any install. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
export const cacheFolder = join(root, ".cache");

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The one place that pins pnpm is `packageManager` in the root's package.json. */
export const pnpmVersion = manifest.packageManager.replace(/^pnpm@/, "").replace(/\+.*$/, "");

/** Every folder of the workspace that has a package.json, the root first, as paths relative to the root. */
export function workspaceFolders() {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  return [".", "bench", "test", ...packages.sort()].filter((folder) =>
    existsSync(join(root, folder, "package.json")),
  );
}

/** Says on standard error what is going on, so that standard output stays the program's own. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Something the person who runs the script can do something about: printed without a stack. */
export class Stop extends Error {}

/** Runs a script's body; a `Stop` is said plainly, and whatever fails sets the exit code. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    say(error instanceof Stop ? `\n${error.message}` : String(error?.stack ?? error));
    process.exitCode = 1;
  }
}

/** True when `url` is the file that node was started with. */
export function isEntry(url) {
  return process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(url);
}

/** Runs a program to its end with our own input and output; answers its exit code. */
export function run(program, args, options = {}) {
  const { cwd = root, env = process.env } = options;
  return new Promise((settle, fail) => {
    const child = spawn(program, args, { cwd, env, stdio: "inherit" });
    child.on("error", fail);
    child.on("close", (code, signal) => settle(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Runs a program to its end and answers its exit code and all that it printed. */
export function collect(program, args, options = {}) {
  const { cwd = root, env = process.env } = options;
  return new Promise((settle, fail) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", fail);
    child.on("close", (code) => settle({ code: code ?? 1, output: Buffer.concat(chunks).toString("utf8") }));
  });
}

/** What a program prints on standard output, or undefined when it cannot be run or fails. */
export function ask(program, args) {
  const { status, stdout } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** The script behind a tool of the root's node_modules, to be run by the very node that runs this. */
export function tool(packageName, binary = packageName) {
  const folder = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[binary]);
}
