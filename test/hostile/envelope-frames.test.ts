/**
 * Envelopes as nobody should send them: each ends the connection that brought it, with its one code, and costs nobody
 * else anything. And several frames in one message, which anybody may send.
 */
import { makeId } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import type { Principal } from "../fixtures/principal.js";
import { frame, frameOf } from "../fixtures/raw-socket.js";
import { headerOf, risingId, Talking, wordsOf } from "../fixtures/talking.js";
import { openTalkStage, type Pair } from "../system/talk-stage.js";

const stage = openTalkStage("hostile-envelopes");
const text = (said: string): Buffer => Buffer.from(said);
const least = () => ({ session: pair.session, id: risingId(), type: "a.b" });
const send = (header: string | object, payload: Uint8Array | string = ""): Buffer =>
  frameOf("send", text(typeof header === "string" ? header : JSON.stringify(header)), Buffer.from(payload));
const withMember = (member: string): Buffer => send(JSON.stringify(least()).replace("}", `,${member}}`));
const lengths = (kind: number, ...all: readonly number[]): Buffer => {
  const head = Buffer.alloc(2 + 4 * all.length);
  head.set([1, kind]);
  for (const [at, length] of all.entries()) head.writeUInt32BE(length, 2 + 4 * at);
  return head;
};
const ack = (said: unknown): Buffer => frame("ack", said);
const acks = (...all: readonly unknown[]): Buffer => ack({ acks: all });

/** The one whose traffic goes on, and the holder of its other side. */
let pair: Pair;
/** As many as speak at once: an instance has one connection. */
const speakers: Principal[] = [];
const atOnce = 5;

beforeAll(async () => {
  pair = await stage.pair();
  while (speakers.length < atOnce) speakers.push((await stage.another("consumer")).principal);
});

const rows: Readonly<Record<string, readonly [() => Buffer, number]>> = {
  "a send frame with one part": [() => Buffer.concat([lengths(0x20, 2), text("{}")]), 4400],
  "a send frame cut short in its lengths": [() => lengths(0x20, 2).subarray(0, 5), 4400],
  "a send frame cut short in its payload": [() => send(least(), "payload").subarray(0, -1), 4400],
  "a byte behind a send frame": [() => Buffer.concat([send(least()), Buffer.from([0])]), 4400],
  "a header longer than all that follows": [() => Buffer.concat([lengths(0x20, 99, 0), text("{}")]), 4400],
  "the longest lengths that can be named": [() => lengths(0x20, 0xffffffff, 0xffffffff), 4400],
  "an empty header": [() => send(""), 4400],
  "a header that is a list": [() => send([least()]), 4400],
  "a header that is no JSON": [() => send("{"), 4400],
  "a header with a comma too many": [() => send(JSON.stringify(least()).replace("}", ",}")), 4400],
  "a header with a byte order mark": [() => send(`\ufeff${JSON.stringify(least())}`), 4400],
  "a header that is not UTF-8": [() => frameOf("send", Buffer.from([0x7b, 0xff, 0x7d]), text("")), 4400],
  "a key twice": [() => withMember('"type":"c.d"'), 4400],
  "a key twice, in two spellings": [() => withMember('"t\\u0079pe":"c.d"'), 4400],
  "something nested": [() => withMember('"x-a":{}'), 4400],
  "a number": [() => withMember('"x-a":1'), 4400],
  "an unknown key": [() => withMember('"seq":"1"'), 4400],
  __proto__: [() => withMember('"__proto__":"a"'), 4400],
  "half a surrogate": [() => withMember('"x-a":"\\ud800"'), 4400],
  "a control character": [() => withMember('"x-a":"\\u0000"'), 4400],
  "a turned text": [() => withMember('"x-a":"\u202e"'), 4400],
  "an id of another kind": [() => send({ ...least(), id: makeId("session") }), 4400],
  "no session": [() => send({ ...least(), session: undefined }), 4400],
  "a message over 4 MiB": [() => send(least(), Buffer.alloc(4_194_304)), 4413],
  "257 frames": [() => Buffer.concat(Array.from({ length: 257 }, () => send(least()))), 4400],
  "a wrong frame behind right ones": [() => Buffer.concat([send(least()), send(least()), send("{")]), 4400],
  "an outcome, which is not the client's to send": [() => frame("outcome", { sessions: [] }), 4400],
  "a deliver frame, which is not either": [() => frameOf("deliver", text("{}"), text("{}"), text("")), 4400],
  "kind 0x24": [() => Buffer.concat([lengths(0x24, 2), text("{}")]), 4400],
  "kind 0x1f": [() => Buffer.concat([lengths(0x1f, 2), text("{}")]), 4400],
  "an acknowledgement of nothing": [() => acks(), 4400],
  "an acknowledgement that is a list": [() => ack([]), 4400],
  "an acknowledgement of zero": [() => acks({ session: pair.session, n: 0 }), 4400],
  "an acknowledgement of less than nothing": [() => acks({ session: pair.session, n: -1 }), 4400],
  "an acknowledgement of half of one": [() => acks({ session: pair.session, n: 0.5 }), 4400],
  "an acknowledgement of more than can be counted": [() => acks({ session: pair.session, n: 2 ** 53 }), 4400],
  "an acknowledgement in text": [() => acks({ session: pair.session, n: "1" }), 4400],
  "an acknowledgement with something beside": [() => acks({ session: pair.session, n: 1, m: 1 }), 4400],
  "an acknowledgement of no session": [() => acks({ session: "ses_1", n: 1 }), 4400],
  "an acknowledgement of 257 sessions": [
    () => acks(...Array.from({ length: 257 }, () => ({ session: makeId("session"), n: 1 }))),
    4400,
  ],
  "an acknowledgement of two parts": [() => Buffer.concat([lengths(0x23, 2, 2), text("{}{}")]), 4400],
  "an acknowledgement over 64 KiB": [() => ack(`{"acks":[${" ".repeat(65_536)}]}`), 4413],
};

describe("a connection is ended by", () => {
  /** Rows wait half a second each for the socket to go by force, so they are sent a few at a time. */
  describe.concurrent("what is no envelope and no acknowledgement:", () => {
    test.each(Object.entries(rows))("%s", async (_title, [bytes, code]) => {
      const speaker = speakers.pop();
      if (speaker === undefined) throw new Error(`more than ${atOnce} rows at once`);
      const hostile = await Talking.as(speaker);
      hostile.speaking.socket.sayBytes(bytes());
      const ended = await hostile.speaking.closed;
      speakers.push(speaker);
      expect([ended.code, hostile.delivered]).toEqual([code, []]);
      // The neighbour goes on as if nothing had been.
      expect(await pair.consumer.send({ session: pair.session })).toMatchObject({ is: "accepted" });
    });
  });

  test("and to its neighbour comes what it is sent, and nothing else", async () => {
    const { session, provider } = pair;
    const count = Object.keys(rows).length;
    const found = await provider.received(session, count);
    expect(found.map(({ stamp }) => stamp.n)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    await provider.settled();
    expect(provider.delivered).toHaveLength(count);
  });
});

describe("what is well-formed costs nothing but the refusal", () => {
  test("where it names what is hidden or absent, alike", async () => {
    const outsider = await Talking.as(stage.opened.world.b.instance);
    const hidden = await outsider.send({ session: pair.session });
    const absent = await outsider.send({ session: makeId("session") });
    const shown = [hidden, absent].map((each) => ({ ...each, id: "" }));
    expect(shown[0]).toEqual(shown[1]);
    expect(hidden).toMatchObject({ problem: { code: "not-found" }, stands: null });
    // Nor do acknowledgements tell anything: they are not answered.
    outsider.ack(pair.session, 1);
    outsider.ack(makeId("session"), 1);
    await outsider.settled();
    expect([outsider.speaking.socket.isClosed, outsider.outcomes.length]).toEqual([false, 2]);
    await outsider.end();
  });

  test("256 frames of one message, of several sessions and with calls between them, keep their order", async () => {
    const [one, two] = [await stage.pair(), await stage.pair()];
    const { consumer, provider } = one;
    const all = Array.from({ length: 255 }, (_, at) => ({
      session: at % 3 === 0 ? two.session : one.session,
      id: risingId(),
      payload: String(at),
    }));
    const frames = all.map((each) => frameOf("send", headerOf(each), text(each.payload)));
    const call = frame("call", { id: "between", call: "close", session: two.session });
    frames.splice(200, 0, call);
    const verdicts = all.map(({ id }) => consumer.verdict(id));
    consumer.speaking.socket.sayBytes(Buffer.concat(frames));
    const words = wordsOf(await Promise.all(verdicts));
    const expected = all.map(({ session }, at) =>
      session === two.session && at >= 200 ? "session.state" : "accepted",
    );
    expect(words).toEqual(expected);
    expect(await consumer.speaking.reply("between")).toMatchObject({ ok: true });
    for (const { session } of [one, two]) {
      const count = all.filter((each, at) => each.session === session && expected[at] === "accepted").length;
      const found = await provider.received(session, count);
      const sent = all.filter((each, at) => each.session === session && expected[at] === "accepted");
      expect(found.map(({ payload }) => String(payload))).toEqual(sent.map(({ payload }) => payload));
    }
  });
});
