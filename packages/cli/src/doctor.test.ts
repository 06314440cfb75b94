import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { lookAtClock, lookAtNode } from "./doctor.js";
import { run } from "./testing/desk.js";

test.each([
  ["20.19.0", "good"],
  ["20.18.3", "wrong"],
  ["18.20.0", "wrong"],
  ["24.1.0", "good"],
])("node %s is %s", (version, verdict) => {
  expect(lookAtNode(version).verdict).toBe(verdict);
});

test.each([
  [0, "good", "agrees"],
  [-1_400, "good", "agrees"],
  [5_000, "note", "5 s behind"],
  [-60_000, "note", "60 s ahead"],
  [61_000, "wrong", "61 s behind"],
  [undefined, "wrong", "no date"],
])("a clock with an offset of %s ms is %s", (offsetMs, verdict, found) => {
  expect(lookAtClock(offsetMs)).toMatchObject({ verdict, found: expect.stringContaining(found) });
});

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function broker(answers: (url: string, issuer: string) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answers(request.url ?? "", `http://127.0.0.1:${port}`)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Said {
  readonly findings: readonly { readonly about: string; readonly verdict: string; readonly found: string }[];
}
const verdicts = (out: string) =>
  Object.fromEntries((JSON.parse(out) as Said).findings.map(({ about, verdict }) => [about, verdict]));

test("a healthy broker is found healthy, without a profile", async () => {
  const url = await broker((path, issuer) => (path === "/healthz" ? {} : { issuer }));
  const ran = await run(`doctor --json --broker ${url}`, { env: { PARLEY_HOME: home() } });
  expect(verdicts(ran.out)).toEqual({
    node: "good",
    profiles: "note",
    broker: "good",
    clock: "good",
    transport: "good",
  });
  expect(ran.code).toBe(0);
});

test("a broker that is not there, and an address that is another's, are wrong", async () => {
  const env = { PARLEY_HOME: home() };
  const gone = await run("doctor --json --broker http://127.0.0.1:1", { env });
  expect([verdicts(gone.out).broker, gone.code]).toEqual(["wrong", 1]);
  const url = await broker(() => ({ issuer: "https://elsewhere.example" }));
  const other = await run(`doctor --broker ${url}`, { env });
  expect(other.out).toContain("calls itself https://elsewhere.example");
  expect(other.code).toBe(1);
});

test("a certificate that nobody here trusts is said so, with what to do", async () => {
  const untrusted = Object.assign(new Error("self-signed certificate"), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
  vi.spyOn(globalThis, "fetch").mockRejectedValueOnce(new TypeError("fetch failed", { cause: untrusted }));
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const ran = await run("doctor --broker https://broker.test", { env: { PARLEY_HOME: home() } });
  expect(ran.out).toContain("cannot reach https://broker.test: self-signed certificate");
  expect(ran.out).toContain("NODE_EXTRA_CA_CERTS");
});

test("without an enrolled profile there is nothing to speak with, and it says how to get one", async () => {
  const ran = await run("doctor", { env: { PARLEY_HOME: home() } });
  expect(ran.code).toBe(1);
  expect(ran.out).toMatch(/WRONG {2}profile {4}not signed in[\s\S]*parley init/);
});

test("a folder that others may look into is wrong", async () => {
  const folder = home();
  mkdirSync(join(folder, "profiles"));
  chmodSync(join(folder, "profiles"), 0o755);
  const ran = await run("doctor", { env: { PARLEY_HOME: folder } });
  expect(ran.out).toMatch(/WRONG {2}profiles {3}others may look into .*\n +chmod 700/);
});
