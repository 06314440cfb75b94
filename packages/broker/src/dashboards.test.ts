/** Holds what is given to operators for Prometheus and Grafana to the metrics that a broker has, by name and by label. */
import { readFileSync } from "node:fs";
import { collectDefaultMetrics, Registry } from "prom-client";
import { describe, expect, test } from "vitest";

const read = (name: string) =>
  readFileSync(new URL(`../../../docs/operating/${name}`, import.meta.url), "utf8");

/** As the page has them, which another test holds to those that are told. */
function documented(): Map<string, readonly string[]> {
  const rows = read("metrics.md")
    .split("\n")
    .filter((line) => line.startsWith("| `parley_"));
  const codes = (cell = "") => [...cell.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code);
  return new Map(
    rows.map((row) => {
      const [, name, labels] = row.split("|");
      return [codes(name)[0] ?? "", codes(labels)];
    }),
  );
}

const known = documented();
const registry = new Registry();
collectDefaultMetrics({ register: registry });
for (const { name } of registry.getMetricsAsArray()) if (!name.startsWith("parley_")) known.set(name, []);

/** What every scrape adds. */
const ofScrape = ["instance", "job"];
const rules = read("prometheus-rules.yml");
const recorded = [...rules.matchAll(/record: (\S+)/g)].map(([, name = ""]) => name);

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
const dashboard = JSON.parse(read("grafana-dashboard.json")) as { readonly panels: readonly Panel[] };

/** Each alert and record, with what stands in it. */
const entries = rules
  .split(/\n(?= {6}- (?:alert|record):)/)
  .slice(1)
  .map((text) => {
    const name = /- (?:alert|record): (\S+)/.exec(text)?.[1] ?? "";
    const [, line = "", folded = ""] = /expr: (?:>-\n((?: {10}.*\n?)+)|(.*))/.exec(text) ?? [];
    return { name, text, expr: (line || folded).replace(/\s+/g, " ").trim() };
  });

const expressions: readonly (readonly [string, string])[] = [
  ...entries.map(({ name, expr }) => [name, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

const ends = /_(?:bucket|sum|count)$/;
const metricOf = (name: string): string => (known.has(name) ? name : name.replace(ends, ""));

describe("what is asked of a broker's metrics", () => {
  test("is all there to be read", () => {
    expect(entries.length).toBeGreaterThan(15);
    expect(expressions.length).toBeGreaterThan(50);
    expect(expressions.filter(([, expr]) => expr === "")).toEqual([]);
  });

  test.each(expressions)("exists: %s: %s", (_title, expr) => {
    const names = [...expr.matchAll(/\b(?:parley|process|nodejs)_\w+|\bparley:[\w:]+|\bup\b/g)].map(
      ([name]) => name,
    );
    expect(names.length).toBeGreaterThan(0);
    const isThere = (name: string) => known.has(metricOf(name)) || recorded.includes(name) || name === "up";
    expect(names.filter((name) => !isThere(name))).toEqual([]);
    const depth = (open: string, close: string) => expr.split(open).length - expr.split(close).length;
    expect([depth("(", ")"), depth("{", "}"), depth("[", "]")]).toEqual([0, 0, 0]);
  });

  test.each(expressions)("has the labels by which it is told apart: %s: %s", (_title, expr) => {
    for (const [, name = "", matchers = ""] of expr.matchAll(/([\w:]+)\{([^}]*)\}/g)) {
      const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label);
      const allowed = [...(known.get(metricOf(name)) ?? []), ...ofScrape];
      expect(labels.filter((label) => !allowed.includes(label))).toEqual([]);
    }
    const [, metric = ""] = /\b((?:parley|process|nodejs)_\w+)/.exec(expr) ?? [];
    const [, by = ""] = /by \(([^)]*)\)/.exec(expr) ?? [];
    const grouped = by
      .split(",")
      .map((label) => label.trim())
      .filter((label) => label !== "");
    const allowed = [...(known.get(metricOf(metric)) ?? []), ...ofScrape, "le"];
    expect(grouped.filter((label) => !allowed.includes(label))).toEqual([]);
  });
});

describe("the alerts", () => {
  const alerts = entries.filter(({ text }) => text.includes("- alert:"));

  test("each say how urgent they are and what has happened", () => {
    for (const { text } of alerts)
      expect(text).toMatch(/labels: \{ severity: (?:page|ticket) \}\n {8}annotations:\n {10}summary: ".+"/);
  });

  test("each have a row on the page for operators, which has no other", () => {
    const rows = [...read("dashboard.md").matchAll(/^\| `(Parley\w+)` \|/gm)].map(([, name = ""]) => name);
    expect(rows).toEqual(alerts.map(({ name }) => name));
  });
});

test("every metric of a broker's own stands on the dashboard", () => {
  const all = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n");
  const shown = new Set([...all.matchAll(/\bparley_\w+/g)].map(([name]) => metricOf(name)));
  const own = [...known.keys()].filter((name) => name.startsWith("parley_"));
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});
