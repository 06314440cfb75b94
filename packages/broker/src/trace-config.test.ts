import { describe, expect, test } from "vitest";
import { readTraceConfig } from "./trace-config.js";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

describe("traces go", () => {
  test.each([
    [{}],
    [{ OTEL_SERVICE_NAME: "x" }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: "none" }],
    [{ ...endpoint, OTEL_SDK_DISABLED: "TRUE" }],
  ])("nowhere: %j", (env) => {
    expect(readTraceConfig(env)).toBeUndefined();
  });

  test("to the endpoint, as the standard has it by default", () => {
    expect(readTraceConfig(endpoint)).toEqual({
      ...{ url: "http://127.0.0.1:4318/v1/traces", headers: {}, timeoutMs: 10_000 },
      ...{ resource: { "service.name": "parley-broker" }, sampling: { ratio: 1, isParentBased: true } },
      ...{ delayMs: 5_000, queueMax: 2_048, batchMax: 512 },
    });
  });

  test("as everything asks that may be asked", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://elsewhere",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector.example/traces?x=1",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b, x=1=2",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x=3",
      OTEL_EXPORTER_OTLP_TIMEOUT: "700",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment=test",
      OTEL_SERVICE_NAME: "broker-1",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_BSP_MAX_QUEUE_SIZE: "10",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5",
    };
    expect(readTraceConfig(env)).toEqual({
      ...{
        url: "https://collector.example/traces?x=1",
        headers: { "api-key": "a b", x: "3" },
        timeoutMs: 700,
      },
      resource: { "service.name": "broker-1", "deployment.environment": "test" },
      ...{ sampling: { ratio: 0.25, isParentBased: true }, delayMs: 100, queueMax: 10, batchMax: 5 },
    });
  });

  test.each([
    ["always_on", 1, false],
    ["always_off", 0, false],
    ["parentbased_always_off", 0, true],
  ])("by the sampler %s", (name, ratio, isParentBased) => {
    expect(readTraceConfig({ ...endpoint, OTEL_TRACES_SAMPLER: name })?.sampling).toEqual({
      ratio,
      isParentBased,
    });
  });
});

test.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector"],
  ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
  ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"],
  ["OTEL_TRACES_EXPORTER", "zipkin"],
  ["OTEL_EXPORTER_OTLP_TIMEOUT", "soon"],
  ["OTEL_BSP_MAX_QUEUE_SIZE", "0"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "key"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "key=%"],
  ["OTEL_TRACES_SAMPLER", "toString"],
  ["OTEL_TRACES_SAMPLER_ARG", "2"],
])("what is not done here is said, not guessed: %s=%s", (name, value) => {
  expect(() => readTraceConfig({ ...endpoint, [name]: value })).toThrow(`${name}: expected`);
});
