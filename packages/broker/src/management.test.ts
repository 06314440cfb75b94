import { describe, expect, onTestFinished, test } from "vitest";
import { send } from "./admission/testing/speak.js";
import { openManagement } from "./management.js";
import { openMetrics } from "./metrics.js";
import type { Readiness } from "./readiness.js";
import type { Outcome, Relay } from "./relay.js";

const clock = { at: 1_000, now: () => clock.at };
const loopback = { host: "127.0.0.1", port: 0 };

async function listenerOfThisTest(
  now: () => Readiness,
  metrics = openMetrics(
    clock,
    () => 0,
    () => 0,
  ),
) {
  const management = await openManagement(loopback, { now }, metrics);
  onTestFinished(() => management.close());
  return (path: string, method = "GET") => send(management.port, { path, method });
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

  test("shows what is counted: commands, refusals, sockets, and who waits", async () => {
    const metrics = openMetrics(
      clock,
      () => 7,
      () => 3,
    );
    const cut = { sockets: 0, sessions: 0, surviving: [] };
    const outcomes: Outcome[] = [
      { outcome: "accepted", answer: { at: 0 }, cut, at: 0, facts: [] },
      { outcome: "refused", refusal: { code: "role.missing" }, at: 0 },
    ];
    const relay = metrics.count((async () => outcomes.shift()) as unknown as Relay);
    const step = { kind: "clock.step", id: "cmd_1", byMs: 1 } as unknown as Parameters<Relay>[0];
    await relay(step);
    await relay(step);
    const ask = await listenerOfThisTest(() => ({ ready: true, why: "" }), metrics);
    const { text, headers } = await ask("/metrics");
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('parley_commands_total{kind="clock.step",outcome="accepted"} 1');
    expect(text).toContain('parley_commands_total{kind="clock.step",outcome="refused"} 1');
    expect(text).toContain('parley_refusals_total{code="role.missing"} 1');
    expect(text).toContain("parley_sockets 7");
    expect(text).toContain("parley_commands_waiting 3");
    expect(text).toContain("parley_command_seconds_count 2");
    expect(text).toContain("process_cpu_seconds_total");
  });

  test("counts a command that failed as one, and lets the failure through", async () => {
    const metrics = openMetrics(
      clock,
      () => 0,
      () => 0,
    );
    const relay = metrics.count((() => Promise.reject(new Error("disk"))) as unknown as Relay);
    await expect(relay({ kind: "clock.step" } as unknown as Parameters<Relay>[0])).rejects.toThrow("disk");
    expect(await metrics.text()).toContain('parley_commands_total{kind="clock.step",outcome="failed"} 1');
  });

  test.each([
    ["GET", "/"],
    ["POST", "/readyz"],
    ["HEAD", "/metrics"],
    ["GET", "/v1/whoami"],
    ["GET", "/healthz"],
  ])("has nothing else: %s %s", async (method, path) => {
    const ask = await listenerOfThisTest(() => ({ ready: true, why: "" }));
    expect(await ask(path, method)).toMatchObject({ status: 404 });
  });
});
