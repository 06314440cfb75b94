/** Sessions that outlive the process that handled them, or the moment in which the broker had no time for them. */
import { makeId, type SessionEnding, type SessionView } from "@parley/protocol";
import { expect, test } from "vitest";
import { refuse } from "./testing/fake-calls.js";
import { capability, handling, offer, provider } from "./testing/provider.js";
import { accepted, at, closed, offerOf, sessionOf, type Town, town } from "./testing/town.js";

const active = (there: Town, view: SessionView): SessionView => ({
  ...view,
  state: "active",
  activeAt: at(there),
});
const ours = (there: Town) => accepted(there, sessionOf(there, "provider"), "provider");
const siblings = (there: Town) => {
  const view = ours(there);
  return { ...view, provider: { ...view.provider, instance: makeId("instance") } };
};

test("what this instance holds since a process before this one is handled again, and says so [SES-14]", async () => {
  const there = await provider();
  const { handler, next, begun, end } = handling();
  there.calls.answers.join = ({ session }) => there.sessions.get(session);
  there.show(active(there, siblings(there)));
  there.show({ ...active(there, ours(there)), capability: "markets.bonds" });
  const held = [ours(there), active(there, ours(there))].map((view) => there.show(view).id);
  there.agent.serve(capability, handler);
  await next(2);
  const fresh = offer(there, sessionOf(there, "provider"));
  await next(3);
  expect(begun.map(({ id, resumed }) => [id, resumed])).toEqual([
    ...held.map((id) => [id, true]),
    [fresh.id, false],
  ]);
  expect(there.calls.of("join").map(({ session }) => session)).toEqual(held);
  // Ended, it is ours no more; what runs here is not begun again over another connection.
  const [first] = begun;
  if (first !== undefined) end(first);
  await first?.closed;
  await there.reconnect();
  await there.calls.received("serve", 2);
  while (there.broker.requests("/v1/sessions").length < 4) await new Promise(setImmediate);
  await expect(there.agent.retract("x")).rejects.toThrow("makes no sense");
  expect(begun).toHaveLength(3);
});

test.each(["accept", "join", "serve"] as const)("%s is asked again of a busy broker", async (call) => {
  const there = await provider();
  const { handler, next } = handling();
  const { answers } = there.calls;
  const before = answers[call];
  Object.assign(answers, {
    [call]: () => {
      Object.assign(answers, { [call]: before });
      return refuse({ code: "broker.busy", retryAfterMs: 1 });
    },
  });
  there.agent.serve(capability, handler);
  if (call === "serve") await there.clock.passNext(1);
  await there.calls.received("serve", call === "serve" ? 2 : 1);
  const view = sessionOf(there, "provider");
  offer(there, call === "join" ? accepted(there, view, undefined) : view);
  if (call !== "serve") {
    await there.calls.received(call);
    await there.clock.passNext(1);
  }
  expect((await next()).id).toBe(view.id);
  expect(there.troubles).toEqual([]);
});

test("a proposal is asked again of a busy broker, as the same proposal, until it has been often enough", async () => {
  const there = await town();
  const view = there.show(accepted(there, sessionOf(there, "consumer"), "consumer"));
  let busy = 2;
  there.calls.answers.propose = () =>
    busy-- > 0 ? refuse({ code: "broker.busy", retryAfterMs: 1 }) : there.sessions.get(view.id);
  const engaging = there.agent.engage(offerOf());
  expect([await there.clock.passNext(2), await there.clock.passNext(2)]).toEqual([1, 2]);
  expect((await engaging).id).toBe(view.id);
  const said = there.calls.of("propose").map(async ({ statement }) => {
    const { proposal } = await there.broker.readStatement(statement, "parley-proposal+jwt");
    return proposal;
  });
  expect(new Set(await Promise.all(said)).size).toBe(1);

  busy = 100;
  const refused = expect(there.agent.engage(offerOf())).rejects.toMatchObject({ code: "broker.busy" });
  for (let attempt = 1; attempt < 8; attempt++) await there.clock.passNext(64);
  await refused;
});

/** It has closed, and the consumer has sent three. */
const left = (there: Town, reason: SessionEnding = "completed_by_consumer", envelopes = 3): SessionView => {
  const view = closed(there, accepted(there, sessionOf(there, "provider"), undefined), reason);
  return { ...view, consumer: { ...view.consumer, sent: { ...view.consumer.sent, envelopes } } };
};

test("what has closed before anybody joined is joined for what is left of it, once [SES-25]", async () => {
  const there = await provider();
  const { handler, next, begun, end } = handling();
  there.calls.answers.join = ({ session }) => there.sessions.get(session);
  there.agent.serve(capability, handler);
  const view = left(there);
  // Told of before anything is known of it here, and heard when it is joined.
  const sent = { consumer: 3, provider: 0 };
  there.calls.tell({ event: "session.closed", session: view.id, reason: "completed_by_consumer", sent });
  offer(there, view, "closed");
  const session = await next();
  expect(session).toMatchObject({ id: view.id, state: "closed", resumed: false });
  // It is held: what did not come over one connection comes over the next.
  await there.reconnect();
  await there.calls.received("join", 2);
  end(session);
  offer(there, view, "closed");
  const other = offer(there, accepted(there, sessionOf(there, "provider"), undefined), "accepted");
  expect((await next(2)).id).toBe(other.id);
  offer(there, view, "closed");
  await there.calls.received("join", 3);
  expect([begun.length, there.troubles]).toEqual([2, []]);
});

test.each<[string, SessionEnding, number]>([
  ["was cut", "operator_closed", 3],
  ["was empty", "completed_by_consumer", 0],
  ["this side has completed itself", "completed_by_provider", 3],
])("what %s is not joined", async (_what, reason, envelopes) => {
  const there = await provider();
  const { handler, next } = handling();
  there.calls.answers.join = ({ session }) => there.sessions.get(session);
  there.agent.serve(capability, handler);
  offer(there, left(there, reason, envelopes), "closed");
  const other = offer(there, accepted(there, sessionOf(there, "provider"), undefined), "accepted");
  expect((await next()).id).toBe(other.id);
  expect(there.calls.of("join").map(({ session }) => session)).toEqual([other.id]);
});
