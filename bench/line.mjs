/**
 * Commands per second through the line (governed, chained, durable on SQLite), at 1, 16, 64 and 256 at once, with the
 * line on the main thread and with the whole line in a worker that is handed batches. The two take turns, so that a
 * noisy machine is noisy for both; medians are printed, and `--json` prints every round.
 *
 *   node bench/line.mjs [--rounds 5] [--seconds 1] [--json]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const inside = (path) => import(new URL(`../packages/broker/dist/${path}`, import.meta.url).href);
const { makeId } = await import(new URL("../packages/protocol/dist/index.js", import.meta.url).href);

async function openLine(folder) {
  const { openSqliteStore } = await inside("ledger/sqlite/store.js");
  const { openHeadFile } = await inside("ledger/sqlite/head-file.js");
  const { openLedger } = await inside("ledger/batch.js");
  const { govern } = await inside("governance/govern.js");
  const { openClock } = await inside("clock.js");
  const store = openSqliteStore({ folder });
  const head = openHeadFile(join(folder, "head"));
  const clock = openClock({ ledgerAt: undefined, onStep: console.warn, onLost: console.warn });
  const ledger = await openLedger({ store, head, clock, govern });
  return {
    settle: (command) => ledger.settle(command),
    async close() {
      await ledger.drain();
      await store.close();
      await head.close();
    },
  };
}

if (!isMainThread) {
  const line = await openLine(workerData.folder);
  const answers = [];
  parentPort.on("message", async ({ commands, close }) => {
    if (close) {
      await line.close();
      parentPort.postMessage({ closed: true });
      parentPort.close();
      return;
    }
    for (const { number, command } of commands) {
      line.settle(command).then((settled) => {
        // Answers of one commit leave together.
        if (answers.push({ number, settled }) === 1)
          setImmediate(() => parentPort.postMessage({ answers: answers.splice(0) }));
      });
    }
  });
  parentPort.postMessage({ ready: true });
}

async function openWorkerLine(folder) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder } });
  const waiting = new Map();
  const outbound = [];
  let number = 0;
  const closed = new Promise((resolve) => {
    worker.on("message", (message) => {
      if (message.closed) resolve();
      for (const { number, settled } of message.answers ?? []) {
        waiting.get(number)(settled);
        waiting.delete(number);
      }
    });
  });
  await new Promise((resolve) => worker.once("message", resolve));
  return {
    settle(command) {
      number += 1;
      const mine = number;
      if (outbound.push({ number: mine, command }) === 1) {
        queueMicrotask(() => worker.postMessage({ commands: outbound.splice(0) }));
      }
      return new Promise((resolve) => waiting.set(mine, resolve));
    },
    async close() {
      worker.postMessage({ close: true });
      await closed;
    },
  };
}

async function prepare(line) {
  const token = () => ({
    id: makeId("enrolmentToken"),
    digest: makeId("command"),
    uses: 1,
    expiresInSeconds: 3_600,
    ephemeral: false,
  });
  const enrol = async (digest) => {
    const key = { thumbprint: makeId("command"), x: "x" };
    const { verdict } = await line.settle({
      kind: "principal.enrol",
      id: makeId("command"),
      tokenDigest: digest,
      ...key,
      instance: makeId("instance"),
    });
    return verdict.answer.operator;
  };
  const first = { operator: makeId("operator"), token: token() };
  await line.settle({
    kind: "broker.start",
    id: makeId("command"),
    version: "bench",
    platform: first,
    recover: "none",
    eraAfter: 0,
    lastAt: 0,
  });
  const platform = { principal: await enrol(first.token.digest), generation: "0.0.1" };
  const admin = { operator: makeId("operator"), name: "admin" };
  const made = {
    organisation: makeId("organisation"),
    name: "bench",
    displayName: "bench",
    admin,
    token: token(),
  };
  await line.settle({
    kind: "organisation.create",
    id: makeId("command"),
    caller: platform,
    target: "",
    ...made,
  });
  const caller = { principal: await enrol(made.token.digest), generation: "0.0.1" };
  // One agent for each slot, changed again and again: one fact and one derived row a command, and no limit is filled.
  return async (slot) => {
    const agent = makeId("agent");
    await line.settle({
      kind: "agent.create",
      id: makeId("command"),
      caller,
      target: "",
      agent,
      name: `slot-${slot}`,
      tags: {},
      owner: "bench",
    });
    let expectedVersion = 0;
    return () => {
      expectedVersion += 1;
      return {
        kind: "agent.change",
        id: makeId("command"),
        caller,
        target: "",
        agent,
        owner: `bench ${expectedVersion}`,
        expectedVersion,
      };
    };
  };
}

async function round(open, atOnce, ms) {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const line = await open(folder);
  const slotOf = await prepare(line);
  const slots = await Promise.all(Array.from({ length: atOnce }, (_, slot) => slotOf(slot)));
  const times = [];
  let refused = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const end = start + ms;
  await Promise.all(
    slots.map(async (next) => {
      while (performance.now() < end) {
        const from = performance.now();
        const { verdict } = await line.settle(next());
        if (verdict.verdict === "refused") refused += 1;
        times.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  delay.disable();
  await line.close();
  rmSync(folder, { recursive: true });
  if (refused > 0) throw new Error(`${refused} commands were refused: the figures would mean nothing`);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return {
    rate: times.length / seconds,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    loop_p99_ms: delay.percentile(99) / 1e6,
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      only: { type: "string" },
    },
  });
  const all = { "main thread": openLine, worker: openWorkerLine };
  const candidates = values.only ? { [values.only]: all[values.only] } : all;
  const rows = [];
  for (const atOnce of [1, 16, 64, 256]) {
    const seen = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
    for (let number = 0; number < Number(values.rounds); number++) {
      for (const [name, open] of Object.entries(candidates))
        seen[name].push(await round(open, atOnce, Number(values.seconds) * 1_000));
    }
    for (const [name, rounds] of Object.entries(seen)) {
      const figures = Object.fromEntries(
        Object.keys(rounds[0]).map((figure) => [figure, median(rounds.map((one) => one[figure]))]),
      );
      rows.push({ line: name, at_once: atOnce, ...figures });
    }
  }
  if (values.json) return console.log(JSON.stringify(rows));
  console.table(
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, typeof v === "number" ? Number(v.toFixed(2)) : v]),
      ),
    ),
  );
}

if (isMainThread) await main();
