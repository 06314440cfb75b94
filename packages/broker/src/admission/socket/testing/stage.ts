/** One conversation without a network: a socket that keeps what was sent, tokens that are names, a line that is told. */
import {
  type CloseReason,
  decodeFrames,
  encodeFrame,
  type FrameKind,
  type InstanceId,
  limits,
  makeId,
  type Refusal,
} from "@parley/protocol";
import { Connections } from "../../../outbox/connections.js";
import { Conversation } from "../conversation.js";
import type { ConversationLimits, Socket } from "../conversation-parts.js";
import { Departures } from "../departures.js";
import type { Admit, Admitted } from "../hello.js";
import { OnTheWay } from "../on-the-way.js";
import { Decided } from "./decided.js";
import { HeardAsking, KeptRecords, openSeals } from "./looked.js";
import { issuer } from "./speaker.js";
import { SteppedClock } from "./stepped-clock.js";

class KeptSocket implements Socket {
  bufferedAmount = 0;
  readonly sent: { readonly kind: FrameKind; readonly body: unknown }[] = [];
  readonly ends: CloseReason[] = [];

  /** Whether what arrives is read. */
  reads = true;
  /** As each frame is sent. */
  onSend: (frame: { readonly kind: FrameKind }) => void = () => undefined;

  read(may: boolean): void {
    this.reads = may;
  }

  send(bytes: Uint8Array, gone: () => void = () => undefined): void {
    queueMicrotask(gone);
    const decoded = decodeFrames(bytes);
    if ("fault" in decoded) throw new TypeError(decoded.fault);
    for (const { kind, parts } of decoded.frames) {
      this.onSend({ kind });
      this.sent.push({ kind, body: JSON.parse(Buffer.from(parts[0] ?? []).toString()) });
    }
  }

  end(reason: CloseReason): void {
    this.ends.push(reason);
  }

  kinds(): FrameKind[] {
    return this.sent.map(({ kind }) => kind);
  }
}

export const second = 1_000;
export const tokenLifeMs = limits.accessTokenSeconds * second;

export class Stage {
  readonly clock = new SteppedClock();
  readonly socket = new KeptSocket();
  readonly decided = new Decided();
  readonly connections: Connections;
  readonly faults: unknown[] = [];
  readonly instance: InstanceId = makeId("instance");
  readonly departures = new Departures(this.decided.relay, {
    error: (fault: unknown) => void this.faults.push(fault),
  });
  readonly hearing = new HeardAsking();
  readonly kept = new KeptRecords();
  /** Of the key of whoever says hello. */
  thumbprint = "";
  readonly conversation: Conversation;
  left = 0;
  /** What the next presentations of a token come to; a fresh token of this instance when there is none. */
  readonly presented: (Admitted | Refusal)[] = [];
  readonly nonces: string[] = [];
  holdAdmission: () => Promise<void> = () => Promise.resolve();

  constructor(over: Partial<ConversationLimits> = {}, connections = new Connections()) {
    this.connections = connections;
    const admit: Admit = {
      hello: async (_token, _proof, nonce) => {
        this.nonces.push(nonce);
        const admitted = this.presented.shift() ?? this.fresh();
        await this.holdAdmission();
        return admitted;
      },
    };
    const log = { error: (fault: unknown) => void this.faults.push(fault) };
    const { connections: wires, departures, clock, decided, hearing } = this;
    const parts = {
      relay: decided.relay,
      admit,
      wires,
      departures,
      clock,
      hearing,
      records: this.kept.records,
      keys: openSeals(),
      issuer: () => issuer,
      onTheWay: new OnTheWay(),
      limits: { ...limits, ...over },
      log,
    };
    this.conversation = new Conversation(parts, this.socket, () => {
      this.left += 1;
    });
    this.conversation.begin();
  }

  fresh(): Admitted {
    const expiresAt = this.clock.now() + tokenLifeMs;
    return { principal: this.instance, generation: "0.0.0", expiresAt, thumbprint: this.thumbprint };
  }

  /** Of the challenge. */
  nonce(): string {
    const [challenge] = this.socket.sent;
    return (challenge?.body as { nonce: string } | undefined)?.nonce ?? "";
  }

  hear(kind: FrameKind, body: unknown = {}): void {
    this.conversation.message(jsonIn(kind, body));
  }

  /** Says hello, or renews, and lets everything that follows from it happen. */
  async present(kind: "hello" | "renew" = "hello"): Promise<void> {
    this.hear(kind, { token: "token", proof: "proof" });
    await settled();
  }

  async opened(): Promise<this> {
    await this.present();
    return this;
  }
}

const text = new TextEncoder();
const partsOf: Partial<Record<FrameKind, number>> = { send: 2, deliver: 3 };

/** Every part of the frame says the same. */
function jsonIn(kind: FrameKind, body: unknown): Uint8Array {
  const part = text.encode(JSON.stringify(body));
  return encodeFrame(kind, ...Array.from({ length: partsOf[kind] ?? 1 }, () => part));
}

/** After all that needs no input from outside has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
