import { encodeJsonFrame, makeId } from "@parley/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { Agent } from "./agent.js";
import { memoryIdentity } from "./memory-identity.js";
import { town } from "./testing/town.js";
import { connected, kindsSent, passSpeaking, received, socketOf } from "./testing/watched-agent.js";
import { world } from "./testing/world.js";

test("connects with a proof over the broker's challenge [SOC-3]", async () => {
  const there = await world();
  const { agent, watch } = await connected(there);
  expect(there.broker.complaints).toEqual(["nonce undefined"]);
  expect(watch.states.map(({ state }) => state)).toEqual(["connecting", "connected"]);
  expect(agent.state).toMatchObject({ state: "connected", welcome: { principal: there.broker.principalId } });
});

test("an operator's identity, or one that was never enrolled, does not connect, and stays its owner's", async () => {
  const there = await world();
  const fresh = await memoryIdentity();
  const letGo = vi.spyOn(fresh, "close");
  const options = { broker: there.broker.issuer, identity: fresh, clock: there.clock };
  await expect(Agent.connect(options)).rejects.toThrow("has not been enrolled");
  await fresh.enrolled({ ...there.broker.enrolled(), principalId: makeId("operator") }, 0);
  await expect(Agent.connect(options)).rejects.toThrow("only instances connect");
  expect(letGo).not.toHaveBeenCalled();
  expect(there.broker.seen).toEqual([]);
});

test("says goodbye with 1000, once, and lets the identity go", async () => {
  const there = await world();
  const { agent, watch } = await connected(there);
  const letGo = vi.spyOn(agent.client.identity, "close");
  const goodbye = new Promise((resolve) => socketOf(there).once("close", resolve));
  await agent.close();
  expect(await goodbye).toBe(1000);
  expect(watch.states.at(-1)).toEqual({ state: "closed", loss: { why: "asked" } });
  await agent.close();
  expect(letGo).toHaveBeenCalledOnce();
  expect(there.clock.timers).toBe(0);
});

test("can be used with `await using`", async () => {
  const there = await world();
  const { agent } = await connected(there);
  await agent[Symbol.asyncDispose]();
  expect(agent.state.state).toBe("closed");
});

test("an identity that cannot be let go is told, and the agent is closed all the same", async () => {
  const there = await world();
  const { agent } = await connected(there);
  const troubles: unknown[] = [];
  agent.on("trouble", (trouble) => troubles.push(trouble));
  agent.client.identity.close = () => Promise.reject(new Error("no such lock"));
  await agent.close();
  expect(agent.state).toMatchObject({ state: "closed", loss: { why: "asked" } });
  expect(troubles).toMatchObject([{ message: "no such lock" }]);
});

test("what nobody listens for is a warning of the process", async () => {
  const there = await world();
  const { agent } = await connected(there);
  const bug = new Error("no such lock");
  agent.client.identity.close = () => Promise.reject(bug);
  const warned = new Promise((resolve) => process.once("warning", resolve));
  await agent.close();
  expect(await warned).toBe(bug);
});

test("where there is no process to warn, nothing breaks", async () => {
  const there = await world();
  const { agent } = await connected(there);
  agent.client.identity.close = () => Promise.reject(new Error("no such lock"));
  const { emitWarning } = process;
  onTestFinished(() => {
    process.emitWarning = emitWarning;
  });
  process.emitWarning = undefined as never;
  await agent.close();
  expect(agent.state.state).toBe("closed");
});

test("answers a ping", async () => {
  const there = await world();
  await connected(there);
  socketOf(there).send(encodeJsonFrame("ping", {}));
  await received(there, "pong");
});

test("renews in band at two thirds of the token's life, over the same challenge [SOC-7]", async () => {
  const there = await world();
  await connected(there);
  await passSpeaking(there, 199_000);
  expect(kindsSent(there)).not.toContain("renew");
  there.clock.step(1_000);
  await received(there, "renew");
  await there.broker.spoken;
  expect(there.broker.renewals).toBe(1);
  expect(there.broker.complaints).toEqual(["nonce undefined"]);
});

test("replaces its key by itself when half of the lease has passed", async () => {
  const there = await world();
  there.broker.welcomed = (socket) => there.broker.welcome(socket, 2_000);
  const { agent, watch } = await connected(there);
  const { identity } = agent.client;
  const first = identity.key.thumbprint;
  socketOf(there).close(4408);
  there.clock.step((await watch.next("waiting")).forMs + 999_000);
  await watch.next("connected");
  socketOf(there).close(4408);
  const { forMs } = await watch.next("waiting");
  expect(identity.key.thumbprint).toBe(first);
  const replaced = new Promise<void>((resolve) =>
    there.broker.routes.set("POST /v1/key", () => {
      resolve();
      return { status: 200, body: { keyThumbprint: there.broker.thumbprint } };
    }),
  );
  there.clock.step(forMs + 1_000);
  await watch.next("connected");
  await replaced;
  expect(there.broker.thumbprint).not.toBe(first);
});

test("looks at its key's age at every renewal too", async () => {
  const there = await world();
  there.broker.welcomed = (socket) => there.broker.welcome(socket, 300);
  const { agent } = await connected(there);
  const first = agent.client.identity.key.thumbprint;
  const replaced = new Promise<void>((resolve) => {
    there.broker.routes.set("POST /v1/key", () => {
      resolve();
      return { status: 200, body: { keyThumbprint: there.broker.thumbprint } };
    });
  });
  await passSpeaking(there, 200_000);
  await replaced;
  expect(there.broker.thumbprint).not.toBe(first);
});

test("a failed replacement is told, and the connection stays", async () => {
  const there = await world();
  const troubles: unknown[] = [];
  const { agent, watch } = await connected(there);
  agent.on("trouble", (trouble) => troubles.push(trouble));
  there.broker.before = ({ path }) =>
    path === "/v1/key"
      ? { status: 429, body: { type: "t", title: "t", status: 429, code: "key.too-often" } }
      : { status: 0, body: undefined };
  there.broker.welcomed = (socket) => there.broker.welcome(socket, 0);
  socketOf(there).close(4408);
  there.clock.step((await watch.next("waiting")).forMs);
  await watch.next("connected");
  while (troubles.length === 0) await new Promise(setImmediate);
  expect(troubles).toMatchObject([{ code: "key.too-often" }]);
  expect(agent.state.state).toBe("connected");
});

test("a broker that speaks out of turn is left, and tried again later", async () => {
  const there = await world();
  const { watch, agent } = await connected(there);
  const troubles: unknown[] = [];
  agent.on("trouble", (trouble) => troubles.push(trouble));
  socketOf(there).send(encodeJsonFrame("challenge", { nonce: "again" }));
  const { loss } = await watch.next("waiting");
  expect(loss).toMatchObject({ why: "ended", ending: { reason: "lost", comeBack: "later" } });
  expect(troubles).toHaveLength(1);
});

test("a message that is none ends the connection", async () => {
  const there = await world();
  const { watch } = await connected(there);
  const told = new Promise((resolve) => socketOf(there).once("close", resolve));
  socketOf(there).send(new Uint8Array([9, 9, 9]));
  await watch.next("waiting");
  expect(await told).toBe(4400);
});

test("hears that what it may do in a workgroup has changed", async () => {
  const { agent, calls } = await town();
  const workgroup = makeId("workgroup");
  const told = new Promise((resolve) => agent.on("membership", resolve));
  calls.tell({ event: "membership.changed", workgroup });
  expect(await told).toEqual({ workgroup });
});
