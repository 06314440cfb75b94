import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "./governance/command.js";
import { govern } from "./governance/govern.js";
import * as cast from "./governance/testing/cast.js";
import { openLedger } from "./ledger/batch.js";
import { openMemoryStore } from "./ledger/memory/store.js";
import { headInMemory, steppedClock } from "./ledger/testing/harness.js";
import { SendingSide } from "./outbox/testing/sending-side.js";
import type { Delivered } from "./outbox/wire.js";
import type { Outcome, Relay } from "./relay.js";
import type { Span } from "./span-exporter.js";
import { readTraceConfig, type Sampling } from "./trace-config.js";
import { Tracing } from "./tracing.js";

const traceId = "a".repeat(32);
const parent = "b".repeat(16);
const traceparent = (flags = "01") => `00-${traceId}-${parent}-${flags}`;
const header = (more: object = {}) => JSON.stringify({ session: "x", "x-secret": "do not tell", ...more });

function tracingOfThisTest(sampling: Sampling = { ratio: 1, isParentBased: true }) {
  const config = readTraceConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
  if (config === undefined) throw new Error("traces go there");
  const tracing = new Tracing({ ...config, sampling }, "0.1.0", () => undefined);
  const spans: Span[] = [];
  tracing.exporter.add = (span) => void spans.push(span);
  return { tracing, spans };
}

const cut = { sockets: 0, sessions: 0, surviving: [] };
const accepting = (answer: unknown): Relay =>
  (async () => ({ outcome: "accepted", answer, cut, at: 0, facts: [] })) as unknown as Relay;
const refusing = (async (): Promise<Outcome> => ({
  ...{ outcome: "refused", refusal: { code: "broker.busy" }, at: 0 },
})) as unknown as Relay;
const step = { kind: "clock.step", id: makeId("command"), byMs: 1 } as const;

/** One command of these envelopes, each with its header. */
function sending(...headers: readonly string[]): Command<"envelopes.send"> {
  const { command } = new SendingSide().accept(headers.length);
  const envelopes = headers.map((header) => ({ ...command.envelopes[0], header }));
  return { ...command, envelopes } as unknown as Command<"envelopes.send">;
}
const taken = (...outcomes: readonly object[]) => ({ taken: outcomes, sessions: [] });

describe("a command", () => {
  test("is a span of a trace of its own, with how it ended", async () => {
    const { tracing, spans } = tracingOfThisTest();
    await tracing.relay(accepting({}))(step);
    await tracing.relay(refusing)(step);
    await expect(
      tracing.relay((() => Promise.reject(new Error("disk"))) as unknown as Relay)(step),
    ).rejects.toThrow("disk");
    expect(spans).toMatchObject([
      { name: "parley clock.step", parentSpanId: undefined, attributes: { "parley.outcome": "accepted" } },
      { attributes: { "parley.outcome": "refused", "parley.code": "broker.busy" }, fault: undefined },
      { attributes: { "parley.outcome": "failed" }, fault: "Error: disk" },
    ]);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(3);
    for (const { from, to, traceId, spanId } of spans) {
      expect(to).toBeGreaterThanOrEqual(from);
      expect(`${traceId} ${spanId}`).toMatch(/^[0-9a-f]{32} [0-9a-f]{16}$/);
    }
  });

  test("is none where it is the broker's own look at itself", async () => {
    const { tracing, spans } = tracingOfThisTest();
    await tracing.relay(accepting({}))({ kind: "readiness.probe", id: makeId("command"), value: "x" });
    expect(spans).toEqual([]);
  });
});

describe("an envelope", () => {
  test("is a span of the trace that its header names, with what became of it, and nothing else of it", async () => {
    const { tracing, spans } = tracingOfThisTest();
    const command = sending(
      header({ traceparent: traceparent() }),
      header(),
      header({ traceparent: traceparent() }),
    );
    const became = [
      { outcome: "accepted", n: 4, seq: 9, fact: 0 },
      { outcome: "accepted", n: 5, seq: 10, fact: 0 },
      { outcome: "refused", refusal: { code: "contract.violation" } },
    ];
    await tracing.relay(accepting(taken(...became)))(command);
    const { session } = command.envelopes[0] ?? {};
    expect(spans).toMatchObject([
      { name: "parley send", traceId, parentSpanId: parent },
      { name: "parley send", traceId, parentSpanId: parent },
      { name: "parley envelopes.send", parentSpanId: undefined, attributes: { "parley.envelopes": 1 } },
    ]);
    expect(spans.slice(0, 2).map(({ attributes }) => attributes)).toEqual([
      { "parley.session": session, "parley.outcome": "accepted", "parley.n": 4, "parley.seq": 9 },
      { "parley.session": session, "parley.outcome": "refused", "parley.code": "contract.violation" },
    ]);
  });

  test("shares its trace with the commit that made it durable", async () => {
    const { tracing, spans } = tracingOfThisTest();
    const ledger = await openLedger({
      ...{ store: tracing.store(openMemoryStore()), head: headInMemory() },
      ...{ clock: steppedClock(cast.now), govern: tracing.govern(govern) },
    });
    const relay = tracing.relay((async (command: Command) => {
      await ledger.settle(command);
      return { outcome: "accepted", answer: {}, cut, at: 0, facts: [] };
    }) as unknown as Relay);
    await Promise.all([relay(step), relay({ ...step, id: makeId("command") })]);
    await relay({ ...step, id: makeId("command") });
    const commits = spans.filter(({ name }) => name === "parley commit");
    const steps = spans.filter(({ name }) => name === "parley clock.step");
    expect(commits.map(({ attributes }) => attributes["parley.commands"])).toEqual([2, 2, 1]);
    const ofCommit = commits.map(({ traceId, parentSpanId }) => `${traceId} ${parentSpanId}`);
    expect(ofCommit).toEqual(steps.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  });

  test("that is delivered is a span since it was accepted", () => {
    const { tracing, spans } = tracingOfThisTest();
    const stamp = JSON.stringify({ session: "ses_1", at: "2020-01-01T00:00:00.000Z", redelivered: true });
    const delivered = (header: string): Delivered => ({
      n: 3,
      stamp,
      header,
      payload: Buffer.from("secret"),
    });
    tracing.delivered(delivered(header({ traceparent: traceparent() })));
    tracing.delivered(delivered(header()));
    expect(spans).toMatchObject([
      { name: "parley deliver", traceId, parentSpanId: parent, from: 1_577_836_800_000_000_000n },
    ]);
    expect(spans[0]?.attributes).toEqual({
      "parley.session": "ses_1",
      "parley.n": 3,
      "parley.redelivered": 1,
    });
  });

  test("whose header only seems to name a trace is in none", async () => {
    const { tracing, spans } = tracingOfThisTest({ ratio: 0, isParentBased: true });
    const zeros = `00-${"0".repeat(32)}-${parent}-01`;
    const headers = [header({ traceparent: zeros }), header({ "x-a": '"traceparent"' })];
    await tracing.relay(accepting(taken({}, {})))(sending(...headers));
    expect(spans).toEqual([]);
  });
});

describe("which traces are kept", () => {
  const sent = async (sampling: Sampling, flags: string) => {
    const { tracing, spans } = tracingOfThisTest(sampling);
    const accepted = { outcome: "accepted", n: 1, seq: 1, fact: 0 };
    await tracing.relay(accepting(taken(accepted)))(sending(header({ traceparent: traceparent(flags) })));
    return spans.length;
  };
  test.each([
    [{ ratio: 0, isParentBased: true }, "01", 1],
    [{ ratio: 1, isParentBased: true }, "00", 0],
    [{ ratio: 1, isParentBased: false }, "00", 1],
    [{ ratio: 0, isParentBased: false }, "01", 0],
    // Its chance is the end of its id: aaaaaaaaaaaaaa of ffffffffffffff.
    [{ ratio: 0.66, isParentBased: false }, "01", 0],
    [{ ratio: 0.67, isParentBased: false }, "01", 1],
  ] as const)("by %j, of one that is said to be kept or not (%s): %d", async (sampling, flags, kept) => {
    expect(await sent(sampling, flags)).toBe(kept);
  });
});
