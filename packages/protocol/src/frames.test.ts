import { describe, expect, test } from "vitest";
import {
  decodeFrames,
  encodeFrame,
  encodeJsonFrame,
  type FrameKind,
  frameKinds,
  frameVersion,
  subprotocol,
} from "./frames.js";
import { limits } from "./limits.js";

const kinds = Object.keys(frameKinds) as FrameKind[];
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** [FRM-2] One part, but where an envelope is carried. */
const counts: Partial<Record<FrameKind, number>> = { send: 2, deliver: 3 };
const partsFor = (kind: FrameKind, part: (at: number) => Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: counts[kind] ?? 1 }, (_, at) => part(at));
const ping = encodeJsonFrame("ping", {});

test("the subprotocol and the version are what outside code was told [FRM-1]", () => {
  expect([subprotocol, frameVersion]).toEqual(["parley.v1", 1]);
});

test("the kinds keep their numbers for ever [FRM-2]", () => {
  expect(frameKinds).toEqual({
    challenge: 1,
    hello: 2,
    welcome: 3,
    renew: 4,
    renewed: 5,
    ping: 6,
    pong: 7,
    goingAway: 8,
    call: 16,
    reply: 17,
    event: 18,
    send: 32,
    outcome: 33,
    deliver: 34,
    ack: 35,
  });
});

describe("a frame", () => {
  test("is version, kind, length, part, byte by byte [FRM-1]", () => {
    expect([...encodeFrame("hello", bytes(7, 8, 9))]).toEqual([1, 2, 0, 0, 0, 3, 7, 8, 9]);
    expect([...encodeJsonFrame("ping", {})]).toEqual([1, 6, 0, 0, 0, 2, 0x7b, 0x7d]);
    expect([...encodeFrame("pong", bytes())]).toEqual([1, 7, 0, 0, 0, 0]);
  });

  test("has its length in network order", () => {
    expect([...encodeFrame("hello", new Uint8Array(0x01_02_03)).subarray(2, 6)]).toEqual([0, 1, 2, 3]);
  });

  test.each(kinds)("%s comes out as it went in", (kind) => {
    const parts = partsFor(kind, (at) => bytes(0, 255, at, 2).subarray(0, 4 - at));
    expect(decodeFrames(encodeFrame(kind, ...parts))).toEqual({ frames: [{ kind, parts }] });
  });

  test("of several parts has all their lengths first [ENV-9] [ENV-11]", () => {
    const send = [1, 0x20, 0, 0, 0, 2, 0, 0, 0, 1, 7, 8, 9];
    expect([...encodeFrame("send", bytes(7, 8), bytes(9))]).toEqual(send);
    const deliver = [1, 0x22, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 8, 9];
    expect([...encodeFrame("deliver", bytes(7), bytes(), bytes(8, 9))]).toEqual(deliver);
  });

  test("cannot be made with another number of parts", () => {
    expect(() => encodeFrame("ping")).toThrow(TypeError);
    expect(() => encodeFrame("ping", bytes(1), bytes(2))).toThrow(TypeError);
    expect(() => encodeFrame("send", bytes(1))).toThrow(TypeError);
    expect(() => encodeFrame("deliver", bytes(1), bytes(2))).toThrow(TypeError);
  });

  test("of JSON is UTF-8", () => {
    const decoded = decodeFrames(encodeJsonFrame("hello", { token: "€😀" }));
    const part = "frames" in decoded ? decoded.frames[0]?.parts[0] : undefined;
    expect(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(part))).toEqual({ token: "€😀" });
  });
});

describe("a message", () => {
  test("keeps its frames in order, and gives views, not copies", () => {
    const message = join(encodeFrame("hello", bytes(1)), ping, encodeFrame("renew", bytes(2, 3)));
    const decoded = decodeFrames(message);
    if ("fault" in decoded) throw new Error(decoded.fault);
    expect(decoded.frames.map(({ kind }) => kind)).toEqual(["hello", "ping", "renew"]);
    expect(decoded.frames.every(({ parts: [part] }) => part?.buffer === message.buffer)).toBe(true);
  });

  test("may be part of a larger buffer", () => {
    const larger = join(bytes(9, 9, 9), ping, bytes(9));
    const decoded = decodeFrames(larger.subarray(3, 3 + ping.length));
    expect(decoded).toEqual({ frames: [{ kind: "ping", parts: [bytes(0x7b, 0x7d)] }] });
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", bytes(), "empty"],
    ["version 0", bytes(0, 6, 0, 0, 0, 0), "version"],
    ["version 2", bytes(2, 6, 0, 0, 0, 0), "version"],
    ["JSON without a frame", new TextEncoder().encode("{}"), "version"],
    ["kind 0", bytes(1, 0, 0, 0, 0, 0), "kind"],
    ["the kind after the last", bytes(1, 9, 0, 0, 0, 0), "kind"],
    ["kind 255", bytes(1, 255, 0, 0, 0, 0), "kind"],
    ["a version alone", bytes(1), "truncated"],
    ["version and kind alone", bytes(1, 6), "truncated"],
    ["three bytes of a length", bytes(1, 6, 0, 0, 0), "truncated"],
    ["a part that is a byte short", bytes(1, 6, 0, 0, 0, 2, 0x7b), "truncated"],
    ["the longest part that a length can name", bytes(1, 6, 255, 255, 255, 255), "truncated"],
    ["a byte behind the last frame that is no version", join(ping, bytes(0)), "version"],
    ["a version behind the last frame", join(ping, bytes(1)), "truncated"],
    ["the second length cut short", bytes(1, 0x20, 0, 0, 0, 0, 0, 0, 0), "truncated"],
    ["a second part that is a byte short", bytes(1, 0x20, 0, 0, 0, 1, 0, 0, 0, 1, 7), "truncated"],
    ["lengths that would turn over", bytes(1, 0x20, 255, 255, 255, 255, 0, 0, 0, 2, 7), "truncated"],
    ["a wrong frame behind a right one", join(ping, bytes(1, 99, 0, 0, 0, 0)), "kind"],
  ])("with %s is a fault, and nothing of it is read [FRM-1]", (_title, message, fault) => {
    expect(decodeFrames(message)).toEqual({ fault });
  });

  test("has as many frames as the limit, and not one more [FRM-4]", () => {
    const of = (count: number) => decodeFrames(join(...Array<Uint8Array>(count).fill(ping)));
    const most = of(limits.framesPerMessageMax);
    expect("frames" in most && most.frames.length).toBe(limits.framesPerMessageMax);
    expect(of(limits.framesPerMessageMax + 1)).toEqual({ fault: "too-many-frames" });
  });

  test("has as many bytes as the limit, and not one more [FRM-4]", () => {
    const of = (size: number) => decodeFrames(encodeFrame("hello", new Uint8Array(size - 6)));
    expect("frames" in of(limits.messageBytesMax)).toBe(true);
    expect(of(limits.messageBytesMax + 1)).toEqual({ fault: "too-large" });
  });
});

describe("twenty thousand messages of chance", () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const chance = mulberry(seed);
  const below = (most: number): number => Math.floor(chance() * most);

  /** One to three right frames, with up to three bytes changed, and perhaps cut short. */
  const message = (): Uint8Array => {
    const frames = Array.from({ length: 1 + below(3) }, () => {
      const kind = kinds[below(kinds.length)] ?? "ping";
      return encodeFrame(kind, ...partsFor(kind, () => new Uint8Array(below(20)).map(() => below(256))));
    });
    const whole = join(...frames);
    for (let left = below(4); left > 0; left--) whole[below(whole.length)] = below(256);
    return whole.subarray(0, chance() < 0.2 ? below(whole.length + 1) : whole.length);
  };

  test("are a fault, or are read as nothing but what they say", () => {
    let read = 0;
    for (let at = 0; at < 20_000; at++) {
      const bytesIn = message();
      const decoded = decodeFrames(bytesIn);
      if ("fault" in decoded) continue;
      read += 1;
      const again = join(...decoded.frames.map(({ kind, parts }) => encodeFrame(kind, ...parts)));
      if (again.join() !== bytesIn.join()) expect(again, `seed ${seed}, message ${at}`).toEqual(bytesIn);
    }
    // Neither is a corner case.
    expect(read).toBeGreaterThan(2_000);
    expect(read).toBeLessThan(18_000);
  });
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
