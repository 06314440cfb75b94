import { decodeFrames, encodeJsonFrame, limits, makeId, readHeader } from "@parley/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Socket } from "./conversation-parts.js";
import { OnTheWay } from "./on-the-way.js";
import { Outgoing } from "./outgoing.js";

/** A socket whose bytes leave when the test lets them. */
class HeldSocket implements Socket {
  readonly bufferedAmount = 0;
  readonly messages: Uint8Array[] = [];
  readonly #leaving: (() => void)[] = [];

  send(bytes: Uint8Array, gone: () => void = () => undefined): void {
    this.messages.push(bytes);
    this.#leaving.push(gone);
  }

  read = (): void => undefined;
  end = (): void => undefined;

  /** So many messages have left, the oldest first. */
  leave(count = this.#leaving.length): void {
    for (const gone of this.#leaving.splice(0, count)) gone();
  }

  frames(): { readonly kind: string; readonly parts: readonly string[] }[][] {
    return this.messages.map((message) => {
      const decoded = decodeFrames(message);
      if ("fault" in decoded) throw new Error(decoded.fault);
      return decoded.frames.map(({ kind, parts }) => ({
        ...{ kind, parts: parts.map((part) => Buffer.from(part).toString()) },
      }));
    });
  }
}

/** After what is due at the end of this turn. */
const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

function scene(all = new OnTheWay()) {
  const socket = new HeldSocket();
  const outgoing = new Outgoing(socket, all);
  const deliver = (payload: Uint8Array | string, header = "{}") =>
    outgoing.deliver({ n: 1, stamp: "{}", header, payload: Buffer.from(payload) });
  /** As many bytes as this, on the wire. */
  const fill = (bytes: number) => deliver(new Uint8Array(bytes - emptyBytes));
  return { socket, outgoing, all, deliver, fill };
}

/** Version and kind, three lengths, `{}` twice. */
const emptyBytes = 2 + 12 + 4;

describe("what is on its way to one connection", () => {
  test("leaves as one message, in order, at the end of the turn", async () => {
    const { socket, outgoing, deliver } = scene();
    deliver("one");
    outgoing.outcome('{"sessions":[]}');
    await Promise.resolve();
    deliver("two");
    expect(socket.messages).toEqual([]);
    await turn();
    expect(socket.frames()).toEqual([
      [
        { kind: "deliver", parts: ["{}", "{}", "one"] },
        { kind: "outcome", parts: ['{"sessions":[]}'] },
        { kind: "deliver", parts: ["{}", "{}", "two"] },
      ],
    ]);
    deliver("three");
    await turn();
    expect(socket.frames().at(-1)).toMatchObject([{ parts: ["{}", "{}", "three"] }]);
  });

  test("keeps its order with what does not wait", async () => {
    const { socket, outgoing, deliver } = scene();
    outgoing.send(encodeJsonFrame("ping", {}));
    deliver("one");
    outgoing.send(encodeJsonFrame("event", {}));
    deliver("two");
    await turn();
    expect(socket.frames().map((frames) => frames.map(({ kind }) => kind))).toEqual([
      ["ping"],
      ["deliver"],
      ["event"],
      ["deliver"],
    ]);
  });

  test.each([
    [limits.framesPerMessageMax, [limits.framesPerMessageMax]],
    [limits.framesPerMessageMax + 1, [limits.framesPerMessageMax, 1]],
    [2 * limits.framesPerMessageMax + 1, [limits.framesPerMessageMax, limits.framesPerMessageMax, 1]],
  ])("of %i frames is as few messages as there may be [FRM-1]", async (count, expected) => {
    const { socket, deliver } = scene();
    for (let at = 0; at < count; at++) deliver(String(at));
    await turn();
    expect(socket.frames().map((frames) => frames.length)).toEqual(expected);
    const payloads = socket.frames().flatMap((frames) => frames.map(({ parts }) => parts[2]));
    expect(payloads).toEqual(Array.from({ length: count }, (_, at) => String(at)));
  });

  test.each([
    ["as many bytes as a message may have are one", 0, [limits.messageBytesMax]],
    ["one more are two", 1, [limits.messageBytesMax / 2, limits.messageBytesMax / 2 + 1]],
  ])("of %s [FRM-1]", async (_title, more, expected) => {
    const { socket, fill } = scene();
    fill(limits.messageBytesMax / 2);
    fill(limits.messageBytesMax / 2 + more);
    await turn();
    expect(socket.messages.map(({ byteLength }) => byteLength)).toEqual(expected);
  });

  test("is nothing any more once it was dropped, and still counts what has not left", async () => {
    const { socket, outgoing, deliver, all } = scene();
    deliver("given");
    await turn();
    deliver("queued");
    let called = 0;
    outgoing.whenRoom(() => (called += 1));
    outgoing.drop();
    await turn();
    expect(socket.messages).toHaveLength(1);
    expect(all.bytes).toBe(emptyBytes + 5);
    socket.leave();
    expect([all.bytes, called]).toEqual([0, 0]);
  });
});

describe("room [ENV-15]", () => {
  const { deliveredBytesPerConnection: own, deliveredBytesMax: most } = limits;

  test.each([
    ["one byte less than may be on the way: deliveredBytesPerConnection", own - 1, true],
    ["as many bytes as may be", own, false],
  ])("behind %s, queued, given and gone", async (_title, bytes, hasRoom) => {
    const { socket, outgoing, fill } = scene();
    fill(bytes);
    expect(outgoing.hasRoom).toBe(hasRoom);
    await turn();
    expect(outgoing.hasRoom).toBe(hasRoom);
    socket.leave();
    expect(outgoing.hasRoom).toBe(true);
  });

  test.each([
    ["one byte less than may be on the way to all: deliveredBytesMax", -1, true],
    ["as many as may be", 0, false],
  ])("beside %s is there for whoever has something on its way: %i", async (_title, more, hasRoom) => {
    const all = new OnTheWay();
    const { outgoing, fill } = scene(all);
    fill(100);
    await turn();
    all.bytes = most + more;
    expect(outgoing.hasRoom).toBe(hasRoom);
  });

  test("is always there for who has nothing on its way: those that do not read take none of it", async () => {
    const all = new OnTheWay();
    const stalled = Array.from({ length: most / own }, () => scene(all));
    for (const { fill } of stalled) fill(own);
    await turn();
    expect([all.bytes, stalled.some(({ outgoing }) => outgoing.hasRoom)]).toEqual([most, false]);
    const reader = scene(all);
    for (let at = 0; at < 3; at++) {
      expect(reader.outgoing.hasRoom).toBe(true);
      reader.fill(1_000);
      await turn();
      expect(reader.outgoing.hasRoom).toBe(false);
      reader.socket.leave();
    }
    expect(all.bytes).toBe(most);
  });

  test("is told once, when half of it is there again", async () => {
    const { socket, outgoing, fill } = scene();
    const called: string[] = [];
    for (const bytes of [own / 4, own / 4, own / 4, own / 4]) {
      fill(bytes);
      await turn();
    }
    outgoing.whenRoom(() => called.push("one"));
    outgoing.whenRoom(() => called.push("two"));
    socket.leave(2);
    expect(called).toEqual([]);
    socket.leave(1);
    expect(called).toEqual(["one", "two"]);
    socket.leave(1);
    expect(called).toEqual(["one", "two"]);
  });

  test("is asked for anew by who is called and finds none", async () => {
    const all = new OnTheWay();
    const { socket, outgoing, fill } = scene(all);
    for (let at = 0; at < 3; at++) {
      fill(own / 8);
      await turn();
    }
    all.bytes += most;
    const found: boolean[] = [];
    const call = (): void => {
      found.push(outgoing.hasRoom);
      if (!outgoing.hasRoom) outgoing.whenRoom(call);
    };
    outgoing.whenRoom(call);
    for (let at = 0; at < 3; at++) socket.leave(1);
    expect(found).toEqual([false, false, true]);
  });
});

describe("an envelope on the wire [ENV-11]", () => {
  const session = makeId("session");
  const id = makeId("envelope");
  const letters = fc.oneof(
    fc.constantFrom("a", "\u007f", "é", "\u07ff", "\u0800", "€", "\uffee", "\ud83d\ude00", "\udbff\udffd"),
    fc.string({ unit: "grapheme" }),
  );

  test("has header and payload as they came, to the byte, whatever letters they have", async () => {
    const one = fc.record({
      value: fc.array(letters).map((all) => all.join("")),
      payload: fc.uint8Array({ maxLength: 64 }),
      stamp: letters,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 8 }), async (all) => {
        const { socket, outgoing } = scene();
        const sent = all.flatMap(({ value, payload, stamp }) => {
          const header = Buffer.from(JSON.stringify({ session, id, type: "a.b", "x-a": value }));
          const read = readHeader(header);
          // What is no plain text is no header, half a surrogate among it.
          if ("fault" in read) return [];
          outgoing.deliver({ n: 1, stamp, header: read.text, payload });
          return [[Buffer.from(stamp), header, Buffer.from(payload)]];
        });
        outgoing.flush();
        const [message] = socket.messages;
        const decoded = message === undefined ? { frames: [] } : decodeFrames(message);
        if ("fault" in decoded) throw new Error(decoded.fault);
        expect(decoded.frames.map(({ parts }) => parts.map((part) => Buffer.from(part)))).toEqual(sent);
      }),
      { numRuns: 500 },
    );
  });
});
