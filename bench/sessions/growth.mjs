/**
 * Proposals a second on the line in this process, as the sessions in the record grow tenfold at a time; half of those are
 * closed, half are open. Who proposes while the clock runs has none of them.
 */
import { atOnce, quantiles } from "../principals.mjs";
import { startBroker } from "./broker-process.mjs";
import { closing, fill, openLine, proposing } from "./in-process.mjs";
import * as market from "./market.mjs";

const openPerAgent = 990;
const first = 1_000;
const probes = 16;
const window = 64;

async function populate(broker, record) {
  const opened = await market.openMarket(broker);
  const { acme, globex, workgroup, home } = opened;
  const contract = await market.contract(acme, "open", { acceptance: "open" });
  const feed = await market.member(acme, workgroup, "feed", { offer: true });
  const offer = await market.advertise(acme, feed.id, "open", { workgroup, contract });
  const makers = async (count, prefix) => {
    const agents = await market.consumers(globex, workgroup, count, prefix);
    const principals = agents.map(({ instances: [one] }) => one);
    await atOnce(8, principals, (one) => one.signIn());
    return principals.map((one) => proposing(one, offer));
  };
  const people = {
    filling: await makers(Math.ceil(record / 2 / openPerAgent) + 1, "desk"),
    probing: await makers(probes, "probe"),
  };
  await globex.admin.signIn();
  home.close();
  return { ...people, admin: globex.admin };
}

/** Closes what was proposed before it proposes the next, so that no limit is filled: two commands count as two. */
async function measure(line, { probing, admin }, ms) {
  const times = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: window }, async (_, slot) => {
      const propose = probing[slot % probing.length];
      while (performance.now() - from < ms) {
        const begun = performance.now();
        const { answer } = await line.settle(propose());
        times.push(performance.now() - begun);
        await line.settle(closing(admin, answer.session.id));
      }
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  const { p50, p99 } = quantiles(times);
  return { commands_per_second: (2 * times.length) / seconds, propose_p50_ms: p50, propose_p99_ms: p99 };
}

/** Part g. */
export async function measureGrowth(folder, { record, seconds }) {
  const broker = await startBroker(folder);
  let people;
  try {
    people = await populate(broker, record);
  } finally {
    await broker.stop();
  }
  const line = await openLine(folder);
  const rows = [];
  await measure(line, people, 1_000);
  for (let size = Math.min(first, record), held = 0; size <= record; held = size, size *= 10) {
    const filled_s = await fill(line, people.filling, size - held, people.admin);
    const figures = await measure(line, people, seconds * 1_000);
    const ratio = figures.commands_per_second / (rows[0] ?? figures).commands_per_second;
    rows.push({ sessions: size, ...figures, of_the_first: ratio, filled_s });
  }
  await line.close();
  return rows;
}
