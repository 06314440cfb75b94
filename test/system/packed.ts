/**
 * Parley as somebody else has it: the packages packed, and installed by npm in an empty folder from which nothing of this
 * workspace is found. Where no registry is reached for what they depend on, it is said why.
 */
import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;

interface Failed {
  readonly stdout: string;
  readonly stderr: string;
}

/** By the name of its package, where each tarball lies. */
export interface Packed {
  readonly tarballs: Readonly<Record<string, string>>;
  readonly unreachable?: never;
}
interface Unreachable {
  readonly unreachable: string;
}

/** What failed for want of a registry is no failure of ours; everything else is. */
async function reaching<Done>(work: () => Promise<Done>): Promise<Done | Unreachable> {
  try {
    return await work();
  } catch (cause) {
    const { stdout, stderr } = cause as Failed;
    const [code] = unreachable.exec(`${stdout}${stderr}`) ?? [];
    if (code !== undefined) return { unreachable: `no package registry is reached (${code})` };
    throw new Error(`${stdout}\n${stderr}`, { cause });
  }
}

export const pack = (folder: string): Promise<Packed | Unreachable> =>
  reaching(async () => {
    await run(process.execPath, [join(root, "scripts/pack.mjs"), folder], { cwd: root });
    const files = readdirSync(folder).map((file) => join(folder, file));
    const named = files.map((file) => [file.replace(/^.*\/parley-(.*)-\d.*$/, "@parley/$1"), file]);
    return { tarballs: Object.fromEntries(named) };
  });

/** As `npm install` does it, and strictly: what does not run on this Node is no dependency. */
export function install(folder: string, tarballs: readonly string[]): Promise<Unreachable | undefined> {
  // Native code is not compiled here a second time: what this workspace has compiled is put in its place.
  const flags = ["--engine-strict", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  return reaching(async () => {
    await run("npm", ["install", "--prefix", folder, ...flags, ...tarballs], { cwd: folder });
    return undefined;
  });
}

/** The driver's native code, of the very version that was installed there. */
export function compiledDriver(folder: string): void {
  const ours = dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json"));
  const theirs = join(folder, "node_modules/better-sqlite3");
  const versions = [ours, theirs].map((path) => readFileSync(join(path, "package.json"), "utf8"));
  if (versions[0] !== versions[1]) throw new Error("another version of better-sqlite3 was installed");
  cpSync(join(ours, "build"), join(theirs, "build"), { recursive: true });
}

/** Where a program in the folder finds the package. */
export async function foundAt(folder: string, name: string): Promise<string> {
  const script = `console.log(import.meta.resolve(${JSON.stringify(name)}))`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
  return realpathSync(fileURLToPath(stdout.trim()));
}

/** Every file that the tarball brings. */
export async function filesOf(tarball: string): Promise<string[]> {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  return stdout.trim().split("\n");
}
