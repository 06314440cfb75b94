/** Whoever does not read holds up its own sender alone: the broker's memory stays, and its neighbours' traffic goes on [ENV-15]. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addMember } from "../fixtures/dealings.js";
import { offer } from "../fixtures/market.js";
import { Talking, wordOf } from "../fixtures/talking.js";
import { makeAgent, makeInstance } from "../fixtures/world.js";
import { openTalkStage, type Pair, plenty } from "./talk-stage.js";

const stage = openTalkStage("slow");
const agents = 8;
const sessions = 8;
const payload = Buffer.alloc(16_000, "x");

const residentMiB = (pid: number): number => {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1_024;
};

/** As much as a side may send until it has to wait. */
async function fill({ session, consumer }: Pair): Promise<number> {
  for (let sent = 0; ; ) {
    const verdicts = await consumer.sendAll(Array.from({ length: 64 }, () => ({ session, payload })));
    sent += verdicts.filter(({ is }) => is === "accepted").length;
    const refused = verdicts.find(({ is }) => is === "refused");
    if (refused === undefined) continue;
    expect(wordOf(refused)).toMatch(/^session\.mailbox-full/);
    return sent;
  }
}

/** Eight agents, each on one connection, which is more than the kernel keeps for who does not read. */
async function openPairs(): Promise<Pair[]> {
  const { admin } = stage.market().provider;
  const pairs: Pair[] = [];
  for (let agent = 0; agent < agents; agent++) {
    const offering = await makeAgent(admin, `slow-${agent}`);
    await addMember(admin, stage.market().workgroup, offering);
    const market = { ...stage.market(), offering };
    const offered = await offer(market, await makeInstance(admin, offering), `slow-${agent}`, plenty);
    const provider = await Talking.as(await makeInstance(admin, offering));
    while (pairs.length < (agent + 1) * sessions) pairs.push(await stage.pair(offered, { provider }));
  }
  return pairs;
}

test.skipIf(process.platform !== "linux")(
  `${agents * sessions} that have stopped reading cost no memory, nor their neighbours their traffic`,
  async () => {
    const pairs = await openPairs();
    const neighbour = await stage.pair();
    const { session } = neighbour;
    const { pid } = stage.opened.world.broker;
    const exchange = async (): Promise<void> => {
      expect(wordOf(await neighbour.consumer.send({ session, payload: "ping" }))).toBe("accepted");
      const { stamp } = await neighbour.provider.next(session);
      neighbour.provider.ack(session, stamp.n);
    };
    for (let round = 0; round < 20; round++) await exchange();
    for (const { provider } of pairs) provider.speaking.socket.stopReading();
    const before = residentMiB(pid);
    const sent: number[] = [];
    for (const pair of pairs) {
      sent.push(await fill(pair));
      await exchange();
    }
    const grown = Math.round(residentMiB(pid) - before);
    const all = sent.reduce((sum, each) => sum + each, 0);
    const offered = Math.round((all * payload.length) / 1_048_576);
    expect(offered).toBeGreaterThan(100);
    // Of each connection there is about a MiB on its way; the rest is in the record, and in what the store keeps at hand.
    expect({ offered, grown, isFlat: grown < 128 }).toMatchObject({ isFlat: true });
    // Nobody was ended for it, and to each comes all that was sent, in order.
    for (const { provider } of pairs) provider.speaking.socket.readAgain();
    for (const [at, { session, provider }] of pairs.entries()) {
      const found = await provider.received(session, sent[at] ?? 0);
      expect(found.map(({ stamp }) => stamp.n)).toEqual(found.map((_, place) => place + 1));
    }
    for (const { provider } of pairs) await provider.end();
  },
  120_000,
);
