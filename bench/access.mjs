/**
 * From start to ready, and access tokens per second: a broker of its own on loopback, one enrolled operator, requests
 * with a fresh assertion and proof each (made before the clock runs, so that the client's signing is not measured).
 *
 *   node bench/access.mjs [--requests 2000] [--at-once 16] [--json]
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "2000" },
    "at-once": { type: "string", default: "16" },
    json: { type: "boolean", default: false },
  },
});
const requests = Math.min(Number(values.requests), 20_000);
const atOnce = Number(values["at-once"]);
const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
const main = new URL("../packages/cli/dist/main.js", import.meta.url).pathname;

function start() {
  const from = performance.now();
  const child = spawn(process.execPath, [
    main,
    "serve",
    "--data",
    folder,
    "--listen",
    "127.0.0.1:0",
    "--management",
    "127.0.0.1:0",
  ]);
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const line = text.split("\n").find((one) => one.includes('"ready"'));
      if (line) resolve({ child, issuer: JSON.parse(line).issuer, readyMs: performance.now() - from });
    });
    child.once("exit", (code) => reject(new Error(`the broker ended with ${code}: ${text}`)));
  });
}

async function stop(child) {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
function post(url, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
      (answer) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () =>
          resolve({ status: answer.statusCode, headers: answer.headers, body: JSON.parse(text) }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const first = await start();
await stop(first.child);
const { child, issuer, readyMs } = await start();
try {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const { x } = await exportJWK(publicKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x };
  const sign = (typ, claims, header = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ, ...header }).sign(privateKey);
  const token = readFileSync(join(folder, "platform-enrolment-token"), "utf8").trim();
  const tokenDigest = createHash("sha256").update(token).digest("base64url");
  const proof = await sign("parley-enrol+jwt", { aud: issuer, tokenDigest }, { jwk });
  const enrolled = await post(
    `${issuer}/v1/enrolments`,
    { "content-type": "application/json" },
    JSON.stringify({ token, publicKey: jwk, proof }),
  );
  const { principalId } = enrolled.body;

  const jti = () => randomBytes(16).toString("base64url");
  const make = async (nonce) => {
    const iat = Math.floor(Date.now() / 1_000);
    const dpop = await sign(
      "dpop+jwt",
      { jti: jti(), htm: "POST", htu: `${issuer}/oauth/token`, iat, nonce },
      { jwk },
    );
    const assertion = await sign("client-authentication+jwt", {
      iss: principalId,
      sub: principalId,
      aud: issuer,
      iat,
      exp: iat + 60,
      jti: jti(),
    });
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    });
    return { headers: { dpop, "content-type": "application/x-www-form-urlencoded" }, body: form.toString() };
  };
  const nonce = enrolled.headers["dpop-nonce"];
  const prepared = [];
  for (let number = 0; number < requests; number++) prepared.push(await make(nonce));
  const times = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = prepared.pop(); next; next = prepared.pop()) {
        const sent = performance.now();
        const { status, body } = await post(`${issuer}/oauth/token`, next.headers, next.body);
        if (status !== 200) throw new Error(`${status} ${body.code}`);
        times.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  times.sort((a, b) => a - b);
  const row = {
    tokens_per_second: Math.round(requests / seconds),
    p50_ms: Number(times[Math.floor(requests / 2)].toFixed(2)),
    p99_ms: Number(times[Math.floor(requests * 0.99)].toFixed(2)),
    first_start_ms: Math.round(first.readyMs),
    start_ms: Math.round(readyMs),
  };
  if (values.json) console.log(JSON.stringify(row));
  else console.table([row]);
} finally {
  agent.destroy();
  await stop(child);
  rmSync(folder, { recursive: true });
}
