/**
 * How long the proposals of a neighbour take while a revocation with many dependent sessions is swept, beside how long
 * they take before and after. Who is swept and who proposes share nothing but the broker.
 */
import { setTimeout as pause } from "node:timers/promises";
import { atOnce, quantiles } from "../principals.mjs";
import { startBroker } from "./broker-process.mjs";
import { fill, openLine, proposing } from "./in-process.mjs";
import * as market from "./market.mjs";
import { Wire } from "./wire.mjs";

const sessionsPerAgent = 1_000;
const perWire = 240;
const wires = 40;
/** Between two proposals of the neighbour: it is somebody at work, not a load. */
const pauseMs = 5;

async function populate(broker, dependents) {
  const opened = await market.openMarket(broker);
  const { acme, globex, workgroup, platform, home } = opened;
  const contract = await market.contract(acme, "open", { acceptance: "open" });
  const feed = await market.member(acme, workgroup, "feed", { offer: true });
  const offer = await market.advertise(acme, feed.id, "open", { workgroup, contract });
  const desks = await market.consumers(globex, workgroup, Math.ceil(dependents / sessionsPerAgent));
  const principals = desks.map(({ instances: [one] }) => one);
  await atOnce(8, principals, (one) => one.signIn());

  await platform.signIn();
  const initech = await market.company(home, platform, "initech");
  const hooli = await market.company(home, platform, "hooli");
  const group = await market.shared(initech, hooli, "elsewhere");
  const terms = await market.contract(initech, "open", { acceptance: "open" });
  const other = await market.member(initech, group, "feed", { offer: true });
  const offered = await market.advertise(initech, other.id, "open", { workgroup: group, contract: terms });
  const neighbours = await market.consumers(hooli, group, wires);
  home.close();
  return { acme, feed, makers: principals.map((one) => proposing(one, offer)), neighbours, offered };
}

/** Proposes until it is told to stop, or has no room left. */
function neighbour(lines, offered) {
  let at = 0;
  return async (until) => {
    const times = [];
    let ended = false;
    const end = () => {
      ended = true;
    };
    until.then(end, end);
    while (!ended && at < lines.length * perWire) {
      const wire = lines[at % lines.length];
      at += 1;
      const statement = market.proposal(wire.principal, offered);
      const from = performance.now();
      await wire.call("propose", { statement });
      times.push(performance.now() - from);
      await pause(pauseMs);
    }
    return times;
  };
}

const row = (when, times) => {
  const { p50, p99, max } = quantiles(times);
  return { when, proposals: times.length, p50_ms: p50, p99_ms: p99, max_ms: max };
};

async function sweepBeside({ acme, feed, neighbours, offered }, seconds) {
  const home = acme.admin.home;
  const lines = [];
  await atOnce(8, neighbours, async ({ instances: [one] }) => lines.push(await Wire.open(one)));
  const propose = neighbour(lines, offered);
  const alone = () => propose(pause(seconds * 1_000));
  await propose(pause(1_000));
  const before = await alone();
  await acme.admin.signIn();
  const revoking = performance.now();
  let answeredMs = 0;
  const revoked = acme.admin.ask("POST", `/v1/agents/${feed.id}/revoke`).finally(() => {
    answeredMs = performance.now() - revoking;
  });
  const during = await propose(revoked);
  const { cut } = await revoked;
  const after = await alone();
  for (const wire of lines) wire.end();
  home.close();
  const rows = [row("before", before), row("swept", during), row("after", after)];
  const calm = quantiles([...before, ...after]);
  const busy = quantiles(during);
  const ratio = { when: "swept / not", p50_ms: busy.p50 / calm.p50, p99_ms: busy.p99 / calm.p99 };
  return [...rows, { ...ratio, closed: cut.sessions, answered_s: answeredMs / 1_000 }];
}

/** Part e. The sessions are made in this process, while no broker is there: it takes a while all the same. */
export async function measureNeighbour(folder, { dependents, seconds }) {
  let broker = await startBroker(folder);
  try {
    const people = await populate(broker, dependents);
    await broker.stop();
    const line = await openLine(folder);
    await fill(line, people.makers, dependents);
    await line.close();
    broker = await startBroker(folder, new URL(broker.issuer).host);
    await people.acme.admin.home.refresh();
    return await sweepBeside(people, Math.max(seconds, 5));
  } finally {
    await broker.stop();
  }
}
