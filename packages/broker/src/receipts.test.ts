import type { ReceiptClaims } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "./governance/command.js";
import type { Checkpoint } from "./governance/entities.js";
import { castOf } from "./ledger/testing/cast.js";
import { chainOf, factOf } from "./ledger/testing/made-up.js";
import { openReceipts } from "./receipts.js";

const n = 1;
const { session } = castOf(n);
const facts = chainOf(
  (["session.proposed", "session.accepted", "session.closed"] as const).map((kind, at) => ({
    fact: factOf(kind, n),
    at: 1_000 + at,
  })),
);
const { consumer, provider } = factOf("session.proposed", n).content.data as never as {
  readonly consumer: { readonly organisation: string };
  readonly provider: { readonly organisation: string };
};
const logs = [`org:${consumer.organisation}`, `org:${provider.organisation}`];
const leafAt = 5;
const never = () => false;

/** A store in which the session is closed and due; each log is signed for up to a size. */
function setUp(sizes: readonly number[], outcome: "accepted" | "refused" = "accepted") {
  const signed = new Map(logs.map((log, at) => [log, sizes[at] ?? 0]));
  const asked: string[] = [];
  const kept: Command<"receipt.keep">[] = [];
  const ready: ReceiptClaims[] = [];
  const faults: unknown[] = [];
  let leafIsThere = true;
  const answers: Readonly<Record<string, (by: Record<string, unknown>) => unknown>> = {
    receiptDues: ({ after }) => (after === null && kept.length === 0 ? [{ session, closedAt: 1_002 }] : []),
    sessionDue: () => ({ consumer: { side: consumer }, provider: { side: provider } }),
    streamHead: () => ({ position: facts.length }),
    factsPage: ({ after }) => facts.slice(Number(after), Number(after) + 2),
    leafOf: ({ position }) => (leafIsThere && position === facts.length ? { index: leafAt } : undefined),
    checkpoint: ({ log }) =>
      ({ size: signed.get(String(log)), era: 1, note: `note of ${String(log)}` }) as Checkpoint,
    era: () => 1,
  };
  const read = async (question: Record<string, { find: string; by: Record<string, unknown> }>) =>
    Object.fromEntries(
      Object.entries(question).map(([name, { find, by }]) => {
        asked.push(find);
        return [name, answers[find]?.(by)];
      }),
    );
  const receipts = openReceipts({
    store: { read: read as never, readAside: read as never },
    send: async (command) => {
      if (outcome === "accepted") kept.push(command);
      return { outcome };
    },
    keys: { sign: async (use, payload, typ) => `${use} ${typ} ${String(payload)}` },
    issuer: () => "https://broker.example",
    clock: { now: () => 9_000 },
    ready: (claims) => ready.push(claims),
    onFault: (fault) => faults.push(fault),
  });
  return {
    ...{ receipts, kept, ready, faults, asked, signed },
    lose: () => {
      leafIsThere = false;
    },
  };
}

describe("a receipt [REC-11]", () => {
  test("is made once both logs are signed beyond the end of the session, and told of", async () => {
    const { receipts, kept, ready, faults } = setUp([leafAt + 1, leafAt + 3]);
    expect([await receipts(never), faults]).toEqual([1, []]);
    expect(kept).toHaveLength(1);
    expect(kept[0]?.receipt).toMatchObject({ session, madeAt: 9_000 });
    expect(kept[0]?.receipt.statement).toMatch(/^receipt parley-receipt\+jwt \{"acceptedAt":/);
    expect(kept[0]?.proofs).toEqual(
      [...new Set(logs)].map((log, at) => ({
        ...{ session, log, leaf: leafAt, size: [leafAt + 1, leafAt + 3][at], note: `note of ${log}` },
      })),
    );
    expect(ready).toMatchObject([{ session, head: { position: facts.length } }]);
    expect(await receipts(never)).toBe(0);
  });

  test.each([
    ["the consumer's log is signed for up to its end only", [leafAt, leafAt + 3]],
    ["the provider's log is signed for up to its end only", [leafAt + 3, leafAt]],
  ])("is not made while %s", async (_why, sizes) => {
    const { receipts, kept, ready, signed, asked } = setUp(sizes);
    expect([await receipts(never), kept, ready]).toEqual([0, [], []]);
    // Nor is its chain read for nothing.
    expect(asked).not.toContain("factsPage");
    for (const log of logs) signed.set(log, leafAt + 1);
    expect(await receipts(never)).toBe(1);
  });

  test("is not made while the second of the end goes on: it is in no log yet", async () => {
    const { receipts, kept, lose } = setUp([99, 99]);
    lose();
    expect([await receipts(never), kept]).toEqual([0, []]);
  });

  test("is not begun any more once the broker stops", async () => {
    const { receipts, asked } = setUp([99, 99]);
    expect([await receipts(() => true), asked]).toEqual([0, []]);
  });

  test("that could not be kept is told of to nobody, and made again", async () => {
    const { receipts, ready } = setUp([99, 99], "refused");
    expect([await receipts(never), await receipts(never), ready]).toEqual([0, 0, []]);
  });
});
