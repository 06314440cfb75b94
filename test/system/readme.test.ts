/**
 * The exchange of README.md as a stranger would type it: the packages packed and installed in empty folders, a broker
 * from there, both programs, and the line that does the same without one.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { z } from "zod";
import { skipLoudly } from "../faults/tools.js";
import { type BrokerProcess, makeFolder, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { openChannel, openPlatform, type Party } from "../fixtures/companies.js";
import { compiledDriver, filesOf, foundAt, install, pack } from "./packed.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "README.md"), "utf8");
const run = promisify(execFile);
const programs = ["provider.mjs", "consumer.mjs"];

const home = makeFolder();
const packed = join(home, "packed");
const operators = join(home, "operators");
const quotes = join(home, "quotes");
let tarballs: Readonly<Record<string, string>> = {};
/** Why nothing could be installed: then the packages of this workspace stand in for what would have been. */
let unreachable: string | undefined;
let broker: BrokerProcess | undefined;
let serving: ChildProcess | undefined;

const parley = (): string =>
  unreachable === undefined
    ? join(operators, "node_modules/@parley/cli/dist/main.js")
    : join(root, "packages/cli/dist/main.js");

const url = (): string => broker?.url ?? "";

/** As it stands on the page, but for where the broker is. */
function program(name: string): string {
  const [, code] = new RegExp(`\`\`\`js\\n(// ${name}\\n.*?)\`\`\``, "s").exec(page) ?? [];
  if (code === undefined) throw new Error(`README.md has no ${name}`);
  return code.replaceAll("http://127.0.0.1:7411", url());
}

function line(beginning: string): string {
  const found = page.split("\n").find((each) => each.startsWith(beginning));
  if (found === undefined) throw new Error(`README.md says nowhere: ${beginning}`);
  return found;
}

/** Where nothing but a home and a path is known. */
const bare = { PATH: process.env.PATH, HOME: home };

/** In a shell in which `parley` stands for what was installed. */
async function shell(said: string) {
  const known = `parley() { "${process.execPath}" "${parley()}" "$@"; }`;
  return run("/bin/sh", ["-c", `${known}\n${said}`], { env: bare, cwd: quotes });
}

/** What the page says is installed for the programs, by the names of the tarballs there. */
const namedOnPage = (): string[] =>
  line("npm install")
    .split(/\s+/)
    .slice(2)
    .map((word) => join(packed, basename(word)));

async function installAll(): Promise<string | undefined> {
  const made = await pack(packed);
  if (made.unreachable !== undefined) return made.unreachable;
  tarballs = made.tarballs;
  for (const [folder, files] of [
    [quotes, namedOnPage()],
    [operators, Object.values(tarballs)],
  ] as const) {
    const failed = await install(folder, files);
    if (failed) return failed.unreachable;
  }
  compiledDriver(operators);
  return undefined;
}

async function enrolAs({ company: { admin }, desk: { id } }: Party, profile: string): Promise<void> {
  const schema = z.object({ token: z.string() });
  const path = `/v1/agents/${id}/enrolment-tokens`;
  const { token } = await admin.request({ method: "POST", path, body: {}, schema });
  const said = line("parley agent enrol").replace(/ +#.*/, "");
  const meant = said.replace("parley_enrol_…", token).replace("http://127.0.0.1:7411", url());
  await shell(meant.replace("feed-1", profile));
}

beforeAll(async () => {
  for (const folder of [packed, operators, quotes]) mkdirSync(folder);
  unreachable = await installAll();
  if (unreachable !== undefined) {
    mkdirSync(join(quotes, "node_modules/@parley"), { recursive: true });
    symlinkSync(join(root, "packages/agent-sdk"), join(quotes, "node_modules/@parley/agent-sdk"));
  }
  broker = await startBroker({ program: parley() });
  const platform = await openPlatform(broker);
  const { offering, engaging } = await openChannel(
    platform,
    ["markets-co", "equity-feed"],
    ["weather-co", "forecaster"],
  );
  const publisher = await offering.desk.connect();
  await publisher.advertise("equities", {
    capabilities: [{ name: "markets.equity" }],
    workgroups: ["markets-co/channel"],
    contract: { name: "feed-terms", terms: { acceptance: "open", maxEnvelopes: 100 } },
  });
  await publisher.close();
  await enrolAs(offering, "feed-2");
  await enrolAs(engaging, "forecaster-1");
  for (const name of programs) writeFileSync(join(quotes, name), program(name));
  serving = spawn(process.execPath, ["provider.mjs"], { cwd: quotes, env: bare, stdio: "inherit" });
  const onlooker = await engaging.desk.connect();
  const gone = new AbortController();
  serving.once("exit", (code) => gone.abort(new Error(`the provider ended with ${code}`)));
  const filter = { capability: "markets.equity", available: true };
  // Ready when it is there to be found, however long that takes.
  for await (const { change } of onlooker.catalog.watch(filter, { signal: gone.signal }))
    if (change === "appeared") break;
  await onlooker.close();
}, 600_000);

afterAll(async () => {
  serving?.kill("SIGKILL");
  await broker?.stop();
  if (broker) removeFolder(broker.data);
  removeFolder(home);
});

const mustBeInstalled = (context: TestContext): void => {
  if (unreachable !== undefined) skipLoudly(context, unreachable);
};

test("both programs are ten lines at most", () => {
  for (const name of programs) {
    const code = program(name).split("\n").slice(1);
    expect(code.filter((each) => each !== "").length, name).toBeLessThanOrEqual(10);
  }
});

test("nothing of this workspace is found from where they run", async (context) => {
  mustBeInstalled(context);
  for (const [folder, name] of [
    [quotes, "@parley/agent-sdk"],
    [operators, "@parley/cli"],
  ] as const)
    expect(await foundAt(folder, name)).toMatch(new RegExp(`^${realpathSync(folder)}/`));
  await expect(foundAt(quotes, "@parley/broker")).rejects.toThrow("ERR_MODULE_NOT_FOUND");
});

test("a tarball has what it needs, and nobody's tests", async (context) => {
  mustBeInstalled(context);
  expect(Object.keys(tarballs)).toEqual(
    ["agent-sdk", "broker", "cli", "protocol"].map((name) => `@parley/${name}`),
  );
  for (const tarball of Object.values(tarballs)) {
    const files = await filesOf(tarball);
    const needed = ["package.json", "LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"];
    expect(files).toEqual(expect.arrayContaining(needed.map((file) => `package/${file}`)));
    const strange = /\.(test|contract|suite)\.|\/testing\/|tsbuildinfo|node_modules/;
    expect(files.filter((file) => strange.test(file) && !file.endsWith("/offer/contract.ts"))).toEqual([]);
  }
});

test("both programs are compiled, strictly, whatever else a stranger has set", async (context) => {
  mustBeInstalled(context);
  for (const name of programs) writeFileSync(join(quotes, name.replace("mjs", "mts")), program(name));
  const node = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  for (const how of ["--module nodenext", "--module esnext --moduleResolution bundler"]) {
    const flags = `--strict --exactOptionalPropertyTypes --noEmit --target es2022 ${how}`.split(" ");
    const words = [join(root, "node_modules/typescript/bin/tsc"), ...flags, ...node];
    const compiled = await run(process.execPath, [...words, "provider.mts", "consumer.mts"], {
      cwd: quotes,
    }).catch((error: { stdout: string }) => error);
    expect(compiled.stdout, how).toBe("");
  }
});

test("the consumer is answered what the page says", async () => {
  const said = line("node consumer.mjs");
  const { stdout } = await run(process.execPath, ["consumer.mjs"], { cwd: quotes, env: bare });
  expect(stdout.trimEnd()).toBe(said.replace(/^.*# /, ""));
});

test("and so is whoever asks without a program, who then reads all of it", async () => {
  const { stdout, stderr } = await shell(line("parley session send"));
  expect(JSON.parse(stdout)).toEqual({ asked: { ticker: "SPY" }, price: 612.5 });
  const session = /ses_[0-9a-z]{26}/.exec(stderr)?.[0] ?? "";
  const transcript = line("parley session transcript").replace("ses_…", session);
  // The page reads it as the provider's admin; here there is the consumer's instance.
  const read = await shell(transcript.replace("--as markets", "--as forecaster-1"));
  expect(read.stdout).toMatch(
    /consumer → +1 +markets\.equity\.ask[\s\S]*← provider +1 +markets\.equity\.answer/,
  );
});
