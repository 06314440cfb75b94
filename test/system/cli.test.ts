/** The command line and the SDK against a real broker: processes, sockets, files and signals, nothing in between. */
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Agent, BrokerClient, fileIdentity } from "@parley/agent-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, makeFolder, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { type Seat, takeSeat } from "../fixtures/command-line.js";

let broker: BrokerProcess;
let seat: Seat;

const tokenIn = (out: string): string => {
  const token = /^token {2}(\S+)$/m.exec(out)?.[1];
  if (token === undefined) throw new Error(`no token in: ${out}`);
  return token;
};
const profileOf = (name: string): string => join(seat.home, "profiles", `${name}.json`);

/** An organisation with its admin under the profile of the same name. */
async function organisation(name: string): Promise<void> {
  const token = tokenIn(await seat.done(`org create ${name}`));
  await seat.done(`init --broker ${broker.url} --token - --profile ${name}`, `${token}\n`);
}

/** An agent of the organisation with one instance, under the profile of the agent's name. */
async function enrolledAgent(organisationName: string, name: string): Promise<void> {
  await seat.done(`agent create ${name} --owner ${name}@example.org --as ${organisationName}`);
  const token = tokenIn(await seat.done(`agent token ${name} --as ${organisationName}`));
  await seat.done(`agent enrol --broker ${broker.url} --token ${token} --profile ${name}`);
}

beforeAll(async () => {
  broker = await startBroker();
  seat = takeSeat();
  await seat.done(`init --broker ${broker.url} --token ${broker.platformToken()}`);
  await organisation("markets-co");
});

afterAll(async () => {
  seat.leave();
  await broker.stop();
  removeFolder(broker.data);
});

test("an operator who was invited is enrolled, and the broker knows them", async () => {
  const who = JSON.parse(await seat.done("whoami --json --as markets-co"));
  expect(who).toMatchObject({ kind: "operator", role: "admin", organisation: { name: "markets-co" } });
  expect(statSync(profileOf("markets-co")).mode & 0o777).toBe(0o600);
});

test("`--json` is exactly what REST answers", async () => {
  await seat.done("agent create json-feed --owner o@example.org --tag env=prod --as markets-co");
  const printed = JSON.parse(await seat.done("agent list --json --as markets-co"));
  const identity = await fileIdentity(profileOf("markets-co"));
  const client = new BrokerClient({ identity });
  const { body } = await client.send({ method: "GET", path: "/v1/agents" });
  await identity.close();
  expect(printed).toEqual(body);
});

test("the record is followed as it grows, stopped, and gone on with where it was", async () => {
  await organisation("auditors-co");
  const following = seat.begin("audit follow --json --as auditors-co");
  await following.says(/"operator\.enrolled"/);
  following.child.kill("SIGINT");
  const { code, out, notes } = await following.ended;
  expect(code).toBe(0);
  const [, after = ""] = /--after (\S+)/.exec(notes) ?? [];
  await seat.done("agent create late-feed --owner o@example.org --as auditors-co");
  const later = seat.begin(`audit follow --json --as auditors-co --after ${after}`);
  await later.says(/"agent\.created"/);
  later.child.kill("SIGINT");
  const rest = await later.ended;
  const told = [out, rest.out].flatMap((text) => text.trim().split("\n"));
  const all = (await seat.done("audit facts --ndjson --as auditors-co")).trim().split("\n");
  expect(told).toEqual(all);
});

test("a token is redeemed once, and its second use is refused with what to do", async () => {
  await seat.done("agent create once-feed --owner o@example.org --as markets-co");
  const token = tokenIn(await seat.done("agent token once-feed --as markets-co"));
  await seat.done(`agent enrol --broker ${broker.url} --token ${token} --profile once-1`);
  const again = await seat.run(`agent enrol --broker ${broker.url} --token ${token} --profile once-2`);
  expect(again).toMatchObject({ code: 1, out: "" });
  expect(again.notes).toMatch(/\(enrolment\.used\)\n {2}Ask whoever gave you the token/);
});

test("a voided token enrols nobody", async () => {
  await seat.done("agent create void-feed --owner o@example.org --as markets-co");
  const minted = JSON.parse(await seat.done("agent token void-feed --json --as markets-co"));
  expect((await seat.run(`token void ${minted.id} --as markets-co`)).code).toBe(2);
  await seat.done(`token void ${minted.id} --yes --as markets-co`);
  const late = await seat.run(`agent enrol --broker ${broker.url} --token ${minted.token} --profile late`);
  expect(late.code).toBe(1);
});

test("a connected agent sees its suspension, comes back when resumed, and ends when revoked", async () => {
  await enrolledAgent("markets-co", "seen-feed");
  const connection = seat.begin("agent connect --as seen-feed");
  await connection.says(/^connected as ins_/m);
  expect(await seat.done("instance list seen-feed --as markets-co")).toMatch(/ active +20\d\d-/);

  const suspended = await seat.run("agent suspend seen-feed --as markets-co");
  expect(suspended).toMatchObject({ code: 0, notes: "1 connection was cut.\n" });
  await connection.says(/^waiting [\d.]+ s: .*suspended/m);
  await seat.done("agent resume seen-feed --as markets-co");
  await connection.says(/connected as ins_[\s\S]*connected as ins_/);

  const revoked = await seat.run("agent revoke seen-feed --yes --as markets-co");
  expect(revoked).toMatchObject({ code: 0, notes: "1 connection was cut.\n" });
  const ended = await connection.ended;
  expect(ended.code).toBe(1);
  expect(ended.out).toMatch(/closed: .*revoked.*\n$/);
});

test("an agent that is asked to stop says goodbye and leaves no lock behind", async () => {
  await enrolledAgent("markets-co", "polite-feed");
  const connection = seat.begin("agent connect --json --as polite-feed");
  await connection.says(/"state":"connected"/);
  connection.child.kill("SIGINT");
  const { code, out } = await connection.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ state: "closed", why: "asked" });
  expect(readdirSync(join(seat.home, "profiles"))).not.toContain("polite-feed.json.lock");
  expect(await seat.done("instance list polite-feed --as markets-co")).toMatch(/ active +- /);
});

test("an agent comes back to a broker that was started again", async () => {
  const other = await startBroker();
  const desk = takeSeat();
  try {
    await desk.done(`init --broker ${other.url} --token ${other.platformToken()}`);
    const admin = tokenIn(await desk.done("org create weather-co"));
    await desk.done(`init --broker ${other.url} --token ${admin} --profile weather-co`);
    await desk.done("agent create weather-feed --owner o@example.org --as weather-co");
    const token = tokenIn(await desk.done("agent token weather-feed --as weather-co"));
    await desk.done(`agent enrol --broker ${other.url} --token ${token} --profile weather-feed`);
    const connection = desk.begin("agent connect --as weather-feed");
    await connection.says(/^connected/m);
    const { code } = await other.stop();
    expect(code).toBe(0);
    await connection.says(/^waiting [\d.]+ s: going away \(4503\)$/m);
    const again = await startBroker({ data: other.data, port: Number(new URL(other.url).port) });
    await connection.says(/connected as [\s\S]*connected as /);
    await again.stop();
  } finally {
    desk.leave();
    await other.stop();
    removeFolder(other.data);
  }
});

test("a key that is replaced goes on speaking, and the broker knows the new one only", async () => {
  await organisation("keys-co");
  const before = JSON.parse(await seat.done("whoami --json --as keys-co"));
  const { keyThumbprint } = JSON.parse(await seat.done("key replace --json --as keys-co"));
  const after = JSON.parse(await seat.done("whoami --json --as keys-co"));
  expect(after.keyThumbprint).toBe(keyThumbprint);
  expect(keyThumbprint).not.toBe(before.keyThumbprint);
});

test("a process that was killed between keeping the new key and hearing of it goes on", async () => {
  await organisation("crash-co");
  const file = profileOf("crash-co");
  // The broker takes the new key, and the answer never comes: what a kill at that moment leaves behind.
  const identity = await fileIdentity(file);
  const lost = new BrokerClient({
    identity,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (!url.endsWith("/v1/key")) return response;
      throw new Error("killed");
    },
  });
  const persisted = readFileSync(file, "utf8");
  const confirm = identity.confirmKey.bind(identity);
  identity.confirmKey = () => Promise.reject(new Error("killed"));
  await expect(lost.replaceKey()).rejects.toThrow("killed");
  identity.confirmKey = confirm;
  expect(readFileSync(file, "utf8")).not.toBe(persisted);
  await identity.close();
  expect(JSON.parse(readFileSync(file, "utf8")).nextKey).not.toBeNull();

  const who = JSON.parse(await seat.done("whoami --json --as crash-co"));
  const kept = JSON.parse(readFileSync(file, "utf8"));
  expect([kept.nextKey, kept.key.x.length]).toEqual([null, 43]);
  expect(who.role).toBe("admin");
});

test("the SDK connects, renews nothing early, and closes", async () => {
  await enrolledAgent("markets-co", "sdk-feed");
  const states: string[] = [];
  const agent = await Agent.connect({
    broker: broker.url,
    identity: await fileIdentity(profileOf("sdk-feed")),
    onState: ({ state }) => states.push(state),
  });
  const replaced = await agent.client.replaceKey();
  expect(agent.client.identity.key.thumbprint).toBe(replaced);
  await agent.close();
  expect(states).toEqual(["connecting", "connected", "closed"]);
  await (await fileIdentity(profileOf("sdk-feed"))).close();
});

test("commands of one profile at the same time wait for each other", async () => {
  const lines = ["whoami", "agent list", "alert list", "operator list"].map(
    (line) => `${line} --as markets-co`,
  );
  const all = await Promise.all(lines.map((line) => seat.run(line)));
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
});

test("a refusal, a typo, a broker that is gone and a missing profile are told apart by their exit codes", async () => {
  const id = JSON.parse(await seat.done("whoami --json --as markets-co")).principal;
  const all = await Promise.all([
    seat.run(`operator suspend ${id} --as markets-co`),
    seat.run("agent lst --as markets-co"),
    seat.run("init --broker http://127.0.0.1:65535 --token x --profile nobody"),
    seat.run("whoami --as nobody"),
  ]);
  expect(all.map(({ code }) => code)).toEqual([1, 2, 3, 4]);
  for (const { out, notes } of all) {
    expect(out).toBe("");
    expect(notes).toMatch(/^parley: /);
  }
});

test("the doctor finds a healthy place healthy, and a readable key not", async () => {
  await organisation("sick-co");
  expect((await seat.run("doctor --as sick-co")).code).toBe(0);
  chmodSync(profileOf("sick-co"), 0o644);
  const sick = await seat.run("doctor --as sick-co");
  expect(sick.code).toBe(1);
  expect(sick.out).toMatch(/WRONG {2}profile .*mode 644\): chmod 600/);
});

test("settings that make no sense are named, and nothing is left behind", async () => {
  const data = join(makeFolder(), "never");
  const bad = await seat.run(`serve --data ${data} --listen x --management 127.0.0.1:0`);
  expect(bad).toMatchObject({ code: 2, out: "" });
  expect(bad.notes).toBe(
    'parley: --listen: expected HOST:PORT, like 127.0.0.1:7411 or [::1]:7411, found "x"\n',
  );
  expect(() => statSync(data)).toThrow();
});

test("a second broker on the same folder does not start, and says why", async () => {
  const second = await seat.run(`serve --data ${broker.data} --listen 127.0.0.1:0 --management 127.0.0.1:0`);
  expect(second.code).toBe(3);
  expect(second.notes).toMatch(/^parley: the broker does not start: /);
});

test("a port that is taken is said so, with what to do", async () => {
  const data = makeFolder();
  const { host } = new URL(broker.url);
  const second = await seat.run(`serve --data ${data} --listen ${host} --management 127.0.0.1:0`);
  removeFolder(data);
  expect(second.code).toBe(3);
  expect(second.notes).toMatch(/EADDRINUSE[\s\S]*choose another --listen/);
});

test("a broker that is asked to stop, stops: exit code 0, and the folder can be used again", async () => {
  const first = await startBroker();
  first.signal("SIGINT");
  expect(await first.ended).toEqual({ code: 0, signal: null });
  const second = await startBroker({ data: first.data });
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  removeFolder(first.data);
});
