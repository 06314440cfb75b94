import { createHash } from "node:crypto";
import { acceptanceClaims, completeTerms, makeId, type SessionView } from "@parley/protocol";
import { expect, test, vi } from "vitest";
import { refuse, silent } from "./testing/fake-calls.js";
import { capability, handling, offer, provider, type Why } from "./testing/provider.js";
import { accepted, closed, sessionOf, type Town } from "./testing/town.js";

test("says what it serves, whole each time, and again on every connection", async () => {
  const there = await provider();
  there.agent.serve(capability, () => undefined);
  await there.calls.received("serve");
  const stop = there.agent.serve("markets.bonds", () => undefined);
  await there.calls.received("serve", 2);
  await there.reconnect();
  await there.calls.received("serve", 3);
  stop();
  stop();
  await there.calls.received("serve", 4);
  const both = [capability, "markets.bonds"];
  expect(there.calls.of("serve").map(({ capabilities }) => capabilities)).toEqual([
    both.slice(0, 1),
    both,
    both,
    [capability],
  ]);
});

test("a capability is served once, and by at least one at a time", async () => {
  const there = await provider();
  there.agent.serve(capability, () => undefined);
  expect(() => there.agent.serve(capability, () => undefined)).toThrow("is served already");
  expect(() => there.agent.serve("markets.bonds", () => undefined, { concurrency: 0 })).toThrow(RangeError);
});

test("accepts what is proposed, signed over the proposal that it was shown [STM-6]", async () => {
  const there = await provider();
  const { handler, next } = handling();
  there.agent.serve(capability, handler);
  const view = offer(there, sessionOf(there, "provider"));
  const session = await next();
  expect(session).toMatchObject({ id: view.id, side: "provider", state: "accepted" });
  const { statement } = await there.calls.received("accept");
  const claims = await there.broker.readStatement(statement, "parley-acceptance+jwt");
  const proposal = createHash("sha256").update(view.proposalStatement).digest("base64url");
  expect(acceptanceClaims.parse(claims)).toMatchObject({ session: view.id, proposal });
  expect(there.calls.of("join")).toEqual([]);
});

test("what is shown otherwise than it was signed is not accepted, and told [STM-6]", async () => {
  const there = await provider();
  const { handler, next, begun } = handling();
  there.agent.serve(capability, handler);
  const view = sessionOf(there, "provider", { purpose: "morning brief" });
  offer(there, { ...view, purpose: "evening brief" });
  while (there.troubles.length === 0) await new Promise(setImmediate);
  expect(there.troubles).toMatchObject([{ name: "NotAsShown", rule: "purpose", retry: "never" }]);
  const honest = offer(there, sessionOf(there, "provider"));
  expect((await next()).id).toBe(honest.id);
  expect([begun.length, there.calls.of("accept").length]).toEqual([1, 1]);
});

test.each(["capability", "session"])(
  "what is told of as one %s and shown as another is neither accepted nor joined [STM-6]",
  async (rule) => {
    const there = await provider();
    const { handler, next, begun } = handling();
    there.agent.serve(capability, handler);
    const other = rule === "capability" ? { capability: "markets.bonds" } : {};
    const views = [sessionOf(there, "provider", other), sessionOf(there, "provider", other)] as const;
    for (const view of [views[0], accepted(there, views[1], undefined)]) {
      const session = rule === "session" ? makeId("session") : view.id;
      there.show(view);
      there.broker.routes.set(`GET /v1/sessions/${session}`, () => ({ status: 200, body: view }));
      const why = view.state === "proposed" ? "proposed" : "accepted";
      there.calls.tell({ event: "session.available", session, why, capability });
    }
    while (there.troubles.length < 2) await new Promise(setImmediate);
    expect(there.troubles).toMatchObject([
      { name: "NotAsShown", rule },
      { name: "NotAsShown", rule },
    ]);
    const honest = offer(there, sessionOf(there, "provider"));
    expect((await next()).id).toBe(honest.id);
    expect([begun.length, there.calls.of("accept").length, there.calls.of("join").length]).toEqual([1, 1, 0]);
  },
);

test.each<Why>(["accepted", "holder-lost"])("joins what is accepted already: %s", async (why) => {
  const there = await provider();
  const { handler, next } = handling();
  there.agent.serve(capability, handler);
  const view = offer(there, accepted(there, sessionOf(there, "provider"), undefined), why);
  expect((await next()).id).toBe(view.id);
  expect(there.calls.of("accept")).toEqual([]);
});

test("a handler that returns completes its session", async () => {
  const there = await provider();
  const { handler, next, end } = handling();
  there.agent.serve(capability, handler);
  offer(there, sessionOf(there, "provider"));
  const session = await next();
  end(session);
  expect(await session.closed).toMatchObject({ reason: "completed_by_provider", detail: null });
  expect(there.troubles).toEqual([]);
});

test("one that throws closes it, and is told", async () => {
  const there = await provider();
  const { handler, next, end } = handling();
  there.agent.serve(capability, handler);
  offer(there, sessionOf(there, "provider"));
  const session = await next();
  const bug = new Error("a bug");
  end(session, bug);
  expect(await session.closed).toMatchObject({ detail: "handler failed" });
  expect(there.troubles).toEqual([bug]);
});

test("a handler is not called again for a session that it has in hand", async () => {
  const there = await provider();
  const { handler, next, begun } = handling();
  there.agent.serve(capability, handler);
  const view = offer(there, sessionOf(there, "provider"));
  await next();
  offer(there, there.sessions.get(view.id) ?? view, "holder-lost");
  const other = offer(there, sessionOf(there, "provider"));
  await next(2);
  expect(begun.map(({ id }) => id)).toEqual([view.id, other.id]);
  expect(there.calls.of("join")).toEqual([]);
});

test.each<[string, (there: Town) => void]>([
  [
    "accepted by a sibling",
    ({ calls }) => {
      calls.answers.accept = () => refuse({ code: "session.state", state: "accepted" });
    },
  ],
  [
    "closed before it was read",
    (there) => {
      there.calls.answers.accept = () => silent;
      const [[, view] = []] = there.sessions;
      if (view !== undefined) there.show(closed(there, view, "withdrawn"));
    },
  ],
  [
    "not to be seen any more",
    ({ broker, sessions }) => {
      for (const id of sessions.keys()) broker.routes.delete(`GET /v1/sessions/${id}`);
    },
  ],
])("losing a race is no trouble: %s", async (_what, lose) => {
  const there = await provider();
  const { handler, next, begun } = handling();
  there.agent.serve(capability, handler);
  const lost = there.show(sessionOf(there, "provider"));
  lose(there);
  there.calls.tell({ event: "session.available", session: lost.id, why: "proposed", capability });
  while (there.broker.requests(`/v1/sessions/${lost.id}`).length === 0) await new Promise(setImmediate);
  const open = accepted(there, sessionOf(there, "provider"), undefined);
  offer(there, open, "accepted");
  expect((await next()).id).toBe(open.id);
  expect(begun).toHaveLength(1);
  expect(there.troubles).toEqual([]);
});

test("what an operator has to accept is not for us", async () => {
  const there = await provider();
  const { handler, next } = handling();
  there.agent.serve(capability, handler);
  const terms = completeTerms({ acceptance: "operator" });
  offer(there, sessionOf(there, "provider", { terms }));
  const view = offer(there, sessionOf(there, "provider"));
  expect((await next()).id).toBe(view.id);
  expect(there.calls.of("accept")).toHaveLength(1);
});

test("its author may decide: take it, leave it, or say no and why", async () => {
  const there = await provider();
  const { handler, next } = handling();
  const accept = vi.fn(async ({ purpose }: SessionView) =>
    purpose === "no" ? { reject: "closed today" } : purpose !== "leave",
  );
  there.agent.serve(capability, handler, { accept });
  offer(there, sessionOf(there, "provider", { purpose: "leave" }));
  const no = offer(there, sessionOf(there, "provider", { purpose: "no" }));
  expect(await there.calls.received("reject")).toMatchObject({ session: no.id, detail: "closed today" });
  const yes = offer(there, sessionOf(there, "provider", { purpose: "yes" }));
  expect((await next()).id).toBe(yes.id);
  expect(there.calls.of("accept")).toHaveLength(1);
  expect(accept).toHaveBeenCalledTimes(3);
});

test("a decision that throws is told, and takes nothing", async () => {
  const there = await provider();
  const accept = () => {
    throw new Error("a bug");
  };
  there.agent.serve(capability, () => undefined, { accept });
  offer(there, sessionOf(there, "provider"));
  while (there.troubles.length === 0) await new Promise(setImmediate);
  expect(there.troubles).toMatchObject([{ message: "a bug" }]);
  expect(there.calls.of("accept")).toEqual([]);
});

test("what is served no more is not taken, and what runs goes on", async () => {
  const there = await provider();
  const { handler, next, end } = handling();
  const stop = there.agent.serve(capability, handler);
  offer(there, sessionOf(there, "provider"));
  const session = await next();
  stop();
  offer(there, sessionOf(there, "provider"));
  end(session);
  await session.closed;
  expect(there.calls.of("accept")).toHaveLength(1);
});

test("an agent that is closed while a handler runs has no trouble with it, and leaves no timer", async () => {
  const there = await provider();
  const { handler, next, end } = handling();
  there.agent.serve(capability, handler);
  offer(there, sessionOf(there, "provider"));
  const session = await next();
  await there.agent.close();
  end(session, new Error("cut"));
  await new Promise(setImmediate);
  expect(there.troubles).toEqual([]);
  expect(there.clock.timers).toBe(0);
});
