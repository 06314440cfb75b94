/** Taking sessions later: when there is room for them, and when nobody told of them. */
import { makeId, type Refusal, type SessionView } from "@parley/protocol";
import { expect, test } from "vitest";
import { refuse } from "./testing/fake-calls.js";
import { capability, handling, offer, provider } from "./testing/provider.js";
import { accepted, sessionOf, type Town } from "./testing/town.js";
import { passSpeaking } from "./testing/watched-agent.js";

const joinedBySibling = (there: Town): SessionView => {
  const view = accepted(there, sessionOf(there, "provider"), "provider");
  return { ...view, provider: { ...view.provider, instance: makeId("instance") } };
};

test("beyond its concurrency it does not take; what it passed by is taken when there is room", async () => {
  const there = await provider();
  const { handler, next, end, begun } = handling();
  there.agent.serve(capability, handler, { concurrency: 2 });
  const views = [1, 2, 3, 4].map(() => offer(there, sessionOf(there, "provider")));
  const second = await next(2);
  const other = there.agent.serve("markets.bonds", handler);
  offer(there, sessionOf(there, "provider", { capability: "markets.bonds" }));
  await next(3);
  expect(there.calls.of("accept")).toHaveLength(3);
  end(second);
  expect((await next(4)).id).toBe(views[2]?.id);
  expect(begun).toHaveLength(4);
  other();
});

test("beyond what a connection may hold it waits for room, and that is no trouble", async () => {
  const there = await provider();
  const { handler, next, end, begun } = handling();
  const { accept } = there.calls.answers;
  there.agent.serve(capability, handler);
  offer(there, sessionOf(there, "provider"));
  const first = await next();
  const full: Refusal = { code: "limit.reached", rule: "joinedSessionsPerConnection", limit: 1, used: 1 };
  there.calls.answers.accept = () => refuse(full);
  const second = offer(there, sessionOf(there, "provider"));
  await there.calls.received("accept", 2);
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  // Refused once, and not asked for again and again.
  expect(there.calls.of("accept")).toHaveLength(2);
  if (accept !== undefined) there.calls.answers.accept = accept;
  end(first);
  expect((await next(2)).id).toBe(second.id);
  expect([begun.length, there.troubles]).toEqual([2, []]);
});

test("another limit than that of the connection is trouble", async () => {
  const there = await provider();
  there.calls.answers.accept = () => refuse({ code: "limit.reached", rule: "another" });
  there.agent.serve(capability, () => undefined);
  offer(there, sessionOf(there, "provider"));
  while (there.troubles.length === 0) await new Promise(setImmediate);
  expect(there.troubles).toMatchObject([{ code: "limit.reached" }]);
});

test("what nobody told of is looked for on every page", async () => {
  const there = await provider();
  const { handler, next } = handling();
  const old = there.show(sessionOf(there, "provider"));
  const joined = there.show(joinedBySibling(there));
  there.broker.routes.set("GET /v1/sessions", ({ query }) => {
    if (!query.includes("state=proposed")) return { status: 200, body: { items: [], nextCursor: null } };
    const isSecond = query.includes("cursor=second");
    const body = isSecond ? { items: [old], nextCursor: null } : { items: [joined], nextCursor: "second" };
    return { status: 200, body };
  });
  there.agent.serve(capability, handler);
  await passSpeaking(there, 20_000);
  expect((await next()).id).toBe(old.id);
});

test("what nobody told of is looked for, once it is old enough that it was told of", async () => {
  const there = await provider();
  const { handler, next } = handling();
  const old = there.show(sessionOf(there, "provider"));
  const joined = there.show(joinedBySibling(there));
  there.broker.routes.set("GET /v1/sessions", ({ query }) => {
    const isProposed = query === "limit=200&state=proposed&side=provider";
    const young = there.show(sessionOf(there, "provider"));
    return { status: 200, body: { items: isProposed ? [young, old] : [joined], nextCursor: null } };
  });
  there.agent.serve(capability, handler);
  await passSpeaking(there, 20_000);
  expect((await next()).id).toBe(old.id);
  await passSpeaking(there, 20_000);
  // The second look begins when the first has led to whatever it leads to.
  const looks = () => there.broker.requests("/v1/sessions").filter(({ query }) => query.includes("proposed"));
  while (looks().length < 2) await new Promise(setImmediate);
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(there.calls.of("accept").map(({ session }) => session)).toEqual([old.id]);
  expect(there.calls.of("join")).toEqual([]);
});
