/** Who is offered what a provider has left behind, and when. */
import { limits, type SessionEnding, type SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { SessionRecord } from "../governance/engagement-entities.js";
import { closedLife, endingOf } from "../governance/session/session-end.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { get, put } from "../governance/testing/world.js";
import { recordOf } from "../governance/testing/world-sessions.js";
import type { Store } from "../ledger/store.js";
import { LostHolders } from "./lost-holders.js";
import type { Offered } from "./offers.js";
import { KeptWire } from "./testing/wires.js";
import type { Wire } from "./wire.js";

const id = city.active;
const grace = city.weatherTerms.resumeGraceSeconds * 1_000;

/** An active session whose provider's connection has ended so. */
function stage(ended: { readonly state?: "open" | "closed"; readonly goodbye?: boolean } = {}) {
  const world = city.city();
  const row = get(world, "connections", { instance: cast.north1 });
  if (row === undefined) throw new RangeError("the provider was never connected");
  put(world, "connections", { ...row, state: "closed", goodbye: false, changedAt: cast.now, ...ended });
  const clock = { at: cast.now, now: () => clock.at };
  const offered: Offered[] = [];
  const faults: unknown[] = [];
  const wires = new Map<string, Wire>();
  const drained = new Set<SessionId>();
  let found: SessionRecord | undefined = recordOf(world, id);
  const store = { read: async () => ({ found }) } as unknown as Pick<Store, "read">;
  const lost = new LostHolders({
    store,
    clock: clock as never,
    connections: {
      openOf: (instance) => [...wires].filter(([name]) => name === instance).map(([, wire]) => wire),
    },
    holders: { drains: (session) => drained.has(session) },
    offers: { offer: (one) => void offered.push(one) },
    failed: (fault) => faults.push(fault),
  });
  const pass = async (ms: number) => {
    clock.at += ms;
    lost.round();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const becomes = (change: (record: SessionRecord) => SessionRecord | undefined) => {
    found = found && change(found);
  };
  return { lost, pass, offered, faults, becomes, wires, drained };
}

describe("a session whose provider has gone [SES-23]", () => {
  test("is offered to its siblings when it alone may not resume it any more, and once", async () => {
    const { lost, pass, offered, faults } = stage();
    lost.lost(id);
    await pass(grace - 1);
    expect(offered).toEqual([]);
    await pass(1);
    expect(offered).toMatchObject([{ why: "holder-lost", session: { id } }]);
    await pass(10 * grace);
    expect([offered.length, lost.count, faults]).toEqual([1, 0, []]);
  });

  test("is offered at once after a goodbye", async () => {
    const { lost, pass, offered } = stage({ goodbye: true });
    lost.lost(id);
    await pass(1_000);
    expect(offered).toHaveLength(1);
  });

  test("is not before the end of its connection has had time to be written", async () => {
    const { lost, pass, offered } = stage({ goodbye: true });
    lost.lost(id);
    await pass(999);
    expect([offered, lost.count]).toEqual([[], 1]);
  });

  test("is not when it has joined again", async () => {
    const { lost, pass, offered } = stage();
    lost.lost(id);
    lost.found(id);
    await pass(2 * grace);
    expect(offered).toEqual([]);
  });

  test.each<[string, (record: SessionRecord) => SessionRecord | undefined]>([
    ["was never joined", (one) => changed(one, { side: { joinedAt: null } })],
    ["is over", (one) => ({ ...one, session: { ...one.session, life: city.lives.accepted } })],
    ["is not there", () => undefined],
  ])("is not when it %s", async (_, change) => {
    const { lost, pass, offered, becomes } = stage();
    lost.lost(id);
    becomes(change);
    await pass(2 * grace);
    expect([offered, lost.count]).toEqual([[], 0]);
  });

  test("that are too many are left to who looks for them [LIM-1]", () => {
    const { lost } = stage();
    for (let n = 0; n < limits.sessionsLostMax; n += 1) lost.lost(`ses_${n}` as SessionId);
    expect(lost.count).toBe(limits.sessionsLostMax);
    lost.lost(id);
    expect(lost.count).toBe(limits.sessionsLostMax);
  });

  test("is looked at again while its connection is open for the record, and offered when that has ended", async () => {
    const { lost, pass, offered, becomes } = stage({ goodbye: true });
    lost.lost(id);
    becomes((one) => changed(one, { connection: { state: "open" } }));
    await pass(1_000);
    await pass(1_000);
    expect([offered, lost.count]).toEqual([[], 1]);
    becomes((one) => changed(one, { connection: { state: "closed" } }));
    await pass(1_000);
    expect(offered).toHaveLength(1);
  });

  test("that was taken by somebody in the meantime is not offered for what is left of it", async () => {
    const { lost, pass, offered, becomes, drained } = stage({ goodbye: true });
    becomes(endsWith(1));
    drained.add(id);
    lost.lost(id);
    await pass(1_000);
    expect(offered).toEqual([]);
  });

  test.each<[string, (record: SessionRecord) => SessionRecord, boolean]>([
    ["with something left", endsWith(1), true],
    ["with nothing left", endsWith(0), false],
    ["by the provider itself", endsWith(1, "completed_by_provider"), false],
    ["hard", endsWith(1, "operator_closed"), false],
  ])("that has ended %s is offered for that when its grace is over [SES-25]", async (_, ends, isOffered) => {
    const { lost, pass, offered, becomes } = stage();
    lost.lost(id);
    becomes(ends);
    await pass(grace - 1);
    expect(offered).toEqual([]);
    await pass(1);
    const until = cast.now + 86_400_000;
    expect(offered).toMatchObject(isOffered ? [{ why: "closed", until, session: { id } }] : []);
  });

  test("that has ended is offered to who held it as soon as that one is back, and not before", async () => {
    const { lost, pass, offered, becomes, wires } = stage({ state: "open" });
    becomes(endsWith(1));
    lost.lost(id);
    await pass(1_000);
    expect([offered, lost.count]).toEqual([[], 1]);
    wires.set(cast.north1, new KeptWire());
    await pass(1_000);
    expect(offered).toMatchObject([{ why: "closed", session: { id } }]);
  });

  test("that are many are looked at a few at a time", async () => {
    const { lost, pass, offered } = stage({ goodbye: true });
    for (let n = 0; n < 100; n += 1) lost.lost(cast.idOf("session", n) as SessionId);
    await pass(1_000);
    expect(offered.length).toBe(64);
    await pass(0);
    expect(offered.length).toBe(100);
  });
});

/** The consumer has sent so many envelopes that nobody has handled. */
function endsWith(left: number, reason: SessionEnding = "completed_by_consumer") {
  return (record: SessionRecord): SessionRecord => {
    const { session, consumer } = record;
    const life = closedLife(session.life, endingOf(reason, "broker"), cast.now);
    const sent = { ...consumer.sent, n: 3 + left };
    const handled = { session: id, side: "consumer", n: 3, bytes: 0, handed: 3 + left } as const;
    return { ...record, session: { ...session, life }, consumer: { ...consumer, sent, handled } };
  };
}

function changed(
  record: SessionRecord,
  { side = {}, connection = {} }: { side?: object; connection?: object },
) {
  const { provider } = record;
  const become = provider.connection && { ...provider.connection, ...connection };
  return { ...record, provider: { ...provider, side: { ...provider.side, ...side }, connection: become } };
}
