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
import { everyday, type Kind, openTerms, type Special, special, talkative } from "./kinds.js";
import { Letters, type Marker, makeMarker } from "./letters.js";
import { type Manner, pause } from "./manner.js";
import { type Found, outlived, readRecord } from "./reader.js";
import { Seat } from "./seat.js";

export interface Talk {
  readonly session: string;
  readonly seats: Readonly<Record<SideName, Seat>>;
  /** Who holds which side, by now. */
  readonly clients: Record<SideName, Client>;
  readonly kind: Kind;
}

export interface Stage {
  broker: BrokerProcess;
  readonly market: Market;
  readonly history: History;
  readonly random: () => number;
  readonly marker: Marker;
  readonly clients: Client[];
  /** All instances of a side's agent. */
  readonly instances: Readonly<Record<SideName, readonly Client[]>>;
  readonly talks: Talk[];
  /** Of brokers that have gone. */
  readonly said: string[];
  /** Another side's letters, for whoever has no business there. */
  seatFor(session: string, side: SideName): Seat;
}

export interface Setting {
  readonly seed: number;
  readonly manner: Manner;
  /** So many under everyday terms, */
  readonly sessions: number;
  /** and one under each of these. */
  readonly beside?: readonly Special[];
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
  const { seed, data, command } = setting;
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
  const instances = {
    consumer: consumers.map(({ client }) => client),
    provider: providers.map(({ client }) => client),
  };
  const world = { broker, market, history, random, marker };
  const stage = { ...world, clients: all, instances, talks, said: [], seatFor };
  await Promise.all(all.map((client) => client.connect()));
  const kinds = kindsOf(setting);
  const offers = await offersOf(market, providers[0]?.principal, kinds);
  for (const [index, kind] of kinds.entries()) {
    const offered = offers[index];
    const side = {
      consumer: consumers[index % consumers.length],
      provider: providers[Math.floor(index / 2) % providers.length],
    };
    if (!offered || !side.consumer || !side.provider) throw new RangeError("no such kind");
    const clients = { consumer: side.consumer.client, provider: side.provider.client };
    stage.talks.push(await begin(stage, side.consumer.principal, clients, { offered, kind }));
  }
  return stage;
}

/** A session whose consumer never comes: what the provider says in it waits, until it is over. */
export async function leaveAlone(stage: Stage, joinTimeoutSeconds: number): Promise<string> {
  const { market, clients, history, random } = stage;
  const offering = await makeInstance(market.provider.admin, market.offering);
  const engaging = await makeInstance(market.consumer.admin, market.engaging);
  const offered = await offer(market, offering, "lonely", { ...openTerms, joinTimeoutSeconds });
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

function kindsOf({ sessions, beside = [] }: Setting): readonly Kind[] {
  const made = everyday.slice(0, sessions);
  if (made.length < sessions) throw new RangeError("so many kinds there are not");
  return [...made, ...beside.map((name) => special[name]())];
}

async function offersOf(
  market: Market,
  by: Principal | undefined,
  kinds: readonly Kind[],
): Promise<Offered[]> {
  if (by === undefined) throw new RangeError("nobody offers");
  const offers: Offered[] = [];
  for (const [index, { terms }] of kinds.entries())
    offers.push(await offer(market, by, `kind-${index}`, terms));
  return offers;
}

async function begin(
  { history, random, marker }: Stage,
  by: Principal,
  clients: Talk["clients"],
  { offered, kind }: { offered: Offered; kind: Kind },
): Promise<Talk> {
  const { ok, result, problem } = await clients.consumer.call("propose", { ...proposal(by, offered) });
  if (!ok) throw new Error(`nothing was engaged: ${JSON.stringify(problem)}`);
  const session = String(result.id);
  history.say({ what: "engaged", session, terms: offered.contract.termsDigest });
  const seatOf = (side: SideName) =>
    new Seat(session, side, new Letters({ session, side, random, marker, ...kind.habits }));
  const seats = { consumer: seatOf("consumer"), provider: seatOf("provider") };
  for (const side of ["consumer", "provider"] as const) await clients[side].take(seats[side]);
  return { session, seats, clients, kind };
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
  for (const talk of talks) if (!talk.kind.endsByItself && random() < 0.5) await end(talk);
  await until(() => talks.every(({ kind, seats }) => !kind.endsByItself || isOver(seats)));
  await until(() => tidied() && talks.every(({ seats }) => sides.every((side) => hasAll(seats, side))));
  for (const { session, seats } of talks)
    for (const side of sides) history.say({ what: "drained", session, side: seats[side].side });
  for (const talk of talks) await end(talk);
  for (const talk of talks) await afterTheEnd(talk);
}

const hasAll = (seats: Talk["seats"], side: SideName): boolean =>
  seats[side].seen >= seats[otherSide[side]].settled.length;

const isOver = (seats: Talk["seats"]): boolean => sides.every((side) => seats[side].isClosed);

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
