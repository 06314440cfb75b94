/**
 * What is on its way to one connection. Envelopes and their outcomes that come in one turn of the event loop leave as one
 * message, and of what does not leave there is only so much: the rest waits in the record.
 */
import { frameKinds, frameVersion, limits } from "@parley/protocol";
import type { Delivered } from "../../outbox/wire.js";
import type { Socket } from "./conversation-parts.js";
import type { OnTheWay } from "./on-the-way.js";

/** An outcome, which is one text, or an envelope: two texts and a payload. */
interface Queued {
  readonly first: string;
  readonly firstBytes: number;
  readonly header: string;
  readonly headerBytes: number;
  readonly payload: Uint8Array | undefined;
  /** Of the whole frame. */
  readonly bytes: number;
}

const lengthBytes = 4;
const headBytes = 2;

export class Outgoing {
  readonly #socket: Socket;
  readonly #all: OnTheWay;
  #queued: Queued[] = [];
  #queuedBytes = 0;
  /** Given to the socket, and not gone. */
  #given = 0;
  #isDue = false;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket, all: OnTheWay) {
    this.#socket = socket;
    this.#all = all;
  }

  /** [ENV-15] Whoever has nothing on its way is always served: those that do not read are not to slow those that do. */
  get hasRoom(): boolean {
    return this.#given + this.#queuedBytes === 0 || this.hasPlenty;
  }

  get hasPlenty(): boolean {
    const own = this.#given + this.#queuedBytes;
    return own < limits.deliveredBytesPerConnection && this.#all.bytes < limits.deliveredBytesMax;
  }

  whenRoom(call: () => void): void {
    this.#waiting.push(call);
  }

  deliver(envelope: Delivered): void {
    const { stamp, header, payload } = envelope;
    const firstBytes = Buffer.byteLength(stamp);
    const headerBytes = Buffer.byteLength(header);
    this.#all.envelopes += 1;
    this.#all.delivered?.(envelope);
    const bytes = headBytes + 3 * lengthBytes + firstBytes + headerBytes + payload.byteLength;
    this.#queue({ first: stamp, firstBytes, header, headerBytes, payload, bytes });
  }

  outcome(text: string): void {
    const firstBytes = Buffer.byteLength(text);
    const bytes = headBytes + lengthBytes + firstBytes;
    this.#queue({ first: text, firstBytes, header: "", headerBytes: 0, payload: undefined, bytes });
  }

  /** A frame that does not wait: after all that does. */
  send(bytes: Uint8Array): void {
    if (this.#queued.length > 0) this.flush();
    this.#give(bytes);
  }

  /** Nothing of it leaves any more. */
  drop(): void {
    this.#queued = [];
    this.#queuedBytes = 0;
    this.#waiting = [];
  }

  flush(): void {
    this.#isDue = false;
    const queued = this.#queued;
    this.#queued = [];
    this.#queuedBytes = 0;
    for (let from = 0; from < queued.length; ) {
      const until = endOfMessage(queued, from);
      this.#give(messageOf(queued, from, until));
      from = until;
    }
  }

  #queue(one: Queued): void {
    this.#queued.push(one);
    this.#queuedBytes += one.bytes;
    if (this.#isDue) return;
    this.#isDue = true;
    // After all that one commit has answered: those are microtasks.
    process.nextTick(() => this.flush());
  }

  #give(bytes: Uint8Array): void {
    const { byteLength } = bytes;
    this.#given += byteLength;
    this.#all.bytes += byteLength;
    this.#all.sentBytes += byteLength;
    this.#socket.send(bytes, () => {
      this.#given -= byteLength;
      this.#all.bytes -= byteLength;
      if (this.#waiting.length > 0 && this.#given < limits.deliveredBytesPerConnection / 2) this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call();
  }
}

/** [FRM-1] So many frames and bytes go into one message: one frame at least. */
function endOfMessage(queued: readonly Queued[], from: number): number {
  let bytes = 0;
  let at = from;
  for (; at < queued.length && at - from < limits.framesPerMessageMax; at++) {
    bytes += queued[at]?.bytes ?? 0;
    if (at > from && bytes > limits.messageBytesMax) break;
  }
  return at;
}

function messageOf(queued: readonly Queued[], from: number, until: number): Uint8Array {
  let bytes = 0;
  for (let at = from; at < until; at++) bytes += queued[at]?.bytes ?? 0;
  const message = Buffer.allocUnsafe(bytes);
  let end = 0;
  for (let at = from; at < until; at++) {
    const one = queued[at];
    if (one !== undefined) end = writeFrame(message, end, one);
  }
  return message;
}

function writeFrame(message: Buffer, from: number, one: Queued): number {
  const { first, firstBytes, header, headerBytes, payload } = one;
  message[from] = frameVersion;
  let at = message.writeUInt32BE(firstBytes, from + headBytes);
  if (payload === undefined) {
    message[from + 1] = frameKinds.outcome;
    return at + message.write(first, at);
  }
  message[from + 1] = frameKinds.deliver;
  at = message.writeUInt32BE(headerBytes, at);
  at = message.writeUInt32BE(payload.byteLength, at);
  at += message.write(first, at);
  at += message.write(header, at);
  message.set(payload, at);
  return at + payload.byteLength;
}
