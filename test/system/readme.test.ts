/** The exchange of README.md as a newcomer would copy it: both programs, and the line that does the same without one. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { enrol, fileIdentity } from "@parley/agent-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type BrokerProcess, makeFolder, removeFolder, startBroker } from "../fixtures/broker-process.js";
import {
  addMember,
  bringIn,
  type Company,
  type Desk,
  foundCompany,
  makeWorkgroup,
  openDesk,
  openPlatform,
} from "../fixtures/companies.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "README.md"), "utf8");
const run = promisify(execFile);

let broker: BrokerProcess;
let home: string;
let serving: ChildProcess | undefined;

/** As it stands on the page, but for where the broker is. */
function program(name: string): string {
  const [, code] = new RegExp(`\`\`\`js\\n(// ${name}\\n.*?)\`\`\``, "s").exec(page) ?? [];
  if (code === undefined) throw new Error(`README.md has no ${name}`);
  return code.replaceAll("http://127.0.0.1:7411", broker.url);
}

function line(beginning: string): string {
  const found = page.split("\n").find((each) => each.startsWith(beginning));
  if (found === undefined) throw new Error(`README.md says nowhere: ${beginning}`);
  return found;
}

/** In a shell in which `parley` stands for what the page says, with nothing but a home. */
async function shell(said: string) {
  const env = { PATH: process.env.PATH, HOME: home };
  const parley = `parley() { "${process.execPath}" "${join(root, "packages/cli/dist/main.js")}" "$@"; }`;
  return run("/bin/sh", ["-c", `${parley}\n${said}`], { env, cwd: home });
}

async function enrolAs({ admin }: Company, { id }: Desk, profile: string): Promise<void> {
  const path = `/v1/agents/${id}/enrolment-tokens`;
  const { token } = await admin.request({
    method: "POST",
    path,
    body: {},
    schema: z.object({ token: z.string() }),
  });
  const file = join(home, ".config/parley/profiles", `${profile}.json`);
  mkdirSync(dirname(file), { recursive: true });
  await (await enrol({ broker: broker.url, token, identity: await fileIdentity(file) })).close();
}

beforeAll(async () => {
  broker = await startBroker();
  home = makeFolder();
  const platform = await openPlatform(broker);
  const markets = await foundCompany(platform, "markets-co");
  const weather = await foundCompany(platform, "weather-co");
  const feed = await openDesk(markets, "equity-feed");
  const forecaster = await openDesk(weather, "forecaster");
  const channel = await makeWorkgroup(markets, "channel");
  await bringIn(markets, channel, weather);
  await addMember(markets, channel, feed, { offer: true });
  await addMember(weather, channel, forecaster, { engage: true });
  const publisher = await feed.connect();
  await publisher.advertise("equities", {
    capabilities: [{ name: "markets.equity" }],
    workgroups: ["markets-co/channel"],
    contract: { name: "feed-terms", terms: { acceptance: "open", maxEnvelopes: 100 } },
  });
  await publisher.close();
  await enrolAs(markets, feed, "feed-2");
  await enrolAs(weather, forecaster, "forecaster-1");
  symlinkSync(join(root, "packages"), join(home, "packages"));
  for (const name of ["provider.mjs", "consumer.mjs"]) writeFileSync(join(home, name), program(name));
  serving = spawn(process.execPath, ["provider.mjs"], { cwd: home, env: { HOME: home }, stdio: "inherit" });
  const onlooker = await forecaster.connect();
  const gone = new AbortController();
  serving.once("exit", (code) => gone.abort(new Error(`the provider ended with ${code}`)));
  const filter = { capability: "markets.equity", available: true };
  // Ready when it is there to be found, however long that takes.
  for await (const { change } of onlooker.catalog.watch(filter, { signal: gone.signal }))
    if (change === "appeared") break;
  await onlooker.close();
});

afterAll(async () => {
  serving?.kill("SIGKILL");
  await broker.stop();
  removeFolder(broker.data);
  removeFolder(home);
});

test("both programs are ten lines at most", () => {
  for (const name of ["provider.mjs", "consumer.mjs"]) {
    const code = program(name).split("\n").slice(1);
    expect(code.filter((each) => each !== "").length, name).toBeLessThanOrEqual(10);
  }
});

test("the consumer is answered what the page says", async () => {
  const said = line("node consumer.mjs");
  const { stdout } = await run(process.execPath, ["consumer.mjs"], { cwd: home, env: { HOME: home } });
  expect(stdout.trimEnd()).toBe(said.replace(/^.*# /, ""));
});

test("and so is whoever asks without a program, who then reads all of it", async () => {
  const { stdout, stderr } = await shell(line("parley session send"));
  expect(JSON.parse(stdout)).toEqual({ ticker: "SPY", price: 612.5 });
  const session = /ses_[0-9a-z]{26}/.exec(stderr)?.[0] ?? "";
  const transcript = line("parley session transcript").replace("ses_…", session);
  // The page reads it as the provider's admin; here there is the consumer's instance.
  const read = await shell(transcript.replace("--as markets", "--as forecaster-1"));
  expect(read.stdout).toMatch(
    /consumer → +1 +markets\.equity\.ask[\s\S]*← provider +1 +markets\.equity\.answer/,
  );
});
