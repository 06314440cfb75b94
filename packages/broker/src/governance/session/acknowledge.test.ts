/** What an acknowledgement changes, and for whom it changes nothing [ENV-13]. */
import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { CommandAnswers } from "../command.js";
import { command } from "../testing/asked.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import {
  acking,
  acks,
  another,
  cityUnder,
  closedAt,
  doing,
  eraseDue,
  handledIn,
  kept,
  numbers,
  sends,
  waitingFor,
} from "../testing/envelope-story.js";
import { copyOf, put, type World } from "../testing/world.js";
import type { Verdict } from "../verdict.js";

const { now, scout1, north1, idOf } = cast;
const acked = (verdict: Verdict) =>
  verdict.verdict === "accepted" ? (verdict.answer as CommandAnswers["envelopes.ack"]).acked : verdict;

/** Three segments of the consumer: 1 and 2, 3 to 5, 6. Headers have 14 bytes, one of two digits 15. */
function town(terms: Parameters<typeof cityUnder>[0] = {}): World {
  const world = cityUnder(terms);
  sends(world, scout1, [
    { n: 1, payloadBytes: 100 },
    { n: 2, payloadBytes: 0 },
  ]);
  sends(world, scout1, [
    { n: 3, payloadBytes: 1 },
    { n: 4, payloadBytes: 20 },
    { n: 5, payloadBytes: 300 },
  ]);
  sends(world, scout1, [{ n: 10, payloadBytes: 4 }]);
  return world;
}
const bytesUpTo = [0, 114, 128, 143, 177, 491, 510];

describe("what has been handled", () => {
  test.each([1, 2, 3, 4, 5, 6])("is counted exactly up to the %i-th, wherever in a segment it is", (n) => {
    const world = town();
    const handled = { n, bytes: bytesUpTo[n] ?? 0 };
    expect(acked(acks(world, north1, n))).toEqual([
      {
        session: city.active,
        side: "consumer",
        handled,
        more: n,
        sendUpTo: { n: handled.n + 256, bytes: handled.bytes + 4 * 2 ** 20 },
      },
    ]);
    expect(handledIn(world)).toMatchObject({ ...handled, handed: 6 });
    expect(waitingFor(world)).toBe(510 - (bytesUpTo[n] ?? 0));
  });

  test("is counted in bytes, however long a character is", () => {
    const world = cityUnder();
    const header = '{"x-name":"größer 😀"}';
    const bytes = Buffer.byteLength(header);
    const { envelopes, ...rest } = command("envelopes.send");
    const two = [1, 2].map((n) => ({
      ...envelopes[0],
      id: idOf("envelope", n),
      header,
      payloadBytes: 3,
      bytes: bytes + 3,
    }));
    doing(world, { ...rest, envelopes: two as unknown as typeof envelopes });
    acks(world, north1, 1);
    expect(handledIn(world)).toMatchObject({ n: 1, bytes: bytes + 3 });
  });

  test("is no more than what was handed out, and no more than there is", () => {
    const world = town();
    put(world, "handled", { session: city.active, side: "consumer", n: 0, bytes: 0, handed: 4 });
    expect(acked(acks(world, north1, 6))).toMatchObject([{ handled: { n: 4, bytes: 177 } }]);
    const all = town();
    expect(acked(acks(all, north1, 1_000_000_000))).toMatchObject([{ handled: { n: 6, bytes: 510 } }]);
  });

  test("is never less than before: a lower number changes nothing", () => {
    const world = town();
    acks(world, north1, 4);
    const before = copyOf(world);
    for (const n of [4, 3, 0]) {
      const verdict = acks(world, north1, n);
      expect([acked(verdict), verdict.facts, verdict.work, verdict.payloads]).toEqual([[], [], [], []]);
    }
    expect(world).toEqual(before);
    expect(acked(acks(world, north1, 6))).toMatchObject([{ handled: { n: 6 }, more: 2 }]);
  });

  test("of one session said twice at once: the highest stands", () => {
    const world = town();
    const said = [3, 5, 2].map((n) => ({ session: city.active, n }));
    expect(acked(doing(world, acking(world, north1, said)))).toMatchObject([{ handled: { n: 5 } }]);
    expect(waitingFor(world)).toBe(510 - 491);
  });

  test("lets its sender send on [ENV-12]", () => {
    const world = cityUnder({ maxEnvelopesPerMinute: 6_000 });
    sends(world, scout1, numbers(1, limits.envelopesUnhandledMax));
    const more = () => sends(world, scout1, numbers(900, 901));
    expect(more()).toMatchObject({ answer: { taken: [{ refusal: { code: "session.mailbox-full" } }, {}] } });
    acks(world, north1, 1);
    expect(more()).toMatchObject({
      answer: { taken: [{ outcome: "accepted" }, { refusal: { code: "session.mailbox-full" } }] },
    });
  });
});

describe("what waits between two [ENV-8]", () => {
  const second = idOf("session", 700);
  const third = idOf("session", 701);
  const both = (n: number, m: number) => [
    { session: city.active, n },
    { session: second, n: m },
  ];

  function towns(): World {
    const world = town();
    another(world, second);
    sends(world, scout1, [
      { n: 11, session: second },
      { n: 12, session: second },
    ]);
    return world;
  }

  test("is lowered by each of several sessions, once", () => {
    const world = towns();
    expect(waitingFor(world)).toBe(510 + 50);
    doing(world, acking(world, north1, both(2, 1)));
    expect(waitingFor(world)).toBe(560 - 128 - 25);
    doing(world, acking(world, north1, both(6, 2)));
    expect(waitingFor(world)).toBe(0);
  });

  test("is raised by each of several sessions of one command, once", () => {
    const world = towns();
    another(world, third);
    const more = [city.active, second, third].map((session, at) => ({ n: 20 + at, session }));
    sends(world, scout1, more);
    expect(waitingFor(world)).toBe(560 + 3 * 25);
  });

  test("is counted from what is open where nobody has written it, or it was lost", () => {
    const world = towns();
    world.rows.waiting.clear();
    doing(world, acking(world, north1, both(2, 1)));
    expect(waitingFor(world)).toBe(560 - 128 - 25);
  });

  test("is never less than nothing", () => {
    const world = towns();
    put(world, "waiting", { agent: cast.north, organisation: cast.acme, bytes: 5 });
    doing(world, acking(world, north1, both(6, 2)));
    expect(waitingFor(world)).toBe(0);
  });
});

interface Kept {
  readonly terms: Parameters<typeof cityUnder>[0];
  readonly upTo: number;
  readonly left: readonly (readonly number[])[];
  readonly dueIn?: number;
}

describe("what is not kept any longer [ENV-16]", () => {
  const day = 86_400;
  const all = [
    [1, 2],
    [3, 5],
    [6, 6],
  ];
  const rows: Readonly<Record<string, Kept>> = {
    "whole rows go at once": { terms: {}, upTo: 5, left: [[6, 6]] },
    "one that is handled in part waits to be cut": {
      terms: {},
      upTo: 4,
      left: [
        [3, 5],
        [6, 6],
      ],
      dueIn: 15_000,
    },
    "nothing goes before the close": { terms: { payloadRetention: "until_closed" }, upTo: 5, left: all },
    "nothing goes before its days": { terms: { payloadRetention: { days: 1 } }, upTo: 5, left: all },
  };
  test.each(Object.entries(rows))("%s", (_what, { terms, upTo, left, dueIn }) => {
    const world = town(terms);
    acks(world, north1, upTo);
    expect(kept(world)).toEqual(left);
    expect(eraseDue(world)).toBe(dueIn === undefined ? undefined : now + dueIn);
  });

  test("what waits to be cut is not put off by what is acknowledged later", () => {
    const world = town();
    acks(world, north1, 1);
    acks(world, north1, 3, now + 10_000);
    acks(world, north1, 4, now + 20_000);
    expect(eraseDue(world)).toBe(now + 15_000);
    expect(kept(world)).toEqual([
      [3, 5],
      [6, 6],
    ]);
  });

  test("what waits to be cut comes before what was due later", () => {
    const world = town();
    closedAt(world, now, "idle_timeout");
    put(world, "deadlines", { kind: "payloads.erase", subject: city.active, dueAt: now + day * 1_000 });
    acks(world, north1, 1, now + 5);
    expect(eraseDue(world)).toBe(now + 5 + 15_000);
  });

  test.each([
    ["until_delivered", [[6, 6]]],
    ["until_closed", [[6, 6]]],
    [
      { days: 1 },
      [
        [1, 2],
        [3, 5],
        [6, 6],
      ],
    ],
  ] as const)("while it drains, under %j", (payloadRetention, left) => {
    const world = town({ payloadRetention });
    closedAt(world, now, "completed_by_consumer");
    acks(world, north1, 5, now + 1_000);
    expect(kept(world)).toEqual(left);
  });
});
