/**
 * Spans on their way to a collector, by OTLP over HTTP in JSON: in batches, out of a queue with a bound. What is too much,
 * and what the collector does not take, is dropped and counted; nobody waits for it.
 */
import type { TraceConfig } from "./trace-config.js";

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Nanoseconds since the epoch. */
  readonly from: bigint;
  readonly to: bigint;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** What went wrong, where something did. */
  readonly fault: string | undefined;
}

export class SpanExporter {
  readonly #config: TraceConfig;
  readonly #version: string;
  readonly #onFault: (fault: unknown) => void;
  #queue: Span[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #wasTaken = true;
  exported = 0;
  dropped = 0;

  /** `onFault` is told once for each time that the collector begins to fail. */
  constructor(config: TraceConfig, version: string, onFault: (fault: unknown) => void) {
    this.#config = config;
    this.#version = version;
    this.#onFault = onFault;
  }

  add(span: Span): void {
    const { queueMax, batchMax, delayMs } = this.#config;
    if (this.#queue.length >= queueMax) {
      this.dropped += 1;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= batchMax) void this.flush();
    else this.#timer ??= setTimeout(() => this.#waited(), delayMs).unref();
  }

  /** Also while a batch is under way: the next span begins another wait. */
  #waited(): void {
    this.#timer = undefined;
    void this.flush();
  }

  /** Resolves when all that was there has been taken or dropped. */
  flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#queue.length > 0) await this.#send(this.#queue.splice(0, this.#config.batchMax));
  }

  async #send(spans: readonly Span[]): Promise<void> {
    const { url, headers, timeoutMs } = this.#config;
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(this.#request(spans)),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the collector answered ${answer.status}`);
      this.exported += spans.length;
      this.#wasTaken = true;
    } catch (fault) {
      this.dropped += spans.length;
      if (this.#wasTaken) this.#onFault(fault);
      this.#wasTaken = false;
    }
  }

  #request(spans: readonly Span[]): unknown {
    const scope = { name: "parley", version: this.#version };
    const resource = { attributes: attributesOf(this.#config.resource) };
    return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: spans.map(shown) }] }] };
  }
}

const serverKind = 2;
const errorStatus = 2;

const shown = ({ traceId, spanId, parentSpanId, name, from, to, attributes, fault }: Span) => ({
  ...{ traceId, spanId, ...(parentSpanId !== undefined && { parentSpanId }) },
  ...{ name, kind: serverKind, startTimeUnixNano: String(from), endTimeUnixNano: String(to) },
  attributes: attributesOf(attributes),
  status: fault === undefined ? {} : { code: errorStatus, message: fault },
});

const attributesOf = (attributes: Readonly<Record<string, string | number>>) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));
