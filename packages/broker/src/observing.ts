/** The parts of a broker as they are counted, and traced where somebody takes traces: otherwise nothing of that is loaded. */
import type { Logger } from "pino";
import { Counted } from "./counted.js";
import type { Ending } from "./ending.js";
import type { Govern } from "./ledger/decide.js";
import type { HeadKeeper } from "./ledger/head.js";
import type { Store } from "./ledger/store.js";
import type { Outbox, Relay } from "./relay.js";
import { readTraceConfig } from "./trace-config.js";
import type { Tracing } from "./tracing.js";

export interface Observing {
  readonly counted: Counted;
  store(store: Store): Store;
  head(head: HeadKeeper): HeadKeeper;
  govern(govern: Govern): Govern;
  outbox(outbox: Outbox): Outbox;
  relay(relay: Relay): Relay;
}

export interface ObservingNeeds {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
  readonly ending: Ending;
}

export async function openObserving(needs: ObservingNeeds): Promise<Observing> {
  const counted = new Counted();
  const tracing = await openTracing(needs);
  if (tracing === undefined)
    return {
      counted,
      store: (store) => counted.store(store),
      head: (head) => counted.head(head),
      govern: (govern) => counted.govern(govern),
      outbox: (outbox) => counted.outbox(outbox),
      relay: (relay) => counted.relay(relay),
    };
  counted.spans = tracing.exporter;
  counted.onTheWay.delivered = (envelope) => tracing.delivered(envelope);
  return {
    counted,
    store: (store) => tracing.store(counted.store(store)),
    head: (head) => counted.head(head),
    govern: (govern) => tracing.govern(counted.govern(govern)),
    outbox: (outbox) => counted.outbox(outbox),
    relay: (relay) => tracing.relay(counted.relay(relay)),
  };
}

async function openTracing({ env, version, log, ending }: ObservingNeeds): Promise<Tracing | undefined> {
  const config = readTraceConfig(env);
  if (config === undefined) return undefined;
  const { Tracing } = await import("./tracing.js");
  const { origin } = new URL(config.url);
  const tracing = new Tracing(config, version, (fault) =>
    log.warn({ err: fault, collector: origin }, "the collector does not take traces: they are dropped"),
  );
  ending.opened(() => tracing.close());
  return tracing;
}
