/** A session as the author of an agent has it in hand. What it says of itself is what was last heard from the broker. */
import type { OrganisationId, SessionId, SessionState, SessionView, SideName, Terms } from "@parley/protocol";
import { orAborted } from "./clock.js";
import type { Course, SessionEvents } from "./course.js";
import type { Envelope } from "./envelopes/envelope.js";
import type { MessageSchemas, Messages } from "./envelopes/messages.js";
import type { SendOptions } from "./envelopes/outgoing.js";
import type { RequestOptions } from "./envelopes/requests.js";
import type { SentEnvelope } from "./envelopes/sending.js";
import type { Traffic } from "./envelopes/traffic.js";
import { TypedSession } from "./envelopes/typed-session.js";
import type { SessionClosed } from "./session-ended.js";

/** What a session in hand stands for. */
export interface InHand {
  readonly course: Course;
  readonly traffic: Traffic;
}

/** What is done to a session, by whoever speaks to the broker. */
export interface SessionActions {
  close(inHand: InHand, how: { readonly detail?: string }): Promise<void>;
  withdraw(inHand: InHand): Promise<void>;
}

/** Who is on the other side, as the broker knows it: never what it says of itself. */
export interface Counterpart {
  /** Its agent: id and name. */
  readonly agent: SessionView["consumer"]["agent"];
  /** Whose agent it is. */
  readonly organisation: { readonly id: OrganisationId; readonly name: string };
  /** Who proposed or accepted, or holds the other side now. */
  readonly instance: SessionView["consumer"]["instance"];
}

/**
 * One engagement of a consumer with a provider, from the proposal to its end. It comes from `engage`, `serve`, `sessions` or
 * `resume`. `for await (const envelope of session)` goes over what the other side sends: an envelope is acknowledged when
 * the next one is asked for, and not when the loop is left.
 */
export class Session implements AsyncDisposable, AsyncIterable<Envelope> {
  /** `ses_…`, the same for both sides. */
  readonly id: SessionId;
  /** Which side this agent is on. */
  readonly side: SideName;
  readonly #inHand: InHand;
  readonly #actions: SessionActions;

  /** @internal Sessions come from `engage`, `serve` and `sessions`. */
  constructor(inHand: InHand, side: SideName, actions: SessionActions) {
    this.id = inHand.course.view.id;
    this.side = side;
    this.#inHand = inHand;
    this.#actions = actions;
  }

  /** All that the broker shows of it. */
  get view(): SessionView {
    return this.#inHand.course.view;
  }

  /** `proposed`, `accepted`, `active` or `closed`, as last heard. */
  get state(): SessionState {
    return this.view.state;
  }

  /**
   * Whether this instance had joined it in a process before this one, which did not end it: a handler is called anew,
   * and what was said before is not known here.
   */
  get resumed(): boolean {
    return this.#inHand.course.resumed;
  }

  /** What it is for: the one capability that was engaged. */
  get capability(): string {
    return this.view.capability;
  }

  /** Frozen when it was proposed. */
  get terms(): Terms {
    return this.view.terms;
  }

  /** The other side. */
  get counterpart(): Counterpart {
    const { agent, organisation, instance } =
      this.side === "consumer" ? this.view.provider : this.view.consumer;
    return { agent, organisation, instance };
  }

  /** Resolves when both sides have joined; rejects with SessionEnded when it closes before. */
  get active(): Promise<void> {
    return this.#inHand.course.active;
  }

  /** Resolves when it has closed, for whatever reason; rejects only when the agent is closed here before. */
  get closed(): Promise<SessionClosed> {
    return this.#inHand.course.closed;
  }

  /** Listens, and answers what ends the listening. */
  on<E extends keyof SessionEvents>(event: E, listener: (event: SessionEvents[E]) => void): () => void {
    return this.#inHand.course.heard.on(event, listener);
  }

  /**
   * Sends one envelope. Bytes go out as they are, text in UTF-8, anything else as JSON. Resolves when the broker has it
   * for good; awaiting it is how a sender is slowed to what the other side handles. What has no answer when a connection
   * is lost is sent again under the same id.
   */
  send(type: string, body?: unknown, options?: SendOptions): Promise<SentEnvelope> {
    return this.#inHand.traffic.send(type, body, options);
  }

  /** Sends an answer to this envelope: it belongs to the same, and is because of it. */
  reply(envelope: Envelope, type: string, body?: unknown, options?: SendOptions): Promise<SentEnvelope> {
    const { id, header } = envelope;
    const about = { correlationId: header.correlationId ?? id, causationId: id, ...options };
    return this.send(type, body, this.#inHand.traffic.traced(about, header.traceparent));
  }

  /**
   * Sends a request and resolves with its answer, which no loop is given. Rejects with RequestTimedOut when none has come
   * in time: one that comes later comes to a loop.
   */
  request(type: string, body?: unknown, options?: RequestOptions): Promise<Envelope> {
    return this.#inHand.traffic.request(type, body, options);
  }

  /**
   * What the other side sends, in order, each once. It ends when the session has ended and all has been given; it throws
   * SessionCut when the session was cut, EnvelopesMissing where something cannot be delivered any more. One at a time.
   */
  envelopes({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Envelope, undefined> {
    return this.#inHand.traffic.loop(signal);
  }

  /** The same, as `for await` asks for it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Envelope, undefined> {
    return this.envelopes();
  }

  /** Says that everything that was given up to this envelope has been handled, before the next one is asked for. */
  acknowledge({ n }: Envelope): void {
    this.#inHand.traffic.handled(n);
  }

  /** The same session, in which every message is one of these: checked and typed, on its way out and on its way in. */
  typed<M extends MessageSchemas>(messages: Messages<M>): TypedSession<M> {
    return new TypedSession(this, messages);
  }

  /**
   * Completes it, from this side, once everything that was sent has been answered. One that has closed already stays as it
   * is.
   */
  close({ detail, signal }: { readonly detail?: string; readonly signal?: AbortSignal } = {}): Promise<void> {
    const closed = this.#actions.close(this.#inHand, detail === undefined ? {} : { detail });
    return signal === undefined ? closed : orAborted(closed, signal);
  }

  /** Takes the proposal back; rejects with ParleyRefusal `session.state` when it has been answered. */
  withdraw(): Promise<void> {
    return this.#actions.withdraw(this.#inHand);
  }

  /** Withdraws what is still proposed, closes what is not. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.state === "proposed" ? this.withdraw() : this.close();
  }
}
