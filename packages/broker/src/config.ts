/**
 * Configuration: flags over environment over file over defaults, each value judged by one schema. What is wrong is
 * named, with where it came from and what was expected; nothing starts on a guess.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";

export interface Address {
  readonly host: string;
  readonly port: number;
}

const addressSchema = z.string().transform((text, context): Address => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) {
    context.addIssue({ code: "custom", message: "expected HOST:PORT, like 127.0.0.1:7411 or [::1]:7411" });
    return z.NEVER;
  }
  return { host, port };
});

const publicUrlSchema = z
  .string()
  .refine(isOrigin, "expected an origin like https://broker.example, without a path");
const flag = z.union([
  z.boolean(),
  z.enum(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1"),
]);

/** Every setting: the schema, and the default where there is one. `docs/operating.md` has the same table. */
export const settings = {
  data: z.string().min(1).default("./parley-data"),
  listen: addressSchema.prefault("127.0.0.1:7411"),
  management: addressSchema.prefault("127.0.0.1:7412"),
  publicUrl: publicUrlSchema.optional(),
  trustDomain: z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?$/,
      "expected lower-case letters, digits, dots and hyphens",
    )
    .optional(),
  tlsCert: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  behindProxy: flag.default(false),
  recover: z.enum(["platform", "clock", "record"]).optional(),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
} as const;

export type Setting = keyof typeof settings;
const settingNames = Object.keys(settings) as Setting[];
const schema = z.strictObject(settings);
export type Config = z.output<typeof schema>;

export interface ConfigIssue {
  readonly setting: string;
  /** Where the value came from: `--listen`, `PARLEY_LISTEN`, or the file's path. */
  readonly from: string;
  readonly expected: string;
  readonly found: string;
}

export const flagOf = (setting: string): string =>
  `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
export const variableOf = (setting: string): string =>
  `PARLEY_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

interface Sources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: string;
}

export type Loaded = { readonly config: Config } | { readonly issues: readonly ConfigIssue[] };

export function loadConfig({ flags, env, file = env.PARLEY_CONFIG }: Sources): Loaded {
  const fromFile = file === undefined ? { values: {} } : readConfigFile(file);
  if ("issue" in fromFile) return { issues: [fromFile.issue] };
  const values: Record<string, unknown> = { ...fromFile.values };
  const origins = new Map<string, string>(Object.keys(values).map((name) => [name, file ?? ""]));
  const take = (setting: string, value: unknown, origin: string) => {
    if (value === undefined) return;
    values[setting] = value;
    origins.set(setting, origin);
  };
  for (const setting of settingNames) {
    if (setting !== flagOnly) take(setting, env[variableOf(setting)], variableOf(setting));
    take(setting, flags[setting], flagOf(setting));
  }
  if (flagOnly in fromFile.values) return { issues: [flagOnlyIssue(file ?? "", values[flagOnly])] };
  const parsed = schema.safeParse(values);
  if (!parsed.success)
    return { issues: parsed.error.issues.flatMap((issue) => issuesOf(issue, values, origins)) };
  const issues = conflictsOf(parsed.data, origins);
  return issues.length > 0 ? { issues } : { config: parsed.data };
}

/** What is done knowingly is typed each time: left in a file, every restart would do it again. */
const flagOnly: Setting = "recover";
const flagOnlyIssue = (from: string, found: unknown): ConfigIssue => ({
  setting: flagOnly,
  from,
  expected: `${flagOf(flagOnly)} on the command line only`,
  found: JSON.stringify(found) ?? "nothing",
});

function issuesOf(
  issue: z.core.$ZodIssue,
  values: Readonly<Record<string, unknown>>,
  origins: ReadonlyMap<string, string>,
) {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((setting) => ({
      setting,
      from: origins.get(setting) ?? setting,
      expected: `one of ${settingNames.join(", ")}`,
      found: setting,
    }));
  }
  const setting = String(issue.path[0] ?? "");
  const found = JSON.stringify(values[setting]) ?? "nothing";
  return [{ setting, from: origins.get(setting) ?? flagOf(setting), expected: issue.message, found }];
}

/** What each value allows alone but not together. */
function conflictsOf(config: Config, origins: ReadonlyMap<string, string>): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const say = (setting: Setting, expected: string, found: string) =>
    issues.push({ setting, from: origins.get(setting) ?? flagOf(setting), expected, found });
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    say(
      config.tlsCert === undefined ? "tlsCert" : "tlsKey",
      "--tls-cert and --tls-key together",
      "only one of them",
    );
  }
  const protectedListener = config.tlsCert !== undefined || config.behindProxy;
  if (!isLoopback(config.listen.host) && !protectedListener) {
    const expected = "a loopback address, or --tls-cert and --tls-key, or --behind-proxy";
    say("listen", expected, `${config.listen.host} in clear text`);
  }
  if (isWildcard(config.listen.host) && config.publicUrl === undefined) {
    say(
      "publicUrl",
      "the address under which agents reach the broker",
      `only ${config.listen.host} to listen on`,
    );
  }
  if (config.publicUrl?.startsWith("http:") && !isLoopback(new URL(config.publicUrl).hostname)) {
    say("publicUrl", "https, beyond loopback", config.publicUrl);
  }
  if (config.behindProxy && config.publicUrl === undefined) {
    say("publicUrl", "the address under which the proxy is reached", "nothing");
  }
  return issues;
}

function readConfigFile(
  path: string,
): { readonly values: Record<string, unknown> } | { readonly issue: ConfigIssue } {
  const issue = (expected: string, found: string) => ({
    issue: { setting: "config", from: path, expected, found },
  });
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return issue("a readable file", error instanceof Error ? error.message : String(error));
  }
  try {
    const values: unknown = JSON.parse(text);
    return typeof values === "object" && values !== null && !Array.isArray(values)
      ? { values: values as Record<string, unknown> }
      : issue("a JSON object", typeof values);
  } catch (error) {
    return issue("a JSON object", error instanceof Error ? error.message : String(error));
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "https:" || url.protocol === "http:") && url.origin === text;
}

const isWildcard = (host: string): boolean => /^(0\.0\.0\.0|\[?::\]?)$/.test(host);

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}
