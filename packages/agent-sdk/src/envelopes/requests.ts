/** Requests that wait for their answers: each is told by what caused it, or by what it belongs to. */
import type { EnvelopeId } from "@parley/protocol";
import type { Clock } from "../clock.js";
import { ParleyFault } from "../fault.js";
import { ParleyRefusal } from "../refusal.js";
import type { Envelope } from "./envelope.js";
import type { SendOptions } from "./outgoing.js";

/** No answer in time. The request stands in the record; an answer that comes later comes to whoever reads the session. */
export class RequestTimedOut extends ParleyFault {
  override readonly name = "RequestTimedOut";
  /** The envelope that was sent. */
  readonly request: EnvelopeId;

  constructor(request: EnvelopeId, type: string, timeoutMs: number) {
    super(`${type}: no answer within ${timeoutMs} ms`, "later");
    this.request = request;
  }
}

/** How an answer is waited for. */
export interface RequestOptions extends SendOptions {
  /** So long is waited for the answer; without it, as long as the session lasts. */
  readonly timeoutMs?: number | undefined;
}

export interface Expected {
  readonly id: EnvelopeId;
  readonly type: string;
  readonly correlationId: string;
  /** What becomes of the request itself: without it there is no answer. */
  readonly sent: Promise<unknown>;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly correlationId: string;
  readonly sent: Promise<unknown>;
  resolve(answer: Envelope): void;
  reject(error: unknown): void;
}

export class Requests {
  readonly #clock: Clock;
  readonly #pending = new Map<EnvelopeId, Pending>();
  /** Several may belong to the same: who answers without saying to which, answers the first. */
  readonly #byCorrelation = new Map<string, Set<EnvelopeId>>();
  #failure: Error | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the answer. */
  expect({ id, type, correlationId, sent, timeoutMs, signal }: Expected): Promise<Envelope> {
    sent.catch((error: unknown) => this.#refuse(id, this.#why(error)));
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      if (signal?.aborted) return reject(signal.reason);
      const late = () => this.#refuse(id, new RequestTimedOut(id, type, timeoutMs ?? 0));
      const cancel = timeoutMs === undefined ? () => undefined : this.#clock.after(timeoutMs, late);
      const abort = () => this.#refuse(id, signal?.reason);
      const settled = () => {
        cancel();
        signal?.removeEventListener("abort", abort);
        this.#forget(id, correlationId);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#remember(id, {
        correlationId,
        sent,
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
    });
  }

  /** Whether this answers a request: then it is nobody else's. */
  answer(envelope: Envelope): boolean {
    if (this.#pending.size === 0) return false;
    const { causationId, correlationId } = envelope.header;
    const caused = causationId === undefined ? undefined : this.#pending.get(causationId as EnvelopeId);
    const pending = caused ?? this.#belonging(correlationId);
    pending?.resolve(envelope);
    return pending !== undefined;
  }

  /**
   * No answer will come any more, to none of them. What is on its way still gets its own answer, and that says more: one
   * that breaks the contract may be what ended the session.
   */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { sent, reject } of this.#pending.values())
      sent.then(
        () => reject(error),
        () => undefined,
      );
  }

  /** It was not sent, or nobody waits any longer. */
  #refuse(id: EnvelopeId, error: unknown): void {
    this.#pending.get(id)?.reject(error);
  }

  /** That the session is over says less than how it ended. */
  #why(error: unknown): unknown {
    const isOver = error instanceof ParleyRefusal && error.code === "session.state";
    return isOver ? (this.#failure ?? error) : error;
  }

  #belonging(correlationId: string | undefined): Pending | undefined {
    const [id] = this.#byCorrelation.get(correlationId ?? "") ?? [];
    return id === undefined ? undefined : this.#pending.get(id);
  }

  #remember(id: EnvelopeId, pending: Pending): void {
    this.#pending.set(id, pending);
    const ids = this.#byCorrelation.get(pending.correlationId);
    if (ids === undefined) this.#byCorrelation.set(pending.correlationId, new Set([id]));
    else ids.add(id);
  }

  #forget(id: EnvelopeId, correlationId: string): void {
    this.#pending.delete(id);
    const ids = this.#byCorrelation.get(correlationId);
    ids?.delete(id);
    if (ids?.size === 0) this.#byCorrelation.delete(correlationId);
  }
}
