/**
 * The whole HTTP edge on a loopback port: the real line on the store in memory, with a clock that stands still until a
 * test steps it, and every line of the log kept.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeId } from "@parley/protocol";
import { pino } from "pino";
import type { TrustedClock } from "../../clock.js";
import { loadConfig } from "../../config.js";
import { type OpenEdge, openEdge } from "../../edge.js";
import { govern } from "../../governance/govern.js";
import { type BrokerKeys, openKeys } from "../../keys.js";
import { openLedger } from "../../ledger/batch.js";
import type { KeptHead } from "../../ledger/head.js";
import { openMemoryStore } from "../../ledger/memory/store.js";
import type { Store } from "../../ledger/store.js";
import { Connections } from "../../outbox/connections.js";
import { Outbox } from "../../outbox/outbox.js";
import { readEnvelopes } from "../../records/deliveries.js";
import { openRelay, type Relay } from "../../relay.js";
import { makeSecret } from "../secret.js";
import { type Answer, type Sent, send, speak } from "./speak.js";

export class StandingClock implements TrustedClock {
  readonly recovered = undefined;
  #at = Date.UTC(2026, 0, 5, 9, 0, 0);

  now(): number {
    return this.#at;
  }

  step(ms: number): void {
    this.#at += ms;
  }

  check(): void {
    // Nobody moves it but the test.
  }
}

export interface TestEdge {
  readonly port: number;
  readonly issuer: string;
  readonly clock: StandingClock;
  readonly store: Store;
  readonly keys: BrokerKeys;
  readonly relay: Relay;
  /** Its rounds come when the test calls for them. */
  readonly outbox: Outbox;
  /** The secret with which the first platform operator enrols. */
  readonly firstToken: string;
  /** Every line of the log, at its most talkative. */
  readonly log: readonly string[];
  send(sent: Sent): Promise<Answer>;
  /** Raw bytes in, raw bytes out. */
  speak(bytes: string, until?: RegExp): Promise<string>;
  close(): Promise<void>;
}

export interface EdgeOptions {
  /** Stands between the routes and the line. */
  readonly between?: (relay: Relay) => Relay;
  /** Another one than that in memory. */
  readonly store?: Store;
}

const quietHead = () => {
  let kept: KeptHead | undefined;
  return {
    read: () => kept,
    keep: (head: KeptHead) => {
      kept = head;
    },
    close: () => undefined,
  };
};

function configOf() {
  const loaded = loadConfig({ flags: { trustDomain: "parley.test" }, env: {} });
  if ("issues" in loaded) throw new TypeError(JSON.stringify(loaded.issues));
  return loaded.config;
}

async function begin(relay: Relay, lastAt: number): Promise<string> {
  const { secret, token } = makeSecret();
  const platform = { operator: makeId("operator"), token };
  const id = makeId("command");
  await relay({ kind: "broker.start", id, version: "0.0.0", platform, recover: "none", eraAfter: 0, lastAt });
  return secret;
}

export async function openTestEdge({
  between = (relay) => relay,
  store = openMemoryStore(),
}: EdgeOptions = {}): Promise<TestEdge> {
  const folder = mkdtempSync(join(tmpdir(), "parley-edge-"));
  const clock = new StandingClock();
  const log: string[] = [];
  const ledger = await openLedger({ store, head: quietHead(), clock, govern });
  const keys = await openKeys(folder, clock.now());
  const connections = new Connections();
  const failed = (fault: unknown) => void log.push(String(fault));
  const outbox = new Outbox({
    ...{ connections, store, clock, failed },
    read: (wanted) => readEnvelopes(store, wanted, clock.now()),
  });
  const { relay } = openRelay(ledger, outbox);
  const firstToken = await begin(relay, clock.now());
  const edge: OpenEdge = await openEdge({
    config: configOf(),
    relay: between(relay),
    store,
    emptyStore: openMemoryStore,
    keys,
    clock,
    connections,
    hearing: outbox,
    log: pino({ level: "trace" }, { write: (line: string) => void log.push(line) }),
    issuer: () => `http://127.0.0.1:${edge.port}`,
  });
  const port = await edge.listen({ host: "127.0.0.1", port: 0 });
  return {
    port,
    issuer: `http://127.0.0.1:${port}`,
    clock,
    store,
    keys,
    relay,
    outbox,
    firstToken,
    log,
    send: (sent) => send(port, sent),
    speak: (bytes, until) => speak(port, bytes, until),
    async close() {
      await connections.closeAll("goingAway");
      await edge.close();
      await ledger.drain();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
