import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { openEnding } from "./ending.js";
import { openObserving } from "./observing.js";

const loaded = vi.hoisted(() => ({ times: 0 }));
vi.mock("./tracing.js", async (original) => {
  loaded.times += 1;
  return original();
});
afterEach(() => void vi.resetModules());

const observing = (env: Readonly<Record<string, string>>) =>
  openObserving({ env, version: "0.1.0", log: pino({ level: "silent" }), ending: openEnding() });

test("nothing of traces is loaded where nobody takes them, and all of it where somebody does", async () => {
  const { counted } = await observing({ OTEL_SERVICE_NAME: "x" });
  expect([loaded.times, counted.onTheWay.delivered]).toEqual([0, undefined]);
  const traced = await observing({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
  expect([loaded.times, typeof traced.counted.onTheWay.delivered]).toEqual([1, "function"]);
});

test("a variable that asks for what is not done here keeps a broker from starting", async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
  await expect(observing(env)).rejects.toThrow(
    'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/json, found "grpc"',
  );
});
