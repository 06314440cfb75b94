/** Promises about what checkpoints, proofs and receipts are put together from. */
import { describe, expect, test } from "vitest";
import type { ReceiptDue } from "../../governance/entities.js";
import { checkpoint, logNode, receiptDue } from "./evidence-rows.suite.js";
import { type Adapter, ask, commit, opened, put } from "./opened.suite.js";
import { logHead, logLeaf, org, pendingHead } from "./rows.suite.js";

export function describeEvidence(adapter: Adapter): void {
  describe("evidence", () => {
    test("pendingLogs names each log that has heads of seconds before", async () => {
      const store = opened(adapter);
      const of = (log: string, n: number, second: number) => pendingHead(n, { log, second });
      const rows = [of("org:b", 1, 5), of("org:b", 2, 6), of("org:a", 1, 6), of("org:c", 1, 7)];
      await commit(store, { changes: put("logPending", ...rows) });
      expect(await ask(store, "pendingLogs", { before: 7 })).toEqual(["org:a", "org:b"]);
      expect(await ask(store, "pendingLogs", { before: 6 })).toEqual(["org:b"]);
      expect(await ask(store, "pendingLogs", { before: 5 })).toEqual([]);
    });

    test("logNodes tells those of one log and level, in order", async () => {
      const store = opened(adapter);
      const others = [logNode(1, { log: "org:x" }), logNode(1, { level: 16 })];
      const rows = [logNode(10), logNode(2), logNode(0), logNode(9)];
      await commit(store, { changes: put("logNodes", ...rows, ...others) });
      const nodes = (from: number, limit: number) =>
        ask(store, "logNodes", { log: "platform", level: 8, from, limit });
      expect(await nodes(0, 9)).toEqual([0, 2, 9, 10].map((n) => logNode(n)));
      expect(await nodes(2, 2)).toEqual([2, 9].map((n) => logNode(n)));
      expect(await nodes(11, 2)).toEqual([]);
    });

    test("leafOf finds the leaf of exactly that position", async () => {
      const store = opened(adapter);
      const other = logLeaf(4, { stream: "workgroup:1", position: 3 });
      await commit(store, { changes: put("logLeaves", logLeaf(2), other, logLeaf(2, { log: "org:x" })) });
      const of = (stream: string, position: number) =>
        ask(store, "leafOf", { log: "platform", stream, position });
      expect(await of("platform", 3)).toEqual(logLeaf(2));
      expect(await of("workgroup:1", 3)).toEqual(other);
      expect(await of("workgroup:1", 2)).toBeUndefined();
    });

    test("leafBefore finds the last leaf of the stream below a position", async () => {
      const store = opened(adapter);
      const of = (index: number, position: number) => logLeaf(index, { stream: "workgroup:1", position });
      const others = [logLeaf(3), logLeaf(5, { log: "org:x", stream: "workgroup:1", position: 4 })];
      await commit(store, { changes: put("logLeaves", of(4, 3), of(9, 12), of(6, 7), ...others) });
      const before = (position: number) =>
        ask(store, "leafBefore", { log: "platform", stream: "workgroup:1", position });
      expect(await before(100)).toEqual(of(9, 12));
      expect(await before(12)).toEqual(of(6, 7));
      expect(await before(7)).toEqual(of(4, 3));
      expect(await before(3)).toBeUndefined();
    });
  });

  describeSigned(adapter);
}

function describeSigned(adapter: Adapter): void {
  describe("what is signed", () => {
    test("unsignedLogs tells those that have grown since their checkpoint, or have none", async () => {
      const store = opened(adapter);
      const signed = (n: number, size: number) => checkpoint(n, { size });
      await commit(store, {
        changes: [
          ...put("logs", logHead(4), logHead(1), logHead(3), logHead(2)),
          ...put("checkpoints", signed(1, 1), signed(2, 1), checkpoint(4, { size: 4, era: 2 })),
        ],
      });
      const unsigned = (era: number, limit: number) => ask(store, "unsignedLogs", { era, limit });
      expect(await unsigned(1, 9)).toEqual([logHead(2), logHead(3), logHead(4)]);
      expect(await unsigned(1, 1)).toEqual([logHead(2)]);
      expect(await unsigned(2, 9)).toEqual([logHead(1), logHead(2), logHead(3)]);
      const { log } = checkpoint(2);
      expect(await ask(store, "checkpoint", { log })).toEqual(signed(2, 1));
      expect(await ask(store, "checkpoint", { log: `org:${org(9)}` })).toBeUndefined();
    });

    test("receiptDues tells the sessions that wait for their receipt, the first that closed first", async () => {
      const store = opened(adapter);
      const alike = receiptDue(6, { closedAt: receiptDue(5).closedAt });
      await commit(store, { changes: put("receiptDues", receiptDue(5), alike, receiptDue(9)) });
      const dues = (after: ReceiptDue | null, limit: number) => ask(store, "receiptDues", { after, limit });
      expect(await dues(null, 9)).toEqual([receiptDue(9), receiptDue(5), alike]);
      expect(await dues(null, 1)).toEqual([receiptDue(9)]);
      expect(await dues(receiptDue(5), 9)).toEqual([alike]);
      expect(await dues(alike, 9)).toEqual([]);
    });
  });
}
