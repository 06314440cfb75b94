/**
 * Spans of what the line does: of each command, of each envelope in the trace that its header names, of its commit and its
 * delivery, so that one trace goes through both companies' agents and the broker between them. Nothing of a payload is in
 * them, and of a header nothing but its `traceparent`. Loaded only where somebody takes traces.
 */
import { randomBytes } from "node:crypto";
import { readTraceparent, type TraceContext } from "@parley/protocol";
import { machineTime } from "./clock.js";
import type { Command, CommandKind } from "./governance/command.js";
import type { Govern } from "./ledger/decide.js";
import type { Store } from "./ledger/store.js";
import { observedStore } from "./observed-store.js";
import type { Delivered } from "./outbox/wire.js";
import type { Outcome, Relay } from "./relay.js";
import { type Span, SpanExporter } from "./span-exporter.js";
import type { Sampling, TraceConfig } from "./trace-config.js";
import { pass } from "./turn.js";

const closingMs = 2_000;

type Attributes = Span["attributes"];

/** A span that has begun. */
interface Begun {
  readonly context: TraceContext;
  readonly parent: string | undefined;
  readonly name: string;
  readonly from: bigint;
  readonly attributes: Attributes;
  /** Of its command's envelopes, if it is one's. */
  readonly place: number | undefined;
}

export class Tracing {
  readonly exporter: SpanExporter;
  readonly #sampling: Sampling;
  /** Of commands that are under way, by their ids. */
  readonly #under = new Map<string, readonly Begun[]>();
  /** Decided since the last transaction began. */
  #decided: Begun[] = [];
  #commands = 0;

  constructor(config: TraceConfig, version: string, onFault: (fault: unknown) => void) {
    this.exporter = new SpanExporter(config, version, onFault);
    this.#sampling = config.sampling;
  }

  relay(relay: Relay): Relay {
    return async (command, carried) => {
      const begun = this.#begin(command as Command);
      if (begun.length === 0) return relay(command, carried);
      this.#under.set(command.id, begun);
      try {
        const outcome = await relay(command, carried);
        for (const one of begun) this.#end(one, outcomeIn(outcome, one.place));
        return outcome;
      } catch (fault) {
        for (const one of begun) this.#end(one, { "parley.outcome": "failed" }, String(fault));
        throw fault;
      } finally {
        this.#under.delete(command.id);
      }
    };
  }

  govern(govern: Govern): Govern {
    return (command, now) => {
      this.#commands += 1;
      this.#decided.push(...(this.#under.get(command.id) ?? []));
      return govern(command, now);
    };
  }

  store(store: Store): Store {
    return observedStore(store, {
      began: () => {
        this.#decided = [];
        this.#commands = 0;
      },
      committing: () => {
        const from = nowNs();
        return () => this.#committed(from);
      },
    });
  }

  /** An envelope that was given to a connection, live or from the record. */
  delivered({ n, stamp, header }: Delivered): void {
    const parent = contextIn(header);
    if (parent === undefined || !this.#isKept(parent, parent.traceId)) return;
    const { session, at, redelivered } = JSON.parse(stamp) as Stamped;
    const to = nowNs();
    // By the ledger's time, which may be ahead of the machine's.
    const accepted = BigInt(Date.parse(at)) * 1_000_000n;
    const attributes = {
      "parley.session": session,
      "parley.n": n,
      ...(redelivered && { "parley.redelivered": 1 }),
    };
    const { traceId, spanId } = parent;
    const span = { traceId, spanId: newId(8), parentSpanId: spanId, name: "parley deliver", attributes };
    this.exporter.add({ ...span, from: accepted < to ? accepted : to, to, fault: undefined });
  }

  /** Whoever stops the broker is not kept for a collector. */
  close(): Promise<void> {
    return Promise.race([this.exporter.flush(), pass(closingMs)]);
  }

  /** Of every trace that has something in it: each shows where its own time went. */
  #committed(from: bigint): void {
    const to = nowNs();
    const attributes = { "parley.commands": this.#commands };
    for (const { context } of this.#decided)
      this.exporter.add({
        ...{ traceId: context.traceId, spanId: newId(8), parentSpanId: context.spanId },
        ...{ name: "parley commit", from, to, attributes, fault: undefined },
      });
  }

  #begin(command: Command): readonly Begun[] {
    const { kind } = command;
    // The broker's own look at itself is nobody's trace.
    if (kind === "readiness.probe") return [];
    const from = nowNs();
    if (kind !== "envelopes.send") return this.#root(kind, from, {});
    const { envelopes } = command as Command<"envelopes.send">;
    const begun: Begun[] = [];
    for (const [place, { session, header }] of envelopes.entries()) {
      const parent = contextIn(header);
      if (parent === undefined || !this.#isKept(parent, parent.traceId)) continue;
      const context = { traceId: parent.traceId, spanId: newId(8), isSampled: true };
      const attributes = { "parley.session": session };
      begun.push({ context, parent: parent.spanId, name: "parley send", from, attributes, place });
    }
    const isOf = (header: string): boolean => contextIn(header) === undefined;
    const others = envelopes.filter(({ header }) => isOf(header)).length;
    return others === 0 ? begun : [...begun, ...this.#root(kind, from, { "parley.envelopes": others })];
  }

  #root(kind: CommandKind, from: bigint, attributes: Attributes): readonly Begun[] {
    const traceId = newId(16);
    if (!this.#isKept(undefined, traceId)) return [];
    const context = { traceId, spanId: newId(8), isSampled: true };
    return [{ context, parent: undefined, name: `parley ${kind}`, from, attributes, place: undefined }];
  }

  /** As OpenTelemetry has it: the last 56 bits of the trace's id are its chance. */
  #isKept(parent: TraceContext | undefined, traceId: string): boolean {
    const { isParentBased, ratio } = this.#sampling;
    if (parent !== undefined && isParentBased) return parent.isSampled;
    return Number.parseInt(traceId.slice(-14), 16) < ratio * 2 ** 56;
  }

  #end({ context, parent, name, from, attributes }: Begun, more: Attributes, fault?: string): void {
    const { traceId, spanId } = context;
    const span = { traceId, spanId, parentSpanId: parent, name, from, to: nowNs() };
    this.exporter.add({ ...span, attributes: { ...attributes, ...more }, fault });
  }
}

interface Stamped {
  readonly session: string;
  readonly at: string;
  readonly redelivered?: true;
}

/** A command's, or that of one of its envelopes: by then it is known where it stands. */
function outcomeIn(outcome: Outcome, place: number | undefined): Attributes {
  if (outcome.outcome === "refused")
    return { "parley.outcome": "refused", "parley.code": outcome.refusal.code };
  if (place === undefined) return { "parley.outcome": "accepted" };
  const { taken } = (outcome as Extract<Outcome<"envelopes.send">, { outcome: "accepted" }>).answer;
  const one = taken[place];
  if (one?.outcome === "refused") return { "parley.outcome": "refused", "parley.code": one.refusal.code };
  if (one?.outcome === "accepted")
    return { "parley.outcome": "accepted", "parley.n": one.n, "parley.seq": one.seq };
  return { "parley.outcome": "repeated" };
}

/** Headers were read when they came: they are flat, and what they say of a trace is spelled as one. */
function contextIn(header: string): TraceContext | undefined {
  if (!header.includes('"traceparent"')) return undefined;
  const { traceparent } = JSON.parse(header) as { readonly traceparent?: string };
  return traceparent === undefined ? undefined : readTraceparent(traceparent);
}

const newId = (bytes: number): string => randomBytes(bytes).toString("hex");

const begunMs = machineTime.wall() - machineTime.monotonic();
const nowNs = (): bigint => BigInt(Math.round((begunMs + machineTime.monotonic()) * 1_000)) * 1_000n;
