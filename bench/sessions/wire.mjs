/** One instance's connection, as bare as it can be: calls, their replies, and events, without what an SDK adds. */
import { frame } from "../principals.mjs";

const kinds = { ping: 6, call: 0x10, reply: 0x11, event: 0x12 };

export class Wire {
  #socket;
  #waiting = new Map();
  #hear = () => undefined;
  #last = 0;

  constructor(principal, socket) {
    this.principal = principal;
    this.#socket = socket;
    socket.removeAllListeners("message");
    socket.on("message", (bytes) => this.#take(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the connection has ended"));
    });
  }

  static async open(principal) {
    await principal.signIn();
    const { socket } = await principal.connect();
    return new Wire(principal, socket);
  }

  /** Resolves with the result; rejects with the refusal's code. */
  call(call, more) {
    this.#last += 1;
    const id = String(this.#last);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(frame(kinds.call, { id, call, ...more }));
    });
  }

  /** Whoever hears what the broker says unasked. */
  onEvent(hear) {
    this.#hear = hear;
  }

  end() {
    this.#socket.terminate();
  }

  #take(bytes) {
    const kind = bytes[1];
    if (kind === kinds.ping) return this.#socket.send(frame(7, {}));
    const said = JSON.parse(bytes.subarray(6).toString());
    if (kind === kinds.event) return this.#hear(said);
    if (kind !== kinds.reply) return;
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if (said.ok) waiting?.resolve(said.result);
    else waiting?.reject(new Error(`${said.problem.code} ${said.problem.rule ?? ""}`));
  }
}
