/**
 * Sockets of instances: how many are opened and welcomed a second, what an idle one costs in memory, how soon the last
 * one is gone when their agent is revoked, and how soon all are back after a restart and after a kill -9; what they cost
 * of a processor while nobody says anything, pings and pongs included. The broker is a process of its own on loopback;
 * this one is all the instances.
 *
 *   node bench/sockets.mjs [--sockets 2000] [--window 64] [--idle 20] [--rounds 3] [--json]
 */
import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serverTime } from "./peers/server-time.mjs";
import { atOnce, Home, Principal, quantiles } from "./principals.mjs";

const dist = (path) => import(new URL(`../packages/${path}`, import.meta.url).href);

/** The broker as it is served, in a process that can be asked what it holds. */
async function beBroker(flags) {
  const { loadConfig, startBroker } = await dist("broker/dist/index.js");
  const loaded = loadConfig({ flags, env: {} });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  const broker = await startBroker(loaded.config);
  process.on("message", async (asked) => {
    if (asked === "memory") {
      for (let round = 0; round < 3; round++) globalThis.gc();
      process.send({ memory: process.memoryUsage() });
      return;
    }
    await broker.stop();
    process.send({ stopped: true });
    process.disconnect();
  });
  process.send({ issuer: broker.issuer });
}

class BrokerProcess {
  constructor(child, issuer) {
    this.child = child;
    this.issuer = issuer;
  }

  static async start(data, listen) {
    const flags = { data, listen, management: "127.0.0.1:0", logLevel: "warn" };
    const child = fork(fileURLToPath(import.meta.url), {
      env: { ...process.env, PARLEY_BENCH_BROKER: JSON.stringify(flags) },
      execArgv: ["--expose-gc"],
    });
    const { issuer } = await heard(child, "issuer");
    return new BrokerProcess(child, issuer);
  }

  async memory() {
    this.child.send("memory");
    return (await heard(this.child, "memory")).memory;
  }

  /** Microseconds of a processor that a second takes while it is left alone; pings go out every ten. */
  async idleTime(seconds) {
    const before = serverTime(this.child.pid);
    await pause(seconds * 1_000);
    return before === null ? null : (serverTime(this.child.pid) - before) / seconds;
  }

  async stop() {
    if (this.child.killed) return;
    this.child.send("stop");
    await heard(this.child, "stopped");
  }

  async kill() {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await gone;
  }
}

function heard(child, name) {
  return new Promise((resolve, reject) => {
    const hear = (message) => {
      if (!(name in message)) return;
      child.off("message", hear);
      child.off("exit", leave);
      resolve(message);
    };
    const leave = (code) => reject(new Error(`the broker ended with ${code} before it said ${name}`));
    child.on("message", hear);
    child.on("exit", leave);
  });
}

/** An organisation with one agent, and that agent's instances, enrolled and with a token each. */
async function populate(home, platformToken, count) {
  await home.refresh();
  const platform = await Principal.enrol(home, platformToken);
  await platform.signIn();
  const made = await platform.ask("POST", "/v1/organisations", { name: "bench" });
  const admin = await Principal.enrol(home, made.token.token);
  await admin.signIn();
  const agent = await admin.ask("POST", "/v1/agents", { name: "bench", owner: "bench@example.org" });
  const tokens = [];
  for (let left = count; left > 0; left -= 100) {
    const uses = Math.min(left, 100);
    const { token } = await admin.ask("POST", `/v1/agents/${agent.id}/enrolment-tokens`, { uses });
    tokens.push(...Array(uses).fill(token));
  }
  const instances = [];
  await atOnce(16, tokens, async (token) => instances.push(await Principal.enrol(home, token)));
  return { admin, agent: agent.id, instances };
}

const signAllIn = (instances) => atOnce(16, instances, (instance) => instance.signIn());

async function connectAll(instances, window) {
  const sockets = [];
  const renewals = [];
  const times = [];
  const from = performance.now();
  await atOnce(window, instances, async (instance) => {
    const { socket, ms, renew } = await instance.connect();
    sockets.push(socket);
    renewals.push(renew);
    times.push(ms);
  });
  return { sockets, renewals, seconds: (performance.now() - from) / 1_000, times };
}

/** When each of them has gone, in milliseconds from now. */
function endings(sockets) {
  const from = performance.now();
  return Promise.all(
    sockets.map(
      (socket) => new Promise((resolve) => socket.once("close", () => resolve(performance.now() - from))),
    ),
  );
}

const perSocket = (after, before, count) => (after - before) / count / 1_024;

/** The broker ends as it is told, and is started again in the same place: until it is ready, until all are back. */
async function comeBack(scene, { sockets, renewals }, end) {
  await scene.home.refresh();
  // Their access would end meanwhile: it lasts five minutes.
  await atOnce(16, renewals, (renew) => renew());
  const gone = endings(sockets);
  const from = performance.now();
  await end(scene.broker);
  await gone;
  const ended = performance.now();
  scene.broker = await BrokerProcess.start(scene.data, new URL(scene.broker.issuer).host);
  const startMs = performance.now() - ended;
  await scene.home.refresh();
  const back = await connectAll(scene.instances, scene.window);
  return { back, endMs: ended - from, startMs, allBackS: startMs / 1_000 + back.seconds };
}

/** Half of them have stopped reading: they go by force. */
async function revokeAll({ admin, agent }, { sockets }) {
  await admin.signIn();
  for (const [at, socket] of sockets.entries()) if (at % 2 === 1) socket.pause();
  const ends = endings(sockets.filter((_, at) => at % 2 === 0));
  const revoking = performance.now();
  const { cut } = await admin.ask("POST", `/v1/agents/${agent}/revoke`);
  const answeredMs = performance.now() - revoking;
  const lastMs = Math.max(...(await ends));
  for (const socket of sockets) socket.terminate();
  return { cut, answeredMs, lastMs };
}

async function held({ broker, instances }, bare, idleSeconds) {
  await pause(2_000);
  const now = await broker.memory();
  const count = instances.length;
  const idleUs = await broker.idleTime(idleSeconds);
  return {
    heap_kib_per_socket: perSocket(now.heapUsed + now.external, bare.heapUsed + bare.external, count),
    rss_kib_per_socket: perSocket(now.rss, bare.rss, count),
    rss_mib: now.rss / 1_024 ** 2,
    heap_mib: (now.heapUsed + now.external) / 1_024 ** 2,
    idle_cpu_percent: idleUs === null ? null : idleUs / 10_000,
    idle_cpu_us_per_socket_second: idleUs === null ? null : idleUs / count,
  };
}

async function measure(scene, { idle }) {
  const bare = await scene.broker.memory();
  const first = await connectAll(scene.instances, scene.window);
  const { p50, p99 } = quantiles(first.times);
  const holding = await held(scene, bare, idle);
  const stopped = await comeBack(scene, first, (broker) => broker.stop());
  const killed = await comeBack(scene, stopped.back, (broker) => broker.kill());
  const { cut, answeredMs, lastMs } = await revokeAll(scene, killed.back);
  return {
    welcomed_per_second: scene.instances.length / first.seconds,
    welcome_p50_ms: p50,
    welcome_p99_ms: p99,
    ...holding,
    stop_ms: stopped.endMs,
    start_ms: stopped.startMs,
    all_back_s: stopped.allBackS,
    start_after_kill_ms: killed.startMs,
    all_back_after_kill_s: killed.allBackS,
    revoke_answered_ms: answeredMs,
    revoke_last_reader_gone_ms: lastMs,
    revoke_cut: cut.sockets,
    revoke_surviving: cut.surviving.length,
  };
}

async function round({ count, window, idle }) {
  const data = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const broker = await BrokerProcess.start(data, "127.0.0.1:0");
  const home = new Home(broker.issuer);
  const scene = { data, broker, home, window };
  try {
    const platformToken = readFileSync(join(data, "platform-enrolment-token"), "utf8").trim();
    Object.assign(scene, await populate(home, platformToken, count));
    await signAllIn(scene.instances);
    return await measure(scene, { idle });
  } finally {
    home.close();
    await scene.broker.stop();
    rmSync(data, { recursive: true });
  }
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];

async function beInstances() {
  const { values } = parseArgs({
    options: {
      sockets: { type: "string", default: "2000" },
      window: { type: "string", default: "64" },
      idle: { type: "string", default: "20" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
    },
  });
  // An agent has no more instances, and an address no more places for the unauthenticated.
  const count = Math.min(Number(values.sockets), 10_000);
  const window = Math.min(Number(values.window), 200);
  const rounds = [];
  const idle = Math.min(Math.max(Number(values.idle), 1), 120);
  for (let at = 0; at < Number(values.rounds); at++) rounds.push(await round({ count, window, idle }));
  if (values.json) return console.log(JSON.stringify({ sockets: count, window, rounds }));
  const table = Object.keys(rounds[0] ?? {}).map((name) => [
    name,
    Number(median(rounds.map((one) => one[name])).toFixed(1)),
  ]);
  console.log(`${count} sockets, ${window} at once, median of ${rounds.length} rounds`);
  console.table(Object.fromEntries(table));
}

if (process.env.PARLEY_BENCH_BROKER !== undefined)
  await beBroker(JSON.parse(process.env.PARLEY_BENCH_BROKER));
else await beInstances();
