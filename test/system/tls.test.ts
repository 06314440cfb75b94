/** TLS at the broker itself: what is served under a certificate, and that beyond loopback nothing is served without. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  type BrokerProcess,
  DidNotStart,
  makeFolder,
  removeFolder,
  startBroker,
} from "../fixtures/broker-process.js";

const withoutOpenssl = spawnSync("openssl", ["version"]).status !== 0;
if (withoutOpenssl)
  process.stdout.write(
    "SKIPPED: TLS is not tested here, because there is no openssl to make a certificate\n",
  );

describe.skipIf(withoutOpenssl)("a broker with a certificate", () => {
  const folder = makeFolder();
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  let broker: BrokerProcess;

  beforeAll(async () => {
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const made = [
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-days",
      "1",
      "-keyout",
      key,
      "-out",
      cert,
      ...subject,
    ];
    execFileSync("openssl", ["req", ...made], { stdio: "ignore" });
    broker = await startBroker({ args: ["--tls-cert", cert, "--tls-key", key] });
  });
  afterAll(async () => {
    await broker?.stop();
    removeFolder(folder);
  });

  const fetchTrusting = (path: string, ca?: string) =>
    new Promise<string>((resolve, reject) => {
      get(`${broker.url}${path}`, { ca, agent: false }, (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        answer.on("end", () => resolve(text));
      }).on("error", reject);
    });

  test("has an https issuer and answers under it", async () => {
    expect(broker.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const metadata: unknown = JSON.parse(
      await fetchTrusting("/.well-known/oauth-authorization-server", readFileSync(cert, "utf8")),
    );
    expect(metadata).toMatchObject({ issuer: broker.url, token_endpoint: `${broker.url}/oauth/token` });
  });

  test("is not believed by who does not trust the certificate", async () => {
    await expect(fetchTrusting("/healthz")).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  test("takes sockets over TLS, and speaks first [SOC-3]", async () => {
    const socket = new WebSocket(`${broker.url.replace("https", "wss")}/v1/connect`, "parley.v1", {
      ca: readFileSync(cert),
    });
    const first = await new Promise<Buffer>((resolve, reject) => {
      socket.once("message", (data: Buffer) => resolve(data));
      socket.once("error", reject);
    });
    expect([first[0], first[1]]).toEqual([0x01, 0x01]);
    socket.terminate();
  });
});

test("a broker without one does not listen beyond loopback, and says what to do", async () => {
  const started = startBroker({ args: ["--listen", "0.0.0.0:0"] });
  await expect(started).rejects.toThrow(DidNotStart);
  await expect(started).rejects.toThrow(/--listen: expected a loopback address, or --tls-cert and --tls-key/);
});
