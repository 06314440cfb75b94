import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { send } from "./admission/testing/speak.js";
import { type Broker, startBroker } from "./broker.js";
import { type Config, loadConfig } from "./config.js";

function folderOfThisTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function configOf(flags: Readonly<Record<string, unknown>>): Config {
  const anyPort = { listen: "127.0.0.1:0", management: "127.0.0.1:0" };
  const loaded = loadConfig({ flags: { ...anyPort, ...flags }, env: {} });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  return loaded.config;
}

const quiet = { log: pino({ level: "silent" }) };

async function brokerOfThisTest(flags: Readonly<Record<string, unknown>>): Promise<Broker> {
  const broker = await startBroker(configOf(flags), quiet);
  onTestFinished(() => broker.stop());
  return broker;
}

const portOf = (url: string): number => Number(new URL(url).port);

async function takenPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

/** Nobody listens there, and the folder lets the next one in. */
async function expectNothingLeft(data: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) await expect(send(port, { path: "/healthz" })).rejects.toThrow("ECONNREFUSED");
  const next = await startBroker(configOf({ data }), quiet);
  await next.stop();
}

describe("a broker that starts", () => {
  test("listens, is ready, and knows its own address from the first answer on", async () => {
    const broker = await brokerOfThisTest({ data: folderOfThisTest() });
    const metadata = await send(portOf(broker.issuer), { path: "/.well-known/oauth-authorization-server" });
    expect(metadata.body).toMatchObject({ issuer: broker.issuer });
    expect(await send(broker.managementPort, { path: "/readyz" })).toMatchObject({ status: 200 });
  });

  test("goes by its public address, whatever it listens on and whatever host is asked for", async () => {
    const publicUrl = "https://broker.example";
    const ports = await takenPort();
    ports.server.close();
    const broker = await brokerOfThisTest({
      data: folderOfThisTest(),
      publicUrl,
      listen: `127.0.0.1:${ports.port}`,
    });
    expect(broker.issuer).toBe(publicUrl);
    const path = "/.well-known/oauth-authorization-server";
    const metadata = await send(ports.port, { path, headers: { host: "evil.example" } });
    expect(metadata.body).toMatchObject({ issuer: publicUrl });
  });

  test("writes the first token into a file where there is no terminal, and another one at the next start [ID-6]", async () => {
    const data = folderOfThisTest();
    const file = join(data, "platform-enrolment-token");
    const tokens: string[] = [];
    for (let start = 0; start < 2; start++) {
      const broker = await startBroker(configOf({ data }), quiet);
      tokens.push(readFileSync(file, "utf8"));
      await broker.stop();
    }
    expect(tokens[0]).toMatch(/^parley_enrol_[\w-]{43}\n$/);
    expect(tokens[1]).not.toBe(tokens[0]);
  });

  test("shows it to whoever sits at the terminal, and leaves no file [ID-6]", async () => {
    const data = folderOfThisTest();
    let shown = "";
    const broker = await startBroker(configOf({ data }), {
      ...quiet,
      terminal: (text) => {
        shown += text;
      },
    });
    onTestFinished(() => broker.stop());
    expect(shown).toMatch(/parley_enrol_[\w-]{43}/);
    expect(shown).toContain(broker.issuer);
    expect(existsSync(join(data, "platform-enrolment-token"))).toBe(false);
  });
});

describe("a broker that cannot start leaves nothing behind:", () => {
  test("the port is taken", async () => {
    const data = folderOfThisTest();
    const { port } = await takenPort();
    await expect(startBroker(configOf({ data, listen: `127.0.0.1:${port}` }), quiet)).rejects.toThrow(
      "EADDRINUSE",
    );
    await expectNothingLeft(data, []);
  });

  test("the port of the management listener is taken", async () => {
    const data = folderOfThisTest();
    const [{ port: taken }, free] = [await takenPort(), await takenPort()];
    free.server.close();
    const flags = { data, listen: `127.0.0.1:${free.port}`, management: `127.0.0.1:${taken}` };
    await expect(startBroker(configOf(flags), quiet)).rejects.toThrow("EADDRINUSE");
    await expectNothingLeft(data, [free.port]);
  });

  test("the certificate is not there", async () => {
    const data = folderOfThisTest();
    const flags = { data, tlsCert: join(data, "cert.pem"), tlsKey: join(data, "key.pem") };
    await expect(startBroker(configOf(flags), quiet)).rejects.toThrow("ENOENT");
    await expectNothingLeft(data, []);
  });

  test("its keys cannot be read", async () => {
    const data = folderOfThisTest();
    writeFileSync(join(data, "keys.json"), "{", { mode: 0o600 });
    await expect(startBroker(configOf({ data }), quiet)).rejects.toThrow("keys.json");
    rmSync(join(data, "keys.json"));
    await expectNothingLeft(data, []);
  });

  test("another one works on the folder; that one works on", async () => {
    const data = folderOfThisTest();
    const first = await brokerOfThisTest({ data });
    await expect(startBroker(configOf({ data }), quiet)).rejects.toThrow();
    expect(await send(first.managementPort, { path: "/readyz" })).toMatchObject({ status: 200 });
  });
});

describe("a broker that is stopped", () => {
  test("is gone when that is said, twice as well as once, and can be started again", async () => {
    const data = folderOfThisTest();
    const broker = await startBroker(configOf({ data }), quiet);
    await Promise.all([broker.stop(), broker.stop()]);
    await broker.done;
    await expectNothingLeft(data, [portOf(broker.issuer), broker.managementPort]);
  });

  test("does not wait for connections on which nobody asks", async () => {
    const broker = await startBroker(configOf({ data: folderOfThisTest() }), quiet);
    // Its connection is kept for a next request that does not come.
    await fetch(`${broker.issuer}/healthz`);
    await broker.stop();
    await broker.done;
  });
});
