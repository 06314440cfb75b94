/** Installs what the lockfile names, with the pinned pnpm, unless exactly that is installed already. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headersFolder } from "./headers.mjs";
import { collect, isEntry, main, pnpmVersion, root, run, Stop, say, workspaceFolders } from "./workspace.mjs";

const stampFile = join(root, "node_modules/.parley-install");

/** What a native module was compiled for: it must be compiled again when this changes, and only then. */
const abi = `${process.platform}-${process.arch}-${process.versions.modules}`;

function digestOfManifests() {
  const hash = createHash("sha256");
  const manifests = workspaceFolders().map((folder) => join(folder, "package.json"));
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

function readStamp() {
  if (!existsSync(stampFile)) return undefined;
  const [digest, abiOfInstall] = readFileSync(stampFile, "utf8").trim().split("\n");
  return { digest, abi: abiOfInstall };
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Stop(`Parley needs Node 20.19 or newer; this is ${process.version} (${process.execPath}).`);
}

const npx = (args) => ["--yes", `pnpm@${pnpmVersion}`, ...args];

async function requirePnpm(env) {
  const { code, output } = await collect("npx", npx(["--version"]), { env }).catch((cause) => ({
    code: 1,
    output: `npx cannot be started: ${cause.message}`,
  }));
  if (code === 0) return;
  throw new Stop(
    [
      `pnpm ${pnpmVersion} cannot be had through npx, and Parley is installed with it.`,
      "It comes from the npm registry: is the registry reachable (`npm ping`), is a proxy or a mirror needed",
      "(`npm config get registry`)? This is what npx said:",
      "",
      output.trim(),
    ].join("\n"),
  );
}

async function pnpm(args, env) {
  const code = await run("npx", npx(args), { env });
  if (code !== 0) throw new Stop(`pnpm ${args.join(" ")} failed with exit code ${code}; see above.`);
}

export async function bootstrap() {
  refuseOldNode();
  const digest = digestOfManifests();
  const stamp = readStamp();
  const present = workspaceFolders().every((folder) => existsSync(join(root, folder, "node_modules")));
  if (present && stamp?.digest === digest && stamp.abi === abi) return;

  const env = { ...process.env };
  const headers = headersFolder();
  if (headers) env.npm_config_nodedir = headers;
  else delete env.npm_config_nodedir;

  say(`Installing with pnpm ${pnpmVersion} for node ${process.version} …`);
  await requirePnpm(env);
  await pnpm(["install", "--frozen-lockfile", "--reporter=append-only"], env);
  // pnpm sees nothing to do when only node has changed; native code must then be compiled anew.
  if (stamp && stamp.abi !== abi) await pnpm(["rebuild", "--recursive"], env);
  writeFileSync(stampFile, `${digest}\n${abi}\n`);
}

if (isEntry(import.meta.url)) await main(bootstrap);
