/**
 * One advertisement is published while many connected instances watch: until the publisher is answered, until the first
 * and the last watcher have heard; and beside it, how long publishing takes when nobody watches.
 */
import { setTimeout as pause } from "node:timers/promises";
import { atOnce } from "../principals.mjs";
import * as market from "./market.mjs";
import { Wire } from "./wire.mjs";

const patienceMs = 30_000;
/** What changed in a quarter of a second may be told as one: the next is published when that has passed. */
const settleMs = 600;

async function publish({ acme, workgroup, contract, feed }, number) {
  const from = performance.now();
  await market.advertise(acme, feed.id, "open", { workgroup, contract, description: `number ${number}` });
  return { from, answered_ms: performance.now() - from };
}

async function round(scene, wires, number) {
  const times = [];
  for (const wire of wires)
    wire.onEvent(({ event }) => event === "catalog.changed" && times.push(performance.now()));
  const { from, answered_ms } = await publish(scene, number);
  while (times.length < wires.length && performance.now() - from < patienceMs) await pause(10);
  await pause(settleMs);
  const heard = { heard: times.length, first_heard_ms: times[0] - from, last_heard_ms: times.at(-1) - from };
  return { watchers: wires.length, answered_ms, ...(wires.length > 0 && heard) };
}

/** Part f. */
export async function measureWatches(broker, { watchers, rounds }) {
  const opened = await market.openMarket(broker);
  const { acme, globex, workgroup, home } = opened;
  const contract = await market.contract(acme, "open", { acceptance: "open" });
  const feed = await market.member(acme, workgroup, "feed", { offer: true });
  const scene = { acme, workgroup, contract, feed };
  const rows = [];
  for (let number = 0; number < rounds; number++) rows.push(await round(scene, [], number));
  const desk = await market.member(globex, workgroup, "desk", { engage: true }, watchers);
  const wires = [];
  await atOnce(16, desk.instances, async (one) => {
    const wire = await Wire.open(one);
    await wire.call("watch", { watch: "all" });
    wires.push(wire);
  });
  await acme.admin.signIn();
  for (let number = 0; number < rounds; number++) rows.push(await round(scene, wires, rounds + number));
  for (const wire of wires) wire.end();
  home.close();
  return rows;
}
