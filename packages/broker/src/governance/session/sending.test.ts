/** What envelopes come to, one after the other: each judged on what those before it have left. */
import { ceilings, limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  beginning,
  by,
  code,
  envelope,
  kinds,
  lives,
  other,
  segment,
  take,
  unknown,
} from "../testing/sending-story.js";
import type { KnownEnvelope } from "./envelope-entities.js";

const { now } = cast;

describe("what is accepted", () => {
  test("is counted from one, for its side and for both [ENV-7]", () => {
    const sending = beginning();
    expect(sending.take(by, envelope(1), unknown)).toMatchObject({ n: 1, seq: 1 });
    expect(sending.take(other, envelope(2), unknown)).toMatchObject({ n: 1, seq: 2 });
    expect(sending.take(by, envelope(3), unknown)).toMatchObject({ n: 2, seq: 3 });
  });

  test("goes on from what stands in the record", () => {
    expect(take(beginning({ tally: { n: 7, bytes: 70 } }), 1)).toMatchObject([{ n: 8, seq: 8 }]);
  });

  test("of one side in a row is one segment, which says all that both sides are told [ENV-7]", () => {
    const sending = beginning();
    expect(take(sending, 1, 2)).toMatchObject([{ fact: 0 }, { fact: 0 }]);
    const entry = (n: number) => {
      const { id, header, payload, payloadBytes } = envelope(n);
      return { id, header, payload, payloadBytes };
    };
    const { instance, side } = by;
    const first = { session: city.active, side, instance, n: 1, seq: 1, sent: 60 };
    expect(segment(sending, 0)).toEqual({ ...first, entries: [entry(1), entry(2)] });
  });

  test("of both sides in turn is a segment each time", () => {
    const sending = beginning();
    take(sending, 1);
    sending.take(other, envelope(2), unknown);
    expect(take(sending, 3)).toMatchObject([{ fact: 2, n: 2, seq: 3 }]);
    expect(kinds(sending)).toEqual(["session.sent", "session.sent", "session.sent"]);
    expect(segment(sending, 1)).toMatchObject({ side: "provider", instance: cast.north1, n: 1, seq: 2 });
  });

  test("is no more in one segment than it may hold, in number", () => {
    const sending = beginning({ terms: { maxEnvelopesPerMinute: 6_000 } });
    const many = Array.from({ length: limits.envelopesPerSegment }, (_, at) => at);
    take(sending, ...many);
    expect(kinds(sending)).toHaveLength(1);
    expect(code(sending.take(by, envelope(999), unknown))).toBe("session.mailbox-full");
  });

  test("is no more in one segment than it may hold, in bytes", () => {
    const half = limits.bytesPerSegment / 2;
    const terms = { maxEnvelopeBytes: half, maxTotalBytes: 8 * half };
    const sized = (bytes: number) => {
      const sending = beginning({ terms });
      sending.take(by, envelope(1, { bytes: half }), unknown);
      sending.take(by, envelope(2, { bytes }), unknown);
      return kinds(sending).length;
    };
    expect([sized(half), sized(half - 1)]).toEqual([1, 1]);
    const over = beginning({ terms: { ...terms, maxEnvelopeBytes: half + 1 } });
    over.take(by, envelope(1, { bytes: half }), unknown);
    over.take(by, envelope(2, { bytes: half + 1 }), unknown);
    expect(kinds(over)).toHaveLength(2);
  });

  test("says what terms on trial would have refused, and only then", () => {
    const until = new Date(now + 1).toISOString();
    const sending = beginning({ terms: { messageTypes: [], observe: { until, terms: ["messageTypes"] } } });
    expect(code(sending.take(by, envelope(1), unknown))).toBe("accepted");
    expect(segment(sending, 0).entries).toMatchObject([
      { wouldRefuse: [{ rule: "messageTypes", at: "envelope" }] },
    ]);
  });
});

describe("an id [ENV-3]", () => {
  const { header, payload } = envelope(1);
  const known: KnownEnvelope = { n: 4, seq: 9, position: 12, at: now - 1, header, payload };

  test("has to be looked for only where it is not greater than all before", () => {
    const lastId = envelope(5).id;
    const sending = beginning({ tally: { n: 1, lastId } });
    const asked = [4, 5, 6].map((n) => sending.mayBeKnown(envelope(n).id));
    expect(asked).toEqual([true, true, false]);
    expect(beginning().mayBeKnown(lastId)).toBe(false);
    take(sending, 6);
    expect(sending.mayBeKnown(envelope(6).id)).toBe(true);
    take(sending, 2);
    expect(sending.mayBeKnown(envelope(3).id)).toBe(true);
  });

  test("that stands in the record is answered as then, and uses up nothing", () => {
    const sending = beginning();
    expect(sending.take(by, envelope(1), { ...unknown, known })).toEqual({ outcome: "repeated", known });
    expect([sending.sents.consumer.n, sending.finish().facts]).toEqual([0, []]);
  });

  test("is answered so after the close as well", () => {
    const closed = beginning({ life: lives.closed });
    expect(code(closed.take(by, envelope(1), { ...unknown, known }))).toBe("repeated");
    expect(closed.take(by, envelope(2), unknown)).toEqual({
      outcome: "refused",
      refusal: { code: "session.state", state: "closed" },
    });
  });

  test.each([
    ["another header", { header: "{}" }],
    ["another payload", { payload: "another" }],
  ])("with %s is none", (_what, more) => {
    expect(code(beginning().take(by, envelope(1, more), { ...unknown, known }))).toBe("envelope.id-reused");
    const here = beginning();
    take(here, 1);
    expect(code(here.take(by, envelope(1, more), unknown))).toBe("envelope.id-reused");
  });

  test("that comes twice at once is accepted once, and answered the same", () => {
    const sending = beginning();
    const [first, second] = take(sending, 1, 1);
    expect([second, sending.sents.consumer.n]).toEqual([first, 1]);
  });

  test("that was refused is free", () => {
    const sending = beginning({ terms: { maxEnvelopeBytes: 30, violationsAllowed: 1 } });
    expect(code(sending.take(by, envelope(1, { bytes: 31 }), unknown))).toBe("contract.violation");
    expect(take(sending, 1)).toMatchObject([{ outcome: "accepted", n: 1 }]);
  });
});

test.each(["proposed", "closed"] as const)("nothing is sent in a session that is %s", (state) => {
  const sending = beginning({ life: lives[state] });
  expect(take(sending, 1)).toMatchObject([{ refusal: { code: "session.state", state } }]);
  expect(sending.finish().facts).toEqual([]);
});

describe("what breaks the terms [ENV-6]", () => {
  const long = (n: number) => envelope(n, { bytes: 31 });
  const limited = (violationsAllowed: number) =>
    beginning({ terms: { maxEnvelopeBytes: 30, violationsAllowed } });

  test("is refused, and told to both sides, and closes when there was one too many", () => {
    const sending = limited(1);
    take(sending, 1);
    const violated = { code: "contract.violation", rule: "maxEnvelopeBytes", limit: 30, used: 31 };
    expect(sending.take(by, long(2), unknown)).toEqual({ outcome: "refused", refusal: violated });
    take(sending, 3);
    expect(sending.take(by, long(4), unknown)).toEqual({ outcome: "refused", refusal: violated });
    expect(take(sending, 5)).toMatchObject([{ refusal: { code: "session.state", state: "closed" } }]);
    expect(kinds(sending)).toEqual([
      "session.sent",
      "session.violated",
      "session.sent",
      "session.violated",
      "session.closed",
    ]);
    expect(sending.standing.session.life).toMatchObject({
      state: "closed",
      closedAt: now,
      ending: {
        reason: "contract_violation",
        by: "broker",
        side: "consumer",
        rule: "maxEnvelopeBytes",
        limit: 30,
        used: 31,
      },
    });
    const { work, payloads } = sending.finish();
    expect(work).toEqual([
      { do: "drop", table: "deadlines", key: { kind: "session.expire", subject: city.active } },
      { do: "put", table: "receiptDues", row: { session: city.active, closedAt: now } },
      { do: "put", table: "deadlines", row: { kind: "payloads.erase", subject: city.active, dueAt: now } },
      { do: "put", table: "drains", row: expect.objectContaining({ session: city.active }) },
      { do: "put", table: "waiting", row: { agent: cast.north, organisation: cast.acme, bytes: 60 } },
    ]);
    expect(payloads).toMatchObject([
      { do: "keep", n: 1 },
      { do: "keep", n: 2 },
    ]);
  });

  test("of one side is not counted against the other", () => {
    const sending = limited(1);
    sending.take(by, long(1), unknown);
    sending.take(other, long(2), unknown);
    expect(kinds(sending)).toEqual(["session.violated", "session.violated"]);
    expect(sending.sents).toMatchObject({ consumer: { violations: 1 }, provider: { violations: 1 } });
  });

  test("leaves what was accepted before it as it was", () => {
    const sending = limited(0);
    take(sending, 1, 2);
    sending.take(by, long(3), unknown);
    expect(kinds(sending)).toEqual(["session.sent", "session.violated", "session.closed"]);
    expect(segment(sending, 0).entries).toHaveLength(2);
  });
});

describe("what is not handled by the other side [ENV-8]", () => {
  const most = limits.envelopesUnhandledMax;
  test.each([
    ["the last that fits", { n: most - 1 }, {}, "accepted"],
    ["one more", { n: most }, {}, "session.mailbox-full"],
    ["one more, when one was handled", { n: most }, { n: 1 }, "accepted"],
    ["the last byte that fits", { n: 1, bytes: limits.bytesUnhandledMax - 30 }, {}, "accepted"],
    ["a byte more", { n: 1, bytes: limits.bytesUnhandledMax - 29 }, {}, "session.mailbox-full"],
    [
      "a byte more, when it was handled",
      { n: 1, bytes: limits.bytesUnhandledMax - 29 },
      { bytes: 1 },
      "accepted",
    ],
  ])("%s", (_what, tally, handled, outcome) => {
    const sending = beginning({ terms: { maxTotalBytes: 2 ** 30 }, tally, handled });
    expect(code(sending.take(by, envelope(1), unknown))).toBe(outcome);
  });

  test("is no violation", () => {
    const sending = beginning({ tally: { n: most } });
    take(sending, 1);
    expect(sending.finish().facts).toEqual([]);
  });
});

test("who is too fast is refused, and it is no violation [ENV-5]", () => {
  const sending = beginning({ terms: { maxEnvelopesPerMinute: 1 } });
  const taken = sending.take(by, envelope(1), { ...unknown, nthBefore: now - 1 });
  expect(taken).toMatchObject({ refusal: { code: "envelope.rate", retryAfterMs: 59_999 } });
  expect([sending.finish().facts, sending.sents.consumer.n]).toEqual([[], 0]);
});

test("what is longer than the ceiling is refused though its length is on trial [CON-7] [ENV-4]", () => {
  const observe = { until: new Date(now + 1_000_000).toISOString(), terms: ["maxEnvelopeBytes"] } as const;
  const sending = beginning({ terms: { maxEnvelopeBytes: 10, observe } as never });
  const { maxEnvelopeBytes: ceiling } = ceilings;
  expect(code(sending.take(by, envelope(1, { bytes: ceiling }), unknown))).toBe("accepted");
  const long = sending.take(by, envelope(2, { bytes: ceiling + 1 }), unknown);
  expect(long).toMatchObject({
    refusal: { code: "contract.violation", rule: "maxEnvelopeBytes", limit: ceiling },
  });
});
