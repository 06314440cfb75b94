/** Losing the connection: whether an agent comes back, and when. */
import { encodeJsonFrame } from "@parley/protocol";
import { expect, test } from "vitest";
import { Agent } from "./agent.js";
import { connected, socketOf, watched } from "./testing/watched-agent.js";
import { world } from "./testing/world.js";

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
