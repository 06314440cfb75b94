/** A request and its answer between two companies, at a broker whose traces a collector takes: one trace through all of it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, type Offer } from "@parley/agent-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { openBrokers } from "../fixtures/brokers.js";
import { openChannel, openPlatform } from "../fixtures/companies.js";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
}

const posted: string[] = [];
const spans: Span[] = [];
let collector: Server;
let broker: BrokerProcess;
const agents: Agent[] = [];
const brokers = openBrokers();

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    posted.push(`${request.method} ${request.url} ${text}`);
    const { resourceSpans } = JSON.parse(text);
    for (const { scopeSpans } of resourceSpans) for (const one of scopeSpans) spans.push(...one.spans);
    response.writeHead(200).end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  broker = await startBroker({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: "50" },
  });
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await broker.stop();
  removeFolder(broker.data);
  collector.close();
});

async function find(consumer: Agent): Promise<Offer> {
  for await (const offer of consumer.catalog.all({ capability: "markets.equity" })) return offer;
  throw new Error("it is not in the catalog");
}

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const askedIn = `00-${traceId}-00f067aa0ba902b7-01`;

test("a request and its answer are one trace: sent, made durable and delivered, there and back", async () => {
  const platform = await openPlatform(broker);
  const { offering, engaging } = await openChannel(platform, ["markets-co", "feed"], ["bank", "research"]);
  const provider = await offering.desk.connect();
  // An agent whose own library of traces says which is active.
  const identity = await engaging.desk.newIdentity();
  const consumer = await Agent.connect({ broker: broker.url, identity, traceparent: () => askedIn });
  agents.push(provider, consumer);
  await provider.advertise("quotes", {
    capabilities: [{ name: "markets.equity", description: "the last price" }],
    workgroups: ["markets-co/channel"],
    contract: { name: "quotes-terms", terms: { acceptance: "provider" } },
  });
  provider.serve("markets.equity", async (session) => {
    for await (const envelope of session)
      await session.reply(envelope, "markets.answer", { price: "secret answer" });
  });
  const session = await consumer.engage(await find(consumer), { until: "active" });
  const answer = await session.request("markets.question", { ticker: "secret question" });
  expect(answer.header.traceparent).toBe(askedIn);
  await session.close();

  const ofTrace = () => spans.filter((span) => span.traceId === traceId);
  await expect.poll(() => ofTrace().length).toBe(6);
  const named = (name: string) => ofTrace().filter((span) => span.name === name);
  expect(["parley send", "parley commit", "parley deliver"].map((name) => named(name).length)).toEqual([
    2, 2, 2,
  ]);
  for (const { parentSpanId } of [...named("parley send"), ...named("parley deliver")])
    expect(parentSpanId).toBe("00f067aa0ba902b7");
  const sends = named("parley send").map(({ spanId }) => spanId);
  expect(named("parley commit").map(({ parentSpanId }) => parentSpanId)).toEqual(sends);
  for (const { attributes } of named("parley send"))
    expect(attributes).toContainEqual({ key: "parley.session", value: { stringValue: session.id } });
  // What else the broker did is in traces of its own.
  await expect.poll(() => spans.some(({ name }) => name === "parley session.propose")).toBe(true);
  const said = posted.join("\n");
  expect(said).toMatch(/^POST \/v1\/traces /);
  for (const never of ["secret", "markets.question", "ticker", "quotes", answer.id])
    expect(said).not.toContain(never);
});

test("a broker that is asked for traces in a way it does not have does not start, and says so", async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
  const { said } = await brokers.refusal({ env });
  expect(said).toContain('OTEL_EXPORTER_OTLP_PROTOCOL: expected http/json, found "grpc"');
});
