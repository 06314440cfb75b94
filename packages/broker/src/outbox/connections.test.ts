import { type CloseReason, type ConnectionId, makeId } from "@parley/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Cut } from "../governance/verdict.js";
import { Connections } from "./connections.js";
import type { Wire } from "./wire.js";

/** A wire whose end is in the test's hands. */
class HeldWire implements Wire {
  readonly hasRoom = true;
  readonly hasPlenty = true;
  deliver = () => undefined;
  whenRoom = () => undefined;
  readonly connection: ConnectionId = makeId("connection");
  readonly reasons: CloseReason[] = [];
  readonly gone: Promise<void>;
  #resolve: () => void = () => undefined;
  /** Dies as soon as it is told to. */
  readonly willing: boolean;

  constructor(willing = true) {
    this.willing = willing;
    this.gone = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  close(reason: CloseReason): void {
    this.reasons.push(reason);
    if (this.willing) this.die();
  }

  tell(): void {
    // What is told is no matter of this table.
  }

  die(): void {
    this.#resolve();
  }
}

const organisation = makeId("organisation");
const otherOrganisation = makeId("organisation");
const agent = makeId("agent");
const otherAgent = makeId("agent");

const cutOf = (scope: Cut["scope"], id: string, reason: CloseReason = "revoked"): Cut => ({
  scope,
  id,
  reason,
});

function open(
  connections: Connections,
  wire: Wire,
  of = { instance: makeId("instance"), agent, organisation },
) {
  connections.add(wire);
  connections.opening(wire, of.instance);
  return connections.opened(wire, of.agent, of.organisation);
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

describe("a cut", () => {
  const instance = makeId("instance");
  const mine = { instance, agent, organisation };
  const sibling = { instance: makeId("instance"), agent, organisation };
  const colleague = { instance: makeId("instance"), agent: otherAgent, organisation };
  const stranger = { instance: makeId("instance"), agent: makeId("agent"), organisation: otherOrganisation };

  test.each<[Cut["scope"], string | undefined, number]>([
    ["connection", undefined, 1],
    ["principal", instance, 1],
    ["agent", agent, 2],
    ["organisation", organisation, 3],
    ["organisation", makeId("organisation"), 0],
  ])("by %s ends those that depend on it, and no neighbour", async (scope, id, expected) => {
    const connections = new Connections();
    const wires = [mine, sibling, colleague, stranger].map((of) => {
      const wire = new HeldWire();
      expect(open(connections, wire, of)).toBeUndefined();
      return wire;
    });
    const report = await connections.cut([cutOf(scope, id ?? wires[0]?.connection ?? "")]);
    expect(report).toEqual({ sockets: expected, surviving: [] });
    expect(wires.map(({ reasons }) => reasons.length)).toEqual(
      [0, 1, 2, 3].map((at) => (at < expected ? 1 : 0)),
    );
    expect(connections.count).toBe(4 - expected);
  });

  test("says with which reason", async () => {
    const connections = new Connections();
    const wire = new HeldWire();
    open(connections, wire, mine);
    await connections.cut([cutOf("principal", instance, "suspended")]);
    expect(wire.reasons).toEqual(["suspended"]);
  });

  test("is answered when the sockets are gone, not when they were told [SOC-10]", async () => {
    const connections = new Connections();
    const wire = new HeldWire(false);
    open(connections, wire, mine);
    const answered = vi.fn();
    const cut = connections.cut([cutOf("principal", instance)]).then(answered);
    await vi.advanceTimersByTimeAsync(700);
    expect(answered).not.toHaveBeenCalled();
    wire.die();
    await cut;
    expect(answered).toHaveBeenCalledWith({ sockets: 1, surviving: [] });
  });

  test("names each socket that would not die, and answers within a second [SOC-10]", async () => {
    const connections = new Connections();
    const [dies, stays] = [new HeldWire(), new HeldWire(false)];
    open(connections, dies, mine);
    open(connections, stays, sibling);
    const cut = connections.cut([cutOf("agent", agent)]);
    await vi.advanceTimersByTimeAsync(999);
    expect(await cut).toEqual({ sockets: 1, surviving: [stays.connection] });
    expect(connections.count).toBe(1);
  });

  test("of thousands lets others have their turn in between", async () => {
    const connections = new Connections();
    const wires = Array.from({ length: 1_000 }, () => new HeldWire());
    for (const wire of wires) open(connections, wire);
    const told = () => wires.filter(({ reasons }) => reasons.length > 0).length;
    const cut = connections.cut([cutOf("agent", agent)]);
    expect(told()).toBeLessThan(300);
    expect(await cut).toEqual({ sockets: 1_000, surviving: [] });
    expect(told()).toBe(1_000);
  });

  test("does not name as surviving what dies late because everything is late [SOC-10]", async () => {
    const connections = new Connections();
    const wires = Array.from({ length: 4 }, () => new HeldWire(false));
    const [first, second, third, stays] = wires;
    for (const wire of wires) open(connections, wire);
    const cut = connections.cut([cutOf("agent", agent)]);
    // The time is over in the very turn in which the first of them dies.
    setImmediate(() => {
      first?.die();
      setImmediate(() => second?.die());
      second?.gone.then(() => setImmediate(() => third?.die()));
    });
    vi.advanceTimersByTime(5_000);
    expect(await cut).toEqual({ sockets: 3, surviving: [stays?.connection] });
  });

  test("that names a socket twice counts it once, with its first reason", async () => {
    const connections = new Connections();
    const wire = new HeldWire();
    open(connections, wire, mine);
    const report = await connections.cut([cutOf("agent", agent, "suspended"), cutOf("principal", instance)]);
    expect([report.sockets, wire.reasons]).toEqual([1, ["suspended"]]);
  });

  test("leaves no timer behind", async () => {
    const connections = new Connections();
    open(connections, new HeldWire(), mine);
    await connections.cut([cutOf("agent", agent)]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a cut while a connection is being opened [SOC-6]", () => {
  const instance = makeId("instance");
  const opening = () => {
    const connections = new Connections();
    const wire = new HeldWire();
    connections.add(wire);
    connections.opening(wire, instance);
    return { connections, wire };
  };

  test("reaches it at once by its instance or its connection", async () => {
    const byInstance = opening();
    expect((await byInstance.connections.cut([cutOf("principal", instance)])).sockets).toBe(1);
    const { connections, wire } = opening();
    expect((await connections.cut([cutOf("connection", wire.connection, "replaced")])).sockets).toBe(1);
    expect(wire.reasons).toEqual(["replaced"]);
  });

  test.each<[Cut["scope"], string]>([
    ["agent", agent],
    ["organisation", organisation],
  ])("by its %s is kept until its opening is answered", async (scope, id) => {
    const { connections, wire } = opening();
    expect((await connections.cut([cutOf(scope, id, "suspended")])).sockets).toBe(0);
    expect(connections.opened(wire, agent, organisation)).toBe("suspended");
  });

  test("of somebody else does not touch it", async () => {
    const { connections, wire } = opening();
    await connections.cut([cutOf("agent", otherAgent), cutOf("organisation", otherOrganisation)]);
    expect(connections.opened(wire, agent, organisation)).toBeUndefined();
    expect(wire.reasons).toEqual([]);
  });

  test("that was decided before it was asked for does not touch it", async () => {
    const connections = new Connections();
    const wire = new HeldWire();
    connections.add(wire);
    await connections.cut([cutOf("agent", agent)]);
    connections.opening(wire, instance);
    expect(connections.opened(wire, agent, organisation)).toBeUndefined();
  });
});

describe("the connections", () => {
  test("count what was opened and is not gone", async () => {
    const connections = new Connections();
    const [first, second, never] = [new HeldWire(), new HeldWire(), new HeldWire()];
    open(connections, first);
    open(connections, second);
    connections.add(never);
    expect(connections.count).toBe(2);
    first.die();
    never.die();
    await Promise.all([first.gone, never.gone]);
    expect(connections.count).toBe(1);
  });

  test("no longer find what is gone", async () => {
    const connections = new Connections();
    const [dies, stays] = [new HeldWire(), new HeldWire()];
    open(connections, dies);
    open(connections, stays);
    dies.die();
    await dies.gone;
    expect(await connections.cut([cutOf("agent", agent)])).toEqual({ sockets: 1, surviving: [] });
    expect([dies.reasons, stays.reasons]).toEqual([[], ["revoked"]]);
  });

  test("do not open what is gone already", async () => {
    const connections = new Connections();
    const wire = new HeldWire();
    connections.add(wire);
    connections.opening(wire, makeId("instance"));
    wire.die();
    await wire.gone;
    connections.opened(wire, agent, organisation);
    expect(connections.count).toBe(0);
    expect(await connections.cut([cutOf("agent", agent)])).toEqual({ sockets: 0, surviving: [] });
  });

  test("close all there are, opened or not, and all that still come", async () => {
    const connections = new Connections();
    const [opened, arrived, stays] = [new HeldWire(), new HeldWire(), new HeldWire(false)];
    open(connections, opened);
    connections.add(arrived);
    connections.add(stays);
    const all = connections.closeAll("goingAway");
    await vi.advanceTimersByTimeAsync(999);
    expect(await all).toEqual({ sockets: 2, surviving: [stays.connection] });
    const late = new HeldWire();
    connections.add(late);
    expect([opened, arrived, stays, late].map(({ reasons }) => reasons)).toEqual([
      ["goingAway"],
      ["goingAway"],
      ["goingAway"],
      ["goingAway"],
    ]);
  });
});

test("who is cut is nobody's at once, however many end before it [SOC-21]", async () => {
  vi.useRealTimers();
  const connections = new Connections();
  const left: Wire[] = [];
  connections.follow({
    opened: () => undefined,
    departed: () => undefined,
    left: (wire) => void left.push(wire),
  });
  const wires = Array.from({ length: 600 }, () => new HeldWire());
  for (const wire of wires) open(connections, wire);
  const arriving = new HeldWire();
  const instance = makeId("instance");
  connections.add(arriving);
  connections.opening(arriving, instance);
  const cut = connections.cut([cutOf("agent", agent, "suspended"), cutOf("principal", instance)]);
  expect([connections.openOf(agent), left.length]).toEqual([[], 600]);
  expect(connections.opened(arriving, otherAgent, organisation)).toBe("revoked");
  expect(connections.whoIs(arriving)).toBeUndefined();
  expect(await cut).toEqual({ sockets: 601, surviving: [] });
  expect([left.length, connections.count]).toEqual([600, 0]);
});
