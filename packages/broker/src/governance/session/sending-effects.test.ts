/** What envelopes leave behind beside their facts: what waits, what was handed out, which payloads are kept. */
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { beginning, by, code, envelope, take, unknown } from "../testing/sending-story.js";

describe("what waits between the two, over all their sessions [ENV-8]", () => {
  const rule = "bytesUnhandledPerPair";
  const { [rule]: limit } = limits;
  const pair = { agent: cast.north, organisation: cast.acme };

  test.each([
    ["the last byte that fits", limit - 30, { outcome: "accepted" }],
    ["a byte more", limit - 29, { refusal: { code: "session.mailbox-full", rule, limit, used: limit - 29 } }],
  ])("%s", (_what, waiting, expected) => {
    expect(beginning({ waiting }).take(by, envelope(1), unknown)).toMatchObject(expected);
  });

  test("is counted on with what is accepted, and with nothing else", () => {
    const sending = beginning({ waiting: limit - 70 });
    expect(take(sending, 1, 1, 2, 3).map(code)).toEqual([
      ...["accepted", "accepted", "accepted", "session.mailbox-full"],
    ]);
    expect(sending.finish().work).toEqual([
      { do: "put", table: "waiting", row: { ...pair, bytes: limit - 10 } },
    ]);
  });

  test("is not written where nothing was accepted", () => {
    const sending = beginning({ waiting: limit, isAwaited: true });
    take(sending, 1);
    expect(sending.finish().work).toEqual([]);
  });
});

describe("what was accepted", () => {
  test("is written to have been handed out where somebody is there to receive it, and only then", () => {
    const handed = (isAwaited: boolean) => {
      const sending = beginning({
        isAwaited,
        tally: { n: 5, bytes: 50 },
        handled: { n: 2, bytes: 20, handed: 3 },
      });
      take(sending, 1, 2);
      return sending.finish().work.filter(({ table }) => table === "handled");
    };
    const row = { session: city.active, side: "consumer", n: 2, bytes: 20, handed: 7 };
    expect(handed(true)).toEqual([{ do: "put", table: "handled", row }]);
    expect(handed(false)).toEqual([]);
  });

  test("is kept by its place among all that came, one row for each segment [ENV-7]", () => {
    const sending = beginning({ terms: { maxEnvelopeBytes: 30, violationsAllowed: 9 } });
    const places = [4, 6, 7, 9, 12].map((place, at) => [place, at === 2 ? 31 : 30, at + 1] as const);
    for (const [place, bytes, n] of places) sending.take(by, envelope(n, { bytes }), { ...unknown, place });
    const kept = { do: "keep", session: city.active, side: "consumer" };
    expect(sending.finish().payloads).toEqual([
      { ...kept, n: 1, places: [4, 6] },
      { ...kept, n: 3, places: [9, 12] },
    ]);
  });

  test("says in the closing fact what had been handed out by then", () => {
    const sending = beginning({ isAwaited: true, terms: { maxEnvelopeBytes: 30 } });
    take(sending, 1, 2);
    sending.take(by, envelope(3, { bytes: 31 }), unknown);
    expect(sending.finish().facts.at(-1)?.content.data).toMatchObject({
      sides: { consumer: { accepted: 2, handed: 2, acknowledged: 0 } },
    });
  });
});
