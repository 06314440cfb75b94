/**
 * Terms over the wire: clients that hold themselves to nothing get exactly as far as the contract allows, to the
 * envelope, the byte and the millisecond, and the record says the same.
 */
import { describe, expect, test } from "vitest";
import { readSession } from "../fixtures/sessions.js";
import { headerOf, risingId, type Talking, type Verdict, wordOf, wordsOf } from "../fixtures/talking.js";
import { openTalkStage } from "./talk-stage.js";

const stage = openTalkStage("terms");

/** How many envelopes the record has of each side, whoever reads it. */
async function countsOf({ principal }: Talking, session: string): Promise<readonly [number, number]> {
  const { consumer, provider } = await readSession(principal, { id: session as never });
  return [consumer.sent.envelopes, provider.sent.envelopes];
}

const accepted = (verdicts: readonly Verdict[]): number =>
  verdicts.filter(({ is }) => is === "accepted").length;

describe("types and directions [ENV-4]", () => {
  const messageTypes = [
    { type: "markets.request", from: "consumer" },
    { type: "markets.*", from: "provider" },
    { type: "either.way", from: "either" },
  ];

  test.each([
    ["consumer", "markets.request", true],
    ["provider", "markets.request", true],
    ["consumer", "markets.response", false],
    ["provider", "markets.response", true],
    ["provider", "markets.response.late", true],
    ["provider", "markets", false],
    ["provider", "marketsx.a", false],
    ["consumer", "either.way", true],
    ["provider", "either.way", true],
    ["consumer", "either.way.too", false],
  ] as const)("from the %s, %s: %s", async (side, type, may) => {
    const pair = await stage.pair({ messageTypes });
    const word = wordOf(await pair[side].send({ session: pair.session, type }));
    expect(word).toBe(may ? "accepted" : "contract.violation messageTypes");
    expect((await countsOf(pair.consumer, pair.session)).reduce((sum, each) => sum + each)).toBe(may ? 1 : 0);
  });

  test("where there are none, nothing may be sent", async () => {
    const { session, consumer, provider } = await stage.pair({ messageTypes: [] });
    for (const side of [consumer, provider])
      expect(wordOf(await side.send({ session }))).toBe("contract.violation messageTypes");
  });
});

describe("sizes are bytes as they came [ENV-4]", () => {
  const limit = 1_000;
  const letters = ["a", "é", "€", "😀"];

  test.each(letters)("of header and payload together, to the byte, written with %s", async (letter) => {
    const { session, consumer, provider } = await stage.pair({ maxEnvelopeBytes: limit });
    const send = (more: number) => {
      const header = headerOf({ session, more: { "x-a": letter.repeat(10) } });
      const words = letter.repeat(Math.floor((limit - header.length) / Buffer.byteLength(letter)));
      const rest = limit + more - header.length - Buffer.byteLength(words);
      const payload = rest < 0 ? Buffer.from(words).subarray(0, rest) : Buffer.from(words + "z".repeat(rest));
      expect(header.length + payload.length).toBe(limit + more);
      return consumer.sendHeader(header, payload);
    };
    expect(wordsOf([await send(-1), await send(0)])).toEqual(["accepted", "accepted"]);
    const over = await send(1);
    expect(over).toMatchObject({
      problem: { code: "contract.violation", rule: "maxEnvelopeBytes", limit, used: limit + 1 },
    });
    const [one, two] = await provider.received(session, 2);
    expect([one, two].map((each) => (each?.header.length ?? 0) + (each?.payload.length ?? 0))).toEqual([
      limit - 1,
      limit,
    ]);
  });

  test("of a header alone, to its bound; one byte more ends the connection [ENV-1]", async () => {
    const who = { consumer: await stage.another("consumer") };
    const { session, consumer, provider } = await stage.pair({ maxEnvelopeBytes: 16_384 }, who);
    const header = (bytes: number) => {
      const id = risingId();
      const bare = headerOf({ session, id, more: { "x-a": "" } }).length;
      return headerOf({ session, id, more: { "x-a": "a".repeat(bytes - bare) } });
    };
    expect(wordOf(await consumer.sendHeader(header(8_192), "x"))).toBe("accepted");
    expect((await provider.next(session)).header.length).toBe(8_192);
    await expect(consumer.sendHeader(header(8_193))).rejects.toThrow("4400");
    expect((await consumer.speaking.closed).code).toBe(4400);
  });

  test("of all of a session, to the byte, whoever sends", async () => {
    const maxTotalBytes = 1_000;
    const { session, consumer, provider } = await stage.pair({ maxTotalBytes });
    const send = (side: Talking, bytes: number) => {
      const header = headerOf({ session });
      return side.sendHeader(header, "x".repeat(bytes - header.length));
    };
    expect(wordsOf([await send(consumer, 400), await send(provider, 400)])).toEqual(["accepted", "accepted"]);
    const over = await send(consumer, 201);
    expect(over).toMatchObject({
      problem: { code: "contract.violation", rule: "maxTotalBytes", limit: maxTotalBytes },
      stands: { left: { bytes: 200 } },
    });
    expect(wordOf(await send(consumer, 200))).toBe("accepted");
    expect(wordOf(await send(provider, 150))).toBe("contract.violation maxTotalBytes");
  });
});

describe("rate [ENV-5]", () => {
  test("is that of each side alone, refused with how long, and no violation", async () => {
    const { session, consumer, provider } = await stage.pair({
      maxEnvelopesPerMinute: 3,
      violationsAllowed: 0,
    });
    const all = await consumer.sendAll(Array.from({ length: 5 }, () => ({ session })));
    expect(wordsOf(all)).toEqual([
      ...Array(3).fill("accepted"),
      ...Array(2).fill("envelope.rate maxEnvelopesPerMinute"),
    ]);
    const refused = all.at(-1);
    const wait = refused?.is === "refused" ? (refused.problem.retryAfterMs ?? 0) : 0;
    expect([wait > 50_000, wait <= 60_000]).toEqual([true, true]);
    expect(wordOf(await provider.send({ session }))).toBe("accepted");
    expect(await countsOf(consumer, session)).toEqual([3, 1]);
  });
});

describe("time [SES-11]", () => {
  test.each([
    ["duration_reached", { maxDurationSeconds: 1, maxEnvelopesPerMinute: 6_000 }],
    ["idle_timeout", { idleTimeoutSeconds: 1 }],
  ])("ends with %s, and what comes after that was never accepted", async (reason, terms) => {
    const { session, consumer, provider } = await stage.pair(terms);
    const heard = consumer.speaking.event("session.closed", session);
    let count = 0;
    for (let verdict = await consumer.send({ session }); verdict.is === "accepted"; ) {
      count += 1;
      // As fast as it is answered, so that it comes close to the end; who idles has sent once.
      if (reason === "idle_timeout") await heard;
      else if (count % 100 === 0) {
        provider.ack(session, count);
        await provider.settled();
      }
      verdict = await consumer.send({ session });
      expect(["accepted", "session.state"]).toContain(wordOf(verdict));
    }
    expect(await heard).toMatchObject({ reason, sent: { consumer: count, provider: 0 } });
    const view = await readSession(consumer.principal, { id: session as never });
    expect(view.closed).toMatchObject({ reason });
    expect(wordOf(await provider.send({ session }))).toBe("session.state");
    expect(await countsOf(consumer, session)).toEqual([count, 0]);
  });
});

describe("violations [ENV-6]", () => {
  test.each([0, 1, 3])(
    "so many as are allowed are refused, and the next closes: %i",
    async (violationsAllowed) => {
      const { session, consumer, provider } = await stage.pair({
        ...{ violationsAllowed, messageTypes: [{ type: "a.b", from: "either" }] },
      });
      const wrong = { session, type: "not.this" };
      // One side's are not the other's, and none of these others is one.
      for (let left = violationsAllowed; left > 0; left--)
        expect(wordOf(await provider.send(wrong))).toBe("contract.violation messageTypes");
      for (let left = violationsAllowed; left > 0; left--) {
        const verdict = await consumer.send(wrong);
        expect(verdict).toMatchObject({
          problem: { code: "contract.violation" },
          stands: { state: "active" },
        });
      }
      const id = risingId();
      expect(wordOf(await consumer.send({ session, id }))).toBe("accepted");
      expect(wordOf(await consumer.send({ session, id }))).toBe("repeated");
      expect(wordOf(await consumer.send({ session, id, payload: "other" }))).toBe("envelope.id-reused");
      const last = await consumer.sendAll([{ session }, wrong, { session }]);
      expect(wordsOf(last)).toEqual(["accepted", "contract.violation messageTypes", "session.state"]);
      expect(last.map(({ stands }) => stands?.state)).toEqual(["closed", "closed", "closed"]);
      expect(await provider.speaking.event("session.closed", session)).toMatchObject({
        ...{ reason: "contract_violation", sent: { consumer: 2, provider: 0 } },
      });
      const view = await readSession(provider.principal, { id: session as never });
      expect(view.closed).toMatchObject({
        reason: "contract_violation",
        side: "consumer",
        rule: "messageTypes",
      });
      expect((await provider.received(session, 2)).map(({ stamp }) => stamp.n)).toEqual([1, 2]);
    },
  );
});

describe("terms on trial [ENV-4]", () => {
  test("let through what they would refuse, say so to both, and bind nobody but for the others", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const { session, consumer, provider } = await stage.pair({
      ...{ maxEnvelopes: 2, maxEnvelopeBytes: 2_000, violationsAllowed: 0 },
      ...{ messageTypes: [{ type: "a.b", from: "consumer" }] },
      observe: { until, terms: ["maxEnvelopes", "maxEnvelopesBySide", "messageTypes"] },
    });
    const sent = [
      await consumer.send({ session }),
      await provider.send({ session }),
      await consumer.send({ session }),
      await provider.send({ session, type: "c.d" }),
    ];
    expect(wordsOf(sent)).toEqual(Array(4).fill("accepted"));
    const rules = (marks: readonly { readonly rule?: unknown }[] = []) => marks.map(({ rule }) => rule);
    expect(sent.map((each) => (each.is === "accepted" ? rules(each.wouldRefuse) : each.is))).toEqual([
      [],
      ["messageTypes"],
      ["maxEnvelopes"],
      ["messageTypes", "maxEnvelopes"],
    ]);
    const told = [...(await provider.received(session, 2)), ...(await consumer.received(session, 2))];
    expect(told.map(({ stamp }) => rules(stamp.wouldRefuse))).toEqual([
      [],
      ["maxEnvelopes"],
      ["messageTypes"],
      ["messageTypes", "maxEnvelopes"],
    ]);
    expect(sent.at(-1)?.stands?.left.envelopes).toBeNull();
    const over = await consumer.send({ session, payload: "x".repeat(2_000) });
    expect(over).toMatchObject({
      ...{ problem: { code: "contract.violation", rule: "maxEnvelopeBytes" }, stands: { state: "closed" } },
    });
  });
});

describe("what is not handled [ENV-8] [ENV-12]", () => {
  test("is 256 envelopes of a side, and no violation; what is handled may be sent anew", async () => {
    const { session, consumer, provider } = await stage.pair({ violationsAllowed: 0 });
    const many = (count: number) => consumer.sendAll(Array.from({ length: count }, () => ({ session })));
    expect(accepted(await many(256))).toBe(256);
    const full = await consumer.send({ session });
    expect(full).toMatchObject({
      problem: { code: "session.mailbox-full", rule: "envelopesUnhandledMax", limit: 256, used: 256 },
      stands: { state: "active", sendUpTo: { n: 256 } },
    });
    await provider.received(session, 256);
    provider.ack(session, 128);
    const credit = await consumer.speaking.event("credit", session);
    expect(credit).toMatchObject({ sendUpTo: { n: 384 } });
    const more = await many(129);
    expect([accepted(more), wordOf(more.at(-1) as Verdict)]).toEqual([
      128,
      "session.mailbox-full envelopesUnhandledMax",
    ]);
    // What was not handed out cannot be handled.
    provider.ack(session, 1_000_000);
    await consumer.speaking.event("credit", session);
    expect(wordOf(await consumer.send({ session }))).toBe("accepted");
  });

  test("is 4 MiB of a side", async () => {
    const { session, consumer } = await stage.pair();
    const mebibyte = 1_048_576;
    const send = (bytes: number) => {
      const header = headerOf({ session });
      return consumer.sendHeader(header, Buffer.alloc(bytes - header.length));
    };
    for (let left = 3; left > 0; left--) expect(wordOf(await send(mebibyte))).toBe("accepted");
    expect(wordOf(await send(mebibyte - 500))).toBe("accepted");
    expect(wordOf(await send(501))).toBe("session.mailbox-full bytesUnhandledMax");
    expect(wordOf(await send(500))).toBe("accepted");
  });
});
