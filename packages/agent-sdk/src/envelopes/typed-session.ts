/** A session in which every message is one of those that were declared: checked on its way out, and on its way in. */
import type { Envelope } from "./envelope.js";
import {
  fitted,
  type InputOf,
  MessageMisfit,
  type MessageSchemas,
  type Messages,
  type OutputOf,
} from "./messages.js";
import type { SendOptions } from "./outgoing.js";
import type { RequestOptions } from "./requests.js";
import type { SentEnvelope } from "./sending.js";

/** One message: its type says what its body is. */
export interface Message<T, B> {
  /** As it was declared. */
  readonly type: T;
  /** What its schema has made of the payload. */
  readonly body: B;
  /** All else, with the payload as it came. */
  readonly envelope: Envelope;
}

/** Whichever of the messages that were declared. */
export type AnyMessage<M extends MessageSchemas> = {
  [T in keyof M & string]: Message<T, OutputOf<M[T]>>;
}[keyof M & string];

/** How an answer is waited for, and which it must be. */
export interface TypedRequestOptions<A> extends RequestOptions {
  /** The one type that answers; without it, whichever was declared. */
  readonly answer?: A;
}

/** What a session does for a typed one. */
export interface Untyped {
  send(type: string, body: unknown, options?: SendOptions): Promise<SentEnvelope>;
  reply(envelope: Envelope, type: string, body: unknown, options?: SendOptions): Promise<SentEnvelope>;
  request(type: string, body: unknown, options?: RequestOptions): Promise<Envelope>;
  envelopes(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Envelope, undefined>;
}

/** What `session.typed` answers. Whatever does not fit is a MessageMisfit: nothing is sent, or a loop is thrown out of. */
export class TypedSession<M extends MessageSchemas> implements AsyncIterable<AnyMessage<M>> {
  readonly #session: Untyped;
  readonly #messages: Messages<M>;

  /** @internal It comes from `session.typed`. */
  constructor(session: Untyped, messages: Messages<M>) {
    this.#session = session;
    this.#messages = messages;
  }

  /** Sends one message, as `session.send` does. What goes out is the body as it is given. */
  async send<T extends keyof M & string>(
    type: T,
    body: InputOf<M[T]>,
    options?: SendOptions,
  ): Promise<SentEnvelope> {
    fitted(this.#messages, type, body);
    return this.#session.send(type, body, options);
  }

  /** Answers a message, as `session.reply` does. */
  async reply<T extends keyof M & string>(
    { envelope }: Pick<AnyMessage<M>, "envelope">,
    type: T,
    body: InputOf<M[T]>,
    options?: SendOptions,
  ): Promise<SentEnvelope> {
    fitted(this.#messages, type, body);
    return this.#session.reply(envelope, type, body, options);
  }

  /** Sends a request and resolves with its answer, as `session.request` does. */
  async request<T extends keyof M & string, A extends keyof M & string = keyof M & string>(
    type: T,
    body: InputOf<M[T]>,
    { answer, ...options }: TypedRequestOptions<A> = {},
  ): Promise<Extract<AnyMessage<M>, { readonly type: A }>> {
    fitted(this.#messages, type, body);
    const message = this.#read(await this.#session.request(type, body, options));
    if (answer !== undefined && message.type !== answer)
      throw new MessageMisfit(message.type, [{ path: "", message: `expected ${answer}` }]);
    return message as Extract<AnyMessage<M>, { readonly type: A }>;
  }

  /** What the other side sends, as `session.envelopes` gives it. A loop that is begun after a misfit goes on behind it. */
  envelopes(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<AnyMessage<M>, undefined> {
    const loop = this.#session.envelopes(options);
    const typed: AsyncIterableIterator<AnyMessage<M>, undefined> = {
      next: async () => {
        const { done, value } = await loop.next();
        if (done) return { done, value };
        try {
          return { done: false, value: this.#read(value) };
        } catch (error) {
          await loop.return?.();
          throw error;
        }
      },
      return: async () => {
        await loop.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => typed,
    };
    return typed;
  }

  /** The same, as `for await` asks for it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyMessage<M>, undefined> {
    return this.envelopes();
  }

  #read(envelope: Envelope): AnyMessage<M> {
    const { type } = envelope;
    const body = fitted(this.#messages, type, jsonIn(envelope));
    // The schema of this very type has made it.
    return { type, body, envelope } as unknown as AnyMessage<M>;
  }
}

function jsonIn(envelope: Envelope): unknown {
  if (envelope.payload.byteLength === 0) return undefined;
  try {
    return envelope.json();
  } catch (error) {
    throw new MessageMisfit(envelope.type, [{ path: "", message: "expected JSON" }], error);
  }
}
