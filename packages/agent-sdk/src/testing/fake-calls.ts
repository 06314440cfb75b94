/** The calls that a fake broker takes over its sockets: read as strictly as a broker reads them, answered from a table. */
import {
  type Call,
  type CallName,
  callSchema,
  type Event,
  encodeJsonFrame,
  limits,
  problemOf,
  type Refusal,
} from "@parley/protocol";
import type { WebSocket } from "ws";
import type { FakeBroker } from "./fake-broker.js";

type CallOf<N extends CallName> = Extract<Call, { call: N }>;
/** `silent` does not reply. */
export const silent = Symbol("silent");
export const refuse = (refusal: Refusal) => ({ refusal });

type Answering = { [N in CallName]?: (call: CallOf<N>) => unknown };

export class FakeCalls {
  readonly heard: Call[] = [];
  readonly answers: Answering = {};
  readonly #broker: FakeBroker;
  #wake: () => void = () => undefined;

  constructor(broker: FakeBroker) {
    this.#broker = broker;
    broker.asked = (socket, call) => void this.#hear(socket, call);
  }

  of<N extends CallName>(name: N): CallOf<N>[] {
    return this.heard.filter((call): call is CallOf<N> => call.call === name);
  }

  /** Waits until the broker has heard so many of this call, and answers the last of them. */
  async received<N extends CallName>(name: N, count = 1): Promise<CallOf<N>> {
    for (;;) {
      const call = this.of(name)[count - 1];
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** A session that closes has had nothing sent in it, if nothing else is said. */
  tell(event: Event | { readonly event: string }, socket = this.#broker.sockets.at(-1)): void {
    const sent = event.event === "session.closed" && { sent: { consumer: 0, provider: 0 } };
    socket?.send(encodeJsonFrame("event", { ...sent, ...event }));
  }

  reply(id: string, answer: unknown, socket = this.#broker.sockets.at(-1)): void {
    const no = answer as { readonly refusal?: Refusal } | undefined;
    const frame =
      no?.refusal === undefined
        ? { id, ok: true, result: answer ?? null }
        : { id, ok: false, problem: problemOf(no.refusal) };
    socket?.send(encodeJsonFrame("reply", frame));
  }

  async #hear(socket: WebSocket, value: unknown): Promise<void> {
    const call = callSchema.parse(value);
    this.heard.push(call);
    this.#wake();
    const answering = this.answers[call.call] as ((call: Call) => unknown) | undefined;
    const said = answering === undefined ? {} : await answering(call);
    const answer = call.call === "join" ? joinedAs(said) : said;
    if (answer !== silent) this.reply(call.id, answer, socket);
  }
}

/** A session that is joined, in which nothing has been said, if nothing else is said. */
function joinedAs(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || !("state" in answer)) return answer;
  return { resume: nothingSaid, ...answer };
}

export const left = { envelopes: 1_000, bytes: 16_777_216, milliseconds: null };
const sendUpTo = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };
const head = { position: 0, hash: "A".repeat(43) };
export const nothingSaid = { after: 0, missing: [], head, left, sendUpTo, sent: 0 };
