import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Config, flagOf, isLoopback, loadConfig, type Setting, settings, variableOf } from "./config.js";

type Values = Readonly<Record<string, unknown>>;

function fileOfThisTest(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "parley.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const load = (flags: Values = {}, env: Readonly<Record<string, string>> = {}) => loadConfig({ flags, env });

function configOf(flags: Values = {}, env: Readonly<Record<string, string>> = {}): Config {
  const loaded = load(flags, env);
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  return loaded.config;
}

const issuesOf = (loaded: ReturnType<typeof loadConfig>) => ("issues" in loaded ? loaded.issues : []);

test("a broker without any setting listens on loopback alone", () => {
  expect(configOf()).toEqual({
    data: "./parley-data",
    listen: { host: "127.0.0.1", port: 7411 },
    management: { host: "127.0.0.1", port: 7412 },
    behindProxy: false,
    logLevel: "info",
  });
});

/** Of each setting three values that differ, and whatever else makes each of them allowed. */
const values: Readonly<
  Record<Setting, { file: unknown; env: string; flag: unknown; with?: Values; means?: unknown[] }>
> = {
  data: { file: "a", env: "b", flag: "c" },
  listen: {
    file: "127.0.0.1:1",
    env: "[::1]:2",
    flag: "localhost:3",
    means: [
      { host: "127.0.0.1", port: 1 },
      { host: "::1", port: 2 },
      { host: "localhost", port: 3 },
    ],
  },
  management: {
    file: "127.0.0.1:0",
    env: "0.0.0.0:65535",
    flag: "ops.example:9",
    means: [
      { host: "127.0.0.1", port: 0 },
      { host: "0.0.0.0", port: 65_535 },
      { host: "ops.example", port: 9 },
    ],
  },
  publicUrl: {
    file: "https://a.example",
    env: "https://b.example:8443",
    flag: "http://127.0.0.1:80801".slice(0, -1),
  },
  trustDomain: { file: "a.example", env: "b.example", flag: "c" },
  tlsCert: { file: "a.pem", env: "b.pem", flag: "c.pem", with: { tlsKey: "k.pem" } },
  tlsKey: { file: "a.pem", env: "b.pem", flag: "c.pem", with: { tlsCert: "c.pem" } },
  behindProxy: {
    file: true,
    env: "0",
    flag: "true",
    with: { publicUrl: "https://a.example" },
    means: [true, false, true],
  },
  recover: { file: "platform", env: "clock", flag: "record" },
  logLevel: { file: "trace", env: "debug", flag: "silent" },
};

describe("a setting is taken from the flag, then the environment, then the file:", () => {
  const everywhere = (Object.keys(settings) as Setting[]).filter((setting) => setting !== "recover");
  test.each(everywhere)("%s", (setting) => {
    const { file, env, flag, with: beside = {}, means = [file, env, flag] } = values[setting];
    const path = fileOfThisTest({ [setting]: file, ...beside });
    const variable = { PARLEY_CONFIG: path, [variableOf(setting)]: env };
    expect(configOf({}, { PARLEY_CONFIG: path })[setting]).toEqual(means[0]);
    expect(configOf({}, variable)[setting]).toEqual(means[1]);
    expect(configOf({ [setting]: flag }, variable)[setting]).toEqual(means[2]);
    expect(configOf({ [setting]: undefined }, variable)[setting]).toEqual(means[1]);
  });
});

test("what is done knowingly is typed each time: recover is a flag alone", () => {
  expect(configOf({ recover: "record" }).recover).toBe("record");
  expect(configOf({}, { PARLEY_RECOVER: "record" }).recover).toBeUndefined();
  const file = fileOfThisTest({ recover: "record" });
  for (const flags of [{}, { recover: "record" }]) {
    expect(issuesOf(loadConfig({ flags, env: {}, file }))).toMatchObject([
      { setting: "recover", from: file },
    ]);
  }
});

test("the file of the flag is read in place of the one in the environment", () => {
  const env = { PARLEY_CONFIG: fileOfThisTest({ data: "from env" }) };
  const loaded = loadConfig({ flags: {}, env, file: fileOfThisTest({ data: "from flag" }) });
  expect(loaded).toMatchObject({ config: { data: "from flag" } });
});

test("flags and variables have the names that the documentation gives them", () => {
  const names = (Object.keys(settings) as Setting[]).map((setting) => [flagOf(setting), variableOf(setting)]);
  expect(names).toContainEqual(["--public-url", "PARLEY_PUBLIC_URL"]);
  expect(names).toContainEqual(["--tls-cert", "PARLEY_TLS_CERT"]);
  expect(names).toContainEqual(["--data", "PARLEY_DATA"]);
});

const wrong: readonly [Setting, unknown, RegExp][] = [
  ["data", "", />=1/],
  ["data", 1, /string/],
  ...[
    "",
    "127.0.0.1",
    ":7411",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "a b:1",
    "::1:7411",
    "[::1]",
    "h:1 ",
  ].map((text): [Setting, unknown, RegExp] => ["listen", text, /HOST:PORT/]),
  ["listen", 7_411, /string/],
  ["management", "all", /HOST:PORT/],
  ...[
    "",
    "broker.example",
    "https://broker.example/",
    "https://broker.example/parley",
    "https://broker.example?x",
    "https://broker.example#x",
    "https://me@broker.example",
    "https://BROKER.example",
    "https://broker.example:443",
    "ftp://broker.example",
    "javascript:alert(1)",
    " https://broker.example",
  ].map((text): [Setting, unknown, RegExp] => ["publicUrl", text, /origin/]),
  ...["", "Broker", "a/b", "-a", "a-", "a b", "a".repeat(256)].map((text): [Setting, unknown, RegExp] => [
    "trustDomain",
    text,
    /lower-case/,
  ]),
  ["tlsCert", "", />=1/],
  ["tlsKey", "", />=1/],
  ["behindProxy", "yes", /./],
  ["behindProxy", "", /./],
  ["behindProxy", 1, /./],
  ["recover", "all", /platform.*clock.*record/],
  ["recover", "", /platform.*clock.*record/],
  ["logLevel", "loud", /trace.*silent/],
];

describe("a wrong value is named, with where it came from and what was expected:", () => {
  test.each(wrong)("%s %j", (setting, found, expected) => {
    const [issue, ...more] = issuesOf(load({ [setting]: found }));
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ setting, from: flagOf(setting), found: JSON.stringify(found) });
    expect(issue?.expected).toMatch(expected);
  });

  test("of the environment", () => {
    expect(issuesOf(load({}, { PARLEY_LISTEN: "everywhere" }))).toEqual([
      expect.objectContaining({ setting: "listen", from: "PARLEY_LISTEN", found: '"everywhere"' }),
    ]);
  });

  test("of the file, and only if nothing stands over it", () => {
    const file = fileOfThisTest({ logLevel: "loud" });
    expect(issuesOf(loadConfig({ flags: {}, env: {}, file }))).toEqual([
      expect.objectContaining({ setting: "logLevel", from: file, found: '"loud"' }),
    ]);
    expect(loadConfig({ flags: { logLevel: "warn" }, env: {}, file })).toMatchObject({
      config: { logLevel: "warn" },
    });
  });

  test("all of them, not only the first", () => {
    const issues = issuesOf(load({ listen: "x", logLevel: "x" }, { PARLEY_DATA: "" }));
    expect(issues.map(({ setting }) => setting).sort()).toEqual(["data", "listen", "logLevel"]);
  });

  test.each(["lisen", "__proto__", "constructor"])("a setting of the file that there is not: %s", (name) => {
    const file = fileOfThisTest(`{"${name}":"x"}`);
    expect(issuesOf(loadConfig({ flags: {}, env: {}, file }))).toEqual([
      expect.objectContaining({ setting: name, from: file, expected: expect.stringContaining("listen") }),
    ]);
  });

  test.each([
    ["that is not there", undefined, "a readable file"],
    ["that is not JSON", "{", "a JSON object"],
    ["that is empty", "", "a JSON object"],
    ["that holds a list", "[]", "a JSON object"],
    ["that holds null", "null", "a JSON object"],
    ["that holds text", '"x"', "a JSON object"],
  ])("a file %s", (_title, text, expected) => {
    const file = text === undefined ? join(tmpdir(), "parley-nowhere", "parley.json") : fileOfThisTest(text);
    expect(issuesOf(loadConfig({ flags: {}, env: { PARLEY_CONFIG: file } }))).toEqual([
      { setting: "config", from: file, expected, found: expect.any(String) },
    ]);
  });
});

describe("values that are right alone, and wrong together:", () => {
  const tls = { tlsCert: "c.pem", tlsKey: "k.pem" };
  const proxy = { behindProxy: true, publicUrl: "https://broker.example" };

  test.each<[string, Values, Setting[]]>([
    ["a certificate without its key", { tlsCert: "c.pem" }, ["tlsKey"]],
    ["a key without its certificate", { tlsKey: "k.pem" }, ["tlsCert"]],
    ["every address in clear text, by no name", { listen: "0.0.0.0:7411" }, ["listen", "publicUrl"]],
    ["every address of the sixth version in clear text", { listen: "[::]:7411" }, ["listen", "publicUrl"]],
    ["every address with TLS, by no name", { listen: "[::]:7411", ...tls }, ["publicUrl"]],
    ["a name that only begins like loopback", { listen: "127.evil.example:1" }, ["listen"]],
    ["a name in clear text", { listen: "broker.example:1" }, ["listen"]],
    ["a mapped address", { listen: "[::ffff:127.0.0.1]:1" }, ["listen"]],
    ["a proxy whose address nobody says", { behindProxy: true }, ["publicUrl"]],
    ["a public address in clear text", { publicUrl: "http://broker.example" }, ["publicUrl"]],
    [
      "a public address in clear text behind a proxy",
      { ...proxy, publicUrl: "http://broker.example" },
      ["publicUrl"],
    ],
    ["half of TLS, beyond loopback", { listen: "10.0.0.1:1", tlsKey: "k.pem" }, ["tlsCert", "listen"]],
  ])("%s", (_title, flags, expected) => {
    expect(issuesOf(load(flags)).map(({ setting }) => setting)).toEqual(expected);
  });

  test.each<[string, Values]>([
    ["one address with TLS", { listen: "10.0.0.1:7411", ...tls }],
    [
      "every address with TLS, by a name",
      { listen: "0.0.0.0:7411", ...tls, publicUrl: "https://broker.example" },
    ],
    ["every address behind a proxy", { listen: "0.0.0.0:7411", ...proxy }],
    ["a public address in clear text on loopback", { publicUrl: "http://localhost:7411" }],
    ["a public address in clear text on loopback of the sixth version", { publicUrl: "http://[::1]:7411" }],
  ])("but not %s", (_title, flags) => {
    expect(issuesOf(load(flags))).toEqual([]);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.255.255.254", true],
  ["::1", true],
  ["[::1]", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["128.0.0.1", false],
  ["127.1", false],
  ["localhost.example", false],
  ["127.0.0.1.example", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
