/**
 * One HTTP exchange with the broker: a call goes out, JSON comes back, a no is thrown with its type. It also keeps what
 * answers teach on the way: the newest nonce, and the broker's time. Who speaks, and what is tried again, is left to others.
 */
import { type Clock, machineClock } from "./clock.js";
import { ParleyFault, reasonOf } from "./fault.js";
import { ParleyRefusal, readRefusal } from "./refusal.js";

/** The methods that REST has. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One HTTP request, as it goes out. */
export interface Call {
  /** What is done. */
  readonly method: Method;
  /** All of it. */
  readonly url: string;
  /** Beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, spelt out. */
  readonly body?: string;
  /** Nobody waits for the answer any longer. */
  readonly signal?: AbortSignal | undefined;
}

/** What came back, when it was no refusal. */
export interface Answer {
  /** A success: what is not is thrown. */
  readonly status: number;
  /** What the JSON says; undefined when there was none. */
  readonly body: unknown;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a test may put in the platform's place. */
export interface ExchangeOptions {
  /** Time and timers. */
  readonly clock?: Clock;
  /** How a request is made. */
  readonly fetch?: Fetch;
}

/** A broker answers within ten seconds or not at all; the rest is for the way. */
const answerMsMax = 15_000;
/** A stream shows every fifteen seconds that it is there. */
const silentMsMax = 45_000;
/** How far this machine's two clocks may disagree about how long ago something was. */
const driftMsMax = 2_000;

interface Heard {
  readonly brokerMs: number;
  readonly wallMs: number;
  readonly elapsedMs: number;
}

/** HTTP with the broker, and what was learnt on the way: the newest nonce, the broker's time. */
export class Exchange {
  /** Time and timers. */
  readonly clock: Clock;
  readonly #fetch: Fetch;
  #nonce: string | undefined;
  #heard: Heard | undefined;

  constructor(options: ExchangeOptions = {}) {
    this.clock = options.clock ?? machineClock;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /**
   * The newest nonce, unless this machine has slept or been set since: then nobody here knows the broker's time, and
   * asking without a nonce is how to hear it again.
   */
  get nonce(): string | undefined {
    return this.#nonce !== undefined && this.#drifted() ? undefined : this.#nonce;
  }

  /** The broker's time in milliseconds [ID-18]; this machine's own until an answer has said better. */
  now(): number {
    const heard = this.#heard;
    return heard === undefined ? this.clock.wall() : heard.brokerMs + this.clock.elapsed() - heard.elapsedMs;
  }

  /** How far the broker's clock is ahead of this machine's; undefined until an answer has carried a date. */
  get offsetMs(): number | undefined {
    return this.#heard === undefined ? undefined : this.#heard.brokerMs - this.#heard.wallMs;
  }

  /** Sends it once; throws ParleyRefusal or ParleyFault. */
  async send(call: Call): Promise<Answer> {
    const { response, text } = await this.#roundTrip(call);
    this.#learn(response.headers);
    const body = parseBody(text);
    if (response.ok) {
      if (body === undefined)
        throw new ParleyFault(`${call.url} answered something that is not JSON`, "never");
      return { status: response.status, body };
    }
    throw refusedBy(call, response.status, text);
  }

  /** Sends it once, and tells what comes back as it comes; a stream that says nothing for too long is lost. */
  async *listen(call: Call): AsyncGenerator<string> {
    const silence = new AbortController();
    let cancel = (): void => undefined;
    const heard = () => {
      cancel();
      cancel = this.clock.after(silentMsMax, () => silence.abort());
    };
    const signal =
      call.signal === undefined ? silence.signal : AbortSignal.any([silence.signal, call.signal]);
    const headers = { accept: "text/event-stream", ...call.headers };
    heard();
    try {
      const response = await this.#fetch(call.url, {
        method: call.method,
        headers,
        redirect: "error",
        signal,
      });
      this.#learn(response.headers);
      if (!response.ok || response.body === null)
        throw refusedBy(call, response.status, await response.text());
      const [reader, decoder] = [response.body.getReader(), new TextDecoder()];
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        heard();
        yield decoder.decode(read.value, { stream: true });
      }
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (error instanceof ParleyFault || error instanceof ParleyRefusal) throw error;
      const reason = silence.signal.aborted ? `nothing for ${silentMsMax / 1_000} s` : reasonOf(error);
      throw new ParleyFault(`cannot hear ${new URL(call.url).origin}: ${reason}`, "later", error);
    } finally {
      cancel();
      silence.abort();
    }
  }

  async #roundTrip(call: Call): Promise<{ response: Response; text: string }> {
    const limit = new AbortController();
    const cancel = this.clock.after(answerMsMax, () => limit.abort());
    const signal = call.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, call.signal]);
    const { method, url, body } = call;
    const headers = { accept: "application/json", ...call.headers };
    try {
      // A redirect would carry the token to where its proof was not made for.
      const init: RequestInit = { method, headers, redirect: "error", signal };
      const response = await this.#fetch(url, body === undefined ? init : { ...init, body });
      return { response, text: await response.text() };
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      const reason = limit.signal.aborted ? `no answer within ${answerMsMax / 1_000} s` : reasonOf(error);
      throw new ParleyFault(`cannot reach ${new URL(url).origin}: ${reason}`, "later", error);
    } finally {
      cancel();
    }
  }

  #learn(headers: Headers): void {
    const nonce = headers.get("dpop-nonce");
    const brokerMs = Date.parse(headers.get("date") ?? "");
    if (nonce !== null) this.#nonce = nonce;
    if (Number.isNaN(brokerMs) || (nonce === null && this.#heard !== undefined)) return;
    this.#heard = { brokerMs, wallMs: this.clock.wall(), elapsedMs: this.clock.elapsed() };
  }

  #drifted(): boolean {
    const heard = this.#heard;
    if (heard === undefined) return false;
    const byWall = this.clock.wall() - heard.wallMs;
    return Math.abs(byWall - (this.clock.elapsed() - heard.elapsedMs)) > driftMsMax;
  }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusedBy(call: Call, status: number, text: string): ParleyRefusal | ParleyFault {
  const refusal = readRefusal(parseBody(text));
  if (refusal === undefined) return unexplained(call, status);
  return refusal.code === "broker.fault" ? new ParleyFault(refusal.message, "later", refusal) : refusal;
}

function unexplained(call: Call, status: number): ParleyFault {
  const retry = status >= 500 || status === 429 ? "later" : "never";
  return new ParleyFault(`${call.method} ${call.url} answered ${status} and did not say why`, retry);
}
