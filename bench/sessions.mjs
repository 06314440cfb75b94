/**
 * Sessions, against a broker in a process of its own on loopback. The clients are bare (`sessions/wire.mjs`): what an
 * SDK does beside would be measured with the broker otherwise.
 *
 *   node bench/sessions.mjs [--only proposing,closing,neighbour,watches,growth] [--rounds 3] [--seconds 3] [--json]
 *
 * proposing  proposals accepted a second, and how long until the provider hears and both are in, at 1, 16 and 64 at once
 * closing    one revocation that closes `--closing` sessions: until it is answered, until the last consumer has heard
 * neighbour  p50 and p99 of another company's proposals while a revocation with `--dependents` sessions is swept
 * watches    one advertisement is published while `--watchers` connected instances watch
 * growth     proposals a second on the line in this process, with 10^3 … `--record` sessions in the record
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBroker } from "./sessions/broker-process.mjs";
import { measureClosing } from "./sessions/closing.mjs";
import { measureGrowth } from "./sessions/growth.mjs";
import { measureNeighbour } from "./sessions/neighbour.mjs";
import { measureProposing } from "./sessions/proposing.mjs";
import { measureWatches } from "./sessions/watches.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "proposing,closing,neighbour,watches,growth" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    desks: { type: "string", default: "64" },
    closing: { type: "string", default: "1000" },
    dependents: { type: "string", default: "100000" },
    watchers: { type: "string", default: "1000" },
    record: { type: "string", default: "100000" },
    json: { type: "boolean", default: false },
  },
});
const number = (name, max) => Math.min(Math.max(Number(values[name]), 1), max);
const options = {
  windows: [1, 16, 64],
  rounds: number("rounds", 20),
  // An access token lasts five minutes, and nobody here renews one.
  seconds: number("seconds", 60),
  desks: number("desks", 1_000),
  closing: number("closing", 10_000),
  dependents: number("dependents", 200_000),
  watchers: number("watchers", 5_000),
  record: number("record", 1_000_000),
};

async function withFolder(measure) {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withBroker = (measure) =>
  withFolder(async (folder) => {
    const broker = await startBroker(folder);
    try {
      return await measure(broker, options);
    } finally {
      await broker.stop();
    }
  });

const parts = {
  proposing: () => withBroker(measureProposing),
  closing: () => withBroker(measureClosing),
  neighbour: () => withFolder((folder) => measureNeighbour(folder, options)),
  watches: () => withBroker(measureWatches),
  growth: () => withFolder((folder) => measureGrowth(folder, options)),
};

const short = (row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "number" ? Number(value.toFixed(2)) : value,
    ]),
  );

const measured = {};
for (const name of values.only.split(",")) {
  if (!(name in parts)) throw new Error(`there is no part ${name}: ${Object.keys(parts).join(", ")}`);
  measured[name] = await parts[name]();
  if (values.json) continue;
  console.log(name);
  console.table(measured[name].map(short));
}
if (values.json) console.log(JSON.stringify(measured));
