/** What outlives a connection, a close and a broker: ids, order, what was handled, and from where deliveries go on. */
import type { SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { startAgain } from "../fixtures/broker-process.js";
import { asks, readSession } from "../fixtures/sessions.js";
import { type Delivered, type Envelope, risingId, Talking, wordOf, wordsOf } from "../fixtures/talking.js";
import { openTalkStage } from "./talk-stage.js";

const stage = openTalkStage("resume");
const numbered = (session: string, count: number): Envelope[] =>
  Array.from({ length: count }, (_, at) => ({ session, payload: `payload ${at + 1}` }));
const ns = (all: readonly Delivered[]): number[] => all.map(({ stamp }) => stamp.n);
const again = (all: readonly Delivered[]): number[] =>
  all.flatMap(({ stamp }) => (stamp.redelivered ? stamp.n : []));
/** Everything but that it may have come before. */
const bare = ({ stamp: { redelivered: _, ...stamp }, header, payload }: Delivered) =>
  JSON.stringify([stamp, header.toString("hex"), payload.toString("hex")]);

async function restart(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  const { opened } = stage;
  opened.world.broker.signal(signal);
  await opened.world.broker.ended;
  opened.world = { ...opened.world, broker: await startAgain(opened.world.broker) };
}

/** Two connections of their own, so that they may be lost. */
const lonely = async (terms: object = {}) =>
  stage.pair(terms, { consumer: await stage.another("consumer"), provider: await stage.another("provider") });

describe("an id is its envelope for ever [ENV-3]", () => {
  const first = () => ({ id: risingId(), payload: "first", more: { "x-a": "1" } });

  test.each<[string, (by: Talking, session: string) => Promise<Talking>]>([
    ["on another connection", async (by) => stage.again(by)],
    [
      "after the close",
      async (by, session) => {
        await by.close(session);
        return by;
      },
    ],
    [
      "in a broker that was started again",
      async ({ principal }) => {
        await restart("SIGTERM");
        return Talking.as(principal);
      },
    ],
    [
      "in a broker that was killed",
      async ({ principal }) => {
        await restart("SIGKILL");
        return Talking.as(principal);
      },
    ],
  ])("%s", async (_title, meanwhile) => {
    const { session, consumer, provider } = await lonely();
    const [one, two] = [
      { session, ...first() },
      { session, ...first() },
    ];
    const sent = await consumer.sendAll([one, two]);
    await provider.received(session, 2);
    const by = await meanwhile(consumer, session);
    const repeats = await by.sendAll([two, one]);
    expect(repeats.map((each) => ("n" in each ? [each.is, each.id, each.n, each.seq] : each))).toEqual([
      ["repeated", two.id, 2, 2],
      ["repeated", one.id, 1, 1],
    ]);
    expect(wordsOf(sent)).toEqual(["accepted", "accepted"]);
    const others = [
      { ...one, payload: "second" },
      { ...one, more: { "x-a": "2" } },
      { ...one, type: "a.c" },
    ];
    expect(wordsOf(await Promise.all(others.map((other) => by.send(other))))).toEqual(
      Array(3).fill("envelope.id-reused"),
    );
    const view = await readSession(by.principal, { id: session as SessionId });
    expect(view.consumer.sent.envelopes).toBe(2);
    if (by !== consumer) await by.end();
  });

  test("is of its side: the other may use it as well, and so may another session", async () => {
    const { session, consumer, provider } = await lonely();
    const other = await stage.pair({}, { consumer, provider });
    const id = risingId();
    const all = [
      await consumer.send({ session, id }),
      await provider.send({ session, id, payload: "other" }),
      await consumer.send({ session: other.session, id, payload: "third" }),
    ];
    expect(wordsOf(all)).toEqual(["accepted", "accepted", "accepted"]);
  });

  test("is free again where it was refused", async () => {
    const { session, consumer } = await lonely({ maxEnvelopeBytes: 200 });
    const id = risingId();
    const words = [];
    for (const payload of ["x".repeat(200), "small", "small", "other"])
      words.push(wordOf(await consumer.send({ session, id, payload })));
    expect(words).toEqual([
      "contract.violation maxEnvelopeBytes",
      "accepted",
      "repeated",
      "envelope.id-reused",
    ]);
  });

  test("that does not rise is found as well", async () => {
    const { session, consumer } = await lonely();
    const ids = [risingId(), risingId(), risingId(), risingId()];
    const [a, b, c, d] = ids.map((id) => ({ session, id }));
    for (const each of [c, a, d, b]) expect(wordOf(await consumer.send(each as Envelope))).toBe("accepted");
    const found = await Promise.all([a, b, c, d].map((each) => consumer.send(each as Envelope)));
    expect(found.map((each) => ("n" in each ? [each.is, each.n] : each))).toEqual(
      [2, 4, 1, 3].map((n) => ["repeated", n]),
    );
  });
});

describe("deliveries go on [ENV-14]", () => {
  test.each<[string, (lost: Talking) => Promise<Talking>]>([
    ["on another connection", (lost) => stage.again(lost)],
    [
      "after a kill of the broker",
      async ({ principal }) => {
        await restart("SIGKILL");
        return Talking.as(principal);
      },
    ],
  ])("after what was handled, or after a cursor, %s", async (_title, meanwhile) => {
    const { session, consumer, provider } = await lonely({ payloadRetention: { days: 1 } });
    await consumer.sendAll(numbered(session, 6));
    const before = await provider.received(session, 6);
    provider.ack(session, 2);
    await consumer.speaking.call("unwatch", { watch: "nothing" });
    await provider.settled();
    // Asked until it was heard: an acknowledgement is not answered.
    for (let handled = 0; handled < 2; )
      handled = (await readSession(consumer.principal, { id: session as SessionId })).consumer.sent
        .acknowledged;
    const next = await meanwhile(provider);
    const { resume } = await next.join(session);
    expect(resume).toMatchObject({ after: 2, missing: [], sent: 0 });
    const found = await next.received(session, 4);
    expect([ns(found), again(found)]).toEqual([
      [3, 4, 5, 6],
      [3, 4, 5, 6],
    ]);
    expect(found.map(bare)).toEqual(before.slice(2).map(bare));
    expect((await next.join(session, { after: 4, era: 1 })).resume.after).toBe(4);
    expect(ns(await next.received(session, 2))).toEqual([5, 6]);
    expect((await next.join(session, { after: 0, era: 1 })).resume).toMatchObject({ after: 0, missing: [] });
    expect(ns(await next.received(session, 6))).toEqual([1, 2, 3, 4, 5, 6]);
    const { problem } = await next.speaking.call("join", { session, cursor: { after: 4, era: 2 } });
    expect(problem?.code).toBe("cursor.era");
    if (next.principal === provider.principal) await next.end();
  });

  test("without what is not kept any more, which is said", async () => {
    const { session, consumer, provider } = await lonely();
    await consumer.sendAll(numbered(session, 5));
    await provider.received(session, 5);
    provider.ack(session, 3);
    for (let handled = 0; handled < 3; )
      handled = (await readSession(consumer.principal, { id: session as SessionId })).consumer.sent
        .acknowledged;
    const next = await stage.again(provider);
    const { resume } = await next.join(session, { after: 1, era: 1 });
    expect(resume).toMatchObject({ after: 3, missing: [{ from: 2, to: 3, why: "erased" }] });
    expect(ns(await next.received(session, 2))).toEqual([4, 5]);
  });

  test("with what comes at the very moment of the join, without a gap or a repeat, a hundred times", async () => {
    const { session, consumer, provider } = await lonely();
    let [sent, handled] = [0, 0];
    for (let round = 0; round < 100; round++) {
      const joining = provider.join(session, { after: handled, era: 1 });
      const count = 1 + (round % 3);
      const sending = consumer.sendAll(numbered(session, count));
      const from = provider.delivered.length;
      expect(wordsOf(await sending)).toEqual(Array(count).fill("accepted"));
      sent += count;
      await joining;
      while (provider.delivered.at(-1)?.stamp.n !== sent) await provider.next(session);
      const all = ns(provider.delivered.slice(from));
      // What was delivered to the joining before may come first; then everything after the cursor.
      const last = all.slice(all.lastIndexOf(handled + 1));
      expect(last).toEqual(Array.from({ length: sent - handled }, (_, at) => handled + 1 + at));
      handled = sent;
      provider.ack(session, handled);
    }
  });

  test("to nobody who does not hold the side", async () => {
    const { session, consumer, provider } = await lonely();
    const sibling = await stage.another("provider");
    const { problem } = await sibling.speaking.call("join", { session });
    expect(problem?.code).toBe("session.not-held");
    await consumer.send({ session });
    await provider.received(session, 1);
    await sibling.settled();
    expect(sibling.delivered).toEqual([]);
  });
});

describe("the end [SES-12]", () => {
  test("of a session that its sender closes comes after its last envelope", async () => {
    const { session, consumer, provider } = await lonely();
    void consumer.sendAll(numbered(session, 200));
    await consumer.close(session);
    const heard = await provider.speaking.event("session.closed", session);
    expect(heard).toMatchObject({ reason: "completed_by_consumer", sent: { consumer: 200 } });
    expect(ns(await provider.received(session, 200)).at(-1)).toBe(200);
  });

  test("that is gentle leaves what was not there to receive to be drained, by any instance of its agent", async () => {
    const { session, consumer, provider } = await lonely();
    await provider.end();
    await consumer.sendAll(numbered(session, 3));
    await consumer.close(session);
    const next = await Talking.as(provider.principal);
    const joined = await next.join(session);
    expect([joined.state, joined.resume.after]).toEqual(["closed", 0]);
    expect(ns(await next.received(session, 3))).toEqual([1, 2, 3]);
    next.ack(session, 3);
    for (let handled = 0; handled < 3; )
      handled = (await readSession(consumer.principal, { id: session as SessionId })).consumer.sent
        .acknowledged;
    expect((await next.join(session)).resume).toMatchObject({ after: 3, missing: [] });
    await next.settled();
    expect(next.delivered).toHaveLength(3);
    await next.end();
  });

  test("that is hard cuts: what was not delivered never is, and nobody can send", async () => {
    const { session, consumer, provider } = await lonely();
    await provider.end();
    await consumer.sendAll(numbered(session, 3));
    const { a } = stage.opened.world;
    expect(await asks(a.admin, "close", { id: session as SessionId, proposalDigest: "" })).toMatchObject({
      state: "closed",
    });
    const next = await Talking.as(provider.principal);
    const { ok, result, problem } = await next.speaking.call("join", { session });
    if (ok) expect(result).toMatchObject({ state: "closed", resume: { missing: [{ from: 1, to: 3 }] } });
    else expect(problem?.code).toMatch(/^session\./);
    await next.settled();
    expect(next.delivered).toEqual([]);
    expect(wordOf(await consumer.send({ session }))).toBe("session.state");
    await next.end();
  });

  test("of a connection by a newer one is the end of what it sends, though it has not heard of it", async () => {
    const { session, consumer, provider } = await lonely();
    await consumer.send({ session });
    consumer.speaking.socket.stopReading();
    const next = await stage.again(consumer);
    void consumer.send({ session }).catch(() => undefined);
    await next.settled();
    await next.join(session);
    expect(wordOf(await next.send({ session, payload: "newer" }))).toBe("accepted");
    expect((await provider.received(session, 2)).map(({ payload }) => String(payload))).toEqual([
      "",
      "newer",
    ]);
    const view = await readSession(next.principal, { id: session as SessionId });
    expect(view.consumer.sent.envelopes).toBe(2);
  });
});
