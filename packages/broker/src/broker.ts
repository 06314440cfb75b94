/**
 * The broker, put together: the only file that names adapters. Opens in the order in which one thing needs another,
 * refuses to start on a record or a clock that it cannot believe, and closes in the order that loses nothing.
 */
import { join } from "node:path";
import { makeId } from "@parley/protocol";
import type { Logger } from "pino";
import { makeSecret } from "./admission/secret.js";
import { openClock, type TrustedClock } from "./clock.js";
import type { Config } from "./config.js";
import { partsOf } from "./data-path.js";
import { remakeDeadlines } from "./deadlines.js";
import { type OpenEdge, openEdge } from "./edge.js";
import { type Ending, openEnding } from "./ending.js";
import { startEvidence } from "./evidence.js";
import { startExpiry } from "./expiry.js";
import { showFirstToken } from "./first-token.js";
import { govern } from "./governance/govern.js";
import { openKeys } from "./keys.js";
import { type OpenLedger, openLedger } from "./ledger/batch.js";
import { checkHead } from "./ledger/check-head.js";
import { type CheckpointKeeper, checkCheckpoints } from "./ledger/checkpoints.js";
import type { HeadKeeper } from "./ledger/head.js";
import { openMemoryStore } from "./ledger/memory/store.js";
import { rebuild } from "./ledger/rebuild.js";
import { openCheckpointFile } from "./ledger/sqlite/checkpoint-file.js";
import { HeadUnreadable, openHeadFile } from "./ledger/sqlite/head-file.js";
import { openSqliteStore } from "./ledger/sqlite/store.js";
import type { LedgerState, Store } from "./ledger/store.js";
import { openLog } from "./log.js";
import { type Observing, openObserving } from "./observing.js";
import { Connections } from "./outbox/connections.js";
import type { ReadEnvelopes } from "./outbox/holder.js";
import { Outbox } from "./outbox/outbox.js";
import { readEnvelopes } from "./records/deliveries.js";
import { type OpenRelay, openRelay, type Relay } from "./relay.js";
import { openSeeing } from "./seeing.js";
import { openUnswept } from "./unswept.js";

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
  /** What of it says whether and where traces go. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const version = "0.1.0";

export async function startBroker(config: Config, surroundings: Surroundings = {}): Promise<Broker> {
  const log = surroundings.log ?? openLog(config.logLevel, surroundings.terminal !== undefined);
  const ending = openEnding();
  try {
    return await open(config, surroundings, log, ending);
  } catch (error) {
    // Whatever was opened is closed again, so that the next start finds nothing in its way.
    await ending.stop().catch((failure: unknown) => log.error({ err: failure }, "could not be closed"));
    throw error;
  }
}

async function open(config: Config, around: Surroundings, log: Logger, ending: Ending): Promise<Broker> {
  const { terminal, env = {} } = around;
  let ready = false;
  ending.opened(() => ready && log.info("stopped"));
  const observing = await openObserving({ env, version, log, ending });
  const { counted } = observing;
  const record = await openRecord(config, log, ending, observing);
  const { store, clock, ledger } = record;
  const keys = await openKeys(config.data, clock.now(), {
    mayMake: record.found.state.ordinal === 0 || config.recover === "record",
  });
  const connections = new Connections();
  const failed = (fault: unknown) => log.error({ err: fault }, "what has happened could not be told");
  const read: ReadEnvelopes = (wanted) => readEnvelopes(store, wanted, clock.now());
  const outbox = new Outbox({ connections, store, read, clock, failed });
  const figures = { connections, ledger, outbox, store, clock, data: config.data, version };
  // Before anybody comes in: whoever asks hears that it is not ready, and so until everybody has gone.
  const seeing = await openSeeing({ address: config.management, counted, figures, log, ending });
  const { relay, sweep } = openLine(record, outbox, observing, log, ending);
  record.steps.tell = (byMs) => void tellStep(relay, byMs).catch(ending.fail);
  const secret = await beginLife(relay, record, config);
  await finishSweeps(sweep, store);
  await remakeDeadlines({ store, send: relay });

  const issuer = (): string => config.publicUrl ?? issuerOf(config, edge.port);
  const edge: OpenEdge = await openEdge({
    config,
    relay,
    store,
    emptyStore: openMemoryStore,
    keys,
    clock,
    connections,
    hearing: outbox,
    counted,
    log,
    issuer,
  });
  ending.opened(() => edge.close());
  ending.opened(() => connections.closeAll("goingAway"));
  outbox.start();
  ending.opened(() => outbox.stop());
  await edge.listen(config.listen);
  const onFault = (fault: unknown) =>
    log.error({ err: fault }, "what was due could not be judged: trying again");
  startEvidence({ ...record, send: relay, keys, connections, issuer, onFault, ending });
  const expiry = startExpiry({ store, send: relay, clock, onFault });
  ending.opened(() => expiry.stop());
  const tick = setInterval(() => clock.check(), 1_000).unref();
  ending.opened(() => clearInterval(tick));
  ending.opened((cause) => seeing.readiness.stop(cause));
  await seeing.readiness.start(partsOf({ relay, store, outbox, expiry }));

  showFirstToken(config.data, secret && { ...secret, issuer: issuer() }, log, terminal);
  const { data } = config;
  log.info({ issuer: issuer(), management: seeing.port, data, era: ledger.state.era, version }, "ready");
  ready = true;
  return { issuer: issuer(), managementPort: seeing.port, stop: ending.stop, done: ending.done };
}

/** The line, and what takes up the sweeps that a fault of the store has left unfinished. */
function openLine(
  { store, ledger }: OpenRecord,
  outbox: Outbox,
  observing: Observing,
  log: Logger,
  ending: Ending,
): OpenRelay {
  const unswept = openUnswept({
    store,
    sweep: (sweeps) => sweep(sweeps),
    onFault: (fault) => log.error({ err: fault }, "what was taken away could not be swept: trying again"),
  });
  ending.opened(() => unswept.stop());
  const { relay, sweep } = openRelay(ledger, observing.outbox(outbox), unswept.left);
  return { relay: observing.relay(relay), sweep };
}

interface OpenRecord {
  readonly store: Store;
  readonly clock: TrustedClock;
  readonly ledger: OpenLedger;
  readonly checkpoints: CheckpointKeeper;
  /** As it stood before this start. */
  readonly found: Found;
  /** Who is told of a step of the clock: nobody until the line stands. */
  readonly steps: { tell: (byMs: number) => void };
}

async function openRecord(
  config: Config,
  log: Logger,
  ending: Ending,
  observing: Observing,
): Promise<OpenRecord> {
  const store = openSqliteStore({ folder: config.data });
  ending.opened(() => store.close());
  const head = openHeadFile(join(config.data, "head"));
  ending.opened(() => head.close());
  const found = await believe(store, head, config);
  const { state } = found;
  const checkpoints = await openCheckpoints(store, state, config, ending);
  const steps = { tell: (_byMs: number): void => undefined };
  let stopLine = (_cause: Error): void => undefined;
  const clock = openClock({
    ledgerAt: state.ordinal === 0 ? undefined : state.at,
    recover: config.recover === "clock",
    onStep: (byMs) => {
      log.warn({ byMs }, "the machine's clock stepped forward: followed");
      steps.tell(byMs);
    },
    onLost: (byMs) => {
      const lost = new Error(`the machine's clock leapt ${byMs} ms ahead: set it right and start again`);
      stopLine(lost);
      ending.fail(lost);
    },
  });
  const ledger = await openLedger({
    ...{ store: observing.store(store), head: observing.head(head), govern: observing.govern(govern) },
    ...{ clock, onFailed: ending.fail },
  });
  // Nothing is acknowledged at a time that nobody believes.
  stopLine = (cause) => ledger.stop(cause);
  ending.opened(() => ledger.drain());
  return { store, clock, ledger, checkpoints, found, steps };
}

/** [REC-9] An era that begins has its own: what the ones before it have signed may be of what was lost. */
async function openCheckpoints(
  store: Store,
  { era }: LedgerState,
  { data, recover }: Config,
  ending: Ending,
): Promise<CheckpointKeeper> {
  const checkpoints = openCheckpointFile(join(data, "checkpoints"), { anew: recover === "record" });
  ending.opened(() => checkpoints.close());
  await checkCheckpoints(store, await checkpoints.read(), era);
  return checkpoints;
}

interface Found {
  readonly state: LedgerState;
  /** The era of the head that was kept outside, if there is one to read. */
  readonly keptEra: number | undefined;
}

/** The state of the record, if it is the one that was acknowledged, or if somebody knowingly goes on from this one. */
async function believe(store: Store, head: HeadKeeper, config: Config): Promise<Found> {
  await finishRebuild(store);
  if (config.recover !== "record") {
    const kept = await head.read();
    return { state: await checkHead(store, kept), keptEra: kept?.era };
  }
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  return { state, keptEra: await readableEra(head) };
}

/** A rebuild of the derived rows that was interrupted is done again: facts are all that it needs. */
async function finishRebuild(store: Store): Promise<void> {
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  const { beyond } = await store.read({
    beyond: { find: "factsInOrder", by: { after: state.ordinal, limit: 1 } },
  });
  if (beyond.length > 0) await rebuild(store);
}

async function readableEra(head: HeadKeeper): Promise<number | undefined> {
  try {
    return (await head.read())?.era;
  } catch (unreadable) {
    if (unreadable instanceof HeadUnreadable) return undefined;
    throw unreadable;
  }
}

/** The step is a fact, so a line that is busy is told again. */
async function tellStep(relay: Relay, byMs: number): Promise<void> {
  const { outcome } = await relay({ kind: "clock.step", id: makeId("command"), byMs });
  if (outcome === "refused") setTimeout(() => void tellStep(relay, byMs), 1_000).unref();
}

/** The first command of every start. Returns the secret of the token that it made, if nobody else can let people in. */
async function beginLife(relay: Relay, { clock, found }: OpenRecord, config: Config) {
  if (clock.recovered)
    await accepted(relay({ kind: "clock.recover", id: makeId("command"), ...clock.recovered }));
  const { secret, token } = makeSecret();
  const platform = { operator: makeId("operator"), token };
  const recover = config.recover === "clock" ? "none" : (config.recover ?? "none");
  // Without a head nobody knows which eras there were: the time is later than any of them was long.
  const eraAfter = found.keptEra ?? Math.floor(clock.now() / 1_000);
  const lastAt = found.state.ordinal === 0 ? clock.now() : found.state.at;
  const start = { version, platform, recover, eraAfter, lastAt } as const;
  const { platformToken } = await accepted(relay({ kind: "broker.start", id: makeId("command"), ...start }));
  return platformToken === null
    ? undefined
    : { secret, expiresAt: new Date(platformToken.expiresAt).toISOString() };
}

/** [SES-20] Nobody comes in before the closing facts that a crash has left are written. */
async function finishSweeps(sweep: OpenRelay["sweep"], store: Store): Promise<void> {
  const { sweeps } = await store.read({ sweeps: { find: "unfinishedSweeps", by: {} } });
  await sweep(sweeps);
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
  // As an origin is spelled: without the port that its scheme has anyway.
  return new URL(`${config.tlsCert === undefined ? "http" : "https"}://${host}:${port}`).origin;
}
