/**
 * Both ends with the SDK, while the broker is killed and so is the application that receives: with its cursor kept with
 * the effect it handles each envelope exactly once, without it at least once, and never not at all.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Agent, enrol, fileIdentity, type Session } from "@parley/agent-sdk";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import type { BrokerProcess } from "../../fixtures/broker-process.js";
import { openBrokers } from "../../fixtures/brokers.js";
import { type Desk, openChannel, openPlatform } from "../../fixtures/companies.js";
import { pseudoRandom } from "../pseudo-random.js";
import { flawsIn } from "./checker.js";
import { History } from "./history.js";
import { makeMarker } from "./letters.js";
import { pause } from "./manner.js";
import { readRecord } from "./reader.js";

const script = fileURLToPath(new URL("./sdk-application.mjs", import.meta.url));
const brokers = openBrokers();
const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));
const random = pseudoRandom(seed);
const capability = "quotes.live";
const failuresMax = 20;
const healsWithinMs = 60_000;
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** An application that receives in one session; it is killed and begun again until all has been handled. */
class Application {
  readonly keeps: "cursor" | "nothing";
  readonly effects: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  said = "";
  failures = 0;

  constructor(broker: string, identity: string, session: string, keeps: "cursor" | "nothing") {
    this.keeps = keeps;
    this.effects = `${identity}.effects`;
    this.#args = [script, broker, identity, session, keeps, this.effects];
    writeFileSync(this.effects, "");
  }

  get handled(): number[] {
    return readFileSync(this.effects, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => Number(line.split(" ")[0]));
  }

  get hasEnded(): boolean {
    return existsSync(`${this.effects}.ended`);
  }

  /** Begun again when it fails, as whatever looks after a process does; not for ever. */
  start(): void {
    const child = spawn(process.execPath, this.#args, { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.on("data", (bytes: Buffer) => {
      this.said += bytes.toString();
    });
    running.add(child);
    child.on("exit", (code) => {
      running.delete(child);
      if (code === null || code === 0) return;
      this.failures += 1;
      if (this.failures < failuresMax) this.start();
    });
    this.#child = child;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** When it has handled everything, or failed too often. */
  async ended(): Promise<void> {
    while (!this.hasEnded && this.failures < failuresMax) await pause(10);
  }
}

const minted = z.object({ token: z.string() });

async function openTown(broker: BrokerProcess, folder: string) {
  const platform = await openPlatform(broker);
  const { offering, engaging } = await openChannel(platform, ["feeds", "feed"], ["readers", "reader"]);
  const { company: feeds, desk: feed } = offering;
  const identityIn = async (name: string) => {
    const path = `/v1/agents/${feed.id}/enrolment-tokens`;
    const { token } = await feeds.admin.request({ method: "POST", path, body: {}, schema: minted });
    const file = join(folder, name);
    const identity = await fileIdentity(file);
    await enrol({ broker: broker.url, token, identity });
    await identity.close();
    return file;
  };
  return { feed, reader: engaging.desk, identityIn };
}

/** A session that the consumer has begun; whoever provides takes it when it comes. */
async function engage(feed: Desk, consumer: Agent): Promise<Session> {
  const offering = await feed.connect();
  await offering.advertise("live", {
    capabilities: [{ name: capability }],
    workgroups: ["feeds/channel"],
    contract: {
      name: "live-terms",
      terms: { acceptance: "open", maxEnvelopesPerMinute: 6_000, maxEnvelopes: 100_000 },
    },
  });
  await offering.close();
  const [offer] = await consumer.catalog.search({ capability });
  if (offer === undefined) throw new Error("nothing is offered");
  return consumer.engage(offer);
}

/** Sends until it is told to stop, and says what it was answered. */
async function sendAll(session: Session, history: History, isOver: () => boolean): Promise<number> {
  let sent = 0;
  while (!isOver()) {
    const count = 1 + Math.floor(random() * 12);
    const sending = Array.from({ length: count }, (_, index) =>
      session.send("quotes.tick", { tick: sent + index, filler: "x".repeat(Math.floor(random() * 900)) }),
    );
    for (const { id, n, seq, at, position, digest, repeated } of await Promise.all(sending)) {
      const by = { session: session.id, side: session.side, instance: "sdk", connection: 0 };
      const as = repeated ? "repeated" : "accepted";
      history.say({ what: "answered", id, as, n, seq, at, position, digest, ...by });
    }
    sent += count;
    await pause(random() * 15);
  }
  return sent;
}

/** Of these the history of an application knows enough. */
const judged = [1, 5, 10, 13, 14, 16, 17, 18, 19, 33, 42];

test(`an application handles each envelope once with its cursor, and never not at all (PARLEY_SEED=${seed})`, {
  timeout: 180_000,
}, async () => {
  let broker = await brokers.start();
  const folder = brokers.newFolder();
  const history = new History(join(folder, "history"));
  const { feed, reader, identityIn } = await openTown(broker, folder);
  const consumer = await reader.connect();
  const sessions = [await engage(feed, consumer), await engage(feed, consumer)];
  const applications: Application[] = [];
  for (const [at, keeps] of (["cursor", "nothing"] as const).entries())
    applications.push(
      new Application(broker.url, await identityIn(`app-${at}`), sessions[at]?.id ?? "", keeps),
    );
  for (const application of applications) application.start();
  let isOver = false;
  const sending = sessions.map((session) => sendAll(session, history, () => isOver));
  for (let round = 0; round < 4; round++) {
    await pause(700 + random() * 500);
    if (round % 2 === 0) {
      broker.signal("SIGKILL");
      await broker.ended;
      broker = await brokers.again(broker);
    }
    for (const application of applications) {
      await application.kill();
      application.start();
    }
  }
  await pause(500);
  isOver = true;
  const finishing = (async () => {
    const counts = await Promise.all(sending);
    for (const session of sessions) await session.close();
    for (const application of applications) await application.ended();
    return counts;
  })();
  // Everything has healed: what has not come by then does not come, and how it stands is told.
  const sent = await Promise.race([finishing, pause(healsWithinMs).then(() => undefined)]);
  const stand = applications.map(({ handled, hasEnded, said, failures }, at) => {
    return { handled: handled.length, hasEnded, said, failures, state: sessions[at]?.view };
  });
  expect(sent, JSON.stringify(stand, undefined, 1)).toBeDefined();
  await consumer.close();
  await broker.stop();

  for (const [at, { keeps, handled, hasEnded, said }] of applications.entries()) {
    expect({ hasEnded, said }).toMatchObject({ hasEnded: true });
    const session = sessions[at]?.id ?? "";
    for (const n of handled) history.say({ what: "handled", session, side: "provider", n, keeps });
    history.say({ what: "drained", session, side: "provider" });
  }
  history.close();
  const found = readRecord({ folder: broker.data, marker: makeMarker(seed), said: [] });
  const flaws = flawsIn(history.seen, found).filter(({ invariant }) => judged.includes(invariant));
  expect(flaws).toEqual([]);
  expect(Math.min(...(sent ?? []))).toBeGreaterThan(100);
});
