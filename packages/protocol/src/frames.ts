/**
 * Frames: 1 byte version, 1 byte kind, one length per part (unsigned big-endian 32 bit), the parts [FRM-1].
 * A message carries one or more. Parts that come out are views of what came in, never copies.
 */
import { limits } from "./limits.js";

export const frameVersion = 0x01;
export const subprotocol = "parley.v1";

/** Kinds are numbered once, here [FRM-2]. */
export const frameKinds = {
  challenge: 0x01,
  hello: 0x02,
  welcome: 0x03,
  renew: 0x04,
  renewed: 0x05,
  ping: 0x06,
  pong: 0x07,
  goingAway: 0x08,
  call: 0x10,
  reply: 0x11,
  event: 0x12,
  send: 0x20,
  outcome: 0x21,
  deliver: 0x22,
  ack: 0x23,
} as const;

export type FrameKind = keyof typeof frameKinds;

export interface Frame {
  readonly kind: FrameKind;
  readonly parts: readonly Uint8Array[];
}

/** How many parts a frame of this kind has: one of JSON, but where envelopes are carried [FRM-2]. */
const partsOf: Readonly<Record<FrameKind, number>> = {
  challenge: 1,
  hello: 1,
  welcome: 1,
  renew: 1,
  renewed: 1,
  ping: 1,
  pong: 1,
  goingAway: 1,
  call: 1,
  reply: 1,
  event: 1,
  send: 2,
  outcome: 1,
  deliver: 3,
  ack: 1,
};

const kindNumbered = new Map<number, FrameKind>(
  (Object.keys(frameKinds) as FrameKind[]).map((kind) => [frameKinds[kind], kind]),
);

export type FrameFault = "empty" | "version" | "kind" | "truncated" | "too-many-frames" | "too-large";
export type Decoded = { readonly frames: readonly Frame[] } | { readonly fault: FrameFault };

export function encodeFrame(kind: FrameKind, ...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length !== partsOf[kind]) throw new TypeError(`a ${kind} frame has ${partsOf[kind]} parts`);
  const head = 2 + 4 * parts.length;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, head));
  const view = new DataView(bytes.buffer);
  bytes[0] = frameVersion;
  bytes[1] = frameKinds[kind];
  let at = head;
  parts.forEach((part, index) => {
    view.setUint32(2 + 4 * index, part.byteLength);
    bytes.set(part, at);
    at += part.byteLength;
  });
  return bytes;
}

const text = new TextEncoder();

export const encodeJsonFrame = (kind: FrameKind, value: unknown): Uint8Array =>
  encodeFrame(kind, text.encode(JSON.stringify(value)));

export function decodeFrames(message: Uint8Array): Decoded {
  if (message.byteLength === 0) return { fault: "empty" };
  if (message.byteLength > limits.messageBytesMax) return { fault: "too-large" };
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const frames: Frame[] = [];
  let at = 0;
  while (at < message.byteLength) {
    if (frames.length === limits.framesPerMessageMax) return { fault: "too-many-frames" };
    const frame = decodeFrame(message, view, at);
    if ("fault" in frame) return frame;
    frames.push(frame.frame);
    at = frame.end;
  }
  return { frames };
}

type DecodedOne = { readonly frame: Frame; readonly end: number } | { readonly fault: FrameFault };

function decodeFrame(message: Uint8Array, view: DataView, start: number): DecodedOne {
  if (message[start] !== frameVersion) return { fault: "version" };
  const number = message[start + 1];
  if (number === undefined) return { fault: "truncated" };
  const kind = kindNumbered.get(number);
  if (kind === undefined) return { fault: "kind" };
  const head = start + 2 + 4 * partsOf[kind];
  if (head > message.byteLength) return { fault: "truncated" };
  const parts: Uint8Array[] = [];
  let end = head;
  for (let index = 0; index < partsOf[kind]; index++) {
    const next = end + view.getUint32(start + 2 + 4 * index);
    if (next > message.byteLength) return { fault: "truncated" };
    parts.push(message.subarray(end, next));
    end = next;
  }
  return { frame: { kind, parts }, end };
}
