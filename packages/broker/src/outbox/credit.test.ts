import { limits, makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { scene, window } from "./testing/held-side.js";
import { KeptWire, settled } from "./testing/wires.js";

describe("how far a side may send [ENV-12]", () => {
  const half = { n: limits.envelopesUnhandledMax / 2, bytes: limits.bytesUnhandledMax / 2 };
  const grown = (handled: { n: number; bytes: number }) => ({
    n: window.n + handled.n,
    bytes: window.bytes + handled.bytes,
  });

  test.each([
    ["half of its envelopes", { n: half.n, bytes: 0 }, true],
    ["one less than half of them", { n: half.n - 1, bytes: 0 }, false],
    ["half of its bytes", { n: 1, bytes: half.bytes }, true],
    ["one less than half of them, in both", { n: half.n - 1, bytes: half.bytes - 1 }, false],
  ])("is told when it has grown by %s: %j %j", async (_title, handled, isTold) => {
    const { holders, begin, session, wire } = scene();
    begin(wire);
    await settled();
    const sendUpTo = grown(handled);
    holders.credit([{ session, side: "provider", handled, sendUpTo }]);
    expect(wire.told).toEqual(isTold ? [{ event: "credit", session, sendUpTo }] : []);
  });

  test("counts from what an answer said last, and is told to who sends alone", async () => {
    const { sender, holders, begin, accept, session, wire } = scene();
    const other = new KeptWire();
    begin(wire);
    begin(other, { side: "consumer", sendUpTo: { n: 0, bytes: 0 } });
    await settled();
    expect(other.told).toHaveLength(1);
    sender.credit = grown({ n: 10, bytes: 0 });
    accept(1);
    const acknowledges = (n: number, of = session) => {
      const handled = { n, bytes: 0 };
      holders.credit([{ session: of, side: "consumer", handled, sendUpTo: grown(handled) }]);
    };
    acknowledges(half.n + 9);
    expect(other.told).toHaveLength(1);
    acknowledges(half.n + 10);
    acknowledges(half.n + 11);
    acknowledges(9_999, makeId("session"));
    expect(other.told.slice(1)).toEqual([
      { event: "credit", session, sendUpTo: grown({ n: half.n + 10, bytes: 0 }) },
    ]);
    expect([wire.told, sender.n]).toEqual([[], 1]);
  });
});
