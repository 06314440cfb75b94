/**
 * Whether and where traces go: by the standard variables of OpenTelemetry, and nowhere unless they name an endpoint. What
 * they ask for that is not done here is said; nothing is traced on a guess.
 */

/** Which traces are kept that begin here, and whether a caller's own decision counts. */
export interface Sampling {
  readonly ratio: number;
  readonly isParentBased: boolean;
}

export interface TraceConfig {
  /** To which spans are posted. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly resource: Readonly<Record<string, string>>;
  readonly sampling: Sampling;
  readonly delayMs: number;
  readonly queueMax: number;
  readonly batchMax: number;
}

export class TracingMisconfigured extends Error {
  override readonly name = "TracingMisconfigured";
  constructor(variable: string, expected: string, found: string) {
    super(`${variable}: expected ${expected}, found ${JSON.stringify(found)}`);
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** An empty variable is one that is not set. */
const said = (env: Env, name: string): string | undefined => (env[name] === "" ? undefined : env[name]);

export function readTraceConfig(env: Env): TraceConfig | undefined {
  const url = urlIn(env);
  if (url === undefined || isOff(env)) return undefined;
  const protocol = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"].find((name) =>
    said(env, name),
  );
  if (protocol !== undefined && env[protocol] !== "http/json")
    throw new TracingMisconfigured(protocol, "http/json", env[protocol] ?? "");
  const number = (name: string, otherwise: number) => numberIn(env, name, otherwise);
  return {
    url,
    headers: {
      ...pairsIn(env, "OTEL_EXPORTER_OTLP_HEADERS"),
      ...pairsIn(env, "OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
    },
    timeoutMs: number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", number("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000)),
    resource: {
      "service.name": "parley-broker",
      ...pairsIn(env, "OTEL_RESOURCE_ATTRIBUTES"),
      ...(said(env, "OTEL_SERVICE_NAME") !== undefined && { "service.name": env.OTEL_SERVICE_NAME ?? "" }),
    },
    sampling: samplingIn(env),
    delayMs: number("OTEL_BSP_SCHEDULE_DELAY", 5_000),
    queueMax: number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
    batchMax: number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
  };
}

function isOff(env: Env): boolean {
  const exporter = said(env, "OTEL_TRACES_EXPORTER") ?? "otlp";
  if (exporter !== "otlp" && exporter !== "none")
    throw new TracingMisconfigured("OTEL_TRACES_EXPORTER", "otlp or none", exporter);
  return exporter === "none" || env.OTEL_SDK_DISABLED?.toLowerCase() === "true";
}

/** One for traces stands as it is; one for everything is the base of them. */
function urlIn(env: Env): string | undefined {
  const own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  const base = "OTEL_EXPORTER_OTLP_ENDPOINT";
  const name = said(env, own) !== undefined ? own : base;
  const text = said(env, name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new TracingMisconfigured(name, "an http or https URL", text);
  return name === own ? text : `${text.replace(/\/$/, "")}/v1/traces`;
}

function numberIn(env: Env, name: string, otherwise: number): number {
  const text = said(env, name);
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new TracingMisconfigured(name, "a whole number", text);
  return number;
}

/** `key=value,key=value`, each value percent-encoded. */
function pairsIn(env: Env, name: string): Readonly<Record<string, string>> {
  const text = said(env, name);
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [key = "", ...value] = pair.split("=");
      const decoded = decodedFrom(value.join("=").trim());
      if (key.trim() === "" || value.length === 0 || decoded === undefined)
        throw new TracingMisconfigured(name, "key=value pairs, with commas between them", text);
      return [key.trim(), decoded];
    }),
  );
}

function decodedFrom(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const samplers: Readonly<Record<string, (ratio: number) => Sampling>> = {
  always_on: () => ({ ratio: 1, isParentBased: false }),
  always_off: () => ({ ratio: 0, isParentBased: false }),
  traceidratio: (ratio) => ({ ratio, isParentBased: false }),
  parentbased_always_on: () => ({ ratio: 1, isParentBased: true }),
  parentbased_always_off: () => ({ ratio: 0, isParentBased: true }),
  parentbased_traceidratio: (ratio) => ({ ratio, isParentBased: true }),
};

function samplingIn(env: Env): Sampling {
  const name = said(env, "OTEL_TRACES_SAMPLER") ?? "parentbased_always_on";
  const sampler = Object.hasOwn(samplers, name) ? samplers[name] : undefined;
  if (sampler === undefined)
    throw new TracingMisconfigured("OTEL_TRACES_SAMPLER", `one of ${Object.keys(samplers).join(", ")}`, name);
  const argument = said(env, "OTEL_TRACES_SAMPLER_ARG") ?? "1";
  const ratio = Number(argument);
  if (!(ratio >= 0 && ratio <= 1))
    throw new TracingMisconfigured("OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1", argument);
  return sampler(ratio);
}
