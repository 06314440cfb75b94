/** What is counted: commands by kind and outcome, refusals by code, how long the line took, and who is connected. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "./clock.js";
import type { Relay } from "./relay.js";

export interface Metrics {
  /** The same relay, counted. */
  count(relay: Relay): Relay;
  readonly contentType: string;
  text(): Promise<string>;
}

/** What the outbox says of itself. */
export interface OutboxFigures {
  readonly lost: number;
  readonly watches: number;
}

const noFigures: OutboxFigures = { lost: 0, watches: 0 };

export function openMetrics(
  clock: Clock,
  connected: () => number,
  waiting: () => number,
  outbox: OutboxFigures = noFigures,
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const commands = new Counter({
    name: "parley_commands_total",
    help: "Commands that came down the line, by kind and outcome",
    labelNames: ["kind", "outcome"] as const,
    registers,
  });
  const refusals = new Counter({
    name: "parley_refusals_total",
    help: "Refusals, by code",
    labelNames: ["code"] as const,
    registers,
  });
  const seconds = new Histogram({
    name: "parley_command_seconds",
    help: "From a command's arrival until it was answered, durable",
    buckets: [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  gauge(registry, "parley_sockets", "Authenticated sockets", connected);
  gauge(registry, "parley_commands_waiting", "Commands that no transaction has taken yet", waiting);
  gauge(registry, "parley_watches", "Searches that connections have kept", () => outbox.watches);
  gauge(registry, "parley_events_lost", "News that was too much to be told to anybody", () => outbox.lost);

  const count =
    (relay: Relay): Relay =>
    async (command, carried) => {
      const from = clock.now();
      const outcome = await relay(command, carried).catch((fault: unknown) => {
        commands.inc({ kind: command.kind, outcome: "failed" });
        throw fault;
      });
      seconds.observe((clock.now() - from) / 1_000);
      commands.inc({ kind: command.kind, outcome: outcome.outcome });
      if (outcome.outcome === "refused") refusals.inc({ code: outcome.refusal.code });
      return outcome;
    };
  return { count, contentType: registry.contentType, text: () => registry.metrics() };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
