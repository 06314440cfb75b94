import type { InstanceId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { steppedClock } from "../ledger/testing/harness.js";
import { Connections } from "./connections.js";
import { type Offered, Offers, offersPerAgent } from "./offers.js";
import { knownOf } from "./open-sessions.js";
import { sessionNumbered } from "./testing/scenes.js";
import { type KeptWire, openWire } from "./testing/wires.js";

const { north, north1, idOf } = cast;
const { north2 } = city;
const north3 = idOf("instance", 23);
const weather = ["weather.current"];
const offerMs = limits.offerSeconds * 1_000;

function scene() {
  const clock = steppedClock(cast.now);
  const connections = new Connections();
  const held = new Map<InstanceId, number>();
  const drained: string[] = [];
  const offers = new Offers({
    connections,
    clock,
    heldBy: (instance) => held.get(instance) ?? 0,
    drained: ({ agent }) => void drained.push(agent),
  });
  connections.follow({
    opened: () => undefined,
    departed: () => undefined,
    left: (wire, who) => offers.left(wire, who),
  });
  const serving = (instance: InstanceId, capabilities: readonly string[] = weather): KeptWire => {
    const wire = openWire(connections, instance, north);
    offers.serve(wire, capabilities);
    return wire;
  };
  const later = (ms: number) => {
    clock.set(clock.now() + ms);
    offers.round();
  };
  return { clock, held, drained, offers, serving, later };
}

function offered(number: number, over: Partial<Offered> = {}): Offered {
  const session = sessionNumbered(number);
  const known = knownOf({
    session,
    consumer: city.sideRow(session, "consumer"),
    provider: city.sideRow(session, "provider"),
  });
  return { session: known, why: "proposed", until: cast.now + 3_600_000, ...over };
}

const ofCapability = (capability: string, number: number): Offered => {
  const one = offered(number);
  return { ...one, session: { ...one.session, capability } };
};

const counts = (...wires: readonly KeptWire[]) => wires.map((wire) => wire.told.length);

describe("a session that may be taken [SOC-23]", () => {
  test("is shown to one of those that serve its capability, and says why", () => {
    const { offers, serving } = scene();
    const [first, second, other] = [serving(north1), serving(north2), serving(north3, ["weather.forecast"])];
    const one = offered(1);
    offers.offer(one);
    expect(counts(first, second, other)).toEqual([1, 0, 0]);
    const { id: session } = one.session;
    expect(first.told).toEqual([
      { event: "session.available", session, why: "proposed", capability: "weather.current" },
    ]);
    expect([...one.session.offered]).toEqual([north1]);
  });

  test("goes to the least busy: what it holds, and what it has just been shown, counts", () => {
    const { offers, serving, held } = scene();
    held.set(north1, 2);
    held.set(north2, 1);
    const [first, second, third] = [serving(north1), serving(north2), serving(north3)];
    for (let number = 1; number <= 4; number++) offers.offer(offered(number));
    // 2, 1 and 0 held: the third, then second or third, then the other of them, then whoever is least.
    expect(counts(first, second, third)).toEqual([1, 1, 2]);
  });

  test("is shown to the next after a while, to the millisecond, and so round with growing pauses", () => {
    const { offers, serving, later } = scene();
    const [first, second] = [serving(north1), serving(north2)];
    offers.offer(offered(1));
    later(offerMs - 1);
    expect(counts(first, second)).toEqual([1, 0]);
    later(1);
    expect(counts(first, second)).toEqual([1, 1]);
    later(offerMs);
    expect(counts(first, second)).toEqual([2, 1]);
    later(offerMs);
    expect(counts(first, second)).toEqual([2, 1]);
    later(offerMs);
    expect(counts(first, second)).toEqual([2, 2]);
  });

  test("is not shown again once it is taken, closed, or over", () => {
    const { offers, serving, later } = scene();
    const wire = serving(north1);
    const [taken, ends] = [offered(1), offered(2, { until: cast.now + offerMs })];
    offers.offer(taken);
    offers.offer(ends);
    offers.stop(taken.session);
    later(offerMs);
    later(100 * offerMs);
    expect(counts(wire)).toEqual([2]);
  });

  test("is not shown twice for one reason, and again for another", () => {
    const { offers, serving } = scene();
    const wire = serving(north1);
    const one = offered(1);
    offers.offer(one);
    offers.offer(one);
    offers.offer({ ...one, why: "accepted" });
    expect(wire.told.map((event) => "why" in event && event.why)).toEqual(["proposed", "accepted"]);
  });

  test("goes to the next at once when the connection that was shown it has gone", async () => {
    const { offers, serving, later } = scene();
    const [first, second] = [serving(north1), serving(north2)];
    offers.offer(offered(1));
    first.close("goodbye");
    await first.gone;
    later(0);
    expect(counts(first, second)).toEqual([1, 1]);
  });

  test("of another agent is nobody's", () => {
    const { offers, serving } = scene();
    const wire = serving(north1);
    const one = offered(1);
    offers.offer({
      ...one,
      session: { ...one.session, provider: { ...one.session.provider, agent: cast.scout } },
    });
    expect(counts(wire)).toEqual([0]);
  });

  test("that an instance has accepted itself is shown to that one alone", () => {
    const { offers, serving, later } = scene();
    const [first, second] = [serving(north1), serving(north2)];
    const one = offered(1, { why: "accepted" });
    one.session.provider.instance = north2;
    offers.offer(one);
    later(offerMs);
    expect(counts(first, second)).toEqual([0, 2]);
  });

  test("waits for whoever comes to serve it", () => {
    const { offers, serving, later } = scene();
    serving(north1, ["weather.forecast"]);
    const one = offered(1);
    offers.offer(one);
    later(offerMs);
    const late = serving(north2);
    offers.offerTo(late, north, [one]);
    expect(late.sessions()).toEqual([one.session.id]);
  });
});

describe("a connection that says what it serves [SOC-22]", () => {
  test("is told of all that is open to be taken, whoever else was", () => {
    const { offers, serving } = scene();
    const first = serving(north1);
    const open = [offered(1), offered(2)];
    for (const one of open) offers.offer(one);
    const second = serving(north2);
    offers.offerTo(second, north, open);
    expect(counts(first, second)).toEqual([2, 2]);
  });

  test("is told of nothing that it does not serve, nor any more once it serves nothing", () => {
    const { offers, serving, later } = scene();
    const wire = serving(north1, ["weather.forecast"]);
    offers.offerTo(wire, north, [offered(1)]);
    expect(counts(wire)).toEqual([0]);
    offers.serve(wire, weather);
    offers.offer(offered(2));
    offers.serve(wire, []);
    later(offerMs);
    offers.offer(offered(3));
    expect(counts(wire)).toEqual([1]);
  });

  test("is asked for more when a full page of it is over, and not before", () => {
    const { offers, serving, drained } = scene();
    const wire = serving(north1);
    const page = Array.from({ length: offersPerAgent }, (_, at) => offered(at + 1));
    offers.offerTo(wire, north, page);
    const last = page.at(-1);
    for (const { session } of page.slice(0, -1)) offers.stop(session);
    expect(drained).toEqual([]);
    if (last) offers.stop(last.session);
    expect(drained).toEqual([north]);
    const more = [offered(1_000)];
    offers.offerMore(north, weather, more);
    expect(wire.told).toHaveLength(offersPerAgent + 1);
  });

  test("hears of what is beyond a page once, at the moment at which it comes", () => {
    const { offers, serving, later, drained } = scene();
    const wire = serving(north1);
    const page = Array.from({ length: offersPerAgent }, (_, at) => offered(at + 1));
    for (const one of page) offers.offer(one);
    const beyond = offered(1_000);
    offers.offer(beyond);
    expect(wire.sessions().at(-1)).toBe(beyond.session.id);
    later(offerMs);
    expect(wire.sessions().filter((id) => id === beyond.session.id)).toHaveLength(1);
    for (const { session } of page) offers.stop(session);
    expect(drained).toEqual([north]);
  });

  test("of one capability, however much waits for another", () => {
    const { offers, serving, later, drained } = scene();
    const wire = serving(north1, ["weather.current", "weather.forecast"]);
    const [page, rare] = [
      Array.from({ length: offersPerAgent }, (_, at) => offered(at + 1)),
      ofCapability("weather.forecast", 1_000),
    ];
    offers.offerTo(wire, north, page);
    // The page has shown nothing of it.
    expect(drained).toEqual([north]);
    offers.offerMore(north, ["weather.forecast"], [rare]);
    later(offerMs);
    expect(wire.sessions().filter((id) => id === rare.session.id)).toHaveLength(2);
  });

  test("of what nobody serves nothing is kept: whoever comes finds it in the record", () => {
    const { offers, serving, later } = scene();
    const wire = serving(north1);
    const unserved = Array.from({ length: offersPerAgent }, (_, at) =>
      ofCapability("weather.forecast", at + 1),
    );
    for (const one of unserved) offers.offer(one);
    offers.serve(wire, ["weather.forecast", "weather.current"]);
    later(offerMs);
    expect(counts(wire)).toEqual([0]);
    offers.offerTo(wire, north, unserved.slice(0, 1));
    expect(counts(wire)).toEqual([1]);
  });
});
