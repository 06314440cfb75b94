/**
 * What is counted, as text: that of Prometheus 0.0.4, or OpenMetrics 1.0 for who asks for it. They differ in how a counter's
 * family is called, in how bounds are spelled, and in the end.
 */

export interface Sample {
  /** Behind the family's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface Family {
  /** A counter's ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly samples: readonly Sample[];
}

export type Dialect = "prometheus" | "openmetrics";

export const contentTypes: Readonly<Record<Dialect, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** As `Accept` asks: OpenMetrics where it is named and not thought less of than plain text. */
export function dialectOf(accept: string | undefined): Dialect {
  const asked = (accept ?? "").split(",").map(rangeOf);
  const weightOf = (...types: readonly string[]) =>
    Math.max(0, ...asked.filter(({ type }) => types.includes(type)).map(({ weight }) => weight));
  const open = weightOf("application/openmetrics-text");
  return open > 0 && open >= weightOf("text/plain", "text/*") ? "openmetrics" : "prometheus";
}

function rangeOf(range: string): { readonly type: string; readonly weight: number } {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const weight = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
  return { type, weight: Number.isNaN(weight) ? 0 : weight };
}

export function textOf(families: readonly Family[], dialect: Dialect): string {
  const lines = families.flatMap((family) => linesOf(family, dialect));
  return `${[...lines, ...(dialect === "openmetrics" ? ["# EOF"] : [])].join("\n")}\n`;
}

function linesOf({ name, help, type, samples }: Family, dialect: Dialect): readonly string[] {
  const family = dialect === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  return [
    `# HELP ${family} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`,
    `# TYPE ${family} ${type}`,
    ...samples.map(({ suffix = "", labels = {}, value }) => {
      const shown = Object.entries(labels).map(([label, of]) => `${label}="${spelled(label, of, dialect)}"`);
      return `${name}${suffix}${shown.length > 0 ? `{${shown.join(",")}}` : ""} ${numberText(value)}`;
    }),
  ];
}

function spelled(label: string, value: string | number, dialect: Dialect): string {
  const isBound = label === "le" && Number.isInteger(Number(value));
  const text = isBound && dialect === "openmetrics" ? `${value}.0` : String(value);
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
