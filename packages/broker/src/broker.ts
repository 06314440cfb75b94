/**
 * The broker, put together: the only file that names adapters. Opens in the order in which one thing needs another,
 * refuses to start on a record or a clock that it cannot believe, and closes in the order that loses nothing.
 */
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { makeId } from "@parley/protocol";
import type { Logger } from "pino";
import { makeSecret } from "./admission/secret.js";
import { openClock, type TrustedClock } from "./clock.js";
import type { Config } from "./config.js";
import { openEdge } from "./edge.js";
import { openEnding } from "./ending.js";
import { startExpiry } from "./expiry.js";
import { showFirstToken } from "./first-token.js";
import { govern } from "./governance/govern.js";
import { openKeys } from "./keys.js";
import { type OpenLedger, openLedger } from "./ledger/batch.js";
import { checkHead } from "./ledger/check-head.js";
import { openHeadFile } from "./ledger/sqlite/head-file.js";
import { openSqliteStore } from "./ledger/sqlite/store.js";
import type { LedgerState, Store } from "./ledger/store.js";
import { openLog } from "./log.js";
import { openManagement } from "./management.js";
import { openMetrics } from "./metrics.js";
import { Connections } from "./outbox/connections.js";
import { openReadiness } from "./readiness.js";
import { openRelay, type Relay } from "./relay.js";

export interface Broker {
  readonly issuer: string;
  readonly managementPort: number;
  /** New work is refused as retryable, work in flight answered, then everything is closed. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the broker had to stop by itself. */
  readonly done: Promise<void>;
}

export interface Surroundings {
  /** Writes to the person in front of a terminal; absent where there is none. */
  readonly terminal?: (text: string) => void;
  readonly log?: Logger;
}

export const version = "0.1.0";

export async function startBroker(config: Config, surroundings: Surroundings = {}): Promise<Broker> {
  const log = surroundings.log ?? openLog(config.logLevel, surroundings.terminal !== undefined);
  const ending = openEnding();
  const record = await openRecord(config, log, ending.fail);
  const { store, clock, ledger } = record;
  try {
    const keys = await openKeys(config.data, clock.now());
    const connections = new Connections();
    const metrics = openMetrics(
      clock,
      () => connections.count,
      () => ledger.waiting,
    );
    const relay = metrics.count(openRelay(ledger, (cuts) => connections.cut(cuts)));
    record.steps.tell = (byMs) =>
      void relay({ kind: "clock.step", id: makeId("command"), byMs }).catch(ending.fail);
    const secret = await beginLife(relay, clock, config);
    const origin = { issuer: config.publicUrl ?? "" };
    const edge = await openEdge({
      config,
      relay,
      store,
      keys,
      clock,
      connections,
      log,
      issuer: () => origin.issuer,
    });
    await edge.listen(config.listen);
    const { port } = edge.server.address() as AddressInfo;
    origin.issuer ||= issuerOf(config, port);
    const management = await openManagement(config.management, openReadiness(relay, clock), metrics);
    const expiry = startExpiry({
      store,
      send: relay,
      clock,
      onFault: (fault) => log.error({ err: fault }, "what was due could not be judged: trying again"),
    });
    const tick = setInterval(() => clock.check(), 1_000).unref();
    const shown = secret && { ...secret, issuer: origin.issuer };
    showFirstToken(config.data, shown, log, surroundings.terminal);
    log.info(
      {
        issuer: origin.issuer,
        management: management.port,
        data: config.data,
        era: ledger.state.era,
        version,
      },
      "ready",
    );
    ending.whenAsked(async () => {
      clearInterval(tick);
      await connections.closeAll("goingAway");
      await Promise.all([expiry.stop(), edge.close(), management.close()]);
      await closeRecord(record);
      log.info("stopped");
    });
    return { issuer: origin.issuer, managementPort: management.port, stop: ending.stop, done: ending.done };
  } catch (error) {
    await closeRecord(record);
    throw error;
  }
}

interface OpenRecord {
  readonly store: Store;
  readonly head: ReturnType<typeof openHeadFile>;
  readonly clock: TrustedClock;
  readonly ledger: OpenLedger;
  /** Who is told of a step of the clock: nobody until the line stands. */
  readonly steps: { tell: (byMs: number) => void };
}

async function openRecord(config: Config, log: Logger, fail: (cause: Error) => void): Promise<OpenRecord> {
  const store = openSqliteStore({ folder: config.data });
  const head = openHeadFile(join(config.data, "head"));
  try {
    const state = await believe(store, head, config);
    const steps = { tell: (_byMs: number): void => undefined };
    const clock = openClock({
      ledgerAt: state.ordinal === 0 ? undefined : state.at,
      recover: config.recover === "clock",
      onStep: (byMs) => {
        log.warn({ byMs }, "the machine's clock stepped forward: followed");
        steps.tell(byMs);
      },
      onLost: (byMs) =>
        fail(new Error(`the machine's clock leapt ${byMs} ms ahead: set it right and start again`)),
    });
    const ledger = await openLedger({ store, head, clock, govern, onFailed: fail });
    return { store, head, clock, ledger, steps };
  } catch (error) {
    await store.close();
    await head.close();
    throw error;
  }
}

/** The state of the record, if it is the one that was acknowledged, or if somebody knowingly goes on from this one. */
async function believe(store: Store, head: OpenRecord["head"], config: Config): Promise<LedgerState> {
  if (config.recover !== "record") return checkHead(store, await head.read());
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  return state;
}

async function closeRecord({ ledger, store, head }: OpenRecord): Promise<void> {
  await ledger.drain();
  await store.close();
  await head.close();
}

/** The first command of every start. Returns the secret of the token that it made, if nobody else can let people in. */
async function beginLife(relay: Relay, clock: TrustedClock, config: Config) {
  if (clock.recovered)
    await accepted(relay({ kind: "clock.recover", id: makeId("command"), ...clock.recovered }));
  const { secret, token } = makeSecret();
  const platform = { operator: makeId("operator"), token };
  const recover = config.recover === "clock" ? "none" : (config.recover ?? "none");
  const { platformToken } = await accepted(
    relay({ kind: "broker.start", id: makeId("command"), version, platform, recover }),
  );
  return platformToken === null
    ? undefined
    : { secret, expiresAt: new Date(platformToken.expiresAt).toISOString() };
}

async function accepted<A>(
  outcome: Promise<{ outcome: "accepted"; answer: A } | { outcome: "refused"; refusal: { code: string } }>,
): Promise<A> {
  const settled = await outcome;
  if (settled.outcome === "refused")
    throw new Error(`the broker refused its own start: ${settled.refusal.code}`);
  return settled.answer;
}

function issuerOf(config: Config, port: number): string {
  const host = config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host;
  return `${config.tlsCert === undefined ? "http" : "https"}://${host}:${port}`;
}
