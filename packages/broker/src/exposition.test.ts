import { describe, expect, test } from "vitest";
import { dialectOf, type Family, textOf } from "./exposition.js";

const families: readonly Family[] = [
  {
    name: "parley_things_total",
    help: 'Things, "so\\to say"\nin two lines',
    type: "counter",
    samples: [{ labels: { kind: 'a"b\\c\nd', other: "x" }, value: 2 }],
  },
  {
    name: "parley_seconds",
    help: "Time",
    type: "histogram",
    samples: [
      { suffix: "_bucket", labels: { le: 0.5 }, value: 1 },
      { suffix: "_bucket", labels: { le: 1 }, value: 2 },
      { suffix: "_bucket", labels: { le: "+Inf" }, value: 3 },
      { suffix: "_sum", value: 3.25 },
      { suffix: "_count", value: 3 },
    ],
  },
  { name: "parley_late", help: "Late", type: "gauge", samples: [{ value: Number.NaN }, { value: -1 / 0 }] },
  { name: "parley_unknown", help: "Unknown", type: "gauge", samples: [] },
];

describe("what is counted, as text", () => {
  test("is that of Prometheus, escaped", () => {
    expect(textOf(families, "prometheus").split("\n")).toEqual([
      '# HELP parley_things_total Things, "so\\\\to say"\\nin two lines',
      "# TYPE parley_things_total counter",
      'parley_things_total{kind="a\\"b\\\\c\\nd",other="x"} 2',
      "# HELP parley_seconds Time",
      "# TYPE parley_seconds histogram",
      'parley_seconds_bucket{le="0.5"} 1',
      'parley_seconds_bucket{le="1"} 2',
      'parley_seconds_bucket{le="+Inf"} 3',
      "parley_seconds_sum 3.25",
      "parley_seconds_count 3",
      "# HELP parley_late Late",
      "# TYPE parley_late gauge",
      "parley_late NaN",
      "parley_late -Inf",
      "# HELP parley_unknown Unknown",
      "# TYPE parley_unknown gauge",
      "",
    ]);
  });

  test("or OpenMetrics: a counter's family without its end, bounds as numbers with a point, and the end of all", () => {
    const lines = textOf(families, "openmetrics").split("\n");
    expect(lines).toContain("# TYPE parley_things counter");
    expect(lines).toContain('parley_things_total{kind="a\\"b\\\\c\\nd",other="x"} 2');
    expect(lines).toContain('parley_seconds_bucket{le="1.0"} 2');
    expect(lines).toContain('parley_seconds_bucket{le="+Inf"} 3');
    expect(lines.slice(-2)).toEqual(["# EOF", ""]);
  });
});

describe("which of them is asked for", () => {
  const prometheusAsks =
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  test.each([
    [undefined, "prometheus"],
    ["", "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain", "prometheus"],
    ["application/openmetrics-text", "openmetrics"],
    ["Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", "openmetrics"],
    [prometheusAsks, "openmetrics"],
    ["application/openmetrics-text;q=0.2, text/plain;q=0.5", "prometheus"],
    ["text/plain, application/openmetrics-text", "openmetrics"],
    ["application/openmetrics-text;q=0, */*", "prometheus"],
    ["application/openmetrics-text;q=much", "prometheus"],
    ["text/html, application/json;q=0.9", "prometheus"],
  ] as const)("%s: %s", (accept, dialect) => {
    expect(dialectOf(accept)).toBe(dialect);
  });
});
