/**
 * Whether the time of an answer tells what is hidden from what does not exist: pairs of requests, one of each, in an
 * order drawn for each pair, over one connection to a broker of its own on loopback. The same is measured of a leaky
 * broker, which takes a little longer for what is hidden: a measurement that does not see that one says nothing.
 *
 *   node bench/timing.mjs [--pairs 4000] [--leak-us 30] [--seed 1] [--json]
 *
 * The data is kept in memory where there is a place for it: what a disk takes is not what is measured. Signatures are
 * made before the clock runs. `difference` is the median of (hidden − absent) of the pairs, with its interval of 95 %.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeId } from "@parley/protocol";
import { Home, Principal } from "./principals.mjs";
import { startBroker } from "./sessions/broker-process.mjs";
import { interval, median, rankTest } from "./timing/statistics.mjs";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "4000" },
    "leak-us": { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const pairs = Math.min(Math.max(Number(values.pairs), 20), 100_000);
const leakUs = Number(values["leak-us"]);
const memory = "/dev/shm";
const leak = new URL("./timing/leak.mjs", import.meta.url).href;

/** One request over the one connection, in microseconds from its first byte to the last of its answer. */
function time(home, agent, path, headers) {
  return new Promise((resolve, reject) => {
    const from = process.hrtime.bigint();
    const sent = request(home.issuer + path, { agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        const microseconds = Number(process.hrtime.bigint() - from) / 1_000;
        home.nonce = answer.headers["dpop-nonce"] ?? home.nonce;
        resolve({ status: answer.statusCode, microseconds });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function found(platform, home, name) {
  const { token } = await platform.ask("POST", "/v1/organisations", { name });
  const admin = await Principal.enrol(home, token.token);
  await admin.signIn();
  return admin;
}

/** By one organisation: what the other must not see. */
async function hide(admin) {
  const agent = (await admin.ask("POST", "/v1/agents", { name: "hidden", owner: "ops" })).id;
  const workgroup = await admin.ask("POST", "/v1/workgroups", { name: "hidden", purpose: "hidden" });
  return { agent, workgroup: workgroup.id };
}

/** What is asked for, and of which pair it is the absent one. */
const asked = ({ agent, workgroup }) => [
  { what: "GET an agent", pathOf: (id) => `/v1/agents/${id}`, hidden: agent, kind: "agent" },
  { what: "GET a workgroup", pathOf: (id) => `/v1/workgroups/${id}`, hidden: workgroup, kind: "workgroup" },
];

async function measure({ what, pathOf, hidden, kind }, { home, agent, observer }) {
  const absent = makeId(kind);
  const samples = { hidden: [], absent: [] };
  let signedInAt = 0;
  const once = async (id) => {
    const path = pathOf(id);
    return time(home, agent, path, observer.headersFor("GET", path));
  };
  const warm = Math.min(200, pairs);
  for (let done = -warm; done < pairs; ) {
    if (performance.now() - signedInAt > 120_000) {
      await observer.signIn();
      signedInAt = performance.now();
    }
    const order = Math.random() < 0.5 ? ["hidden", "absent"] : ["absent", "hidden"];
    const pair = {};
    for (const which of order) pair[which] = await once(which === "hidden" ? hidden : absent);
    const statuses = [pair.hidden.status, pair.absent.status];
    // A nonce of the minute before: the pair is asked again.
    if (statuses.includes(401)) continue;
    if (statuses.some((status) => status !== 404)) throw new Error(`${what}: ${statuses}`);
    if (done >= 0) for (const which of order) samples[which].push(pair[which].microseconds);
    done += 1;
  }
  return report(what, samples);
}

function report(what, { hidden, absent }) {
  const { z, p } = rankTest(hidden, absent);
  const differences = hidden.map((value, at) => value - absent[at]);
  const [from, to] = interval(differences, Number(values.seed));
  const rounded = (value) => Number(value.toFixed(2));
  return {
    what,
    hidden_us: rounded(median(hidden)),
    absent_us: rounded(median(absent)),
    difference_us: rounded(median(differences)),
    from_us: rounded(from),
    to_us: rounded(to),
    z: rounded(z),
    p: Number(p.toPrecision(2)),
    seen: from > 0 || to < 0,
  };
}

async function measureBroker(isLeaky) {
  const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "parley-bench-"));
  const ids = join(folder, "leaking-ids.json");
  const env = { PARLEY_LEAK_US: String(leakUs), PARLEY_LEAK_IDS: ids };
  const broker = await startBroker(
    join(folder, "data"),
    "127.0.0.1:0",
    isLeaky ? { flags: ["--import", leak], env } : {},
  );
  const home = new Home(broker.issuer);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await home.refresh();
    const platform = await Principal.enrol(home, broker.firstToken());
    await platform.signIn();
    const hidden = await hide(await found(platform, home, "hiding"));
    const observer = await found(platform, home, "observing");
    if (isLeaky) {
      writeFileSync(ids, JSON.stringify(Object.values(hidden)));
      broker.signal("SIGUSR2");
    }
    const rows = [];
    for (const one of asked(hidden)) rows.push(await measure(one, { home, agent, observer }));
    return rows.map((row) => ({ broker: isLeaky ? `leaky, ${leakUs} µs` : "as shipped", ...row }));
  } finally {
    agent.destroy();
    home.close();
    await broker.stop();
    rmSync(folder, { recursive: true });
  }
}

const rows = [...(await measureBroker(false)), ...(await measureBroker(true))];
if (values.json) console.log(JSON.stringify({ pairs, rows }));
else console.table(rows);
if (rows.some(({ broker, seen }) => broker !== "as shipped" && !seen)) {
  console.error("The leak that was planted was not seen: take more pairs, or a quieter machine.");
  process.exitCode = 1;
}
