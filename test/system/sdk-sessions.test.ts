/**
 * Two companies with the SDK alone, at a real broker: a workgroup, an offer, and sessions from the proposal to the end,
 * with the provider there, asleep, doubled, and with the broker gone in between.
 */
import { type Agent, type CatalogChange, type Offer, type Session, SessionEnded } from "@parley/agent-sdk";
import type { WorkgroupView } from "@parley/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, removeFolder, startAgain, startBroker } from "../fixtures/broker-process.js";
import { type Desk, foundCompany, openChannel, openDesk, openPlatform } from "../fixtures/companies.js";

const capability = "markets.equity";
let broker: BrokerProcess;
let feed: Desk;
let research: Desk;
let stranger: Desk;
let channel: WorkgroupView;
const open: Agent[] = [];

beforeAll(async () => {
  broker = await startBroker();
  const platform = await openPlatform(broker);
  stranger = await openDesk(await foundCompany(platform, "stranger"), "curious");
  const opened = await openChannel(platform, ["markets-co", "feed"], ["bank", "research"]);
  ({ channel } = opened);
  feed = opened.offering.desk;
  research = opened.engaging.desk;
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((agent) => agent.close()));
});

afterAll(async () => {
  await broker.stop();
  removeFolder(broker.data);
});

/** An agent for the length of one test. */
async function connect(desk: Desk): Promise<Agent> {
  const agent = await desk.connect();
  open.push(agent);
  return agent;
}

/** Publishes under a name of its own, so that tests do not meet. */
async function publish(name: string, acceptance: "open" | "provider" = "provider"): Promise<Agent> {
  const provider = await connect(feed);
  await provider.advertise(name, {
    capabilities: [{ name: capability, description: "the last price" }],
    workgroups: ["markets-co/channel"],
    contract: { name: `${name}-terms`, terms: { acceptance } },
  });
  return provider;
}

async function find(consumer: Agent, name: string): Promise<Offer> {
  for await (const offer of consumer.catalog.all({ capability })) if (offer.name === name) return offer;
  throw new Error(`${name} is not in the catalog`);
}

/** Something that a handler is given, to be waited for by a test. */
function inbox<T>() {
  const items: T[] = [];
  let wake: () => void = () => undefined;
  return {
    put: (item: T) => {
      items.push(item);
      wake();
    },
    async next(): Promise<T> {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) return item;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    items,
  };
}

test("a provider serves, a consumer engages, both are in, and the handler's return completes it", async () => {
  const provider = await publish("served");
  const taken = inbox<Session>();
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  provider.serve(capability, (session) => {
    taken.put(session);
    return finished;
  });
  const consumer = await connect(research);
  const offer = await find(consumer, "served");
  expect(offer).toMatchObject({ organisation: { name: "markets-co" }, available: true });
  const session = await consumer.engage(offer, { purpose: "morning brief", until: "active" });
  const theirs = await taken.next();
  await theirs.active;
  expect(theirs).toMatchObject({
    id: session.id,
    side: "provider",
    counterpart: { agent: { name: "research" }, organisation: { name: "bank" } },
    view: { purpose: "morning brief" },
  });
  expect(await consumer.sessions()).toEqual([session]);
  finish();
  expect(await session.closed).toMatchObject({ reason: "completed_by_provider" });
  expect(await theirs.closed).toMatchObject({ reason: "completed_by_provider" });
  expect(await consumer.sessions()).toEqual([]);
});

test("an open contract is engaged while the provider is asleep; when it wakes it takes the session", async () => {
  await (await publish("asleep", "open")).close();
  const consumer = await connect(research);
  const offer = await find(consumer, "asleep");
  expect(offer.available).toBe(false);
  const session = await consumer.engage(offer);
  expect(session.state).toBe("accepted");
  const provider = await connect(feed);
  const taken = inbox<Session>();
  provider.serve(capability, async (theirs) => {
    taken.put(theirs);
    await theirs.closed;
  });
  expect((await taken.next()).id).toBe(session.id);
  await session.active;
  await session.close({ detail: "thank you" });
  expect(await session.closed).toMatchObject({ reason: "completed_by_consumer", detail: "thank you" });
});

test("a rejection says why, an abort withdraws, a handler that throws closes", async () => {
  const provider = await publish("moody");
  const troubles = inbox<unknown>();
  provider.on("trouble", troubles.put);
  let stop: AbortController | undefined;
  provider.serve(
    capability,
    () => {
      throw new Error("a bug");
    },
    {
      accept: ({ purpose }) => {
        if (purpose === "leave") stop?.abort(new Error("enough"));
        return purpose === "no" ? { reject: "closed today" } : purpose !== "leave";
      },
    },
  );
  const consumer = await connect(research);
  const offer = await find(consumer, "moody");
  const rejected = consumer.engage(offer, { purpose: "no" });
  await expect(rejected).rejects.toThrow(SessionEnded);
  await expect(rejected).rejects.toMatchObject({ reason: "rejected", detail: "closed today" });

  stop = new AbortController();
  const aborted = consumer.engage(offer, { purpose: "leave", signal: stop.signal });
  await expect(aborted).rejects.toThrow("enough");
  while ((await consumer.sessions()).length > 0) await new Promise(setImmediate);

  const failed = await consumer.engage(offer);
  expect(await failed.closed).toMatchObject({ reason: "completed_by_provider", detail: "handler failed" });
  expect(await troubles.next()).toMatchObject({ message: "a bug" });
});

test("the catalog is watched: what appears, changes and goes", async () => {
  const consumer = await connect(research);
  const seen = inbox<string>();
  const stop = new AbortController();
  const watching = (async () => {
    const changes = consumer.catalog.watch({ q: "watched" }, { signal: stop.signal });
    for await (const { change, item } of changes) seen.put(`${change} ${item.description}`);
  })().catch((reason: unknown) => reason);
  const provider = await connect(feed);
  const advertised = { capabilities: [{ name: capability }], workgroups: [channel.id] };
  await provider.advertise("watched", { ...advertised, description: "first" });
  expect(await seen.next()).toBe("appeared first" satisfies `${CatalogChange["change"]} first`);
  await provider.advertise("watched", { ...advertised, description: "second" });
  expect(await seen.next()).toBe("changed second");
  await provider.retract("watched");
  expect(await seen.next()).toBe("gone second");
  stop.abort(new Error("enough"));
  expect(await watching).toMatchObject({ message: "enough" });
});

test("several instances of a provider: each session is taken by one", async () => {
  const first = await publish("doubled");
  const second = await connect(feed);
  const taken = inbox<string>();
  const troubles: unknown[] = [];
  for (const provider of [first, second]) {
    provider.on("trouble", (trouble) => troubles.push(trouble));
    provider.serve(capability, async (session) => {
      taken.put(session.id);
      await session.closed;
    });
  }
  const consumer = await connect(research);
  const offer = await find(consumer, "doubled");
  const engaging = Array.from({ length: 6 }, () => consumer.engage(offer, { until: "active" }));
  const sessions = await Promise.all(engaging);
  const ids = sessions.map(({ id }) => id).sort();
  const handled: string[] = [];
  while (handled.length < ids.length) handled.push(await taken.next());
  expect(handled.sort()).toEqual(ids);
  await Promise.all(sessions.map((session) => session.close()));
  expect(taken.items).toEqual([]);
  expect(troubles).toEqual([]);
});

test("whoever is in no workgroup finds nothing, and cannot engage what it was told of", async () => {
  await publish("unseen", "open");
  const offer = await find(await connect(research), "unseen");
  const outsider = await connect(stranger);
  expect(await outsider.catalog.search()).toEqual([]);
  await expect(outsider.engage(offer)).rejects.toMatchObject({ name: "ParleyRefusal", code: "not-found" });
  await expect(
    outsider.advertise("decoy", { capabilities: [{ name: capability }], workgroups: ["markets-co/channel"] }),
  ).rejects.toMatchObject({ code: "not-found" });
});

test("a key that was just replaced signs the next proposal", async () => {
  await publish("rekeyed", "open");
  const consumer = await connect(research);
  const offer = await find(consumer, "rekeyed");
  await consumer.client.replaceKey();
  const session = await consumer.engage(offer);
  expect(session.state).toBe("accepted");
  await session.close();
});

test("the same terms are the same version, others the next; what was found under the old is refused", async () => {
  const provider = await connect(feed);
  const advertise = (maxEnvelopes: number) =>
    provider.advertise("versions", {
      capabilities: [{ name: capability }],
      workgroups: ["markets-co/channel"],
      contract: { name: "versions-terms", terms: { acceptance: "open", maxEnvelopes } },
    });
  const first = await advertise(3);
  expect(await advertise(3)).toEqual(first);
  const consumer = await connect(research);
  const offer = await find(consumer, "versions");
  const second = await advertise(4);
  expect(second.contract.id).toBe(first.contract.id);
  expect(second.contract.termsDigest).not.toBe(first.contract.termsDigest);
  await expect(consumer.engage(offer)).rejects.toMatchObject({
    code: "contract.changed",
    digest: second.contract.termsDigest,
  });
  // The first terms again are the version that there was.
  expect((await advertise(3)).contract).toEqual(first.contract);
});

test("over a restart of the broker sessions are joined again, and what is served is served", async () => {
  const provider = await publish("lasting");
  const taken = inbox<Session>();
  provider.serve(capability, async (session) => {
    taken.put(session);
    await session.closed;
  });
  const consumer = await connect(research);
  const offer = await find(consumer, "lasting");
  const session = await consumer.engage(offer, { until: "active" });
  const theirs = await taken.next();

  const back = [provider, consumer].map(
    (agent) =>
      new Promise<void>((resolve) => {
        agent.on("state", ({ state }) => state === "connected" && resolve());
      }),
  );
  await broker.stop();
  broker = await startAgain(broker);
  await Promise.all(back);

  const again = await consumer.engage(offer, { until: "active" });
  expect((await taken.next()).id).toBe(again.id);
  expect(taken.items).toEqual([]);
  for (const each of [session, again]) await each.close();
  expect(await theirs.closed).toMatchObject({ reason: "completed_by_consumer" });
});
