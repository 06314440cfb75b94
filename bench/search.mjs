/**
 * Searches of the catalog, asked beside the main thread as the broker asks them: p50 and p99 as advertisements grow from
 * 10^3 to 10^5, for a seeker in 10 workgroups and for one in all of them. A workgroup always has 100 offers, so what
 * grows is what the seeker in 10 may not see. `--json` prints the rows.
 *
 *   node bench/search.mjs [--asks 300] [--json]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const inside = (path) => import(new URL(`../packages/broker/dist/${path}`, import.meta.url).href);
const protocol = await import(new URL("../packages/protocol/dist/index.js", import.meta.url).href);
const { openSqliteStore } = await inside("ledger/sqlite/store.js");
const { searchedWords } = await inside("governance/offer/offers.js");
const { makeId, completeAdvertisement, defaultContract, defaultTermsDigest } = protocol;

const offersPerGroup = 100;
const agentsPerGroup = 10;
/** The same numbers in every run. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of such numbers repeat soon.
    return Math.floor((state / 2 ** 32) * below);
  };
}

const organisationOf = (name) => ({
  id: makeId("organisation"),
  name,
  displayName: name,
  standing: "active",
  generation: 0,
  createdAt: 1,
  version: 1,
  takenAt: 0,
});
const agentOf = (organisation, name) => ({
  id: makeId("agent"),
  organisation,
  name,
  tags: {},
  owner: "bench",
  standing: "active",
  generation: 0,
  createdAt: 1,
  version: 1,
  takenAt: 0,
});
const memberOf = (workgroup, { id, organisation }, rights) => ({
  workgroup,
  agent: id,
  organisation,
  participation: 1,
  since: 1,
  offerTakenAt: 0,
  engageTakenAt: 0,
  ...rights,
});

const word = (n) => `${"bcdfghjklm"[n % 10]}${"aeiou"[n % 5]}${n.toString(36)}`;

function* rowsOf(groups, seekers) {
  const next = numbers(7);
  const home = organisationOf("home");
  yield ["organisations", home];
  const seeking = Object.entries(seekers).map(([name, size]) => ({ size, agent: agentOf(home.id, name) }));
  for (const { agent } of seeking) yield ["agents", agent];
  for (let g = 0; g < groups; g++) {
    const organisation = organisationOf(`provider-${g}`);
    const workgroup = makeId("workgroup");
    yield ["organisations", organisation];
    yield [
      "workgroups",
      {
        ...{ id: workgroup, owner: organisation.id, name: `group-${g}`, purpose: "bench", rules: "" },
        ...{ admission: "owner", state: "active", createdAt: 1, takenAt: 0 },
      },
    ];
    for (const { id } of [organisation, home])
      yield ["participations", { workgroup, organisation: id, state: "in", since: 1, takenAt: 0 }];
    for (const { size, agent } of seeking)
      if (g % (groups / size) === 0)
        yield ["memberships", memberOf(workgroup, agent, { offer: false, engage: true })];
    const agents = Array.from({ length: agentsPerGroup }, (_, a) => agentOf(organisation.id, `agent-${a}`));
    for (const agent of agents) {
      yield ["agents", agent];
      yield ["memberships", memberOf(workgroup, agent, { offer: true, engage: false })];
    }
    for (let n = 0; n < offersPerGroup; n++) yield* offerRows({ workgroup, agents, n, next });
  }
}

function* offerRows({ workgroup, agents, n, next }) {
  const agent = agents[n % agents.length];
  const advertisement = makeId("advertisement");
  const name = `${word(next(5_000))}-${n}`;
  const description = Array.from({ length: 8 }, () => word(next(500))).join(" ");
  const capabilities = [`markets.area-${next(20)}.kind-${next(10)}`, `data.set-${next(1_000)}`];
  const content = completeAdvertisement({
    ...{ agent: agent.id, name, description, workgroups: [workgroup] },
    capabilities: capabilities.map((capability) => ({ name: capability })),
    contract: { id: defaultContract, termsDigest: defaultTermsDigest },
  });
  yield [
    "advertisements",
    {
      id: advertisement,
      agent: agent.id,
      organisation: agent.organisation,
      name,
      content,
      digest: "digest",
      statement: "x".repeat(1_000),
      by: agent.id,
      state: "active",
      publishedAt: 1,
      takenAt: 0,
      version: 1,
    },
  ];
  yield [
    "offers",
    {
      workgroup,
      advertisement,
      agent: agent.id,
      organisation: agent.organisation,
      contract: defaultContract,
      name,
      words: searchedWords(content),
      patterns: ["request-response"],
      requires: [],
      publishedAt: 1,
      version: 1,
      statement: "",
    },
  ];
  for (const capability of capabilities)
    yield ["offeredCapabilities", { workgroup, capability, advertisement, name }];
}

function fill(store, groups, seekers) {
  const found = {};
  let tx = store.begin();
  let count = 0;
  for (const [table, row] of rowsOf(groups, seekers)) {
    if (table === "agents" && row.name in seekers) found[row.name] = row;
    tx.change([{ do: "put", table, row }]);
    count += 1;
    if (count % 10_000 === 0) {
      tx.commit();
      tx = store.begin();
    }
  }
  tx.commit();
  return found;
}

const nothing = {
  capability: null,
  words: [],
  workgroup: null,
  organisation: null,
  pattern: null,
  available: null,
};
const queries = {
  everything: () => nothing,
  exact: (next) => ({ ...nothing, capability: { exactly: `markets.area-${next(20)}.kind-${next(10)}` } }),
  prefix: (next) => ({ ...nothing, capability: { beginsWith: `markets.area-${next(20)}` } }),
  words: (next) => ({ ...nothing, words: [word(next(500)), word(next(500))] }),
};

async function measure(store, agent, filterOf, asks) {
  const next = numbers(11);
  const times = [];
  let rows = 0;
  let place = null;
  for (let n = 0; n < asks; n++) {
    const by = {
      organisation: agent.organisation,
      agent: agent.id,
      filter: filterOf(next),
      after: null,
      limit: 50,
    };
    // Every other ask is for a page that begins somewhere further on.
    if (n % 2 === 1 && place) by.after = { ...place, rank: 0 };
    const from = performance.now();
    const { page } = await store.readAside({ page: { find: "catalogPage", by } });
    times.push(performance.now() - from);
    rows += page.length;
    const last = page.at(-1);
    if (last)
      place = {
        name: last.advertisement.name,
        advertisement: last.advertisement.id,
        workgroup: last.workgroup.id,
      };
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { rows: rows / asks, p50_ms: at(0.5), p99_ms: at(0.99) };
}

async function round(groups, asks) {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const store = openSqliteStore({ folder });
  const sizes = { "in-10": 10, ...(groups > 10 ? { [`in-${groups}`]: groups } : {}) };
  const seekers = fill(store, groups, sizes);
  const rows = [];
  for (const [seeker, agent] of Object.entries(seekers)) {
    for (const [query, filterOf] of Object.entries(queries)) {
      const few = sizes[seeker] > 10 ? Math.min(asks, 60) : asks;
      await measure(store, agent, filterOf, Math.min(few, 20));
      const figures = await measure(store, agent, filterOf, few);
      rows.push({ advertisements: groups * offersPerGroup, seeker, query, ...figures });
    }
  }
  await store.close();
  rmSync(folder, { recursive: true });
  return rows;
}

const { values } = parseArgs({
  options: { asks: { type: "string", default: "300" }, json: { type: "boolean", default: false } },
});
const rows = [];
for (const groups of [10, 100, 1_000]) rows.push(...(await round(groups, Number(values.asks))));
if (values.json) console.log(JSON.stringify(rows));
else
  console.table(
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, typeof v === "number" ? Number(v.toFixed(2)) : v]),
      ),
    ),
  );
