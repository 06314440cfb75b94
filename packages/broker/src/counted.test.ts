import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { Counted } from "./counted.js";
import type { Command } from "./governance/command.js";
import { govern } from "./governance/govern.js";
import * as cast from "./governance/testing/cast.js";
import { openLedger } from "./ledger/batch.js";
import { openMemoryStore } from "./ledger/memory/store.js";
import { headInMemory, steppedClock } from "./ledger/testing/harness.js";
import { closed, sessionNumbered } from "./outbox/testing/scenes.js";
import { SendingSide } from "./outbox/testing/sending-side.js";
import type { CutReport, Outbox, Outcome, Relay } from "./relay.js";

const nothingCut: CutReport = { sockets: 0, sessions: 0, surviving: [] };
const step = { kind: "clock.step", id: makeId("command"), byMs: 1 } as const;

/** What is passed on, so that nothing is lost by being counted. */
function heard() {
  const passed: unknown[][] = [];
  const pass =
    (name: string) =>
    (...args: unknown[]) =>
      void passed.push([name, ...args]);
  const outbox = {
    cut: async () => nothingCut,
    tell: pass("tell"),
    deliver: pass("deliver"),
    credit: pass("credit"),
  } as unknown as Outbox;
  return { passed, outbox };
}

describe("of the line is counted", () => {
  test("each command by its kind and how it ended, and each refusal by its code", async () => {
    const counted = new Counted();
    const outcomes: Outcome[] = [
      { outcome: "accepted", answer: { at: 0 }, cut: nothingCut, at: 0, facts: [] },
      { outcome: "refused", refusal: { code: "role.missing" }, at: 0 },
    ];
    const relay = counted.relay((async () => outcomes.shift()) as unknown as Relay);
    expect((await relay(step)).outcome).toBe("accepted");
    expect((await relay(step)).outcome).toBe("refused");
    expect(counted.commands.entries()).toEqual([
      ["clock.step", "accepted", 1],
      ["clock.step", "refused", 1],
    ]);
    expect(counted.refusals.entries()).toEqual([["role.missing", 1]]);
    expect(counted.commandSeconds.upTo().at(-1)).toBe(2);
  });

  test("one that failed, and the failure passes on", async () => {
    const counted = new Counted();
    const relay = counted.relay((() => Promise.reject(new Error("disk"))) as unknown as Relay);
    await expect(relay(step)).rejects.toThrow("disk");
    expect(counted.commands.entries()).toEqual([["clock.step", "failed", 1]]);
  });

  test("how many share a transaction that is committed, how long it takes, and how long its head", async () => {
    const counted = new Counted();
    const ledger = await openLedger({
      ...{ store: counted.store(openMemoryStore()), head: counted.head(headInMemory()) },
      ...{ clock: steppedClock(cast.now), govern: counted.govern(govern) },
    });
    const probe = (value: string): Command<"readiness.probe"> => ({
      ...{ kind: "readiness.probe", id: makeId("command"), value },
    });
    await Promise.all([ledger.settle(step), ledger.settle(step), ledger.settle(probe("a"))]);
    await ledger.settle(probe("b"));
    // It changes nothing, so it is not committed.
    await ledger.settle({ kind: "sessions.sweep", id: makeId("command"), ...sweep });
    const { batch, transactionSeconds, commitSeconds, headSeconds } = counted;
    expect([batch.sum, batch.upTo().at(-1)]).toEqual([4, 2]);
    expect([transactionSeconds, commitSeconds, headSeconds].map((one) => one.upTo().at(-1))).toEqual([
      2, 2, 1,
    ]);
    expect(transactionSeconds.sum).toBeGreaterThanOrEqual(commitSeconds.sum);
  });
});

const sweep = { sweep: makeId("command"), part: 0, after: null, most: 1 } as const;

describe("of what has happened is counted", () => {
  test("each fact by its kind, and of those that close a session the reason", () => {
    const counted = new Counted();
    const { outbox, passed } = heard();
    const facts = [closed(sessionNumbered(1)), closed(sessionNumbered(2), 1, { reason: "idle_timeout" })];
    counted.outbox(outbox).tell(facts);
    expect(counted.facts.entries()).toEqual([["session.closed", 2]]);
    expect(counted.sessionsClosed.entries()).toEqual([
      ["completed_by_consumer", 1],
      ["idle_timeout", 1],
    ]);
    expect(passed).toEqual([["tell", facts]]);
  });

  test("each envelope by its outcome, the bytes of those that were accepted, the code of those that were not", () => {
    const counted = new Counted();
    const { outbox, passed } = heard();
    const sent = new SendingSide().accept(3);
    const envelopes = sent.command.envelopes.map((one, at) => ({ ...one, bytes: 10 + at }));
    const known = { seq: 1, n: 1 } as never;
    const taken = [
      { outcome: "accepted", n: 1, seq: 1, fact: 0 },
      { outcome: "repeated", known },
      { outcome: "refused", refusal: { code: "envelope.type" } },
    ] as never;
    const command = { ...sent, command: { ...sent.command, envelopes }, answer: { ...sent.answer, taken } };
    counted.outbox(outbox).deliver(command);
    expect(counted.envelopes.entries()).toEqual([
      ["accepted", 1],
      ["repeated", 1],
      ["refused", 1],
    ]);
    expect(counted.envelopesRefused.entries()).toEqual([["envelope.type", 1]]);
    expect(counted.envelopeBytes).toBe(10);
    expect(passed).toEqual([["deliver", command]]);
  });

  test("how many more envelopes were handled", () => {
    const counted = new Counted();
    const { outbox, passed } = heard();
    const acked = [{ more: 3 }, { more: 2 }] as never;
    counted.outbox(outbox).credit(acked);
    expect(counted.envelopesHandled).toBe(5);
    expect(passed).toEqual([["credit", acked]]);
  });

  test("who was believed, and why others were not", async () => {
    const counted = new Counted();
    const hello = counted.authentication("socket", async (token: string) =>
      token === "good" ? { principal: "somebody" } : { code: "access.proof" as const },
    );
    expect(await hello("good")).toEqual({ principal: "somebody" });
    expect(await hello("bad")).toEqual({ code: "access.proof" });
    expect(counted.authentications.entries()).toEqual([
      ["socket", "accepted", 1],
      ["socket", "access.proof", 1],
    ]);
  });
});
