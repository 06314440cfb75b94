import { connect } from "node:net";
import { limits } from "@parley/protocol";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import type { Relay } from "../../relay.js";
import { openNonces } from "../authenticate/nonce.js";
import { makeApp } from "./app.js";

const clock = { now: () => 1_795_230_000_000 };
const relay: Relay = async () => ({ outcome: "refused", refusal: { code: "broker.busy" }, at: 0 });
const edge = {
  relay,
  clock,
  nonces: openNonces(),
  authenticate: async () => ({ code: "access.missing" }) as const,
  log: pino({ level: "silent" }),
};

test("a listener takes so many connections and not one more, and says nothing to those beyond [connectionsMax]", async () => {
  const app = makeApp(edge);
  onTestFinished(() => app.close());
  expect(app.server.maxConnections).toBe(limits.connectionsMax);
  app.server.maxConnections = 2;
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const opened = Array.from({ length: 2 }, () => connect(port, "127.0.0.1"));
  onTestFinished(() => {
    for (const socket of opened) socket.destroy();
  });
  await Promise.all(opened.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  const third = connect(port, "127.0.0.1");
  const heard: Buffer[] = [];
  third.on("data", (chunk) => heard.push(chunk));
  await new Promise((resolve) => third.once("close", resolve));
  expect(heard).toEqual([]);
  expect(opened.every((socket) => !socket.destroyed)).toBe(true);
});

test("whoever neither sends nor reads is not kept", () => {
  const { server } = makeApp(edge);
  expect(server.timeout).toBe(limits.requestSecondsMax * 1_000 + 5_000);
  expect(server.maxRequestsPerSocket).toBe(256);
});
