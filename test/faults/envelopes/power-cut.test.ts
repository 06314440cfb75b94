/**
 * A power cut under a talking broker: the image below its file system is copied while it stands still, and what was not
 * synced is not in the copy. The broker goes on from there, and its clients with it. On a disk that only says that it
 * has synced something must be lost, or the cut would show nothing.
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, type TestContext, test } from "vitest";
import { portOf } from "../../fixtures/broker-process.js";
import { openBrokers } from "../../fixtures/brokers.js";
import { Mounts } from "../mounts.js";
import { run, skipLoudly } from "../tools.js";
import { flawsIn } from "./checker.js";
import { pause } from "./manner.js";
import { readRecord } from "./reader.js";
import { heal, judge, openStage, type Stage } from "./stage.js";

const brokers = openBrokers();
const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));
const manner = { vanishes: 0.01, handles: 0.4, dozes: 0.005, forges: 0.4 };

let folder = "";
let mounts: Mounts;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-cut-"));
  mounts = new Mounts(folder);
  return () => {
    mounts.unmountAll();
    rmSync(folder, { recursive: true, force: true });
  };
});

function skipWithout(tools: readonly string[], context: TestContext): void {
  const reason = mounts.lacks(tools);
  if (reason !== undefined) skipLoudly(context, reason);
}

/** Under a tool it is the tool's child. */
function processOf(pid: number, isUnderTool: boolean): number {
  if (!isUnderTool) return pid;
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

/** What the disk holds at one moment, mounted; the broker that wrote it is no more. */
async function cut(stage: Stage, image: string, isUnderTool = false): Promise<string> {
  const { broker, history } = stage;
  const pid = processOf(broker.pid, isUnderTool);
  process.kill(pid, "SIGSTOP");
  history.say({ what: "broker", is: "down", atMs: Date.now() });
  const copy = join(folder, "cut.img");
  run("cp", "--sparse=always", image, copy);
  process.kill(pid, "SIGKILL");
  await broker.ended;
  stage.said.push(broker.said());
  return join(mounts.mountImage(copy, "cut"), "data");
}

test(`what was accepted, handled and delivered survives a power cut (PARLEY_SEED=${seed}) [ENV-10]`, {
  timeout: 120_000,
}, async (context) => {
  skipWithout([], context);
  const image = mounts.makeImage("disk.img");
  const data = join(mounts.mountImage(image, "disk"), "data");
  const stage = await openStage(brokers, { seed, manner, sessions: 6, data });
  const talking = stage.clients.map((client) => client.talk());
  await pause(1_200);
  const survivor = await cut(stage, image);
  stage.broker = await brokers.start({ data: survivor, port: portOf(stage.broker) });
  stage.history.say({ what: "broker", is: "up", atMs: Date.now() });
  await pause(300);
  await heal(stage);
  await Promise.all(talking);
  const { flaws } = await judge(stage);
  expect(flaws).toEqual([]);
  const answered = stage.history.seen.filter(({ what }) => what === "answered");
  expect(answered.length).toBeGreaterThan(200);
});

test("on a disk that says it has synced and has not, what was accepted is lost: the cut cuts", {
  timeout: 120_000,
}, async (context) => {
  skipWithout(["strace"], context);
  const image = mounts.makeImage("disk.img");
  const data = join(mounts.mountImage(image, "disk"), "data");
  const inject = ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:retval=0"];
  const command = ["strace", "-f", "--seccomp-bpf", "-o", join(folder, "strace"), ...inject];
  const stage = await openStage(brokers, { seed, manner, sessions: 3, data, command });
  const talking = stage.clients.map((client) => client.talk());
  await pause(1_200);
  const survivor = await cut(stage, image, true);
  for (const client of stage.clients) client.leave();
  for (const client of stage.clients) client.calm();
  await Promise.all(talking);
  expect(lostIn(stage, survivor)).toContain(1);
});

/** A record that cannot be read has lost everything. */
function lostIn({ history, marker }: Stage, survivor: string): number[] {
  try {
    const found = readRecord({ folder: survivor, marker, said: [] });
    return flawsIn(history.seen, found).map(({ invariant }) => invariant);
  } catch (cause) {
    expect(String(cause)).toMatch(/SqliteError|ENOENT/);
    return [1];
  }
}
