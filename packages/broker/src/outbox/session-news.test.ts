import type { Event } from "@parley/protocol";
import { eventSchema } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { recordOf, scene } from "./testing/news-scene.js";
import { accepted, activated, closed, joined, proposed, sessionNumbered } from "./testing/scenes.js";
import { factOf, type KeptWire, settled } from "./testing/wires.js";

const { north, north1, scout, scout1, idOf } = cast;
const { north2 } = city;
const scout2 = idOf("instance", 12);

const kinds = (wire: KeptWire): readonly string[] =>
  wire.told.map((event) => (event.event === "session.fact" ? event.fact.kind : event.event));

describe("what happens to a session", () => {
  test("is told to who must hear of it, in its order, and to nobody else [SOC-21]", async () => {
    const { open, serving, tell } = scene();
    const session = sessionNumbered(7);
    const [proposer, sibling] = [open(scout1, scout), open(scout2, scout)];
    const [taker, other] = [await serving(north1), await serving(north2)];
    await tell(proposed(session));
    await tell(
      accepted(session, north1),
      joined(session, "consumer", scout1),
      joined(session, "provider", north1),
      activated(session),
    );
    await tell(closed(session));
    const both = [
      "session.accepted",
      "session.joined",
      "session.joined",
      "session.activated",
      "session.active",
    ];
    const end = ["session.closed", "session.closed"];
    expect(kinds(proposer)).toEqual(["session.accepted", ...both, ...end]);
    expect(kinds(taker)).toEqual(["session.available", ...both, ...end]);
    expect([sibling.told, other.told]).toEqual([[], []]);
    for (const event of [...proposer.told, ...taker.told]) expect(eventSchema.parse(event)).toEqual(event);
  });

  test("says at the acceptance whether the consumer's side has joined with it", async () => {
    const { open, tell } = scene();
    const [over, rest] = [sessionNumbered(1, "open"), sessionNumbered(2, "open")];
    const wire = open(scout1, scout);
    await tell(proposed(over), accepted(over), joined(over, "consumer", scout1));
    await tell(proposed(rest), accepted(rest));
    expect(wire.news()).toEqual([
      { event: "session.accepted", session: over.id, joined: true },
      { event: "session.accepted", session: rest.id, joined: false },
    ]);
  });

  test("is told in facts only to those who have joined", async () => {
    const { open, serving, tell } = scene();
    const session = sessionNumbered(1, "open");
    const [consumer, provider] = [open(scout1, scout), await serving(north1)];
    await tell(proposed(session), accepted(session));
    expect(
      [consumer, provider].map(({ told }) => told.some(({ event }) => event === "session.fact")),
    ).toEqual([false, false]);
    await tell(joined(session, "provider", north1));
    const facts = ({ told }: KeptWire): readonly Event[] =>
      told.filter(({ event }) => event === "session.fact");
    expect([facts(consumer).length, facts(provider).length]).toEqual([0, 1]);
  });

  test("at its end is told to those who were shown it, with the reason", async () => {
    const { serving, tell, outbox, clock } = scene();
    const session = sessionNumbered(1);
    const [first, second] = [await serving(north1), await serving(north2)];
    await tell(proposed(session));
    clock.set(cast.now + 2_000);
    outbox.round();
    await tell(closed(session));
    const sent = { consumer: 0, provider: 0 };
    const end = { event: "session.closed", session: session.id, reason: "completed_by_consumer", sent };
    expect([first.told.at(-1), second.told.at(-1)]).toEqual([end, end]);
  });

  test("of which nothing is known here is read from the record, and only then", async () => {
    const { open, tell, found } = scene();
    const session = sessionNumbered(1);
    found.due.set(session.id, recordOf(session));
    const wire = open(scout1, scout);
    await tell(accepted(session));
    await tell(closed(session));
    expect(kinds(wire)).toEqual(["session.accepted", "session.closed"]);
    expect(found.asked).toEqual(["sessionDue"]);
  });

  test("that cannot be told keeps nothing after it from being told", async () => {
    const { open, tell, found, failures } = scene();
    const [lost, told] = [sessionNumbered(1), sessionNumbered(2)];
    const wire = open(scout1, scout);
    found.fails = true;
    await tell(accepted(lost));
    await tell(proposed(told), accepted(told));
    expect([failures.length, kinds(wire)]).toEqual([1, ["session.accepted"]]);
  });

  test("is told after the turn in which it was brought, so that nobody waits and who is cut hears nothing", async () => {
    const { open, outbox } = scene();
    const session = sessionNumbered(1);
    const [stays, cut] = [open(scout1, scout), open(north1, north)];
    outbox.tell([proposed(session), accepted(session), joined(session, "provider", north1)]);
    const report = outbox.cut([{ scope: "principal", id: north1, reason: "revoked" }]);
    expect(stays.told).toEqual([]);
    await report;
    await settled();
    expect([kinds(stays), kinds(cut)]).toEqual([["session.accepted"], []]);
  });

  test("and was erased since is told without what it said", async () => {
    const { open, tell } = scene();
    const session = sessionNumbered(1);
    const wire = open(scout1, scout);
    await tell(proposed(session), joined(session, "consumer", scout1));
    await tell({ ...factOf(`session:${session.id}`, "session.activated", {} as never), contentText: null });
    expect(wire.told.at(-2)).toMatchObject({ event: "session.fact", fact: { content: null } });
  });
});

describe("who is offered a session [SOC-23]", () => {
  test.each([
    ["provider", "at the proposal, where an instance decides", ["proposed"]],
    ["operator", "at the acceptance, where an admin decides", ["accepted"]],
    ["open", "at the acceptance, where the broker accepts", ["accepted"]],
  ] as const)("under %s: %s", async (acceptance, _title, expected) => {
    const { serving, tell } = scene();
    const session = sessionNumbered(1, acceptance);
    const wire = await serving(north1);
    await tell(proposed(session));
    await tell(accepted(session, acceptance === "provider" ? north1 : null));
    expect(wire.news().map((event) => "why" in event && event.why)).toEqual(expected);
  });

  test("nobody any more when an instance of it has joined, or has accepted", async () => {
    const { serving, tell, outbox, clock } = scene();
    const [taken, free] = [sessionNumbered(1), sessionNumbered(2, "open")];
    const [first, second] = [await serving(north1), await serving(north2)];
    await tell(proposed(taken));
    await tell(accepted(taken, north1));
    await tell(proposed(free), accepted(free));
    await tell(joined(free, "provider", north2));
    clock.set(cast.now + 9_000);
    outbox.round();
    expect([first.sessions(), second.sessions()]).toEqual([[taken.id, free.id], []]);
  });

  test("who held another one is as free as before when that is over", async () => {
    const { serving, tell } = scene();
    const [held, next, after] = [sessionNumbered(1), sessionNumbered(2), sessionNumbered(3)];
    const [first, second] = [await serving(north1), await serving(north2)];
    await tell(proposed(held));
    await tell(accepted(held, north1), joined(held, "provider", north1));
    await tell(proposed(next));
    await tell(closed(next));
    await tell(closed(held));
    await tell(proposed(after));
    expect([first.sessions(), second.sessions()]).toEqual([[held.id, after.id], [next.id]]);
  });

  test("those that come to serve it, of all that the record says may be taken [SOC-22]", async () => {
    const { serving, found, tell } = scene();
    const [one, two] = [sessionNumbered(1), sessionNumbered(2, "open", { life: city.lives.accepted })];
    found.takeable = [recordOf(one), recordOf(two)];
    const wire = await serving(north1);
    expect(wire.news()).toMatchObject([
      { session: one.id, why: "proposed" },
      { session: two.id, why: "accepted" },
    ]);
    // What is told late, because it was read first, is not told twice.
    await tell(proposed(one));
    expect(wire.told).toHaveLength(2);
    await tell(closed(one));
    expect(wire.told.at(-1)).toMatchObject({ event: "session.closed", session: one.id });
  });
});

test("a connection that says what it serves again and again costs one look, and nobody else an event [SOC-22]", async () => {
  const { found, outbox, open, tell } = scene();
  const session = sessionNumbered(1);
  found.takeable = [recordOf(session)];
  const [loud, proposer] = [open(north1, north), open(scout1, scout)];
  const served = Array.from({ length: 20_000 }, () => outbox.serve(loud, ["weather.current"]));
  await tell(proposed(session), accepted(session, null));
  await Promise.all(served);
  expect(found.asked).toEqual(["takeableSessions", "drainsOf", "drainsBegun", "lostSessions"]);
  expect([outbox.lost, proposer.news()]).toMatchObject([0, [{ event: "session.accepted" }]]);
  expect(new Set(loud.sessions())).toEqual(new Set([session.id]));
});
