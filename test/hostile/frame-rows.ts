/**
 * What is wrong with frames, those of the WebSocket and those of the protocol: what is sent, and the one code that the
 * connection may end with.
 */
import { type BareWire, binary, presenting, wireFrame } from "../fixtures/bare-wire.js";
import type { Principal } from "../fixtures/principal.js";
import { frame } from "../fixtures/raw-socket.js";

/** Who speaks on the wire, and somebody of another organisation. */
export interface Said {
  readonly wire: BareWire;
  readonly nonce: string;
  readonly speaker: Principal;
  readonly stranger: Principal;
}

export type Send = (said: Said) => void | Promise<void>;
export type FrameRow = readonly [name: string, send: Send, code: number];

export const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
export const saying =
  (...said: readonly Uint8Array[]): Send =>
  ({ wire }) =>
    wire.write(Buffer.concat(said));
const messaging = (...parts: readonly Uint8Array[]): Send => saying(binary(Buffer.concat(parts)));
const json = (kind: Parameters<typeof frame>[0], text: string | Uint8Array): Send => {
  const part = Buffer.from(text);
  const head = frame(kind, "").subarray(0, 2);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return messaging(head, length, part);
};
export const ping = frame("ping", {});
const mebibyte = 1_024 * 1_024;
const malformed = 4400;
const tooLarge = 4413;

/** What is wrong wherever it comes. */
export const always: readonly FrameRow[] = [
  ["a frame without a mask", saying(wireFrame({ opcode: 2, payload: ping, masked: false })), malformed],
  ["the first reserved bit", saying(wireFrame({ opcode: 2, payload: ping, reserved: 4 })), malformed],
  ["the second reserved bit", saying(wireFrame({ opcode: 2, payload: ping, reserved: 2 })), malformed],
  ["the third reserved bit", saying(wireFrame({ opcode: 2, payload: ping, reserved: 1 })), malformed],
  ["opcode 3, which means nothing", saying(wireFrame({ opcode: 3, payload: ping })), malformed],
  ["opcode 15, which means nothing", saying(wireFrame({ opcode: 15 })), malformed],
  ["the middle of nothing", saying(wireFrame({ opcode: 0, payload: ping })), malformed],
  [
    "a message inside a message",
    saying(wireFrame({ opcode: 2, payload: ping, fin: false }), wireFrame({ opcode: 2, payload: ping })),
    malformed,
  ],
  ["a ping of the WebSocket in pieces", saying(wireFrame({ opcode: 9, fin: false })), malformed],
  [
    "a ping of the WebSocket of 126 bytes",
    saying(wireFrame({ opcode: 9, payload: Buffer.alloc(126) })),
    malformed,
  ],
  ["a close of one byte", saying(wireFrame({ opcode: 8, payload: bytes(3) })), malformed],
  [
    "a close with code 1005, which is not to be sent",
    saying(wireFrame({ opcode: 8, payload: bytes(3, 0xed) })),
    malformed,
  ],
  ["a close with code 999", saying(wireFrame({ opcode: 8, payload: bytes(3, 0xe7) })), malformed],
  [
    "a close whose reason is no UTF-8",
    saying(wireFrame({ opcode: 8, payload: bytes(3, 0xe8, 0xff) })),
    malformed,
  ],
  [
    "a length past all numbers",
    saying(wireFrame({ opcode: 2, length: 2n ** 63n, lengthBytes: 9 })),
    tooLarge,
  ],
  [
    "a length of 4 MiB and 1, announced only",
    saying(wireFrame({ opcode: 2, length: 4n * 1_048_576n + 1n })),
    tooLarge,
  ],
  ["text", saying(wireFrame({ opcode: 1, payload: Buffer.from("{}") })), malformed],
  ["a right frame as text", saying(wireFrame({ opcode: 1, payload: ping })), malformed],
  ["text that is no UTF-8", saying(wireFrame({ opcode: 1, payload: bytes(0xff) })), malformed],
  ["empty text", saying(wireFrame({ opcode: 1 })), malformed],
  ["an empty message", messaging(), malformed],
  ["version 0", messaging(bytes(0, 6, 0, 0, 0, 2, 0x7b, 0x7d)), malformed],
  ["version 2", messaging(bytes(2, 6, 0, 0, 0, 2, 0x7b, 0x7d)), malformed],
  ["kind 0", messaging(bytes(1, 0, 0, 0, 0, 2, 0x7b, 0x7d)), malformed],
  ["kind 9, which is not there yet", messaging(bytes(1, 9, 0, 0, 0, 2, 0x7b, 0x7d)), malformed],
  ["kind 255", messaging(bytes(1, 255, 0, 0, 0, 0)), malformed],
  ["a version alone", messaging(bytes(1)), malformed],
  ["half a length", messaging(bytes(1, 6, 0, 0)), malformed],
  ["a part that is a byte short", messaging(bytes(1, 6, 0, 0, 0, 3, 0x7b, 0x7d)), malformed],
  ["a part as long as can be said", messaging(bytes(1, 6, 255, 255, 255, 255, 0x7b, 0x7d)), malformed],
  ["a byte behind the last frame", messaging(ping, bytes(0)), malformed],
  ["a challenge", messaging(frame("challenge", { nonce: "mine" })), malformed],
  ["a welcome", messaging(frame("welcome", {})), malformed],
  ["a renewed", messaging(frame("renewed", { expiresAt: "2999-01-01T00:00:00.000Z" })), malformed],
  ["a goingAway", messaging(frame("goingAway", { retryAfterMs: 0 })), malformed],
  ["a reply", messaging(frame("reply", { id: "1", ok: true, result: {} })), malformed],
  ["an event", messaging(frame("event", { event: "catalog.changed", watch: "mine" })), malformed],
];

/** What is wrong before the hello. */
export const early: readonly FrameRow[] = [
  ["a ping", messaging(ping), malformed],
  ["a pong", messaging(frame("pong", {})), malformed],
  ["a renew", messaging(frame("renew", { token: "a", proof: "b" })), malformed],
  ["a call", messaging(frame("call", { id: "1", call: "serve", capabilities: [] })), malformed],
  [
    "a call behind the hello, in one message",
    messaging(
      frame("hello", { token: "a", proof: "b" }),
      frame("call", { id: "1", call: "serve", capabilities: [] }),
    ),
    malformed,
  ],
  [
    "a ping before the hello, in one message",
    messaging(ping, frame("hello", { token: "a", proof: "b" })),
    malformed,
  ],
  [
    "a ping behind the hello, in one message",
    messaging(frame("hello", { token: "a", proof: "b" }), ping),
    malformed,
  ],
  [
    "two hellos in one message",
    messaging(frame("hello", { token: "a", proof: "b" }), frame("hello", { token: "a", proof: "b" })),
    malformed,
  ],
  ["a hello of nothing", json("hello", ""), malformed],
  ["a hello of an empty object", json("hello", "{}"), malformed],
  ["a hello with the token twice", json("hello", '{"token":"a","token":"b","proof":"c"}'), malformed],
  [
    "a hello with the token twice, once in another spelling",
    json("hello", '{"token":"a","\\u0074oken":"b","proof":"c"}'),
    malformed,
  ],
  ["a hello with __proto__", json("hello", '{"token":"a","proof":"b","__proto__":{}}'), malformed],
  ["a hello with a field too many", json("hello", '{"token":"a","proof":"b","agent":"c"}'), malformed],
  ["a hello with NUL in the token", json("hello", '{"token":"a\\u0000","proof":"b"}'), malformed],
  ["a hello with a lone surrogate", json("hello", '{"token":"\\ud800","proof":"b"}'), malformed],
  ["a hello with a byte order mark", json("hello", '\ufeff{"token":"a","proof":"b"}'), malformed],
  ["a hello that is no UTF-8", json("hello", bytes(0x22, 0xff, 0x22)), malformed],
  ["a hello nested a thousand deep", json("hello", "[".repeat(1_000)), malformed],
  [
    "a hello with a token that is too long",
    json("hello", JSON.stringify({ token: "a".repeat(4_097), proof: "b" })),
    malformed,
  ],
  ["a hello with a token of nobody", json("hello", '{"token":"a","proof":"b"}'), 4401],
  ["more than a hello can be", saying(wireFrame({ opcode: 2, payload: Buffer.alloc(64 * 1_024) })), tooLarge],
  [
    "the beginning of more than a hello can be",
    saying(wireFrame({ opcode: 2, length: BigInt(mebibyte), payload: Buffer.alloc(64 * 1_024) })),
    tooLarge,
  ],
  [
    "more pieces of nothing than a hello can have",
    saying(
      wireFrame({ opcode: 2, fin: false }),
      ...Array<Buffer>(3_000).fill(wireFrame({ opcode: 0, fin: false })),
    ),
    tooLarge,
  ],
];

/** What is wrong on an open connection. */
export const late: readonly FrameRow[] = [
  [
    "a second hello",
    async ({ wire, nonce, speaker }) => wire.write(binary(await presenting("hello", speaker, nonce))),
    malformed,
  ],
  ["257 frames", messaging(...Array<Buffer>(257).fill(ping)), malformed],
  ["4 MiB and 1", saying(wireFrame({ opcode: 2, payload: Buffer.alloc(4 * mebibyte + 1) })), tooLarge],
  [
    "4 MiB and 1 in two pieces",
    saying(
      wireFrame({ opcode: 2, payload: Buffer.alloc(4 * mebibyte), fin: false }),
      wireFrame({ opcode: 0, payload: bytes(1) }),
    ),
    tooLarge,
  ],
  [
    "more pieces than a message may have",
    saying(
      wireFrame({ opcode: 2, fin: false }),
      ...Array<Buffer>(8_193).fill(wireFrame({ opcode: 0, fin: false })),
    ),
    malformed,
  ],
  ["a ping with something in it", json("ping", '{"a":1}'), malformed],
  ["a ping of an array", json("ping", "[]"), malformed],
  ["a ping of nothing", json("ping", ""), malformed],
  ["a pong that is no JSON", json("pong", "pong"), malformed],
  ["a renewal without a proof", json("renew", '{"token":"a"}'), malformed],
  ["a renewal with a token of nobody", json("renew", '{"token":"a","proof":"b"}'), 4401],
  [
    "a renewal over another nonce",
    async ({ wire, speaker }) => wire.write(binary(await presenting("renew", speaker, "A".repeat(43)))),
    4401,
  ],
  [
    "a renewal for somebody else",
    async ({ wire, nonce, stranger }) => wire.write(binary(await presenting("renew", stranger, nonce))),
    4401,
  ],
  [
    "two renewals at once",
    async ({ wire, nonce, speaker }) => {
      const renew = await presenting("renew", speaker, nonce);
      wire.write(binary(Buffer.concat([renew, renew])));
    },
    malformed,
  ],
  ...callRows(),
];

/** What is no call at all, in a frame that says it is one [SOC-15]. */
function callRows(): readonly FrameRow[] {
  const join = '"call":"join","session":"ses_00000000000000000000000001"';
  const serving = (value: string) => `{"id":"1","call":"serve","capabilities":${value}}`;
  const text: readonly (readonly [string, string | Uint8Array])[] = [
    ["of nothing", ""],
    ["of an empty object", "{}"],
    ["that is unknown", '{"id":"1","call":"revoke","session":"ses_00000000000000000000000001"}'],
    ["whose name is a list", '{"id":"1","call":["join"],"session":"ses_00000000000000000000000001"}'],
    ["that is what every object has", '{"id":"1","call":"toString"}'],
    ["without an id", `{${join}}`],
    ["with an id that is a number", `{"id":1,${join}}`],
    ["with an id of 65", `{"id":"${"i".repeat(65)}",${join}}`],
    ["with the id twice", `{"id":"1","id":"2",${join}}`],
    ["with the id twice, once in another spelling", `{"id":"1","\\u0069d":"2",${join}}`],
    ["with __proto__", `{"id":"1","__proto__":{"call":"join"},${join}}`],
    ["with a field too many", `{"id":"1",${join},"organisation":"org_00000000000000000000000001"}`],
    ["in another's name", `{"id":"1",${join},"instance":"ins_00000000000000000000000001"}`],
    ["for a session that is an object", '{"id":"1","call":"join","session":{"$ne":null}}'],
    ["for an agent's id", '{"id":"1","call":"join","session":"agt_00000000000000000000000001"}'],
    ["for a session with NUL", '{"id":"1","call":"join","session":"ses_\\u0000"}'],
    ["with a lone surrogate", `{"id":"1","detail":"\\ud800","call":"close"}`],
    ["with a byte order mark", `\ufeff{"id":"1",${join}}`],
    ["that is no UTF-8", bytes(0x22, 0xff, 0x22)],
    ["nested a thousand deep", serving("[".repeat(1_000))],
    ["nested deeper than is asked for", serving(`${"[".repeat(17)}${"]".repeat(17)}`)],
    ["of four thousand and ninety-seven keys", serving(`{${keys(4_097)}}`)],
    ["that serves what is no capability", serving('["../../etc"]')],
    ["with a statement of nothing", '{"id":"1","call":"propose","statement":""}'],
    ["with a statement past its limit", `{"id":"1","call":"propose","statement":"${"s".repeat(8_193)}"}`],
    ["with a limit that is not whole", '{"id":"1","call":"search","limit":1.5}'],
    ["with a limit that no number holds", '{"id":"1","call":"search","limit":1e999}'],
    ["for a page of everything", '{"id":"1","call":"search","limit":201}'],
  ];
  const large = JSON.stringify({ id: "1", call: "propose", statement: "s".repeat(mebibyte) });
  return [
    ...text.map(([name, said]): FrameRow => [`a call ${name}`, json("call", said), malformed]),
    ["a call with a statement of 1 MiB", json("call", large), tooLarge],
  ];
}

function keys(count: number): string {
  return Array.from({ length: count }, (_, at) => `"k${at}":0`).join(",");
}
