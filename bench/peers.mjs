/**
 * Parley beside others: `npm run bench`. Every server is started here, on loopback, as a process of its own; they are
 * measured in turn, A B C A B C …; what gives up an order, a count or a durability that it promises has no figure.
 *
 *   node bench/peers.mjs [--quick] [--rounds 5] [--seconds 3] [--only throughput,ws-relay] [--payload 256] [--verify]
 *                        [--pairs 50] [--window 64] [--lean] [--json [FILE]] [--svg FILE] [--profile FOLDER]
 *
 * --only     names of cells (throughput, request-response, session) and of candidates; Parley is always one
 * --pairs, --window   of the cells, those with so many
 * --lean     the others, too, say only every sixteenth time what was received or handled, as Parley's receivers do
 * --verify   every payload's digest is checked, not those of a sample
 * --json     the rows, into a file or, alone, on standard output
 * --profile  the broker writes its CPU profiles there when it ends
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { candidateNames, lacksOf, natsVersion, Running } from "./peers/candidates.mjs";
import { cellNames, chosen, quick, whole } from "./peers/cells.mjs";
import { chartOf } from "./peers/chart.mjs";
import { syncTimes } from "./peers/disk.mjs";
import { jsonRows, summarise } from "./peers/results.mjs";
import { notes, tableOf, titleOf } from "./peers/table.mjs";

const say = (line) => process.stderr.write(`${line}\n`);
const beside = (path) => fileURLToPath(new URL(path, import.meta.url));

/** `--json` may stand alone: then it is standard output. */
const words = process.argv
  .slice(2)
  .map((word, at, all) => (word === "--json" && (all[at + 1] ?? "--").startsWith("--") ? "--json=-" : word));
const { values } = parseArgs({
  args: words,
  options: {
    quick: { type: "boolean", default: false },
    verify: { type: "boolean", default: false },
    lean: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string", default: "" },
    payload: { type: "string", default: "256" },
    json: { type: "string" },
    svg: { type: "string" },
    profile: { type: "string" },
    pairs: { type: "string" },
    window: { type: "string" },
  },
});

function number(name, otherwise, min, max) {
  const value = Number(values[name] ?? otherwise);
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} is a number from ${min} to ${max}`);
}

function readOptions() {
  const only = values.only.split(",").filter((name) => name !== "");
  const known = [...cellNames, ...candidateNames];
  const stranger = only.find((name) => !known.includes(name));
  if (stranger) throw new Error(`--only: there is no ${stranger}; there are ${known.join(", ")}`);
  const isMeant = ({ pairs, window }) =>
    [values.pairs ?? pairs, values.window ?? window].map(Number).join() === [pairs, window].join();
  const cells = chosen(values.quick ? quick : whole, only).filter(isMeant);
  if (cells.length === 0) throw new Error("there is no such cell: see the table of a whole run");
  return {
    cells,
    rounds: number("rounds", values.quick ? 1 : 5, 1, 50),
    // Longer, and a pair would need more sessions than a connection may hold.
    seconds: number("seconds", values.quick ? 0.4 : 3, 0.1, 10),
    warmupMs: values.quick ? 200 : 1_000,
    payloadBytes: number("payload", 256, 16, 65_536),
    everyOne: values.verify,
    isLean: values.lean,
    profile: values.profile && resolve(values.profile),
    // Only what was measured wholly is kept in the tree.
    svg:
      values.svg ??
      beside(`./results/${cells.length === whole.length && only.length === 0 ? "bench" : "part"}.svg`),
  };
}

const running = new Map();
let isInterrupted = false;

async function stopAll() {
  const all = [...running.values()];
  running.clear();
  await Promise.all(all.map((one) => one.stop()));
}

/** Those of the plan that this machine has; who is missing is said, loudly. */
async function startAll(options) {
  const wanted = new Set(options.cells.flatMap(({ candidates }) => candidates));
  for (const name of wanted) {
    const lacks = lacksOf(name);
    if (lacks) {
      say(`!!! ${name} IS NOT MEASURED: ${lacks}`);
      continue;
    }
    say(`starting ${name} …`);
    running.set(name, await Running.start(name, options));
  }
}

const failures = [];

async function measure(cell, candidate, options, round) {
  const { name, pairs, window } = cell;
  const { seconds, warmupMs, payloadBytes, everyOne, isLean } = options;
  const task = { name, pairs, window, ms: seconds * 1_000, warmupMs, payloadBytes, everyOne, isLean };
  const where = `round ${round}, ${titleOf(cell)}: ${candidate}`;
  if (isInterrupted) return [];
  try {
    const measured = await running.get(candidate).measure(task);
    say(`${where} ${Math.round(measured.rate).toLocaleString("en")}/s; ${measured.proven.join("; ")}`);
    return [{ round, ...measured }];
  } catch (error) {
    if (isInterrupted) return [];
    failures.push(`${where}: ${error.message}`);
    say(`!!! ${where} HAS NO FIGURE: ${error.message}`);
    return [];
  }
}

async function measureAll(options) {
  const measured = options.cells.map(({ candidates }) =>
    Object.fromEntries(candidates.map((name) => [name, []])),
  );
  for (let round = 1; round <= options.rounds; round++) {
    syncs.push(...syncTimes());
    for (const [at, cell] of options.cells.entries())
      for (const candidate of cell.candidates.filter((name) => running.has(name)))
        measured[at][candidate].push(...(await measure(cell, candidate, options, round)));
  }
  return options.cells.map((cell, at) => summarise(cell, measured[at]));
}

/** A machine that others use as well tells of them, not of Parley: so how it was stands beside the figures. */
const [loadBefore] = loadavg();
const syncs = [];

function syncsText() {
  const sorted = syncs.toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.floor(sorted.length * share)].toFixed(2);
  return `a sync takes ${at(0.5)} ms, one of ten ${at(0.9)} or more`;
}

function machine({ rounds, seconds, payloadBytes }) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(beside("./package.json"), "utf8"));
  const libraries = `ws ${dependencies.ws}, nats ${devDependencies.nats}, @a2a-js/sdk ${devDependencies["@a2a-js/sdk"]}`;
  const server = natsVersion() ?? "no nats-server";
  const what = `payloads of ${payloadBytes} bytes, ${rounds} × ${seconds} s`;
  const load = `load ${loadBefore.toFixed(1)} before; ${syncsText()}`;
  return `${cpus().length} processors (${load}), Node ${process.version}, ${server}, ${libraries}; ${what}`;
}

function report(results, options) {
  const said = machine(options);
  const rows = jsonRows(results, options.payloadBytes);
  mkdirSync(dirname(options.svg), { recursive: true });
  writeFileSync(options.svg, chartOf(results, said));
  if (values.json === "-") return console.log(JSON.stringify(rows));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  console.log([said, "", tableOf(results), ...notes, "", `The chart: ${options.svg}`].join("\n"));
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
])
  process.once(signal, async () => {
    isInterrupted = true;
    await stopAll();
    process.exit(code);
  });

const options = readOptions();
try {
  await startAll(options);
  const results = await measureAll(options);
  if (!isInterrupted) report(results, options);
} finally {
  await stopAll();
}
if (failures.length > 0) {
  say(`\n${failures.length} measurements have no figure:\n${failures.join("\n")}`);
  process.exitCode = 1;
}
