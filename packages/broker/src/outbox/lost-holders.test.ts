/** Who is offered what a provider has left behind, and when. */
import { limits, type SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { SessionRecord } from "../governance/engagement-entities.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { get, put } from "../governance/testing/world.js";
import { recordOf } from "../governance/testing/world-sessions.js";
import type { Store } from "../ledger/store.js";
import { LostHolders } from "./lost-holders.js";
import type { Offered } from "./offers.js";

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
  let found: SessionRecord | undefined = recordOf(world, id);
  const store = { read: async () => ({ found }) } as unknown as Pick<Store, "read">;
  const lost = new LostHolders({
    store,
    clock: clock as never,
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
  return { lost, pass, offered, faults, becomes };
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

  test("that are many are looked at a few at a time", async () => {
    const { lost, pass, offered } = stage({ goodbye: true });
    for (let n = 0; n < 100; n += 1) lost.lost(cast.idOf("session", n) as SessionId);
    await pass(1_000);
    expect(offered.length).toBe(64);
    await pass(0);
    expect(offered.length).toBe(100);
  });
});

function changed(
  record: SessionRecord,
  { side = {}, connection = {} }: { side?: object; connection?: object },
) {
  const { provider } = record;
  const become = provider.connection && { ...provider.connection, ...connection };
  return { ...record, provider: { ...provider, side: { ...provider.side, ...side }, connection: become } };
}
