/** What an agent holds in hand after a session: the broker's statement, verified by the SDK, in memory or in a folder. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Agent, fileReceipts, type Receipt } from "@parley/agent-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, makeFolder, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { openChannel, openPlatform } from "../fixtures/companies.js";

const folder = makeFolder();
let broker: BrokerProcess | undefined;
let provider: Agent | undefined;
let consumer: Agent | undefined;

beforeAll(async () => {
  broker = await startBroker();
  const { offering, engaging } = await openChannel(
    await openPlatform(broker),
    ["markets-co", "equity-feed"],
    ["weather-co", "forecaster"],
  );
  provider = await offering.desk.connect();
  await provider.advertise("equities", {
    capabilities: [{ name: "markets.equity" }],
    workgroups: ["markets-co/channel"],
    contract: { name: "feed-terms", terms: { acceptance: "open" } },
  });
  provider.serve("markets.equity", async (session) => {
    for await (const envelope of session) await session.reply(envelope, "markets.answer", { price: 1 });
  });
  const identity = await engaging.desk.newIdentity();
  const receipts = fileReceipts(join(folder, "receipts"));
  consumer = await Agent.connect({ broker: broker.url, identity, receipts });
}, 60_000);

afterAll(async () => {
  await consumer?.close();
  await provider?.close();
  await broker?.stop();
  if (broker) removeFolder(broker.data);
  removeFolder(folder);
});

const there = <T>(one: T | undefined): T => {
  if (one === undefined) throw new Error("it is made in beforeAll");
  return one;
};

async function talked() {
  const [offer] = await there(consumer).catalog.search({ capability: "markets.equity" });
  const session = await there(consumer).engage(there(offer));
  await session.request("markets.ask", { ticker: "SPY" });
  await session.close();
  return session.id;
}

test("both sides have the same statement in hand, each with its own proof [REC-11]", async () => {
  const told = new Promise<Receipt>((resolve) => void there(provider).on("receipt", resolve));
  const id = await talked();
  const mine = await there(consumer).receipts.of(id);
  expect(mine.claims).toMatchObject({
    ...{ session: id, consumer: { envelopes: 1, types: { "markets.ask": 1 } } },
    closed: { reason: "completed_by_consumer" },
  });
  const theirs = await told;
  expect(theirs.statement).toBe(mine.statement);
  expect(theirs.proof.log).not.toBe(mine.proof.log);
  expect(readdirSync(join(folder, "receipts"))).toEqual([`${id}.json`]);
});

test("one that is kept is there without the broker being asked, and a session that is none has none", async () => {
  const id = await talked();
  const first = await there(consumer).receipts.of(id);
  expect(await there(consumer).receipts.of(id)).toEqual(first);
  await expect(
    there(consumer).receipts.of("ses_7zzzzzzzzzzzzzzzzzzzzzzzzz" as never, { timeoutMs: 0 }),
  ).rejects.toMatchObject({ code: "not-found" });
});
