/** A broker whose data path is dead says so by itself within ten seconds, though its process and its sockets are well. */
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type BrokerProcess, startBroker } from "../fixtures/broker-process.js";
import { openBrokers } from "../fixtures/brokers.js";
import { answersPing, connectAs } from "../fixtures/raw-socket.js";
import { makeWorld } from "../fixtures/world.js";
import { Mounts } from "./mounts.js";
import { missing, skipLoudly } from "./tools.js";

const brokers = openBrokers();
const withinMs = 10_000;

interface Seen {
  readonly status: number;
  readonly ready: boolean;
  readonly why: string;
}

async function look({ management }: BrokerProcess): Promise<Seen> {
  const answer = await fetch(`${management}/readyz`);
  return { status: answer.status, ...((await answer.json()) as Omit<Seen, "status">) };
}

/** Looks until it says so, and no longer than it may take. */
async function seen(broker: BrokerProcess, status: number): Promise<Seen> {
  const until = performance.now() + withinMs;
  for (let last = await look(broker); ; last = await look(broker)) {
    if (last.status === status || performance.now() > until) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const well = { status: 200, ready: true };

test("another process that holds the database: not ready, and ready again when it has let go", async () => {
  const { broker, a } = await makeWorld(await brokers.start());
  const connected = await connectAs(a.instance);
  expect(await look(broker)).toMatchObject(well);
  const other = new Database(join(broker.data, "parley.db"));
  onTestFinished(() => void other.close());
  other.exec("BEGIN IMMEDIATE");
  const { status, why } = await seen(broker, 503);
  expect([status, why]).toEqual([
    503,
    expect.stringMatching(/the store failed: io|the line does not answer/),
  ]);
  // Its sockets look fine all the while.
  expect(await answersPing(connected)).toBe(true);
  other.exec("ROLLBACK");
  expect(await seen(broker, 200)).toMatchObject(well);
  await expect.poll(broker.said, { timeout: 5_000 }).toMatch(/"msg":"not ready".*"msg":"ready again"/s);
  connected.socket.end();
});

let folder = "";
let mounts: Mounts;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-readiness-"));
  mounts = new Mounts(folder);
  return () => {
    mounts.unmountAll();
    rmSync(folder, { recursive: true, force: true });
  };
});

test("a full disk: not ready and why, reading goes on, and ready again when there is room", async (context) => {
  const reason = missing(["mount", "umount"], true);
  if (reason !== undefined) skipLoudly(context, reason);
  const disk = mounts.mountMemory("16m", "disk");
  const broker = await startBroker({ data: join(disk, "data") });
  onTestFinished(async () => {
    broker.signal("SIGKILL");
    await broker.ended;
  });
  const { a } = await makeWorld(broker);
  expect(await look(broker)).toMatchObject(well);
  const ballast = join(disk, "ballast");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  // What the log has room for is still written: the probe alone would take its time to fill it.
  for (let n = 0; n < 200; n++)
    if ((await a.admin.post("/v1/agents", { name: `n-${n}`, owner: "x" })).status !== 201) break;
  expect(await seen(broker, 503)).toEqual({ status: 503, ready: false, why: "full: reads only" });
  await a.admin.done("GET", "/v1/agents");
  rmSync(ballast);
  expect(await seen(broker, 200)).toMatchObject(well);
});
