/** Whose turn it is while a sweep goes on: others go first, and the sweep goes on all the same [SES-20]. */
import { limits, makeId, type SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Sweep } from "./governance/engagement-entities.js";
import { openSweeping, type Send } from "./sweeping.js";

const sweepOf = (part = 0): Sweep => ({
  ...{ id: makeId("command"), part, organisation: null, by: "agent", of: "agt_1", within: null },
  ...{ reason: "identity_revoked", begunAt: 1 },
});
const next = "ses_1" as SessionId;

/** Everything that can happen by itself has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A line whose batches come to what is given, and pauses that end when the test says so. */
function lineOfThisTest(answers: readonly ("more" | "done" | "busy" | "leaving" | "fault")[]) {
  const sent: number[] = [];
  const sizes: number[] = [];
  const pauses: { readonly ms: number; readonly end: () => void }[] = [];
  const left = [...answers];
  const atOnce = { now: 0, most: 0 };
  const send: Send = async ({ part, most }) => {
    sent.push(part);
    sizes.push(most);
    atOnce.now += 1;
    atOnce.most = Math.max(atOnce.most, atOnce.now);
    await settled();
    atOnce.now -= 1;
    const answer = left.shift() ?? "done";
    if (answer === "fault") throw new Error("the store failed");
    if (answer === "busy") return { outcome: "refused", refusal: { code: "broker.busy" } };
    if (answer === "leaving") return { outcome: "refused", refusal: { code: "broker.going-away" } };
    return { outcome: "accepted", answer: { closed: 1, next: answer === "more" ? next : null } };
  };
  const pause = (ms: number) => new Promise<void>((end) => void pauses.push({ ms, end }));
  return { sent, sizes, pauses, atOnce, sweeping: openSweeping(send, pause) };
}

describe("a sweep", () => {
  test("goes on at once, batch after batch, while nobody else asks for anything", async () => {
    const { sent, sizes, pauses, sweeping } = lineOfThisTest(["more", "more", "done"]);
    expect(await sweeping.sweep([sweepOf()])).toBe(3);
    expect([sent.length, pauses.length]).toEqual([3, 0]);
    expect(sizes).toEqual(Array(3).fill(limits.sessionsClosedPerSweep));
  });

  test("is careful for a while when somebody has asked for something: a session at a time, after a pause", async () => {
    const { sizes, pauses, sweeping } = lineOfThisTest([...Array(9).fill("more"), "done"]);
    await sweeping.beside(async () => undefined);
    const swept = sweeping.sweep([sweepOf()]);
    for (let careful = 1; careful <= 8; careful++) {
      while (pauses.length < careful) await settled();
      expect(sizes).toHaveLength(careful - 1);
      pauses[careful - 1]?.end();
    }
    expect(await swept).toBe(10);
    const most = limits.sessionsClosedPerSweep;
    expect([pauses.length, sizes]).toEqual([8, [...Array(8).fill(1), most, most]]);
  });

  test.each(["the line is free", "its patience ends"] as const)(
    "lets what waits be decided first, until %s",
    async (until) => {
      const { sent, sizes, pauses, sweeping } = lineOfThisTest(["done"]);
      let decide: () => void = () => undefined;
      const other = sweeping.beside(() => new Promise<void>((resolve) => (decide = resolve)));
      const swept = sweeping.sweep([sweepOf()]);
      await settled();
      pauses[0]?.end();
      await settled();
      expect([sent.length, pauses.length]).toEqual([0, 2]);
      if (until === "the line is free") decide();
      else pauses[1]?.end();
      expect([await swept, sizes]).toEqual([1, [1]]);
      decide();
      await other;
    },
  );

  test("has one batch on the line at a time, whatever else is swept", async () => {
    const { sent, atOnce, sweeping } = lineOfThisTest(["more", "more", "done", "done"]);
    const both = [sweeping.sweep([sweepOf(1)]), sweeping.sweep([sweepOf(2)])];
    expect(await Promise.all(both)).toEqual([2, 2]);
    expect([sent, atOnce.most]).toEqual([[1, 2, 1, 2], 1]);
  });

  test("is tried again when the line is busy, and left to the next start when the broker leaves", async () => {
    const { sent, pauses, sweeping } = lineOfThisTest(["busy", "more", "leaving"]);
    const swept = sweeping.sweep([sweepOf()]);
    await settled();
    await settled();
    expect([sent.length, pauses.length]).toEqual([1, 1]);
    pauses[0]?.end();
    expect(await swept).toBe(1);
    expect(sent).toHaveLength(3);
  });

  test("that fails keeps no other from going on", async () => {
    const { sweeping } = lineOfThisTest(["fault", "done"]);
    const [failed, other] = await Promise.allSettled([
      sweeping.sweep([sweepOf(1)]),
      sweeping.sweep([sweepOf(2)]),
    ]);
    expect([failed?.status, other?.status]).toEqual(["rejected", "fulfilled"]);
  });
});
