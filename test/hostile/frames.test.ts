/**
 * The frames of the socket: before the hello, and on an open connection. Every row of the tables ends its own
 * connection with its one code, leaves the record as it was, and the neighbours connected.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BareWire, binary, challenged, presenting, welcomed, wireFrame } from "../fixtures/bare-wire.js";
import { removeFolder } from "../fixtures/broker-process.js";
import type { Principal } from "../fixtures/principal.js";
import { answersPing, type Connected, connectAs, frame, RawSocket } from "../fixtures/raw-socket.js";
import { changesOf } from "../fixtures/refusals.js";
import { makeInstance, makeWorld, type World } from "../fixtures/world.js";
import { always, bytes, early, type FrameRow, late, ping, type Send, saying } from "./frame-rows.js";

let world: World;
let neighbour: Connected;
/** As many as speak at once: an instance has one connection. */
const speakers: Principal[] = [];
const atOnce = 5;

beforeAll(async () => {
  world = await makeWorld();
  neighbour = await connectAs(world.b.instance);
  while (speakers.length < atOnce) speakers.push(await makeInstance(world.a.admin, world.a.agent));
});
afterAll(async () => {
  neighbour.socket.end();
  await world.broker.stop();
  removeFolder(world.broker.data);
});

/** Rows wait half a second each for the socket to go by force, so they are sent a few at a time. */
function endsWith(
  title: string,
  rows: readonly FrameRow[],
  open: (speaker: Principal) => Promise<{ wire: BareWire; nonce: string }>,
): void {
  describe(title, () => {
    let before: readonly number[] = [];
    beforeAll(async () => {
      before = await changesOf(world);
    });

    describe.concurrent("what ends it:", () => {
      test.each(rows.map((row) => [row[0], row] as const))("%s", async (_name, [, send, code]) => {
        const speaker = speakers.pop();
        if (speaker === undefined) throw new Error(`more than ${atOnce} rows at once`);
        const { wire, nonce } = await open(speaker);
        await send({ wire, nonce, speaker, stranger: world.b.instance });
        const ended = await wire.closed;
        speakers.push(speaker);
        expect(ended).toBe(code);
      });
    });

    test("leaves the record as it was, and the neighbour connected", async () => {
      expect(await changesOf(world)).toEqual(before);
      expect(await answersPing(neighbour)).toBe(true);
    });
  });
}

endsWith("before the hello,", [...always, ...early], () => challenged(world.broker.url));
endsWith("on an open connection,", [...always, ...late], (speaker) => welcomed(speaker));

describe("the end of a connection", () => {
  test.each<[string, Buffer, number]>([
    ["1000, which is goodbye", bytes(3, 0xe8), 1000],
    ["a code of its own", bytes(0x13, 0x87), 4999],
    ["what the broker would not say", bytes(3, 0xf1), 1009],
    ["no code", bytes(), 1005],
  ])("by the client with %s is answered with the same", async (_title, payload, code) => {
    const { wire } = await welcomed(world.a.instance);
    wire.write(wireFrame({ opcode: 8, payload }));
    expect(await wire.closed).toBe(code);
  });

  test("by the client is the end of all that is sent behind it", async () => {
    const { wire } = await welcomed(world.a.instance);
    wire.write(Buffer.concat([wireFrame({ opcode: 8, payload: bytes(3, 0xe8) }), binary(ping)]));
    expect(await wire.closed).toBe(1000);
    await expect(wire.next()).rejects.toThrow("went");
  });

  test("without a word, half or whole, is an end as well, and the next connection is not a replacement", async () => {
    const before = await changesOf(world);
    const { wire } = await welcomed(world.a.instance);
    wire.endWriting();
    await wire.closed;
    const { wire: next } = await welcomed(world.a.instance);
    next.drop();
    await next.closed;
    expect(await changesOf(world)).toEqual(before);
  });
});

describe("an open connection", () => {
  const answered = async (send: Send): Promise<number> => {
    const speaker = world.a.instance;
    const { wire, nonce } = await welcomed(speaker);
    await send({ wire, nonce, speaker, stranger: world.b.instance });
    const { payload } = await wire.next();
    wire.write(wireFrame({ opcode: 8, payload: bytes(3, 0xe8) }));
    await wire.closed;
    return payload.readUInt8(1);
  };
  const pong = 7;

  test("takes a message in any pieces, with pings of the WebSocket in between", async () => {
    const pieces = [...ping].map((byte, at) =>
      wireFrame({ opcode: at === 0 ? 2 : 0, payload: bytes(byte), fin: at === ping.length - 1 }),
    );
    expect(await answered(saying(...pieces.flatMap((piece) => [piece, wireFrame({ opcode: 10 })])))).toBe(
      pong,
    );
  });

  test("takes a message byte by byte", async () => {
    const all = binary(ping);
    const drip: Send = async ({ wire }) => {
      for (const byte of all) {
        wire.write(bytes(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    expect(await answered(drip)).toBe(pong);
  });

  test("takes a length that is written longer than it need be", async () => {
    expect(await answered(saying(wireFrame({ opcode: 2, payload: ping, lengthBytes: 9 })))).toBe(pong);
  });

  test("takes 256 frames of one message, and answers each", async () => {
    const { wire } = await welcomed(world.a.instance);
    wire.write(binary(Buffer.concat(Array<Buffer>(256).fill(ping))));
    for (let at = 0; at < 256; at++) expect((await wire.next()).payload.readUInt8(1)).toBe(pong);
    wire.drop();
    await wire.closed;
  });

  test("answers a ping of the WebSocket with its own bytes", async () => {
    const { wire } = await welcomed(world.a.instance);
    wire.write(wireFrame({ opcode: 9, payload: bytes(1, 2, 3) }));
    expect(await wire.next()).toEqual({ opcode: 10, payload: bytes(1, 2, 3) });
    wire.drop();
    await wire.closed;
  });

  test("is answered to its calls, and what is refused costs nothing", async () => {
    const { wire } = await welcomed(world.a.instance);
    const serve = frame("call", { id: "1", call: "serve", capabilities: ["a.b"] });
    const join = frame("call", { id: "2", call: "join", session: "ses_00000000000000000000000001" });
    wire.write(binary(Buffer.concat([serve, join, ping])));
    const replies = [];
    while (replies.length < 2) {
      const { payload } = await wire.next();
      if (payload.readUInt8(1) === 0x11) replies.push(JSON.parse(payload.subarray(6).toString()));
    }
    // Each when it is done: in which order is nobody's promise.
    expect(replies.sort((one, other) => one.id - other.id)).toMatchObject([
      { id: "1", ok: true, result: {} },
      { id: "2", ok: false, problem: { code: "not-found", status: 404 } },
    ]);
    wire.drop();
    await wire.closed;
  });

  test("that has ended is answered nothing, and decides nothing, of what was sent behind its end", async () => {
    const before = await changesOf(world);
    const { wire } = await welcomed(world.a.instance);
    const join = frame("call", { id: "1", call: "join", session: "ses_00000000000000000000000001" });
    wire.write(Buffer.concat([binary(Buffer.alloc(0)), binary(join)]));
    expect(await wire.closed).toBe(4400);
    await expect(wire.next()).rejects.toThrow("went");
    expect(await changesOf(world)).toEqual(before);
  });

  test("is renewed over its own nonce", async () => {
    expect(
      await answered(async ({ wire, nonce, speaker }) =>
        wire.write(binary(await presenting("renew", speaker, nonce))),
      ),
    ).toBe(5);
  });
});

test("a hello that is not complete in time is the end of the connection [SOC-11]", async () => {
  const { wire } = await challenged(world.broker.url);
  const began = performance.now();
  wire.write(wireFrame({ opcode: 2, length: 1_000n, payload: bytes(1, 2) }));
  expect(await wire.closed).toBe(4401);
  expect(performance.now() - began).toBeLessThan(7_500);
});

test("a newer connection ends the older one, and that is one fact [SOC-4]", async () => {
  const instance = await makeInstance(world.a.admin, world.a.agent);
  const before = await changesOf(world);
  const { wire: older } = await welcomed(instance);
  const { wire: newer } = await welcomed(instance);
  expect(await older.closed).toBe(4409);
  expect(await changesOf(world)).toEqual(before.map((count, at) => (at === 1 ? count + 1 : count)));
  newer.drop();
  await newer.closed;
});

test("messages of chance end as malformed or are answered, and the broker lives", async () => {
  const seed = randomBytes(4).readUInt32BE();
  const chance = mulberry(seed);
  const serve = frame("call", { id: "1", call: "serve", capabilities: ["a.b"] });
  const speak = async (speaker: Principal): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      const { wire } = await welcomed(speaker);
      for (let at = 0; at < 50; at++) wire.write(binary(mutated(at % 2 === 0 ? ping : serve, chance)));
      wire.write(binary(Buffer.alloc(0)));
      expect(await wire.closed, `seed ${seed}`).toBe(4400);
    }
  };
  await Promise.all(speakers.map(speak));
  expect(await answersPing(neighbour)).toBe(true);
});

test("and nobody was ended who sent nothing wrong", async () => {
  const other = new RawSocket(world.broker.url);
  expect((await other.expect("challenge")).kind).toBe("challenge");
  other.end();
  expect(await answersPing(neighbour)).toBe(true);
});

function mutated(message: Buffer, chance: () => number): Buffer {
  const copy = Buffer.from(message);
  const at = Math.floor(chance() * copy.length);
  const how = Math.floor(chance() * 4);
  if (how === 0) copy.writeUInt8(Math.floor(chance() * 256), at);
  if (how === 1) return copy.subarray(0, at);
  if (how === 2) return Buffer.concat([copy, copy.subarray(at)]);
  return how === 3 ? Buffer.concat([copy.subarray(at), copy]) : copy;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
