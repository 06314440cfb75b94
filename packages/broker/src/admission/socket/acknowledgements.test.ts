import { encodeFrame, encodeJsonFrame, limits, makeId, type Refusal } from "@parley/protocol";
import { describe, expect, test, vi } from "vitest";
import { frameOf, type HeldLine, next, one, scene, speaking, two } from "./testing/held-line.js";
import { settled } from "./testing/stage.js";

describe("an acknowledgement [ENV-13]", () => {
  test.each<[string, unknown]>([
    ["nothing", { acks: [] }],
    ["no session", { acks: [{ session: "ses_1", n: 1 }] }],
    ["zero", { acks: [{ session: one, n: 0 }] }],
    ["half an envelope", { acks: [{ session: one, n: 1.5 }] }],
    ["more than can be counted", { acks: [{ session: one, n: 2 ** 53 }] }],
    ["something else beside", { acks: [{ session: one, n: 1, m: 1 }] }],
    [
      "more sessions than may be joined",
      {
        acks: Array.from({ length: limits.joinedSessionsPerConnection + 1 }, () => ({ session: one, n: 1 })),
      },
    ],
  ])("of %s ends the connection", async (_title, body) => {
    const { line, envelopes, by } = scene();
    expect(envelopes.acknowledge(frameOf(encodeJsonFrame("ack", body)), by)).toBe("malformed");
    envelopes.begin();
    await settled();
    expect(line.asked).toEqual([]);
  });

  test.each([
    ["as large as a call may be is read", 0, "malformed"],
    ["one byte larger is not", 1, "tooLarge"],
  ])("%s", (_title, more, reason) => {
    const { envelopes, by } = scene();
    const part = new Uint8Array(limits.requestBodyBytesMax + more);
    expect(envelopes.acknowledge(frameOf(encodeFrame("ack", part)), by)).toBe(reason);
  });

  test("of as many sessions as may be joined is one command", async () => {
    const { line, ack, envelopes } = scene();
    const acks = Array.from({ length: limits.joinedSessionsPerConnection }, () => ({
      session: makeId("session"),
      n: 1,
    }));
    expect(ack(acks)).toBeUndefined();
    envelopes.begin();
    await settled();
    expect(line.asked[0]?.command).toMatchObject({ kind: "envelopes.ack", acks });
  });

  test("of more sessions than that, said bit by bit, is several, one after the other", async () => {
    const { line, ack, envelopes, answerNext } = scene();
    const most = limits.joinedSessionsPerConnection;
    ack([{ session: one, n: 1 }]);
    envelopes.begin();
    const acks = Array.from({ length: most + 1 }, () => ({ session: makeId("session"), n: 1 }));
    ack(acks.slice(0, most));
    ack(acks.slice(most));
    for (let left = 3; left > 0; left--) {
      envelopes.begin();
      await settled();
      await answerNext();
    }
    const asked = line.asked.map(({ command }) => ("acks" in command ? command.acks : []));
    expect(asked).toEqual([[{ session: one, n: 1 }], acks.slice(0, most), acks.slice(most)]);
  });

  test.each([
    ["of four times as many, while none is decided, are kept", 0, undefined],
    ["of one more end the connection: they name what is not there", 1, "tooMany"],
  ] as const)("%s", (_title, more, reason) => {
    const { ack } = scene();
    const many = (count: number) =>
      Array.from({ length: count }, () => ({ session: makeId("session"), n: 1 }));
    for (let left = 4; left > 0; left--)
      expect(ack(many(limits.joinedSessionsPerConnection))).toBeUndefined();
    expect(more === 0 ? undefined : ack(many(more))).toBe(reason);
  });

  test("waits for none but the one before: neither for what was sent nor for calls, nor they for it", async () => {
    const { line, envelopes, take, ack, call, answerNext } = scene();
    take("first");
    envelopes.begin();
    await settled();
    call();
    ack([{ session: one, n: 5 }]);
    envelopes.begin();
    await settled();
    take("a");
    envelopes.begin();
    await settled();
    expect(line.said()).toEqual(["first", "one:5", "session.join"]);
    // Nobody has answered the acknowledgement.
    await answerNext();
    expect(line.said().at(-1)).toBe("a");
  });

  test("that comes while one is on its way is one with all that do: the highest of each session", async () => {
    const { line, envelopes, ack, answerNext } = scene();
    const said: { session: string; n: number }[][] = [
      [{ session: one, n: 1 }],
      [{ session: one, n: 5 }],
      [
        { session: one, n: 3 },
        { session: two, n: 1 },
      ],
      [{ session: two, n: 9 }],
    ];
    for (const acks of said) {
      ack(acks);
      envelopes.begin();
      await settled();
    }
    expect(line.said()).toEqual(["one:1"]);
    await answerNext();
    expect(line.said()).toEqual(["one:1", "one:5 two:9"]);
    await answerNext();
    expect(line.asked).toHaveLength(2);
  });

  test.each<[string, (line: HeldLine) => void, number, unknown[]]>([
    ["a busy broker", (line) => next(line).answer({ code: "broker.busy", retryAfterMs: 250 }), 250, []],
    [
      "a fault",
      (line) => next(line).fail(new Error("the disk is gone")),
      1_000,
      [new Error("the disk is gone")],
    ],
  ])("that met %s is told again by the broker, with what came since", async (_title, answer, ms, found) => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const { line, envelopes, ack, faults, answerNext } = scene();
      ack([
        { session: one, n: 4 },
        { session: two, n: 1 },
      ]);
      envelopes.begin();
      await settled();
      answer(line);
      await settled();
      expect(faults).toEqual(found);
      ack(
        [
          { session: one, n: 3 },
          { session: two, n: 8 },
        ],
        speaking("0.0.1"),
      );
      envelopes.begin();
      vi.advanceTimersByTime(ms - 1);
      await settled();
      expect(line.said()).toEqual(["one:4 two:1"]);
      vi.advanceTimersByTime(1);
      await settled();
      expect(line.said()).toEqual(["one:4 two:1", "one:4 two:8"]);
      // By the token that is there now.
      expect(line.asked.at(-1)?.command.caller.generation).toBe("0.0.1");
      await answerNext();
      vi.advanceTimersByTime(60_000);
      await settled();
      expect(line.asked).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each<[string, Refusal, boolean, readonly string[]]>([
    ["is refused for good is not told again", { code: "connection.replaced" }, false, ["one:4"]],
    [
      "met a busy broker is told once more when its connection ends, and then never",
      { code: "broker.busy", retryAfterMs: 10 },
      true,
      ["one:4", "one:4"],
    ],
  ])("that %s", async (_title, refusal, ends, said) => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const { line, envelopes, ack, answerNext } = scene();
      ack([{ session: one, n: 4 }]);
      envelopes.begin();
      await settled();
      await answerNext(refusal);
      if (ends) envelopes.end();
      vi.advanceTimersByTime(60_000);
      await settled();
      expect(line.said()).toEqual(said);
    } finally {
      vi.useRealTimers();
    }
  });
});
