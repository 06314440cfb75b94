import { encodeJsonFrame, makeId } from "@parley/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { Agent, type AgentOptions } from "./agent.js";
import type { AgentState } from "./agent-state.js";
import { memoryIdentity } from "./memory-identity.js";
import { readFrame } from "./testing/read-frame.js";
import { enrolled, type World, world } from "./testing/world.js";

interface Watched {
  readonly states: AgentState[];
  readonly options: AgentOptions;
  /** The next state of this kind that has not been waited for yet. */
  next<S extends AgentState["state"]>(state: S): Promise<Extract<AgentState, { state: S }>>;
}

async function watched(there: World, more: Partial<AgentOptions> = {}): Promise<Watched> {
  const { broker, clock } = there;
  const states: AgentState[] = [];
  let read = 0;
  let wake: () => void = () => undefined;
  const onState = (state: AgentState) => {
    states.push(state);
    wake();
  };
  const identity = await enrolled(there);
  const options = { broker: broker.issuer, identity, clock, onState, random: () => 0.5, ...more };
  async function next<S extends AgentState["state"]>(wanted: S) {
    for (;;) {
      for (let state = states[read]; state !== undefined; state = states[read]) {
        read += 1;
        if (state.state === wanted) return state as Extract<AgentState, { state: S }>;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { states, options, next };
}

async function connected(there: World, more: Partial<AgentOptions> = {}) {
  const watch = await watched(there, more);
  const agent = await Agent.connect(watch.options);
  onTestFinished(() => agent.close());
  await watch.next("connected");
  return { agent, watch };
}

const socketOf = ({ broker }: World, index = -1) => {
  const socket = broker.sockets.at(index);
  if (socket === undefined) throw new Error("no socket");
  return socket;
};

const kindsSent = ({ broker }: World) => broker.frames.map(({ bytes }) => readFrame(bytes).kind);

/** Waits until the broker has received a frame of this kind `count` times. */
async function received(there: World, kind: string, count = 1): Promise<void> {
  while (kindsSent(there).filter((sent) => sent === kind).length < count) {
    await new Promise<void>((resolve) => socketOf(there).once("message", () => setImmediate(resolve)));
  }
}

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

test("answers a ping", async () => {
  const there = await world();
  await connected(there);
  socketOf(there).send(encodeJsonFrame("ping", {}));
  await received(there, "pong");
});

test.each([
  ["revoked", 4403],
  ["malformed", 4400],
  ["tooLarge", 4413],
  ["goodbye", 1000],
] as const)("does not come back after %s (%i) [SOC-9]", async (reason, code) => {
  const there = await world();
  const { watch } = await connected(there);
  socketOf(there).close(code);
  const closed = await watch.next("closed");
  expect(closed.loss).toMatchObject({ why: "ended", ending: { code, reason, comeBack: "never" } });
});

test.each([
  [4401, 125],
  [4503, 125],
  [4408, 750],
  [4423, 750],
  [4429, 750],
  [4409, 22_500],
  [1011, 750],
])("after %i comes back in %i ms [SOC-9]", async (code, forMs) => {
  const there = await world();
  const { agent, watch } = await connected(there);
  socketOf(there).close(code);
  expect((await watch.next("waiting")).forMs).toBe(forMs);
  there.clock.step(forMs);
  await watch.next("connected");
  expect(agent.state.state).toBe("connected");
});

test("a connection that breaks off is made again", async () => {
  const there = await world();
  const { watch } = await connected(there);
  socketOf(there).terminate();
  const { loss, forMs } = await watch.next("waiting");
  expect(loss).toMatchObject({ why: "ended", ending: { reason: "lost" } });
  there.clock.step(forMs);
  await watch.next("connected");
});

test("a broker that goes away says when to come back", async () => {
  const there = await world();
  const { watch } = await connected(there);
  socketOf(there).send(encodeJsonFrame("goingAway", { retryAfterMs: 4_000 }));
  socketOf(there).close(4503);
  expect((await watch.next("waiting")).forMs).toBe(4_125);
});

test("waits longer after each loss, up to half a minute, and begins anew after a steady connection", async () => {
  const there = await world();
  const { watch } = await connected(there);
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    socketOf(there).close(4408);
    const { forMs } = await watch.next("waiting");
    waits.push(forMs);
    there.clock.step(forMs);
    await watch.next("connected");
  }
  expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]);
  // Ten seconds are steady; the ping that they bring is answered before they count as silence.
  there.clock.step(10_000);
  socketOf(there).close(4408);
  expect((await watch.next("waiting")).forMs).toBe(750);
});

test("an identity that is revoked is told so, and connect rejects with the refusal", async () => {
  const there = await world();
  const watch = await watched(there);
  there.broker.before = ({ path }) =>
    path === "/oauth/token"
      ? { status: 401, body: { type: "t", title: "t", status: 401, code: "identity.revoked" } }
      : { status: 0, body: undefined };
  await expect(Agent.connect(watch.options)).rejects.toMatchObject({ code: "identity.revoked" });
  expect(watch.states.map(({ state }) => state)).toEqual(["connecting", "closed"]);
});

test("an identity that is suspended waits until it is resumed", async () => {
  const there = await world();
  const watch = await watched(there);
  there.broker.before = ({ path }) =>
    path === "/oauth/token"
      ? { status: 401, body: { type: "t", title: "t", status: 401, code: "identity.suspended" } }
      : { status: 0, body: undefined };
  const connecting = Agent.connect(watch.options);
  const { loss, forMs } = await watch.next("waiting");
  expect(loss).toMatchObject({ why: "refused", refusal: { code: "identity.suspended" } });
  there.broker.before = undefined;
  there.clock.step(forMs);
  await (await connecting).close();
});

test("keeps trying while the broker cannot be reached, until the signal says stop", async () => {
  const there = await world();
  const giveUp = new AbortController();
  const watch = await watched(there, { signal: giveUp.signal });
  await there.broker.stop();
  const failed = expect(Agent.connect(watch.options)).rejects.toThrow("This operation was aborted");
  const first = await watch.next("waiting");
  expect(first.loss).toMatchObject({
    why: "fault",
    fault: { message: expect.stringMatching(/ECONNREFUSED/) },
  });
  there.clock.step(first.forMs);
  await watch.next("waiting");
  giveUp.abort();
  await failed;
  expect(watch.states.at(-1)).toEqual({ state: "closed", loss: { why: "asked" } });
});

/** Time passes without silence: the other end says something now and then. */
async function passSpeaking(there: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 20_000) {
    there.clock.step(Math.min(left, 20_000));
    const pongs = kindsSent(there).filter((kind) => kind === "pong").length;
    socketOf(there).send(encodeJsonFrame("ping", {}));
    await received(there, "pong", pongs + 1);
  }
}

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

test.each([
  ["a token that the broker did not take", 4401],
  ["a token from before a suspension", 4423],
])("%s is not shown again", async (_what, code) => {
  const there = await world();
  const { watch } = await connected(there);
  there.broker.voidTokens();
  socketOf(there).close(code);
  there.clock.step((await watch.next("waiting")).forMs);
  await watch.next("connected");
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

test("a broker that does not welcome in time is given up for now", async () => {
  const there = await world();
  let hello: () => void = () => undefined;
  const said = new Promise<void>((resolve) => {
    hello = resolve;
  });
  there.broker.welcomed = () => hello();
  const watch = await watched(there);
  const connecting = Agent.connect(watch.options);
  await said;
  there.clock.step(15_000);
  expect((await watch.next("waiting")).loss).toMatchObject({ ending: { code: 4408 } });
  there.broker.welcomed = undefined;
  there.clock.step(60_000);
  await (await connecting).close();
});
