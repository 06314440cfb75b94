/**
 * Payloads stand in one place, and not for longer than they may [ENV-16]: bytes that nobody else would write are looked
 * for in everything that the broker has written. For its process a minute passes in ten seconds.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { BrokerProcess } from "../fixtures/broker-process.js";
import { openBrokers } from "../fixtures/brokers.js";
import { makeHurriedMachine } from "../fixtures/machine-clock.js";
import { offer, openMarket, proposal } from "../fixtures/market.js";
import { asks } from "../fixtures/sessions.js";
import { Talking, wordsOf } from "../fixtures/talking.js";
import { makeInstance, makeWorld, type World } from "../fixtures/world.js";

const brokers = openBrokers();
const times = 6;
const minuteMs = 60_000 / times;
const table = "payloads";

/** Bytes of chance, and all the spellings in which they might have been written down. */
class Marker {
  readonly bytes = randomBytes(24);
  readonly #spellings = (["latin1", "hex", "base64", "base64url"] as const).map((spelling) =>
    Buffer.from(this.bytes.toString(spelling), spelling === "latin1" ? "latin1" : "utf8"),
  );

  /** Long enough for pages of its own, so that what is left of it is not overwritten by chance. */
  get payload(): Buffer {
    return Buffer.concat(Array<Buffer>(400).fill(this.bytes));
  }

  isIn(found: Uint8Array): boolean {
    const buffer = Buffer.from(found.buffer, found.byteOffset, found.byteLength);
    return this.#spellings.some((spelling) => buffer.includes(spelling));
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

const isOfDatabase = (path: string): boolean => /\.(db|sqlite)(-wal|-shm)?$/.test(path);

/** Which files have it, by their names. */
const filesWith = ({ data }: BrokerProcess, marker: Marker): string[] =>
  filesOf(data).filter((path) => marker.isIn(readFileSync(path)));

/** Which tables have it, in whatever column. */
function tablesWith({ data }: BrokerProcess, marker: Marker): string[] {
  const [path = ""] = filesOf(data).filter((each) => /\.(db|sqlite)$/.test(each));
  const db = new Database(path, { readonly: true });
  try {
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
    return names.filter((name) =>
      (db.prepare(`SELECT * FROM "${name}"`).raw().all() as unknown[][]).flat().some((value) => {
        if (typeof value === "string") return marker.isIn(Buffer.from(value));
        return value instanceof Uint8Array && marker.isIn(value);
      }),
    );
  } finally {
    db.close();
  }
}

interface Scene {
  readonly world: World;
  readonly consumer: Talking;
  readonly provider: Talking;
  /** Two that have joined, under payloads that are kept so long. */
  open(payloadRetention: unknown): Promise<string>;
}

async function openScene(): Promise<Scene> {
  const machine = makeHurriedMachine(brokers.newFolder(), times);
  const started = await brokers.start({ env: machine.env, args: ["--log-level", "trace"] });
  const world = await makeWorld(started);
  const market = await openMarket(world.b, world.a, "canary");
  const by = await makeInstance(world.b.admin, market.offering);
  const consumer = await Talking.as(await makeInstance(world.a.admin, market.engaging));
  const provider = await Talking.as(await makeInstance(world.b.admin, market.offering));
  let offers = 0;
  const open = async (payloadRetention: unknown): Promise<string> => {
    offers += 1;
    const terms = { acceptance: "open", idleTimeoutSeconds: 3_600, payloadRetention };
    const offered = await offer(market, by, `canary-${offers}`, terms);
    const proposed = proposal(consumer.principal, offered);
    const { id } = await consumer.speaking.done<{ id: string }>("propose", proposed);
    await provider.join(id);
    return id;
  };
  return { world, consumer, provider, open };
}

type Named = Readonly<Record<string, Marker>>;

const namesIn = (broker: BrokerProcess, named: Named): string[] =>
  Object.entries(named).flatMap(([name, marker]) => (filesWith(broker, marker).length > 0 ? name : []));

/** What is still found in any file when a minute has passed; sooner, when nothing is. */
async function leftOf(broker: BrokerProcess, named: Named): Promise<string[]> {
  const began = performance.now();
  for (;;) {
    const left = namesIn(broker, named);
    if (left.length === 0 || performance.now() - began >= minuteMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("a payload is found in its row and nowhere else, and a minute after it is over nowhere at all", async () => {
  const { world, consumer, provider, open } = await openScene();
  const { broker } = world;
  const send = async (session: string, ...markers: Marker[]): Promise<void> => {
    const verdicts = await consumer.sendAll(markers.map(({ payload }) => ({ session, payload })));
    expect(wordsOf(verdicts)).toEqual(markers.map(() => "accepted"));
    await provider.received(session, markers.length);
  };
  const make = () => new Marker();
  const [handled, first, second, third, closed, cut, kept] = Array.from({ length: 7 }, make) as [
    Marker,
    Marker,
    Marker,
    Marker,
    Marker,
    Marker,
    Marker,
  ];
  const sessions = {
    handled: await open("until_delivered"),
    partly: await open("until_delivered"),
    closed: await open("until_closed"),
    cut: await open("until_delivered"),
    kept: await open({ days: 1 }),
  };
  await send(sessions.handled, handled);
  await send(sessions.partly, first, second, third);
  await send(sessions.closed, closed);
  await send(sessions.cut, cut);
  await send(sessions.kept, kept);

  const all = [handled, first, second, third, closed, cut, kept];
  for (const marker of all) {
    expect(tablesWith(broker, marker)).toEqual([table]);
    const files = filesWith(broker, marker);
    expect([files.length > 0, files.filter((path) => !isOfDatabase(path))]).toEqual([true, []]);
    expect(marker.isIn(Buffer.from(broker.said()))).toBe(false);
  }

  provider.ack(sessions.handled, 1);
  provider.ack(sessions.partly, 2);
  provider.ack(sessions.closed, 1);
  provider.ack(sessions.kept, 1);
  await provider.settled();
  await consumer.close(sessions.closed);
  const { a } = world;
  await asks(a.admin, "close", { id: sessions.cut as never, proposalDigest: "" });
  const gone = { handled, first, second, closed, cut };
  expect(await leftOf(broker, gone)).toEqual([]);
  // Those that may still be had are where they were.
  for (const marker of [third, kept]) expect(tablesWith(broker, marker)).toEqual([table]);
  expect(all.filter((marker) => marker.isIn(Buffer.from(broker.said())))).toEqual([]);

  for (const talking of [consumer, provider]) await talking.end();
  await broker.stop();
  expect(namesIn(broker, gone)).toEqual([]);
}, 120_000);
