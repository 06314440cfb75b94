import { readHeader, stampSchema, type WouldRefuse } from "@parley/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Marks } from "../governance/session/envelope-entities.js";
import type { StoredSegment } from "../ledger/envelope-pages.js";
import { stampedAgain, stampedNow } from "./stamps.js";
import { type Said, SendingSide } from "./testing/sending-side.js";
import type { Delivered } from "./wire.js";

const wouldRefuse: fc.Arbitrary<WouldRefuse> = fc.record({
  rule: fc.constantFrom("maxEnvelopes", "messageTypes", "maxTotalBytes"),
  ...{ at: fc.constant("envelope" as const), limit: fc.nat(), used: fc.nat() },
}) as fc.Arbitrary<WouldRefuse>;
const marks: fc.Arbitrary<Marks> = fc.record(
  { stray: fc.constant(true as const), wouldRefuse: fc.array(wouldRefuse, { minLength: 1, maxLength: 3 }) },
  { requiredKeys: [] },
);
/** Whatever a header may carry as a text, and what it may not: it is not looked into here. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom('"}', '\\"', "\u2028", "\u0000", "\ud83d\ude00", '","redelivered":true', "é\u20ac"),
);
const said: fc.Arbitrary<Said> = fc.record({
  header: text.map((value) => JSON.stringify({ "x-a": value })),
  payload: fc.uint8Array({ maxLength: 40 }),
  marks,
});
const segments = fc.array(fc.array(said, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 });

/** What was told as it was accepted, and the record of it. */
function sent(all: readonly (readonly Said[])[]) {
  const side = new SendingSide();
  const now = all.flatMap((some) => {
    const { answer, facts, ...told } = side.accept(...some);
    const [end] = answer.sessions;
    const [made] = end?.segments ?? [];
    const [fact] = facts;
    if (!end || !made || !fact) throw new Error("nothing was accepted");
    return stampedNow({ answer, facts, ...told }, end, made, fact);
  });
  const { consumer } = side.standing;
  const from = { agent: consumer.agent, organisation: consumer.organisation };
  const again = (next: number, handed: number, kept: readonly StoredSegment[] = side.kept) =>
    kept
      .filter(({ segment }) => segment.n + segment.count > next)
      .flatMap((segment) => stampedAgain(segment, from, { next, handed }));
  return { side, now, again };
}

const bare = ({ n, stamp, header, payload }: Delivered) => [
  n,
  stamp,
  header,
  Buffer.from(payload).toString("hex"),
];
const isThere = (one: Delivered | { readonly stamp: null }): one is Delivered => one.stamp !== null;

describe("a stamp [ENV-11]", () => {
  test("from the record is the one that was made at first, to the byte, but for what may have been handed out", () => {
    const numbers = fc.tuple(fc.nat(15), fc.nat(15));
    fc.assert(
      fc.property(segments, numbers, (all, [from, handed]) => {
        const { now, again, side } = sent(all);
        const next = 1 + (from % side.n);
        const found = again(next, handed).filter(isThere);
        expect(found.map(({ n }) => n)).toEqual(now.slice(next - 1).map(({ n }) => n));
        for (const one of found) {
          const before = now[one.n - 1];
          const mark = one.n <= handed ? ',"redelivered":true}' : "}";
          expect(bare(one)).toEqual(before && bare({ ...before, stamp: before.stamp.slice(0, -1) + mark }));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is JSON of the shape that clients read, says what was sent, and no text of the sender", () => {
    fc.assert(
      fc.property(segments, fc.nat(15), (all, handed) => {
        const { now, again, side } = sent(all);
        const flat = all.flat();
        for (const one of [...now, ...again(1, handed).filter(isThere)]) {
          const stamp = stampSchema.strict().parse(JSON.parse(one.stamp));
          const { n, seq, segment } = stamp;
          const of = flat[one.n - 1];
          expect([n, seq, segment.n <= n && n < segment.n + segment.count]).toEqual([one.n, one.n, true]);
          expect(stamp).toMatchObject({ ...of?.marks, session: side.session, side: side.side });
          expect([one.header, [...one.payload]]).toEqual([of?.header, [...(of?.payload ?? [])]]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("does not carry what a header smuggles, and the header arrives as it was", () => {
    const { session } = new SendingSide();
    const header = `{"session":"${session}","id":"env_01h455vb4pex5vsknk084sn02q","type":"a.b","x-a":"\\"},\\"redelivered\\":true,\\"n\\":9"}`;
    expect(readHeader(Buffer.from(header))).toMatchObject({ text: header });
    const [one] = sent([[{ header, payload: Buffer.from('"n":7') }]]).now;
    expect(one?.header).toBe(header);
    expect(JSON.parse(one?.stamp ?? "")).not.toHaveProperty("redelivered");
  });
});

describe("what is not kept any more", () => {
  const three = (from: number): Said[] =>
    [0, 1, 2].map((at) => ({ header: "{}", payload: Buffer.from(`payload ${from + at}`) }));
  const all = [three(1), three(4), three(7)];

  test.each<[string, (side: SendingSide) => void, number, readonly number[], readonly number[]]>([
    ["all of a segment", (side) => side.lose(4, 6), 2, [2, 3, 7, 8, 9], [4, 5, 6]],
    ["the beginning of one", (side) => side.lose(4, 5), 1, [1, 2, 3, 6, 7, 8, 9], [4, 5]],
    ["the beginning of one, which nobody asks for", (side) => side.lose(4, 5), 6, [6, 7, 8, 9], []],
    ["the end of one", (side) => side.cut(8), 5, [5, 6, 7], [8, 9]],
    ["what the fact said", (side) => side.blank(4), 3, [3, 7, 8, 9], [4, 5, 6]],
  ])("is said of %s, and all else is there [ENV-15]", (_title, take, next, there, gone) => {
    const { side, again } = sent(all);
    take(side);
    const found = again(next, 0);
    expect(found.map(({ n }) => n)).toEqual([...there, ...gone].sort((a, b) => a - b));
    expect(found.filter((one) => !isThere(one)).map(({ n }) => n)).toEqual(gone);
    expect(found.filter(isThere).map(({ payload }) => Buffer.from(payload).toString())).toEqual(
      there.map((n) => `payload ${n}`),
    );
  });
});
