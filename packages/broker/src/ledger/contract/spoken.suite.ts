/**
 * Promises about who speaks and in what: whatever an adapter remembers of it, its answer is that of who asks the rows
 * themselves, after every change, committed or not, and for everybody.
 */
import { describe, expect, test } from "vitest";
import type { Store, Transaction } from "../store.js";
import { keyColumns, type StoreTable } from "../tables.js";
import { lives, ses } from "./engagement-rows.suite.js";
import { handled, tally } from "./envelope-rows.suite.js";
import { engaged, engagement, market, recordOf } from "./market.suite.js";
import { type Adapter, type AnyChange, ask, commit, opened, put } from "./opened.suite.js";
import { connection, ins, org } from "./rows.suite.js";

const active = engagement(1, lives.active);
const id = ses(1);
const holder = { organisation: org(1), instance: ins(1), id };
const rows: readonly AnyChange[] = [...market(), ...engaged(active)];

const asked = async (from: Transaction) => ({
  remembered: await ask(from, "spokenIn", holder),
  session: await ask(from, "session", { organisation: org(1), id }),
  speaker: await ask(from, "speaker", { id: ins(1) }),
  principal: await ask(from, "principal", { id: ins(1) }),
});

async function agrees(from: Transaction): Promise<void> {
  const { remembered, session, speaker, principal } = await asked(from);
  expect(remembered).toEqual(session);
  expect(speaker).toEqual(principal);
}

async function begun(adapter: Adapter): Promise<Store> {
  const store = opened(adapter);
  await commit(store, { changes: rows });
  const tx = await store.begin();
  await agrees(tx);
  await tx.rollback();
  return store;
}

const { consumer, provider } = recordOf(active);
const { reach, side } = consumer;
const keyOf = (table: StoreTable, row: object) =>
  Object.fromEntries(keyColumns(table).map((key) => [key, Reflect.get(row, key)]));
const patch = (table: StoreTable, row: object, set: object): AnyChange =>
  ({ do: "patch", table, key: keyOf(table, row), set }) as unknown as AnyChange;

const changes: readonly (readonly [string, AnyChange])[] = [
  ["the organisation", patch("organisations", reach.organisation, { standing: "suspended" })],
  ["the agent", patch("agents", reach.agent, { takenAt: 9_999 })],
  ["the instance", patch("instances", { id: ins(1) }, { standing: "revoked" })],
  ["the workgroup", patch("workgroups", reach.workgroup, { state: "dissolved" })],
  ["being in it", patch("participations", reach.participation, { state: "left" })],
  ["the membership", patch("memberships", reach.membership, { engage: false })],
  ["the other's membership", patch("memberships", provider.reach.membership, { offer: false })],
  ["the advertisement", patch("advertisements", recordOf(active).advertisement, { state: "retracted" })],
  ["the session", patch("sessions", active.session, { life: lives.closed })],
  ["the side", patch("sides", side, { joinedAt: null })],
  ["the other side", patch("sides", provider.side, { instance: null })],
  ["what was sent", patch("tallies", { session: id, side: "consumer" }, { n: 7, lastAt: 8 })],
  ["what was handled", put("handled", handled(1, { session: id, side: "consumer" }))[0] as AnyChange],
  ["the connection", put("connections", connection(1, { instance: ins(1) }))[0] as AnyChange],
  ["another side's count", put("tallies", tally(1, { session: id, side: "provider" }))[0] as AnyChange],
];

export function describeSpoken(adapter: Adapter): void {
  describe("who speaks in a session, and how it stands", () => {
    test.each(changes)(
      "is told as it is after a change of %s, and after it was taken back",
      async (_, one) => {
        const store = await begun(adapter);
        const back = await store.begin();
        await back.change([one]);
        await agrees(back);
        await back.rollback();
        const tx = await store.begin();
        await agrees(tx);
        await tx.change([one]);
        await agrees(tx);
        await tx.commit();
        const after = await store.begin();
        await agrees(after);
        await after.rollback();
      },
    );

    test("is told to nobody of another organisation, whoever holds it", async () => {
      const store = await begun(adapter);
      const tx = await store.begin();
      expect(
        await ask(tx, "spokenIn", { ...holder, organisation: org(3), instance: ins(3) }),
      ).toBeUndefined();
      expect(await ask(tx, "spokenIn", { ...holder, id: ses(9) })).toBeUndefined();
      await tx.rollback();
    });
  });
}
