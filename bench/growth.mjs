/**
 * How what an accepted envelope costs grows: with the sessions that are open, with its payload, with the facts that the
 * record holds. Every size has a broker of its own on loopback that stays; they are measured in turn, A B C A B C …, and
 * each figure is of the same count of envelopes, each answered, delivered once, in order, and found in the record.
 *
 *   npm run bench:growth -- [--quick] [--only sessions,payload,facts] [--rounds 5] [--count 5000] [--window 64]
 *                           [--sessions 1,100,1000,10000] [--payload 0,256,4096,65536,1048576] [--facts 0,100000,1000000]
 *                           [--json]
 *
 * sessions  so many are open: one that is made for it talks, and all of them in turn
 * payload   bytes, in one session that is made for it; the largest envelope is 1 MiB with its header
 * facts     so many are in the record before: one session that is made for it talks
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Stage } from "./growth/stage.mjs";
import { syncTimes } from "./peers/disk.mjs";
import { median } from "./peers/results.mjs";

const { ceilings } = await import(new URL("../packages/protocol/dist/index.js", import.meta.url).href);
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "sessions,payload,facts" },
    rounds: { type: "string" },
    count: { type: "string" },
    window: { type: "string", default: "64" },
    sessions: { type: "string" },
    payload: { type: "string" },
    facts: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const say = (line) => process.stderr.write(`${line}\n`);

function number(text, what, min, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${what} is a whole number from ${min} to ${max}, not ${text}`);
}
const numbers = (text, what, min, max) => text.split(",").map((one) => number(one, what, min, max));
const either = (name, quick, whole) => values[name] ?? (values.quick ? quick : whole);

/** With the warm-up it is what one session takes in a minute, less what is on its way. */
const countMax = 5_000;
/** The largest envelope is one of its header as well. */
const headerBytes = 256;
/** Of the largest fewer are sent: as many bytes at most. */
const bytesMax = 256 * 1024 * 1024;

const options = {
  rounds: number(either("rounds", "2", "5"), "--rounds", 1, 50),
  count: number(either("count", "300", "5000"), "--count", 10, countMax),
  window: number(values.window, "--window", 1, 256),
  sessions: numbers(either("sessions", "1,20", "1,100,1000,10000"), "--sessions", 1, 10_000),
  payload: numbers(
    either("payload", "0,65536", "0,256,4096,65536,1048576"),
    "--payload",
    0,
    ceilings.maxEnvelopeBytes,
  ),
  facts: numbers(either("facts", "0,2000", "0,100000,1000000"), "--facts", 0, 10_000_000),
};

/** Whose figures stand side by side: `measure()` gives those of one round. */
const column = (part, size, what, measure) => ({ part, size, what, measure, rounds: [] });

async function sessionsStages(stages) {
  const { sessions, ...how } = options;
  const columns = [];
  for (const size of sessions) {
    say(`opening ${size} sessions …`);
    const stage = await Stage.open({ sessions: size });
    stages.push(stage);
    columns.push(column("sessions", size, "one talks", () => stage.one(256, how)));
    columns.push(column("sessions", size, "all in turn", () => stage.inTurn(inTurnOf(size))));
  }
  return columns;
}

/** Those that stay take no more in the whole run than one takes in a minute. */
const inTurnOf = (size) => {
  const each = Math.floor(countMax / options.rounds);
  return { ...options, count: Math.min(options.count, size * each) };
};

async function payloadStages(stages) {
  const stage = await Stage.open({});
  stages.push(stage);
  return options.payload.map((size) => {
    const bytes = Math.min(size, ceilings.maxEnvelopeBytes - headerBytes);
    const count = Math.min(options.count, Math.max(16, Math.floor(bytesMax / Math.max(bytes, 1))));
    return column("payload", size, "one talks", () => stage.one(bytes, { ...options, count }));
  });
}

async function factsStages(stages) {
  const columns = [];
  for (const size of options.facts) {
    const stage = await Stage.open({ sessions: size === 0 ? 0 : Math.min(960, size), payloadBytes: 16 });
    stages.push(stage);
    if (size > 0) await stage.fill(size, (said) => say(`filling: ${said}`));
    columns.push(column("facts", size, "one talks", () => stage.one(256, options)));
  }
  return columns;
}

const parts = { sessions: sessionsStages, payload: payloadStages, facts: factsStages };

/** Medians of the rounds; of the processors' time the mean, because a round of it is counted coarsely. */
function rowOf({ part, size, what, rounds }) {
  const of = (name) => median(rounds.map((round) => round[name]));
  const sum = (name) => rounds.reduce((total, round) => total + round[name], 0);
  const cpu_us = rounds.some(({ cpu }) => cpu === null) ? null : sum("cpu") / sum("count");
  const times = ["rate", "yes_p50_ms", "yes_p99_ms", "p50_ms", "p99_ms"];
  return { part, size, what, ...Object.fromEntries(times.map((name) => [name, of(name)])), cpu_us };
}

/** Beside the smallest that does the same. */
function besideFirst(rows) {
  return rows.map((row) => {
    const first = rows.find(({ part, what }) => part === row.part && what === row.what);
    const ratio = (name) => (row[name] === null ? null : row[name] / first[name]);
    return { ...row, rate_ratio: ratio("rate"), p99_ratio: ratio("yes_p99_ms"), cpu_ratio: ratio("cpu_us") };
  });
}

async function measure(name) {
  const stages = [];
  try {
    const columns = await parts[name](stages);
    for (let round = 1; round <= options.rounds; round++)
      for (const { size, what, measure, rounds } of columns) {
        rounds.push(await measure());
        say(`round ${round}, ${name} ${size}, ${what}: ${Math.round(rounds.at(-1).rate)} a second`);
      }
    return columns.map(rowOf);
  } finally {
    for (const stage of stages) await stage.stop();
  }
}

const short = (row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "number" ? Number(value.toFixed(2)) : value,
    ]),
  );

const [load] = loadavg();
const rows = [];
for (const name of values.only.split(",")) {
  if (!(name in parts)) throw new Error(`there is no part ${name}: ${Object.keys(parts).join(", ")}`);
  rows.push(...besideFirst(await measure(name)));
}
if (values.json) console.log(JSON.stringify(rows));
else {
  const sync = syncTimes();
  const said = `load ${load.toFixed(1)} before; a sync takes ${sync[30].toFixed(2)} ms, one of ten ${sync[54].toFixed(2)} or more`;
  console.log(`${cpus().length} processors (${said}), Node ${process.version}; ${options.rounds} rounds`);
  console.table(rows.map(short));
}
