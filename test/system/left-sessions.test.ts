/**
 * What one side sends before the other was ever there, and what a holder has left: it waits in the broker, also after a
 * gentle end, and is given to whoever comes to serve it.
 */
import { type Agent, type Envelope, type Offer, ParleyRefusal, type Session } from "@parley/agent-sdk";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, removeFolder, startAgain, startBroker } from "../fixtures/broker-process.js";
import { type Company, type Desk, openChannel, openPlatform } from "../fixtures/companies.js";

const capability = "markets.equity";
let broker: BrokerProcess;
let bank: Company;
let feed: Desk;
let research: Desk;
const open: Agent[] = [];

beforeAll(async () => {
  broker = await startBroker();
  const platform = await openPlatform(broker);
  const { offering, engaging } = await openChannel(platform, ["markets-co", "feed"], ["bank", "research"]);
  feed = offering.desk;
  ({ company: bank, desk: research } = engaging);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((agent) => agent.close()));
});

afterAll(async () => {
  await broker.stop();
  removeFolder(broker.data);
});

async function connect(desk: Desk): Promise<Agent> {
  const agent = await desk.connect();
  open.push(agent);
  return agent;
}

/** Published by an agent that has gone by then. */
async function published(name: string, terms: object = {}): Promise<Offer> {
  const provider = await feed.connect();
  await provider.advertise(name, {
    capabilities: [{ name: capability, description: "the last price" }],
    workgroups: ["markets-co/channel"],
    contract: { name: `${name}-terms`, terms: { acceptance: "open", ...terms } },
  });
  await provider.close();
  const consumer = await connect(research);
  for await (const offer of consumer.catalog.all({ capability })) if (offer.name === name) return offer;
  throw new Error(`${name} is not in the catalog`);
}

async function sentAndClosed(offer: Offer, count = 3): Promise<Session> {
  const consumer = await connect(research);
  const session = await consumer.engage(offer);
  for (let n = 1; n <= count; n += 1) await session.send("order", { n });
  await session.close();
  return session;
}

interface Given {
  readonly id: string;
  readonly ns: readonly number[];
  readonly reason: string;
}

/** Serves, and resolves with what the first session was given up to its end. */
function given(provider: Agent, calls: string[] = []): Promise<Given> {
  return new Promise((resolve, reject) => {
    provider.serve(capability, async (session) => {
      calls.push(session.id);
      const all: Envelope[] = [];
      for await (const envelope of session) all.push(envelope);
      const { reason } = await session.closed;
      resolve({ id: session.id, ns: all.map(({ n }) => n), reason });
    });
    provider.on("trouble", reject);
  });
}

test("what was sent and closed before a provider was ever there is given to the one that comes, and its end [SES-25]", async () => {
  const { id } = await sentAndClosed(await published("nobody"));
  const calls: string[] = [];
  const whole = { id, ns: [1, 2, 3], reason: "completed_by_consumer" };
  const first = await connect(feed);
  expect(await given(first, calls)).toEqual(whole);
  // It says goodbye, and with it that the last of it was handled.
  await first.close();
  const next = await sentAndClosed(await published("again"), 1);
  const later = await given(await connect(feed), calls);
  expect(later).toMatchObject({ id: next.id, ns: [1] });
  expect(calls).toEqual([id, next.id]);
});

test("… also where the broker was killed in between", async () => {
  const { id } = await sentAndClosed(await published("killed"));
  await Promise.all(open.splice(0).map((agent) => agent.close()));
  broker.signal("SIGKILL");
  await broker.ended;
  broker = await startAgain(broker);
  expect(await given(await connect(feed))).toMatchObject({ id, ns: [1, 2, 3] });
});

test("… and where it serves already, however close the end comes to the proposal", async () => {
  const offer = await published("race");
  const seen = new Map<string, number>();
  let wake: () => void = () => undefined;
  for (const provider of [await connect(feed), await connect(feed)])
    provider.serve(capability, async (session) => {
      for await (const { n } of session) seen.set(session.id, n);
      wake();
    });
  const rounds = await Promise.all(Array.from({ length: 8 }, () => sentAndClosed(offer, 2)));
  while (rounds.some(({ id }) => seen.get(id) !== 2))
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
});

test("… and siblings that come together share it: each session is one's, and whole", async () => {
  const offer = await published("shared");
  const left: string[] = [];
  for (let n = 0; n < 6; n += 1) left.push((await sentAndClosed(offer, 12)).id);
  const given: { id: string; ns: number[] }[] = [];
  let ended = 0;
  let wake: () => void = () => undefined;
  const siblings = [await connect(feed), await connect(feed), await connect(feed)];
  for (const sibling of siblings)
    sibling.serve(capability, async (session) => {
      const one = { id: session.id, ns: [] as number[] };
      given.push(one);
      for await (const { n } of session) {
        one.ns.push(n);
        // As long as this is dealt with, another might be given it.
        await sibling.health();
      }
      ended += 1;
      wake();
    });
  const whole = Array.from({ length: 12 }, (_, index) => index + 1);
  while (ended < left.length)
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  await Promise.all(siblings.map((sibling) => sibling.close()));
  expect(given.map(({ id }) => id).toSorted()).toEqual(left.toSorted());
  for (const { ns } of given) expect(ns).toEqual(whole);
});

test("what was cut is offered to nobody", async () => {
  const offer = await published("cut");
  const consumer = await connect(research);
  const cut = await consumer.engage(offer);
  await cut.send("order", {});
  await bank.admin.send({ method: "POST", path: `/v1/sessions/${cut.id}/close`, body: {} });
  const { id } = await sentAndClosed(offer, 1);
  const calls: string[] = [];
  expect(await given(await connect(feed), calls)).toMatchObject({ id });
  expect(calls).toEqual([id]);
});

test("what a provider sends and closes before its consumer is back is there for the consumer by its id", async () => {
  const offer = await published("answered", { acceptance: "open" });
  const away = await connect(research);
  const { id } = await away.engage(offer);
  await away.close();
  const provider = await connect(feed);
  const closed = new Promise<void>((resolve) => {
    provider.serve(capability, async (session) => {
      await session.send("price", { n: 1 });
      await session.close();
      resolve();
    });
  });
  await closed;
  const back = await connect(research);
  const session = await back.resume(id);
  const all: number[] = [];
  for await (const { n } of session) all.push(n);
  expect([all, (await session.closed).reason]).toEqual([[1], "completed_by_provider"]);
  // Handled now, for every instance of it.
  await back.close();
  await expect((await connect(research)).resume(id)).rejects.toThrow(ParleyRefusal);
});

test("what was held by one that left is offered to a sibling that comes later, also after the broker's start [SOC-22]", async () => {
  const offer = await published("left", { resumeGraceSeconds: 0 });
  const holder = await connect(feed);
  const joined = new Promise<void>((resolve) => {
    holder.serve(capability, async (session) => {
      await session.active;
      resolve();
      await session.closed;
    });
  });
  const session = await (await connect(research)).engage(offer, { until: "active" });
  await joined;
  await holder.close();
  broker.signal("SIGTERM");
  await broker.ended;
  broker = await startAgain(broker);
  const sibling = await connect(feed);
  const taken = new Promise<string>((resolve) => {
    sibling.serve(capability, ({ id }) => resolve(id));
  });
  expect(await taken).toBe(session.id);
});
