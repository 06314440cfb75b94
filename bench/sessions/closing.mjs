/** One revocation that closes many sessions: until it is answered, until the last consumer has heard. */
import * as market from "./market.mjs";
import { Wire } from "./wire.mjs";

const perWire = 250;

async function round(opened, contract, { closing: count, number }) {
  const { acme, globex, workgroup } = opened;
  await Promise.all([acme.admin.signIn(), globex.admin.signIn()]);
  const feed = await market.member(acme, workgroup, `feed-${number}`, { offer: true });
  const offer = await market.advertise(acme, feed.id, "open", { workgroup, contract });
  const desks = await market.consumers(globex, workgroup, Math.ceil(count / perWire), `desk-${number}`);
  let left = count;
  let heard = 0;
  const times = [];
  const wires = [];
  await Promise.all(
    desks.map(async ({ instances: [one] }) => {
      const wire = await Wire.open(one);
      wires.push(wire);
      wire.onEvent(({ event }) => {
        if (event !== "session.closed") return;
        heard += 1;
        times.push(performance.now());
      });
      const mine = Math.min(perWire, left);
      left -= mine;
      for (let made = 0; made < mine; made++)
        await wire.call("propose", { statement: market.proposal(one, offer) });
    }),
  );
  const revoking = performance.now();
  const { cut } = await acme.admin.ask("POST", `/v1/agents/${feed.id}/revoke`);
  const answered = performance.now() - revoking;
  for (let waited = 0; heard < count && waited < 500; waited++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  for (const wire of wires) wire.end();
  return {
    ...{ sessions: count, cut: cut.sessions, heard, answered_ms: answered },
    first_heard_ms: times[0] - revoking,
    last_heard_ms: times.at(-1) - revoking,
  };
}

/** Part d. */
export async function measureClosing(broker, { closing, rounds }) {
  const opened = await market.openMarket(broker);
  const contract = await market.contract(opened.acme, "open", { acceptance: "open" });
  const rows = [];
  for (let number = 0; number < rounds; number++)
    rows.push(await round(opened, contract, { closing, number }));
  opened.home.close();
  return rows;
}
