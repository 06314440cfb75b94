/**
 * An instance on its connection, as an observer: replies and events are two lists, each in the order in which it came,
 * because an event may overtake a reply. Whatever comes is kept; nothing is waited for but what must come.
 */
import type { Principal } from "../fixtures/principal.js";
import { helloProof, type Message, RawSocket } from "../fixtures/raw-socket.js";
import type { Pace } from "./pace.js";
import type { Transcript } from "./transcript.js";

type Value = Message["value"];

export class Line {
  readonly #socket: RawSocket;
  readonly #transcript: Transcript;
  readonly #pace: Pace;
  readonly #replies: Value[] = [];
  readonly #events: Value[] = [];
  #taken = 0;
  #calls = 0;
  #hear: (() => void) | undefined;
  #failed: unknown;

  private constructor(socket: RawSocket, transcript: Transcript, pace: Pace) {
    this.#socket = socket;
    this.#transcript = transcript;
    this.#pace = pace;
    void this.#listen();
  }

  static async open(principal: Principal, transcript: Transcript, pace: Pace): Promise<Line> {
    const { home, key } = principal;
    const token = await principal.token();
    const socket = new RawSocket(home.url);
    const challenge = (await socket.expect("challenge")).value;
    transcript.say(`challenge ${Object.keys(challenge).join()} ${String(challenge.nonce).length}`);
    socket.say("hello", { token, proof: helloProof(home, challenge.nonce, token, key) });
    transcript.heard("welcome", (await socket.expect("welcome")).value);
    return new Line(socket, transcript, pace);
  }

  /** The result of what was asked, or the problem. */
  async call(call: string, said: object = {}): Promise<Value> {
    await this.#pace.step();
    this.#calls += 1;
    const id = `call-${this.#calls}`;
    this.#socket.say("call", { id, call, ...said });
    const reply = await this.#found(() => this.#replies.find((each) => each.id === id));
    this.#transcript.heard(`reply to ${call}`, reply);
    return (reply.ok === true ? reply.result : reply.problem) as Value;
  }

  /** The next event that is not one of a session's facts, whatever it is. */
  event(): Promise<Value> {
    return this.#found(() => {
      while (this.#events[this.#taken]?.event === "session.fact") this.#taken += 1;
      const next = this.#events[this.#taken];
      if (next !== undefined) this.#taken += 1;
      return next;
    });
  }

  /** The next event is of this kind: another one is a finding. */
  async expect(event: string): Promise<Value> {
    const next = await this.event();
    if (next.event !== event) {
      this.#transcript.heard(`instead of ${event}`, next);
      throw new Error(`expected ${event}, heard ${JSON.stringify(next)}`);
    }
    return next;
  }

  /** A round trip, after which all that was told before it has come; then what was told, in its order. */
  async end(): Promise<void> {
    await this.call("unwatch", { watch: "nothing" });
    for (const event of this.#events) this.#transcript.heard("event", event);
    this.#socket.end();
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        const { kind, value } = await this.#socket.next();
        if (kind === "reply") this.#replies.push(value);
        else if (kind === "event") this.#keep(value);
        else if (kind !== "ping") this.#events.push({ event: kind, ...value });
        else this.#socket.say("pong", {});
        this.#hear?.();
      }
    } catch (gone) {
      this.#failed = gone;
      this.#hear?.();
    }
  }

  /** A session is offered again when nobody has taken it in two seconds: on a slow machine that is a matter of time. */
  #keep(value: Value): void {
    const again = JSON.stringify(value);
    const isRepeated =
      value.event === "session.available" && this.#events.some((each) => JSON.stringify(each) === again);
    if (!isRepeated) this.#events.push(value);
  }

  async #found(find: () => Value | undefined): Promise<Value> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.#failed !== undefined) throw this.#failed;
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
      });
    }
  }
}
