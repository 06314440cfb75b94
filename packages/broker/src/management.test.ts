import { describe, expect, onTestFinished, test } from "vitest";
import { send } from "./admission/testing/speak.js";
import { openManagement } from "./management.js";
import type { Metrics } from "./metrics.js";
import type { Readiness } from "./readiness.js";

const loopback = { host: "127.0.0.1", port: 0 };
const well: Readiness = { ready: true, why: "" };

async function listenerOfThisTest(
  now: () => Readiness = () => well,
  metrics: Metrics = { text: async (dialect) => `# ${dialect}\n` },
) {
  const management = await openManagement(loopback, { now }, metrics);
  onTestFinished(() => management.close());
  return (path: string, more: { method?: string; headers?: Record<string, string> } = {}) =>
    send(management.port, { path, method: "GET", ...more });
}

describe("the management listener", () => {
  test("says ready, and why not", async () => {
    let answer: Readiness = { ready: true, why: "the line answers" };
    const ask = await listenerOfThisTest(() => answer);
    expect(await ask("/readyz")).toMatchObject({ status: 200, body: answer });
    answer = { ready: false, why: "the line does not answer" };
    const refused = await ask("/readyz");
    expect(refused).toMatchObject({ status: 503, body: answer });
    expect(refused.headers["cache-control"]).toBe("no-store");
  });

  test("shows what is counted as it is asked for", async () => {
    const ask = await listenerOfThisTest();
    const plain = await ask("/metrics");
    expect([plain.text, plain.headers["content-type"]]).toEqual([
      "# prometheus\n",
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    const open = await ask("/metrics", {
      headers: { accept: "application/openmetrics-text; version=1.0.0" },
    });
    expect([open.text, open.headers["content-type"]]).toEqual([
      "# openmetrics\n",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ]);
    expect(open.headers.vary).toBe("accept");
  });

  test.each([
    ["GET", "/"],
    ["POST", "/readyz"],
    ["HEAD", "/metrics"],
    ["GET", "/v1/whoami"],
    ["GET", "/healthz"],
  ])("has nothing else: %s %s", async (method, path) => {
    const ask = await listenerOfThisTest();
    expect(await ask(path, { method })).toMatchObject({ status: 404 });
  });
});
