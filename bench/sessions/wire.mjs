/** One instance's connection, as bare as it can be: calls, their replies, and events, without what an SDK adds. */
import { frame } from "../principals.mjs";

const { decodeFrames } = await import(new URL("../../packages/protocol/dist/index.js", import.meta.url).href);
const call = 0x10;
const pong = frame(7, {});

const jsonOf = ([part]) => JSON.parse(part.toString());

export class Wire {
  #socket;
  #waiting = new Map();
  #hear = () => undefined;
  #frames = {};
  #last = 0;
  #ended;

  constructor(principal, { socket, renew }) {
    this.principal = principal;
    /** Who stays longer than an access token lasts shows a new one. */
    this.renew = renew;
    this.#socket = socket;
    socket.removeAllListeners("message");
    socket.on("message", (bytes) => this.#take(bytes));
    socket.on("error", () => undefined);
    socket.on("close", (code) => {
      const ended = new Error(`the connection has ended with ${code}`);
      this.#ended = ended;
      for (const { reject } of this.#waiting.values()) reject(ended);
      this.#frames.ended?.(ended);
    });
  }

  static async open(principal) {
    await principal.signIn();
    return new Wire(principal, await principal.connect());
  }

  /** Resolves with the result; rejects with the refusal's code. */
  call(name, more) {
    this.#last += 1;
    const id = String(this.#last);
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(frame(call, { id, call: name, ...more }));
    });
  }

  /** Whoever hears what the broker says unasked. */
  onEvent(hear) {
    this.#hear = hear;
  }

  /** Whoever hears of envelopes: `outcome` and `deliver` are given the frame's parts, `ended` what ended it. */
  onFrames(frames) {
    this.#frames = frames;
  }

  /** Frames as they are, so many in one message. */
  send(bytes) {
    this.#socket.send(bytes);
  }

  end() {
    this.#frames = {};
    this.#socket.terminate();
  }

  #take(bytes) {
    const { frames, fault } = decodeFrames(bytes);
    if (fault) throw new Error(`the broker sent what is no message: ${fault}`);
    for (const { kind, parts } of frames) this.#hearFrame(kind, parts);
  }

  #hearFrame(kind, parts) {
    switch (kind) {
      case "ping":
        return this.#socket.send(pong);
      case "event":
        return this.#hear(jsonOf(parts));
      case "reply":
        return this.#settle(jsonOf(parts));
      default:
        return this.#frames[kind]?.(parts);
    }
  }

  #settle(said) {
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if (said.ok) waiting?.resolve(said.result);
    else waiting?.reject(new Error(`${said.problem.code} ${said.problem.rule ?? ""}`));
  }
}
