/**
 * What an instance asks over its connection: each call is answered by one reply with its id [SOC-14]. How many may wait
 * is bounded, and a fault of ours is a reply like any other.
 */
import {
  type Call,
  type CallName,
  type CloseReason,
  callSchema,
  type Frame,
  problemOf,
  type Refusal,
  type ReplyFrame,
} from "@parley/protocol";
import type { FastifyBaseLogger } from "fastify";
import type { Clock } from "../../clock.js";
import type { Wire } from "../../outbox/wire.js";
import type { Relay } from "../../relay.js";
import { faultOf } from "../present/faults.js";
import { type Answered, type AnswerParts, answerCall, type Speaking } from "./call-answers.js";
import { readFrame } from "./read-frame.js";
import type { Turn, Turns } from "./turns.js";

export interface CallLimits {
  readonly callsWaitingPerConnection: number;
  readonly requestBodyBytesMax: number;
}

export interface CallParts extends AnswerParts {
  readonly relay: Relay;
  readonly clock: Clock;
  readonly limits: CallLimits;
  readonly log: Pick<FastifyBaseLogger, "error">;
}

/** They ask the line for nothing: no command waits until they have been answered. */
const looks: ReadonlySet<CallName> = new Set<CallName>(["search", "watch", "unwatch", "serve"]);

/** As deep as a body over REST. */
const bounds = { depthMax: 16, keysMax: 4_096 } as const;

export class Calls {
  readonly #parts: CallParts;
  readonly #wire: Wire;
  readonly #reply: (reply: ReplyFrame) => void;
  readonly #turns: Turns;
  #waiting = 0;

  constructor(parts: CallParts, wire: Wire, turns: Turns, reply: (reply: ReplyFrame) => void) {
    this.#parts = parts;
    this.#wire = wire;
    this.#reply = reply;
    this.#turns = turns;
  }

  /** The answer is why the connection ends, where the frame is none that could be answered [SOC-15]. */
  take(frame: Frame, by: Speaking): CloseReason | undefined {
    const { callsWaitingPerConnection: limit, requestBodyBytesMax } = this.#parts.limits;
    if ((frame.parts[0]?.byteLength ?? 0) > requestBodyBytesMax) return "tooLarge";
    const call = readFrame(frame, callSchema, bounds);
    if (call === undefined) return "malformed";
    const used = this.#waiting;
    // [SOC-16] Only who asks fills it.
    if (used >= limit) this.#refuse(call, { code: "limit.reached", rule: "callsWaiting", limit, used });
    else void this.#answer(call, by, this.#turns.take());
    return undefined;
  }

  async #answer(call: Call, by: Speaking, turn: Turn): Promise<void> {
    this.#waiting += 1;
    if (looks.has(call.call)) turn.pass();
    try {
      const now = this.#parts.clock.now();
      const asked = { call, by, wire: this.#wire, relay: turn.relay, now };
      const answered = await answerCall(this.#parts, asked);
      this.#say(call, answered);
      if ("after" in answered) answered.after?.();
    } catch (fault) {
      this.#refuse(call, this.judge(fault));
    } finally {
      turn.pass();
      this.#waiting -= 1;
    }
  }

  #say(call: Call, answer: Answered): void {
    if ("refusal" in answer) this.#refuse(call, answer.refusal);
    else this.#reply({ id: call.id, ok: true, result: answer.result });
  }

  #refuse({ id }: Call, refusal: Refusal): void {
    this.#reply({ id, ok: false, problem: problemOf(refusal) });
  }

  /** What is said of a fault of ours. */
  judge(fault: unknown): Refusal {
    const known = fault instanceof Error ? faultOf(fault) : undefined;
    if (known !== undefined) return known;
    this.#parts.log.error({ err: fault, connection: this.#wire.connection }, "a call could not be answered");
    return { code: "broker.fault" };
  }
}
