/**
 * Proposals: accepted by the broker at once under an open contract while nobody of the provider is there, and from
 * the proposal to both sides in, with a provider that hears of it, looks, and accepts. The proposals are signed before
 * the clock runs; the provider signs its acceptances while it runs, and asks over REST what is proposed.
 */
import { atOnce, quantiles } from "../principals.mjs";
import * as market from "./market.mjs";
import { Wire } from "./wire.mjs";

/** As many as one connection may hold, with a little room. */
const perWire = 240;
const providers = 4;

const deal = (wires, offerOf, count) => {
  const deals = [];
  for (let number = 0; number < count; number++) {
    const wire = wires[number % wires.length];
    deals.push({ wire, statement: market.proposal(wire.principal, offerOf(number % wires.length)) });
  }
  return deals;
};

/** Runs until nothing is left or the time has passed. */
async function timed(window, deals, ms, work) {
  const times = [];
  const from = performance.now();
  await atOnce(window, deals, async (deal) => {
    const begun = performance.now();
    if (begun - from > ms) return;
    await work(deal, begun);
    times.push(performance.now() - begun);
  });
  return { times, seconds: (performance.now() - from) / 1_000 };
}

async function openScene(opened, count) {
  const { acme, globex, workgroup } = opened;
  const open = await market.contract(acme, "open", { acceptance: "open" });
  const asked = await market.contract(acme, "asked", { acceptance: "provider" });
  const feeds = [];
  for (let number = 0; number < providers; number++) {
    const feed = await market.member(acme, workgroup, `feed-${number}`, { offer: true });
    const at = (name, contract) => market.advertise(acme, feed.id, name, { workgroup, contract });
    feeds.push({ ...feed, open: await at("open", open), asked: await at("asked", asked) });
  }
  const desks = await market.consumers(globex, workgroup, count);
  return { feeds, desks };
}

const connect = async (agents) => {
  const wires = [];
  await atOnce(8, agents, async ({ instances: [one] }) => wires.push(await Wire.open(one)));
  return wires;
};

/** Closes everything: the providers' memberships are taken, and given again. */
async function clear({ acme, workgroup }, feeds) {
  await acme.admin.signIn();
  for (const { id } of feeds) await market.leave(acme.admin, workgroup, id);
  for (const { id } of feeds) await market.join(acme.admin, workgroup, id, { offer: true });
}

async function openRound(opened, { feeds, desks }, window, { seconds }) {
  const wires = await connect(desks);
  const count = Math.min(wires.length * perWire, seconds * 4_000);
  const deals = deal(wires, (number) => feeds[number % providers].open, count);
  const { times, seconds: took } = await timed(
    window,
    deals,
    seconds * 1_000,
    async ({ wire, statement }) => {
      const { state } = await wire.call("propose", { statement });
      if (state !== "accepted") throw new Error(`an open contract left it ${state}`);
    },
  );
  for (const wire of wires) wire.end();
  await clear(opened, feeds);
  const { p50, p99 } = quantiles(times);
  return { per_second: times.length / took, p50_ms: p50, p99_ms: p99, count: times.length };
}

/** What a provider does: hears, looks, accepts. `heard` is told when it heard. */
function answering(wire, heard) {
  wire.onEvent(async ({ event, session, why }) => {
    if (event !== "session.available" || why !== "proposed") return;
    heard(session, performance.now());
    const shown = await wire.principal.ask("GET", `/v1/sessions/${session}`);
    const statement = market.acceptance(wire.principal, shown);
    // One that was offered twice has been accepted already.
    await wire.call("accept", { session, statement }).catch(() => undefined);
  });
}

/** One consumer's way from the proposal to both in, and the close that makes room for the next. */
function engaging(wire) {
  const active = new Map();
  wire.onEvent(({ event, session }) => {
    if (event !== "session.active") return;
    const waiting = active.get(session);
    if (typeof waiting === "function") waiting();
    else active.set(session, true);
  });
  return async (statement) => {
    const { id } = await wire.call("propose", { statement });
    if (active.get(id) !== true) await new Promise((resolve) => active.set(id, resolve));
    active.delete(id);
    return id;
  };
}

async function liveRound({ feeds, desks }, window, { seconds }) {
  const wires = await connect(desks);
  const serving = await connect(feeds);
  const heardAt = new Map();
  for (const wire of serving) {
    answering(wire, (session, at) => heardAt.has(session) || heardAt.set(session, at));
    await wire.call("serve", { capabilities: [market.capability] });
  }
  const ways = new Map(wires.map((wire) => [wire, engaging(wire)]));
  const deals = deal(wires, (number) => feeds[number % providers].asked, seconds * 1_000);
  const heard = [];
  const active = [];
  const { times, seconds: took } = await timed(window, deals, seconds * 1_000, async (one, begun) => {
    const session = await ways.get(one.wire)(one.statement);
    active.push(performance.now() - begun);
    heard.push(heardAt.get(session) - begun);
    await one.wire.call("close", { session });
  });
  for (const wire of [...wires, ...serving]) wire.end();
  const whole = quantiles(active);
  const event = quantiles(heard);
  return {
    ...{ per_second: times.length / took, p50_ms: whole.p50, p99_ms: whole.p99, count: times.length },
    ...{ heard_p50_ms: event.p50, heard_p99_ms: event.p99 },
  };
}

/** Parts a, b and c. */
export async function measureProposing(broker, { windows, rounds, seconds, desks }) {
  const opened = await market.openMarket(broker);
  const scene = await openScene(opened, desks);
  const rows = [];
  for (let round = 0; round < rounds; round++)
    for (const window of windows) {
      const said = { at_once: window, round };
      rows.push({
        what: "open, provider away",
        ...said,
        ...(await openRound(opened, scene, window, { seconds })),
      });
      rows.push({ what: "live provider", ...said, ...(await liveRound(scene, window, { seconds })) });
    }
  opened.home.close();
  return rows;
}
