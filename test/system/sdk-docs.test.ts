/** The programs of docs/sdk.md, as a stranger would copy them: compiled strictly, and run against a real broker. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { enrol, fileIdentity } from "@parley/agent-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type BrokerProcess, makeFolder, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { type Desk, openChannel, openPlatform, type Party } from "../fixtures/companies.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const blocks = [...readFileSync(join(root, "docs/sdk.md"), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code = ""]) => code,
);
/** What the first one takes from elsewhere: it is compiled only. */
const given = `declare const token: string;
declare const whoamiSchema: Parameters<BrokerClient["request"]>[0]["schema"];
`;
const settings = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "es2023",
    lib: ["es2023", "esnext.disposable", "dom"],
    module: "nodenext",
    types: [],
    skipLibCheck: true,
  },
  include: ["*.ts"],
};

let broker: BrokerProcess;
let folder: string;
let research: Desk;
let serving: ChildProcess | undefined;

function program(name: string): string {
  const code = blocks.find((block) => block.startsWith(`// ${name}:`));
  if (code === undefined) throw new Error(`docs/sdk.md has no ${name}`);
  return code.replaceAll("https://broker.example", broker.url);
}

/** An instance of the agent, whose key lies where the program looks for it. */
async function enrolInto({ company: { admin }, desk: { id } }: Party, file: string): Promise<void> {
  const path = `/v1/agents/${id}/enrolment-tokens`;
  const schema = z.object({ token: z.string() });
  const { token } = await admin.request({ method: "POST", path, body: {}, schema });
  const identity = await fileIdentity(join(folder, file));
  await (await enrol({ broker: broker.url, token, identity })).close();
}

beforeAll(async () => {
  broker = await startBroker();
  folder = makeFolder();
  const platform = await openPlatform(broker);
  const opened = await openChannel(platform, ["markets-co", "equity-feed"], ["bank", "research"]);
  research = opened.engaging.desk;
  await enrolInto(opened.offering, "equity-feed.json");
  await enrolInto(opened.engaging, "research.json");
  mkdirSync(join(folder, "node_modules/@parley"), { recursive: true });
  symlinkSync(join(root, "packages/agent-sdk"), join(folder, "node_modules/@parley/agent-sdk"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  writeFileSync(join(folder, "identities.ts"), `${blocks[0]}${given}`);
  for (const name of ["provider.ts", "consumer.ts"]) writeFileSync(join(folder, name), program(name));
});

afterAll(async () => {
  serving?.kill("SIGKILL");
  await broker.stop();
  removeFolder(broker.data);
  removeFolder(folder);
});

const run = promisify(execFile);

test("every program is compiled, strictly", { timeout: 180_000 }, async () => {
  expect(blocks).toHaveLength(3);
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const compiled = await run(process.execPath, [compiler, "-p", folder], { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  expect(compiled.stdout).toBe("");
});

test("the consumer engages the provider, and both do what the page says", { timeout: 180_000 }, async () => {
  serving = spawn(process.execPath, ["provider.js"], { cwd: folder, stdio: "inherit" });
  const gone = new AbortController();
  serving.once("exit", (code) => gone.abort(new Error(`the provider ended with ${code}`)));
  const { signal } = gone;
  const onlooker = await research.connect();
  // Ready when it is there to be found, however long that takes.
  const filter = { capability: "markets.equity", available: true };
  for await (const { change } of onlooker.catalog.watch(filter, { signal })) if (change === "appeared") break;
  const { stdout } = await run(process.execPath, ["consumer.js"], { cwd: folder });
  expect(stdout).toBe("markets-co 600\n");
  const path = "/v1/sessions";
  const schema = z.object({ items: z.array(z.object({ state: z.string(), closed: z.unknown() })) });
  const { items } = await onlooker.client.request({ method: "GET", path, schema });
  expect(items).toEqual([
    {
      state: "closed",
      closed: expect.objectContaining({ reason: "completed_by_consumer", detail: "thank you" }),
    },
  ]);
  await onlooker.close();
});
