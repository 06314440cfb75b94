import { makeId, type SessionView } from "@parley/protocol";
import { expect, test } from "vitest";
import { refuse, silent } from "./testing/fake-calls.js";
import { accepted, at, closed, offerOf, sessionOf, type Town, town } from "./testing/town.js";
import { passSpeaking } from "./testing/watched-agent.js";

/** A session that this agent has engaged, accepted and joined. */
async function engaged(more: (there: Town) => Partial<SessionView> = () => ({})) {
  const there = await town();
  const view = there.show({
    ...accepted(there, sessionOf(there, "consumer"), "consumer"),
    ...more(there),
  });
  there.calls.answers.propose = () => there.sessions.get(view.id);
  there.calls.answers.join = () => there.sessions.get(view.id);
  const session = await there.agent.engage(offerOf());
  return { there, view, session };
}

const factOf = (position: number) => ({
  stream: "session:ses",
  position,
  kind: "session.joined",
  at: "2026-01-05T09:00:00.000Z",
  contentDigest: "c",
  previous: "p",
  hash: "h",
  content: {},
});

const activate = (there: Town, view: SessionView) =>
  there.show({ ...view, state: "active", activeAt: at(there) });

test("shows what the broker shows: sides, terms, state", async () => {
  const { view, session } = await engaged();
  expect(session).toMatchObject({
    id: view.id,
    view,
    side: "consumer",
    terms: view.terms,
    state: "accepted",
  });
});

test("is active when the broker tells so, for whoever asks before or after", async () => {
  const { there, view, session } = await engaged();
  const before = session.active;
  activate(there, view);
  there.calls.tell({ event: "session.active", session: view.id });
  await before;
  await session.active;
  expect(session.state).toBe("active");
});

test("a fact that comes with a turn does not take the turn's place, however early both come", async () => {
  const there = await town();
  const view = sessionOf(there, "consumer");
  const active = { ...accepted(there, view, "consumer"), state: "active" as const, activeAt: at(there) };
  there.show(active);
  there.calls.answers.propose = () => {
    there.calls.tell({ event: "session.active", session: view.id });
    there.calls.tell({ event: "session.fact", session: view.id, fact: factOf(1) });
    // The reply was made before both sides had joined.
    return accepted(there, view, "consumer");
  };
  const session = await there.agent.engage(offerOf());
  await session.active;
});

test("tells the facts of its chain to whoever listens, for as long as they do", async () => {
  const { there, view, session } = await engaged();
  const told: number[] = [];
  const stop = session.on("fact", ({ position }) => told.push(position));
  const tell = (position: number) =>
    there.calls.tell({ event: "session.fact", session: view.id, fact: factOf(position) });
  tell(3);
  tell(4);
  there.calls.answers.close = () => there.show(closed(there, view, "completed_by_consumer"));
  await session.close();
  stop();
  tell(5);
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(told).toEqual([3, 4]);
});

test("closes with the reason and what was said, for whoever waits for anything", async () => {
  const { there, view, session } = await engaged();
  const { active } = session;
  there.show(closed(there, view, "completed_by_provider", "done"));
  there.calls.tell({ event: "session.closed", session: view.id, reason: "completed_by_provider" });
  expect(await session.closed).toMatchObject({ reason: "completed_by_provider", detail: "done" });
  await expect(active).rejects.toMatchObject({ name: "SessionEnded", reason: "completed_by_provider" });
  await expect(session.active).rejects.toMatchObject({ name: "SessionEnded" });
  expect(session.state).toBe("closed");
});

test("closes with the reason that was told where the session cannot be read any more", async () => {
  const { there, view, session } = await engaged();
  there.broker.routes.delete(`GET /v1/sessions/${view.id}`);
  there.calls.tell({ event: "session.closed", session: view.id, reason: "membership_removed" });
  expect(await session.closed).toMatchObject({ reason: "membership_removed", detail: null });
  expect(there.troubles).toMatchObject([{ code: "not-found" }]);
});

test("news that is older than what is known changes nothing", async () => {
  const { there, view, session } = await engaged();
  activate(there, view);
  there.calls.tell({ event: "session.active", session: view.id });
  await session.active;
  there.broker.routes.set("GET /v1/sessions", () => ({
    status: 200,
    body: { items: [view], nextCursor: null },
  }));
  expect(await there.agent.sessions()).toEqual([session]);
  expect(session.state).toBe("active");
});

test("is joined again on every connection", async () => {
  const { there, view, session } = await engaged();
  await there.reconnect();
  await there.calls.received("join");
  activate(there, view);
  await there.reconnect();
  await there.calls.received("join", 2);
  await session.active;
  expect(there.broker.requests(`/v1/sessions/${view.id}`)).toEqual([]);
  expect(there.troubles).toEqual([]);
});

test("the acceptance that joined is believed on its connection; another is joined by itself", async () => {
  const there = await town();
  const view = there.show(sessionOf(there, "consumer"));
  there.calls.answers.propose = () => view;
  there.calls.answers.join = () => there.sessions.get(view.id);
  const engaging = there.agent.engage(offerOf());
  await there.calls.received("propose");
  there.show(accepted(there, view, undefined));
  there.calls.tell({ event: "session.accepted", session: view.id, joined: false });
  await engaging;
  await there.calls.received("join");
});

test("a busy broker is asked to join again later", async () => {
  const { there, view } = await engaged();
  there.calls.answers.join = () => {
    there.calls.answers.join = () => there.sessions.get(view.id);
    return refuse({ code: "broker.busy", retryAfterMs: 700 });
  };
  await there.reconnect();
  await there.calls.received("join");
  expect(await there.clock.passNext(700)).toBe(700);
  await there.calls.received("join", 2);
  expect(there.troubles).toMatchObject([{ code: "broker.busy" }]);
});

test("what a sibling has taken over is joined no more, and its end is still told", async () => {
  const { there, view, session } = await engaged();
  there.calls.answers.join = () => refuse({ code: "session.not-held" });
  await there.reconnect();
  await there.calls.received("join");
  await there.reconnect();
  there.show(closed(there, view, "duration_reached"));
  there.calls.tell({ event: "session.closed", session: view.id, reason: "duration_reached" });
  expect(await session.closed).toMatchObject({ reason: "duration_reached" });
  expect(there.calls.of("join")).toHaveLength(1);
  expect(there.troubles).toMatchObject([{ code: "session.not-held" }]);
});

test("what has closed while the connection was lost is found closed", async () => {
  const { there, view, session } = await engaged();
  there.calls.answers.join = () => refuse({ code: "session.state", state: "closed" });
  there.show(closed(there, view, "idle_timeout"));
  await there.reconnect();
  expect(await session.closed).toMatchObject({ reason: "idle_timeout" });
  expect(there.troubles).toEqual([]);
});

test("is looked at right after it should have closed by itself, whoever forgot to say so", async () => {
  const { there, view, session } = await engaged((town) => ({
    state: "active",
    activeAt: at(town),
    closesBy: new Date(town.broker.nowMs() + 60_000).toISOString(),
  }));
  await passSpeaking(there, 60_000);
  there.show(closed(there, view, "duration_reached"));
  await passSpeaking(there, 10_000);
  expect(await session.closed).toMatchObject({ reason: "duration_reached" });
});

test("close completes it, with what there is to say", async () => {
  const { there, view, session } = await engaged();
  there.calls.answers.close = () => closed(there, view, "completed_by_consumer", "thanks");
  await session.close({ detail: "thanks" });
  expect(await there.calls.received("close")).toMatchObject({ session: view.id, detail: "thanks" });
  expect(await session.closed).toMatchObject({ reason: "completed_by_consumer", detail: "thanks" });
  await session.close();
  expect(there.calls.of("close")).toHaveLength(1);
});

test("closing what has closed otherwise in the same moment is what was wanted", async () => {
  const { there, view, session } = await engaged();
  there.calls.answers.close = () => refuse({ code: "session.state", state: "closed" });
  there.show(closed(there, view, "completed_by_provider"));
  await session.close();
  expect(await session.closed).toMatchObject({ reason: "completed_by_provider" });
});

test("withdrawing what was accepted is refused", async () => {
  const { there, session } = await engaged();
  there.calls.answers.withdraw = () => refuse({ code: "session.state", state: "accepted" });
  await expect(session.withdraw()).rejects.toMatchObject({ code: "session.state", state: "accepted" });
});

test.each(["proposed", "accepted"] as const)("can be used with `await using`: %s", async (state) => {
  const there = await town();
  const proposed = sessionOf(there, "consumer");
  const view = state === "proposed" ? proposed : accepted(there, proposed, "consumer");
  there.broker.routes.set("GET /v1/sessions", () => ({
    status: 200,
    body: { items: [view], nextCursor: null },
  }));
  const ended = () => closed(there, view, "withdrawn");
  there.calls.answers.withdraw = ended;
  there.calls.answers.close = ended;
  const [session] = await there.agent.sessions();
  await session?.[Symbol.asyncDispose]();
  expect(there.calls.heard.map(({ call }) => call)).toEqual([state === "proposed" ? "withdraw" : "close"]);
});

test("lists what the agent has open; one that is known here is the same object, others are not joined", async () => {
  const { there, view, session } = await engaged();
  const other = there.show(sessionOf(there, "provider", { state: "active" }));
  there.broker.routes.set("GET /v1/sessions", ({ query }) => {
    const items = query === "limit=200&state=open" ? [view, other] : [];
    return { status: 200, body: { items, nextCursor: null } };
  });
  const [first, second] = await there.agent.sessions();
  expect(first).toBe(session);
  expect(second).toMatchObject({ id: other.id, side: "provider", counterpart: { agent: { name: "other" } } });
  await there.reconnect();
  await there.calls.received("join");
  expect(there.calls.of("join").map(({ session: id }) => id)).toEqual([view.id]);
});

test("the end of the agent ends the waiting, and no timer is left", async () => {
  const { there, session } = await engaged();
  there.calls.answers.close = () => silent;
  const failures = [session.active, session.closed, session.close()].map((waiting) =>
    expect(waiting).rejects.toMatchObject({ name: "ParleyFault", message: "the agent is closed" }),
  );
  await there.calls.received("close");
  await there.agent.close();
  await Promise.all(failures);
  expect(there.clock.timers).toBe(0);
  await expect(there.agent.retract("equity-feed")).rejects.toThrow("the agent is closed");
});

test("events that are new here, and sessions that are not ours, mean nothing", async () => {
  const { there, session } = await engaged();
  there.calls.tell({ event: "session.tired" });
  there.calls.tell({ event: "session.closed", session: makeId("session"), reason: "withdrawn" });
  there.calls.answers.close = () => closed(there, session.view, "completed_by_consumer");
  await session.close();
  expect(there.troubles).toEqual([]);
  expect(there.agent.state.state).toBe("connected");
});
