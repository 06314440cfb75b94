/**
 * A broker, two organisations, an instance or more of each side, and sessions between them under terms of every kind:
 * what all rounds begin with, and how all of them end, with the comparison of history and record.
 */
import { join } from "node:path";
import type { SideName } from "@parley/protocol";
import type { BrokerProcess } from "../../fixtures/broker-process.js";
import type { Brokers } from "../../fixtures/brokers.js";
import { type Market, type Offered, offer, openMarket, proposal, proposeTo } from "../../fixtures/market.js";
import type { Principal } from "../../fixtures/principal.js";
import { enrolPlatform, makeInstance, makeOrganisation } from "../../fixtures/world.js";
import { pseudoRandom } from "../pseudo-random.js";
import { flawsIn } from "./checker.js";
import { Client } from "./clients.js";
import type { Flaw } from "./compared.js";
import { History } from "./history.js";
import { type Habits, Letters, type Marker, makeMarker } from "./letters.js";
import { type Manner, pause } from "./manner.js";
import { type Found, outlived, readRecord } from "./reader.js";
import { Seat } from "./seat.js";

export interface Talk {
  readonly session: string;
  readonly seats: Readonly<Record<SideName, Seat>>;
  readonly clients: Readonly<Record<SideName, Client>>;
}

export interface Stage {
  broker: BrokerProcess;
  readonly market: Market;
  readonly history: History;
  readonly random: () => number;
  readonly marker: Marker;
  readonly clients: Client[];
  readonly talks: Talk[];
  /** Of brokers that have gone. */
  readonly said: string[];
  /** Another side's letters, for whoever has no business there. */
  seatFor(session: string, side: SideName): Seat;
}

interface Kind {
  readonly terms: object;
  readonly habits: Habits;
}

const fast = { acceptance: "open", maxConcurrentSessions: 1_000, maxEnvelopesPerMinute: 6_000 };
const talkative: Habits = { types: ["talk.note", "talk.reply"], forbidden: [], bytesMax: 60_000 };

/** One after the other, as many as there are sessions. */
const kindsOfTerms: readonly Kind[] = [
  { terms: { ...fast, maxEnvelopes: 1_000_000 }, habits: talkative },
  {
    terms: {
      ...{ ...fast, maxEnvelopes: 100_000, violationsAllowed: 10, maxEnvelopeBytes: 2_000 },
      messageTypes: [
        { type: "talk.*", from: "either" },
        { type: "ask.one", from: "consumer" },
      ],
    },
    habits: { types: ["talk.note", "talk.reply"], forbidden: ["ask.two", "talk"], bytesMax: 1_700 },
  },
  { terms: { ...fast, maxEnvelopes: 100_000, payloadRetention: "until_closed" }, habits: talkative },
  {
    terms: { ...fast, maxEnvelopes: 120, maxEnvelopesBySide: { consumer: 90, provider: 90 } },
    habits: talkative,
  },
  { terms: { ...fast, maxEnvelopes: 100_000, payloadRetention: { days: 1 } }, habits: talkative },
  { terms: { ...fast, maxEnvelopes: 100_000, maxEnvelopesPerMinute: 300 }, habits: talkative },
];

export interface Setting {
  readonly seed: number;
  readonly manner: Manner;
  readonly sessions: number;
  /** Of each side's agent. */
  readonly instances?: number;
  /** Where the broker keeps its data, if it matters. */
  readonly data?: string;
  /** What it runs under. */
  readonly command?: readonly string[];
  readonly through?: (url: string) => Promise<string>;
}

async function makeClients(setting: Setting, stage: Pick<Stage, "history" | "random" | "market">) {
  const { consumer, provider, engaging, offering } = stage.market;
  const { manner, instances = 1 } = setting;
  const { history, random } = stage;
  const through = await setting.through?.(consumer.admin.home.url);
  const make = async (admin: Principal, agent: string) => {
    const principal = await makeInstance(admin, agent);
    const parts = { principal, history, random, manner, ...(through && { through, copies: 2 }) };
    const client = new Client(parts);
    return { principal, client };
  };
  const consumers = [];
  const providers = [];
  for (let index = 0; index < instances; index++) {
    consumers.push(await make(consumer.admin, engaging));
    providers.push(await make(provider.admin, offering));
  }
  return { consumers, providers };
}

export async function openStage(brokers: Brokers, setting: Setting): Promise<Stage> {
  const { seed, sessions, data, command } = setting;
  const random = pseudoRandom(seed);
  const broker = await brokers.start({ ...(data && { data }), ...(command && { command }) });
  const history = new History(join(brokers.newFolder(), "history"));
  history.say({ what: "broker", is: "up", atMs: Date.now() });
  const platform = await enrolPlatform(broker);
  const provider = await makeOrganisation(platform, "provider");
  const consumer = await makeOrganisation(platform, "consumer");
  const market = await openMarket(provider, consumer, "fair");
  const { consumers, providers } = await makeClients(setting, { history, random, market });
  const all = [...consumers, ...providers].map(({ client }) => client);
  const marker = makeMarker(seed);
  const seatFor = (session: string, side: SideName) =>
    new Seat(session, side, new Letters({ session, side, random, marker, ...talkative }));
  const talks: Talk[] = [];
  const stage = { broker, market, history, random, marker, clients: all, talks, said: [], seatFor };
  await Promise.all(all.map((client) => client.connect()));
  const offers = await offersOf(
    market,
    providers.map(({ principal }) => principal),
    sessions,
  );
  for (let index = 0; index < sessions; index++) {
    const offered = offers[index % offers.length];
    const kind = kindsOfTerms[index % kindsOfTerms.length];
    const side = {
      consumer: consumers[index % consumers.length],
      provider: providers[Math.floor(index / 2) % providers.length],
    };
    if (!offered || !kind || !side.consumer || !side.provider) throw new RangeError("no such kind");
    const clients = { consumer: side.consumer.client, provider: side.provider.client };
    stage.talks.push(await begin(stage, side.consumer.principal, clients, { offered, habits: kind.habits }));
  }
  return stage;
}

/** A session whose consumer never comes: what the provider says in it waits, until it is over. */
export async function leaveAlone(stage: Stage, joinTimeoutSeconds: number): Promise<string> {
  const { market, clients, history, random } = stage;
  const offering = await makeInstance(market.provider.admin, market.offering);
  const engaging = await makeInstance(market.consumer.admin, market.engaging);
  const offered = await offer(market, offering, "lonely", { ...fast, joinTimeoutSeconds });
  const manner = { vanishes: 0, handles: 1, dozes: 0, forges: 0 };
  const provider = new Client({ principal: offering, history, random, manner });
  clients.push(provider);
  await provider.connect();
  const { id } = await proposeTo(engaging, offered);
  history.say({ what: "engaged", session: id, terms: offered.contract.termsDigest });
  const seat = stage.seatFor(id, "provider");
  await provider.take(seat);
  seat.write(5);
  await until(() => provider.tidy());
  return id;
}

async function offersOf(
  market: Market,
  providers: readonly Principal[],
  sessions: number,
): Promise<Offered[]> {
  const [by] = providers;
  if (by === undefined) throw new RangeError("nobody offers");
  const offers: Offered[] = [];
  for (const [index, { terms }] of kindsOfTerms.slice(0, sessions).entries())
    offers.push(await offer(market, by, `kind-${index}`, terms));
  return offers;
}

async function begin(
  { history, random, marker }: Stage,
  by: Principal,
  clients: Talk["clients"],
  { offered, habits }: { offered: Offered; habits: Habits },
): Promise<Talk> {
  const { ok, result, problem } = await clients.consumer.call("propose", { ...proposal(by, offered) });
  if (!ok) throw new Error(`nothing was engaged: ${JSON.stringify(problem)}`);
  const session = String(result.id);
  history.say({ what: "engaged", session, terms: offered.contract.termsDigest });
  const seatOf = (side: SideName) =>
    new Seat(session, side, new Letters({ session, side, random, marker, ...habits }));
  const seats = { consumer: seatOf("consumer"), provider: seatOf("provider") };
  for (const side of ["consumer", "provider"] as const) await clients[side].take(seats[side]);
  return { session, seats, clients };
}

/** So long after the faults have healed everything must have arrived; what has not is a finding. */
const healsWithinMs = 20_000;

const erasedWithinMs = 60_000;

async function until(isSo: () => boolean, withinMs = healsWithinMs): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) return false;
    await pause(5);
  }
  return true;
}

const otherSide = { consumer: "provider", provider: "consumer" } as const;
const sides = ["consumer", "provider"] as const;

/** Faults are over: everything is sent, some sessions end before all is received, and then it is. */
export async function heal(stage: Stage): Promise<void> {
  const { clients, talks, history, random } = stage;
  for (const client of clients) client.calm();
  const tidied = () => clients.map((client) => client.tidy()).every(Boolean);
  await until(tidied);
  for (const talk of talks) if (random() < 0.5) await end(talk);
  await until(() => tidied() && talks.every(({ seats }) => sides.every((side) => hasAll(seats, side))));
  for (const { session, seats } of talks)
    for (const side of sides) history.say({ what: "drained", session, side: seats[side].side });
  for (const talk of talks) await end(talk);
  for (const talk of talks) await afterTheEnd(talk);
}

const hasAll = (seats: Talk["seats"], side: SideName): boolean =>
  seats[side].seen >= seats[otherSide[side]].settled.length;

const end = ({ clients, session }: Talk) => clients.consumer.call("close", { session });

/** What was answered is answered alike; nothing new is. */
async function afterTheEnd({ seats, clients, session }: Talk): Promise<void> {
  for (const side of sides) {
    const seat = seats[side];
    const some = [...seat.settled.slice(0, 2), ...seat.settled.slice(-2)];
    clients[side].say(seat, [...some, ...some.map((one) => seat.letters.forged(one)), seat.letters.next()]);
    // Commands of one connection are decided in order: after this one has been, so have those before it.
    await clients[side].call("close", { session });
  }
}

/** A minute is what is promised: what was handled is gone by then. */
export const erased = async ({ broker }: Stage): Promise<boolean> =>
  until(() => outlived(broker.data) === 0, erasedWithinMs);

export interface Judged {
  readonly found: Found;
  readonly flaws: readonly Flaw[];
}

/** Everybody leaves, the broker stops, and somebody else reads what it leaves behind. */
export async function judge(stage: Stage): Promise<Judged> {
  const { broker, clients, history, marker, said } = stage;
  for (const client of clients) client.leave();
  history.say({ what: "broker", is: "down", atMs: Date.now() });
  await broker.stop();
  const found = readRecord({ folder: broker.data, marker, said: [...said, broker.said()] });
  history.close();
  return { found, flaws: flawsIn(history.seen, found) };
}

/** Stands still, and does not know it. */
export async function freeze({ broker, history }: Stage, ms: number): Promise<void> {
  history.say({ what: "broker", is: "down", atMs: Date.now() });
  broker.signal("SIGSTOP");
  await pause(ms);
  broker.signal("SIGCONT");
  history.say({ what: "broker", is: "up", atMs: Date.now() });
}

export async function kill(stage: Stage, brokers: Brokers): Promise<void> {
  const { broker, history, said } = stage;
  history.say({ what: "broker", is: "down", atMs: Date.now() });
  broker.signal("SIGKILL");
  await broker.ended;
  said.push(broker.said());
  stage.broker = await brokers.again(broker);
  history.say({ what: "broker", is: "up", atMs: Date.now() });
}
