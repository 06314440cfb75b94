/**
 * One connection of an instance, frames by hand: what comes is told as it comes, replies go to who has called. It can
 * stop reading, go without a word, and be replaced without noticing.
 */
import WebSocket from "ws";
import type { Principal } from "../../fixtures/principal.js";
import { frame, helloProof } from "../../fixtures/raw-socket.js";

type Said = Readonly<Record<string, unknown>>;

const kinds = {
  challenge: 1,
  welcome: 3,
  ping: 6,
  pong: 7,
  reply: 17,
  event: 18,
  outcome: 33,
  deliver: 34,
} as const;
const ackKind = 0x23;

export interface Reply {
  readonly ok: boolean;
  readonly result: Said;
  readonly problem: Said & { readonly code: string };
}

export interface Hearing {
  outcome(said: Said): void;
  deliver(stamp: string, header: string, payload: Buffer): void;
  event(said: Said): void;
  /** Once, and nothing is heard after it. */
  lost(): void;
}

function* framesOf(message: Buffer): Generator<{ kind: number; parts: Buffer[] }> {
  for (let at = 0; at < message.length; ) {
    const kind = message.readUInt8(at + 1);
    const count = kind === kinds.deliver ? 3 : 1;
    let begin = at + 2 + 4 * count;
    const parts: Buffer[] = [];
    for (let index = 0; index < count; index++) {
      const end = begin + message.readUInt32BE(at + 2 + 4 * index);
      parts.push(message.subarray(begin, end));
      begin = end;
    }
    at = begin;
    yield { kind, parts };
  }
}

/** A `send` frame: header and payload as they are. */
export function sendFrame(header: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(0x0120);
  head.writeUInt32BE(Buffer.byteLength(header), 2);
  head.writeUInt32BE(payload.byteLength, 6);
  return Buffer.concat([head, Buffer.from(header), payload]);
}

const jsonOf = (part: Buffer | undefined): Said => JSON.parse(part?.toString() ?? "{}") as Said;

export class Wire {
  readonly epoch: number;
  readonly era: number;
  readonly #socket: WebSocket;
  readonly #replies = new Map<string, { give: (reply: Reply) => void; fail: (cause: Error) => void }>();
  #hearing: Hearing | undefined;
  #asked = 0;

  private constructor(socket: WebSocket, { epoch, era }: Said) {
    this.#socket = socket;
    this.epoch = Number(epoch);
    this.era = Number(era);
    socket.on("message", (message: Buffer) => this.#take(message));
    socket.on("close", () => this.#end());
  }

  /** `through`: where the socket is, if it is not where the principal's home is. */
  static async open(principal: Principal, hearing: Hearing, through = principal.home.url): Promise<Wire> {
    const token = await principal.token();
    const socket = new WebSocket(`${through.replace(/^http/, "ws")}/v1/connect`, "parley.v1", {
      perMessageDeflate: false,
    });
    // What went wrong is told by the close that follows.
    socket.on("error", () => socket.terminate());
    // It may go in the very moment in which its last message comes: whoever waits next has to hear of it still.
    const gone = new Promise<never>((_, reject) => {
      socket.once("close", () => reject(new Error("the socket went before it was welcomed")));
    });
    gone.catch(() => undefined);
    const next = () => {
      const heard = new Promise<Said>((resolve) => {
        socket.once("message", (message: Buffer) => resolve(jsonOf(message.subarray(6))));
      });
      return Promise.race([heard, gone]);
    };
    const { nonce } = await next();
    const { home, key } = principal;
    const welcomed = next();
    socket.send(frame("hello", { token, proof: helloProof(home, nonce, token, key) }));
    const wire = new Wire(socket, await welcomed);
    if (!wire.isOpen) throw new Error("the socket went when it was welcomed");
    wire.#hearing = hearing;
    return wire;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** `heard` is called before anything that comes after the reply is heard. */
  call(call: string, said: Said, heard: (reply: Reply) => void = () => undefined): Promise<Reply> {
    this.#asked += 1;
    const id = `c${this.#asked}`;
    return new Promise((give, fail) => {
      if (!this.isOpen) return fail(new Error("the connection has gone"));
      const told = (reply: Reply) => {
        heard(reply);
        give(reply);
      };
      this.#replies.set(id, { give: told, fail });
      this.#socket.send(frame("call", { id, call, ...said }));
    });
  }

  send(frames: readonly Buffer[]): void {
    this.#socket.send(Buffer.concat(frames));
  }

  acknowledge(session: string, n: number): void {
    const bytes = frame("call", { acks: [{ session, n }] });
    bytes.writeUInt8(ackKind, 1);
    this.#socket.send(bytes);
  }

  stopReading(): void {
    if (this.isOpen) this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  /** Without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  sayGoodbye(): void {
    this.#socket.close(1000);
  }

  /** Nobody listens to it any more; it stays open. */
  forget(): void {
    this.#hearing = undefined;
    this.#fail();
  }

  #take(message: Buffer): void {
    for (const { kind, parts } of framesOf(message)) {
      const [first, second, third] = parts;
      if (kind === kinds.ping) this.#socket.send(frame("pong", {}));
      else if (kind === kinds.reply) this.#reply(jsonOf(first));
      else if (kind === kinds.event) this.#hearing?.event(jsonOf(first));
      else if (kind === kinds.outcome) this.#hearing?.outcome(jsonOf(first));
      else if (kind === kinds.deliver)
        this.#hearing?.deliver(String(first), String(second), third ?? Buffer.alloc(0));
    }
  }

  #reply(said: Said): void {
    const id = String(said.id);
    this.#replies.get(id)?.give(said as unknown as Reply);
    this.#replies.delete(id);
  }

  #fail(): void {
    for (const { fail } of this.#replies.values()) fail(new Error("the connection has gone"));
    this.#replies.clear();
  }

  #end(): void {
    this.#fail();
    const hearing = this.#hearing;
    this.#hearing = undefined;
    hearing?.lost();
  }
}
