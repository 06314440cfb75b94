/**
 * Looking back over a record of a million facts: how long a page of each filter takes, at its beginning and wherever a
 * cursor leads, and how long the main thread is held in one piece. Nine of ten facts say what was sent in 20,000
 * sessions of 100 agents, most of it between two organisations; refusals and changes of agents lie in between.
 *
 *   node bench/facts.mjs [--facts 1000000] [--pages 20] [--json]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

const inside = (path) => import(new URL(`../packages/broker/dist/${path}`, import.meta.url).href);
const protocol = await import(new URL("../packages/protocol/dist/index.js", import.meta.url).href);
const { openSqliteStore } = await inside("ledger/sqlite/store.js");
const { beginAppending } = await inside("ledger/appending.js");
const { lookBack } = await inside("records/look-back.js");
const { makeId, completeTerms } = protocol;

const { values: args } = parseArgs({
  options: {
    facts: { type: "string", default: "1000000" },
    pages: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});
const factsMax = Number(args.facts);
const factsPerSession = 48;
const terms = completeTerms({});

const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));
const home = makeId("organisation");
const partner = makeId("organisation");
const admin = makeId("operator");
const agents = many(100, () => ({ id: makeId("agent"), instance: makeId("instance") }));
const theirs = many(100, () => ({ id: makeId("agent"), instance: makeId("instance") }));
const workgroups = many(20, () => makeId("workgroup"));
const contracts = many(50, () => makeId("contract"));

const happened = (stream, kind, actor, subject, data) => ({
  stream,
  kind,
  content: { actor, cause: makeId("command"), data, subject },
});

function sideOf(session, side, [agent, organisation, counterpart], [workgroup, contract]) {
  return {
    ...{ session, side, agent, agentName: "a", organisation, organisationName: "o", counterpart, workgroup },
    ...{ advertisement: makeId("advertisement"), contract, state: "proposed", openedAt: 1, instance: null },
    ...{ boundAt: null, joinedAt: null, joinsOnAcceptance: false, stated: {} },
  };
}

function proposed(session, n) {
  const [one, other] = [agents[n % 97], theirs[(7 * n) % 89]];
  const about = [workgroups[n % 19], contracts[n % 47]];
  const consumer = sideOf(session, "consumer", [one.id, home, other.id], about);
  const provider = sideOf(session, "provider", [other.id, partner, one.id], about);
  const life = { state: "proposed", expiresAt: 9 };
  const said = {
    ...{ id: session, proposal: makeId("proposal"), proposalDigest: "d", proposedBy: one.instance },
    ...{
      proposedAt: 1,
      workgroup: about[0],
      advertisement: consumer.advertisement,
      capability: "markets.equity",
    },
    ...{ contract: about[1], terms, termsDigest: "t", purpose: null, consumer: one.id, provider: other.id },
    ...{ wouldRefuse: [], era: 1, life },
  };
  const statements = { proposal: "s", advertisement: "s", contract: null };
  const data = { session: said, consumer, provider, statements };
  return happened(`session:${session}`, "session.proposed", one.instance, session, data);
}

function sent(session, n, at) {
  const [side, instance] =
    at % 2 === 0 ? ["consumer", agents[n % 97].instance] : ["provider", theirs[(7 * n) % 89].instance];
  const id = makeId("envelope");
  const header = JSON.stringify({ session, id, type: "markets.quote", correlationId: `order-${n}-${at}` });
  const entries = [{ id, header, payload: "p".repeat(43), payloadBytes: 100 }];
  const data = { session, side, instance, n: (at >> 1) + 1, seq: at + 1, sent: 100 * at, entries };
  return happened(`session:${session}`, "session.sent", instance, session, data);
}

const ended = (session, n) =>
  happened(`session:${session}`, "session.closed", "broker", session, {
    session,
    life: {
      ...{ state: "closed", closedAt: 2, acceptedAt: 1, acceptedBy: "broker", activeAt: 1 },
      ending: {
        reason: "idle_timeout",
        by: "broker",
        detail: null,
        side: null,
        rule: null,
        limit: null,
        used: n,
      },
    },
    sides: {},
  });

/** So many sessions go on at once: what one says stands between what others say. */
const atOnce = 50;

function* record() {
  const own = `org:${home}`;
  for (const { id } of agents)
    yield happened(own, "agent.suspended", admin, id, { agent: id, generation: 0, version: 1 });
  for (let n = 0; ; n += atOnce) {
    const talks = many(atOnce, () => makeId("session"));
    for (const [at, session] of talks.entries()) yield proposed(session, n + at);
    for (let round = 0; round < factsPerSession - 2; round++) {
      for (const [at, session] of talks.entries()) yield sent(session, n + at, round);
      const data = { command: "agent.change", target: "x", code: "not-found", rule: null };
      yield happened(own, "request.refused", agents[round].instance, agents[round].instance, data);
    }
    for (const [at, session] of talks.entries()) yield ended(session, n + at);
  }
}

/** Rows that facts patch, and that no fact here has made. */
const founded = () =>
  agents.map(({ id }) => ({
    ...{ do: "put", table: "agents" },
    row: {
      ...{
        id,
        organisation: home,
        name: id.slice(4),
        tags: {},
        owner: "o",
        standing: "active",
        generation: 0,
      },
      ...{ takenAt: 0, createdAt: 1, version: 1 },
    },
  }));

async function fill(store) {
  const facts = record();
  let [count, at] = [0, Date.UTC(2026, 0, 5)];
  const first = store.begin();
  first.change(founded());
  first.commit();
  while (count < factsMax) {
    const tx = store.begin();
    const appending = await beginAppending(tx);
    for (let n = 0; n < 2_000 && count < factsMax; n++, count++) {
      at += 10;
      await appending.append({ facts: [facts.next().value], work: [], payloads: [] }, [], at);
    }
    await appending.finish();
    await tx.commit();
  }
  return at;
}

const anything = {
  ...{ stream: null, kind: null, decision: null, from: null, to: null, actor: null, agent: null },
  ...{ instance: null, workgroup: null, session: null, contract: null, correlation: null },
};
const principal = { kind: "operator", organisation: { id: home }, operator: { role: "admin" } };
const time = (part, end) => Date.UTC(2026, 0, 5) + Math.floor((end - Date.UTC(2026, 0, 5)) * part);
const filters = (end) => ({
  everything: {},
  "from, to": { from: time(0.7, end), to: time(0.71, end) },
  "kind agent.suspended": { kind: "agent.suspended" },
  "kind session.closed": { kind: "session.closed" },
  "kind session.sent": { kind: "session.sent" },
  "kind agent.*": { kind: "agent.*" },
  "kind session.handed-over (none)": { kind: "session.handed-over" },
  "decision refused": { decision: "refused" },
  "decision accepted": { decision: "accepted" },
  "actor, operator": { actor: admin },
  "actor, instance": { actor: agents[5].instance },
  "agent, own": { agent: agents[5].id },
  "agent, of others": { agent: theirs[5].id },
  "agent, nobody's": { agent: makeId("agent") },
  instance: { instance: agents[5].instance },
  workgroup: { workgroup: workgroups[5] },
  contract: { contract: contracts[5] },
  "contract and agent": { contract: contracts[5], agent: agents[5].id },
  "session, nobody's": { session: makeId("session") },
  "correlation (a header's, late)": { correlation: `order-${Math.floor(factsMax / 60)}-7` },
});

async function measure(store, filter, pages) {
  const times = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let [after, facts] = [null, 0];
  for (let n = 0; n < pages; n++) {
    const from = performance.now();
    const page = await lookBack(store, principal, { ...anything, ...filter }, { after, limit: 50 });
    times.push(performance.now() - from);
    facts += page.found.length;
    if (page.isOver) break;
    // Somewhere further on: every second page goes on where the last ended, the others leap.
    after = n % 2 === 0 ? page.upTo : { ...page.upTo, second: page.upTo.second + 97 };
  }
  delay.disable();
  times.sort((a, b) => a - b);
  const at = (part) => Number(times[Math.min(times.length - 1, Math.floor(part * times.length))].toFixed(2));
  return {
    pages: times.length,
    facts,
    p50: at(0.5),
    max: at(1),
    heldMax: Number((delay.max / 1e6).toFixed(1)),
  };
}

const folder = mkdtempSync(join(tmpdir(), "parley-bench-facts-"));
try {
  const store = openSqliteStore({ folder, synchronous: "NORMAL" });
  const from = performance.now();
  const end = await fill(store);
  const seconds = (performance.now() - from) / 1_000;
  if (!args.json) console.log(`${factsMax} facts written in ${seconds.toFixed(0)} s; a page is 50 facts; ms`);
  const rows = [];
  for (const [name, filter] of Object.entries(filters(end))) {
    await measure(store, filter, 1);
    rows.push({ filter: name, ...(await measure(store, filter, Number(args.pages))) });
  }
  if (args.json) console.log(JSON.stringify(rows));
  else console.table(rows);
  await store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
