import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Span, SpanExporter } from "./span-exporter.js";
import { readTraceConfig, type TraceConfig } from "./trace-config.js";

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly names: readonly string[];
  readonly body: unknown;
}

/** Takes what it is sent, or answers what the test says. */
async function collectorOfThisTest() {
  const collector = { posted: [] as Posted[], answer: 200, hold: Promise.resolve() };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const names = body.resourceSpans[0].scopeSpans[0].spans.map(({ name }: { name: string }) => name);
    collector.posted.push({ headers: request.headers, names, body });
    await collector.hold;
    response.writeHead(collector.answer).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { collector, url: `http://127.0.0.1:${port}/v1/traces` };
}

function exporterTo(url: string, more: Partial<TraceConfig> = {}) {
  const config = readTraceConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url });
  if (config === undefined) throw new Error("traces go there");
  const faults: unknown[] = [];
  const exporter = new SpanExporter(
    { ...config, delayMs: 60_000, ...more },
    "0.1.0",
    (fault) => void faults.push(fault),
  );
  return { exporter, faults };
}

const span = (name: string, more: Partial<Span> = {}): Span => ({
  ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), parentSpanId: undefined, name },
  ...{
    from: 1_700_000_000_000_000_000n,
    to: 1_700_000_000_001_000_000n,
    attributes: {},
    fault: undefined,
    ...more,
  },
});

test("a wait that ends while a batch is under way is not the last one", async () => {
  const { collector, url } = await collectorOfThisTest();
  const { exporter } = exporterTo(url, { delayMs: 20 });
  let goOn: () => void = () => undefined;
  collector.hold = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  exporter.add(span("first"));
  await expect.poll(() => collector.posted.length).toBe(1);
  exporter.add(span("meanwhile"));
  // Longer than the wait that this has begun.
  await new Promise((resolve) => setTimeout(resolve, 100));
  goOn();
  await expect.poll(() => collector.posted.length).toBe(2);
  exporter.add(span("later"));
  await expect
    .poll(() => collector.posted.map(({ names }) => names))
    .toEqual([["first"], ["meanwhile"], ["later"]]);
});

test("what is posted is OTLP in JSON", async () => {
  const { collector, url } = await collectorOfThisTest();
  const { exporter } = exporterTo(url, { headers: { "api-key": "secret" } });
  exporter.add(
    span("one", { parentSpanId: "c".repeat(16), attributes: { "parley.code": "x", "parley.n": 3 } }),
  );
  exporter.add(span("two", { fault: "Error: the disk is gone" }));
  await exporter.flush();
  const [posted] = collector.posted;
  expect(posted?.headers).toMatchObject({ "content-type": "application/json", "api-key": "secret" });
  const times = { startTimeUnixNano: "1700000000000000000", endTimeUnixNano: "1700000000001000000" };
  const ids = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
  expect(posted?.body).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "parley-broker" } }] },
        scopeSpans: [
          {
            scope: { name: "parley", version: "0.1.0" },
            spans: [
              {
                ...{ ...ids, parentSpanId: "c".repeat(16), name: "one", kind: 2, ...times, status: {} },
                attributes: [
                  { key: "parley.code", value: { stringValue: "x" } },
                  { key: "parley.n", value: { intValue: "3" } },
                ],
              },
              {
                ...{ ...ids, name: "two", kind: 2, ...times, attributes: [] },
                status: { code: 2, message: "Error: the disk is gone" },
              },
            ],
          },
        ],
      },
    ],
  });
  expect([exporter.exported, exporter.dropped]).toEqual([2, 0]);
});

test("a batch that is full goes at once, the rest when its time has come", async () => {
  const { collector, url } = await collectorOfThisTest();
  const { exporter } = exporterTo(url, { batchMax: 2, delayMs: 50 });
  for (const name of ["a", "b", "c"]) exporter.add(span(name));
  await expect.poll(() => collector.posted.map(({ names }) => names)).toEqual([["a", "b"], ["c"]]);
});

test("more than there is room for is dropped and counted", async () => {
  const { collector, url } = await collectorOfThisTest();
  const { exporter } = exporterTo(url, { queueMax: 3 });
  for (const name of ["a", "b", "c", "d", "e"]) exporter.add(span(name));
  await exporter.flush();
  expect(collector.posted.map(({ names }) => names)).toEqual([["a", "b", "c"]]);
  expect([exporter.exported, exporter.dropped]).toEqual([3, 2]);
});

test("what a collector does not take is dropped and counted, and said once until it takes something again", async () => {
  const { collector, url } = await collectorOfThisTest();
  const { exporter, faults } = exporterTo(url);
  const send = async () => {
    exporter.add(span("a"));
    await exporter.flush();
  };
  collector.answer = 503;
  await send();
  await send();
  expect(faults.map(String)).toEqual(["Error: the collector answered 503"]);
  collector.answer = 200;
  await send();
  expect([exporter.exported, exporter.dropped]).toEqual([1, 2]);
  collector.answer = 400;
  await send();
  expect(faults).toHaveLength(2);
});

test("a collector that is not there costs its spans and nothing else", async () => {
  const { exporter, faults } = exporterTo("http://127.0.0.1:9/v1/traces");
  exporter.add(span("a"));
  await exporter.flush();
  expect([exporter.dropped, faults.length]).toEqual([1, 1]);
});
