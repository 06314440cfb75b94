/** docs/evidence-walk.md as a stranger would type it, command by command, in the order of the page. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Agent } from "@parley/agent-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type BrokerProcess, makeFolder, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { openChannel, openPlatform, type Party } from "../fixtures/companies.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "docs/evidence-walk.md"), "utf8");
const run = promisify(execFile);
const home = makeFolder();
let broker: BrokerProcess | undefined;
let provider: Agent | undefined;

interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code?: number;
}

/** In a shell in which `parley` stands for what the page says it does. */
async function shell(said: string): Promise<Said> {
  const known = `parley() { "${process.execPath}" "${join(root, "packages/cli/dist/main.js")}" "$@"; }`;
  const bare = { PATH: process.env.PATH, HOME: home };
  return run("/bin/sh", ["-c", `${known}\n${said}`], { env: bare, cwd: home }).catch((error: Said) => error);
}

async function enrolAs(token: string, profile: string, command: "init" | "agent enrol"): Promise<void> {
  const said = await shell(`parley ${command} --broker ${broker?.url} --token ${token} --profile ${profile}`);
  if (said.code !== undefined) throw new Error(said.stderr);
}

/** One more admin of the company, at the terminal. */
async function adminAs({ company: { admin } }: Party, profile: string): Promise<void> {
  const schema = z.object({ token: z.object({ token: z.string() }) });
  const body = { name: `${profile}-at-the-terminal`, role: "admin" };
  const made = await admin.request({ method: "POST", path: "/v1/operators", body, schema });
  await enrolAs(made.token.token, profile, "init");
}

beforeAll(async () => {
  broker = await startBroker();
  const platform = await openPlatform(broker);
  const { offering, engaging } = await openChannel(
    platform,
    ["markets-co", "equity-feed"],
    ["weather-co", "forecaster"],
  );
  provider = await offering.desk.connect();
  await provider.advertise("equities", {
    capabilities: [{ name: "markets.equity" }],
    workgroups: ["markets-co/channel"],
    contract: { name: "feed-terms", terms: { acceptance: "open", maxEnvelopes: 100 } },
  });
  provider.serve("markets.equity", async (session) => {
    for await (const envelope of session)
      await session.reply(envelope, "markets.equity.answer", { price: 1 });
  });
  await adminAs(offering, "markets");
  await adminAs(engaging, "weather");
  const schema = z.object({ token: z.string() });
  const path = `/v1/agents/${engaging.desk.id}/enrolment-tokens`;
  const minted = await engaging.company.admin.request({ method: "POST", path, body: {}, schema });
  await enrolAs(minted.token, "forecaster-1", "agent enrol");
}, 120_000);

afterAll(async () => {
  await provider?.close();
  await broker?.stop();
  if (broker) removeFolder(broker.data);
  removeFolder(home);
});

test("every command of the page does what the page says", async () => {
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  expect(blocks.length).toBeGreaterThan(8);
  const told = new Map<string, string>();
  let session = "";
  for (const command of blocks) {
    const { stdout, stderr, code } = await shell(command.replaceAll("ses_…", session));
    session ||= /ses_[0-9a-z]{26}/.exec(stderr)?.[0] ?? "";
    expect({ command, code, stderr: code === undefined ? "" : stderr }).toEqual({
      ...{ command, stderr: "" },
      code: command.includes("forged.jsonl") && command.includes("verify") ? 1 : undefined,
    });
    told.set(command, stdout);
  }
  const said = (of: string) => told.get(of) ?? "";
  expect(said("parley session receipt ses_… --as weather")).toContain("completed_by_consumer");
  expect(said("parley audit verify brief.jsonl")).toMatch(/^verified[\s\S]*1 receipt/);
  expect(said("parley audit verify forged.jsonl")).toMatch(/fact\.content[\s\S]*line \d+, session:ses_/);
  expect(said("parley audit verify all.jsonl --against yesterday")).toContain("goes on from the older");
}, 120_000);
