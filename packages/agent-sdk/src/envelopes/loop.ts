/** One `for await` over a session: it is given envelopes until it is left, aborted, or the session is over. */
import { ParleyFault } from "../fault.js";
import type { Envelope } from "./envelope.js";

export type Step = IteratorResult<Envelope, undefined>;
export const over: Step = { done: true, value: undefined };

/** What gives envelopes, to one loop at a time. */
export interface Reading {
  next(loop: Loop): Promise<Step>;
  leave(loop: Loop, error?: unknown): void;
}

export class Loop implements AsyncIterableIterator<Envelope, undefined> {
  hasBegun = false;
  #isOver = false;
  #isWaiting = false;
  readonly #reading: Reading;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.#reading.leave(this, this.#signal?.reason);

  constructor(reading: Reading, signal: AbortSignal | undefined) {
    this.#reading = reading;
    this.#signal = signal;
  }

  async next(): Promise<Step> {
    if (this.#isOver) return over;
    if (this.#isWaiting) throw new ParleyFault("the next envelope is waited for already", "never");
    if (this.#signal?.aborted) {
      this.#end();
      throw this.#signal.reason;
    }
    if (!this.hasBegun) this.#signal?.addEventListener("abort", this.#abort, { once: true });
    this.#isWaiting = true;
    try {
      const step = await this.#reading.next(this);
      if (step.done) this.#end();
      return step;
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#isWaiting = false;
    }
  }

  async return(): Promise<Step> {
    this.#end();
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#reading.leave(this);
  }
}
