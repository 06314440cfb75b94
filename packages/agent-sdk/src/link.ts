/**
 * What the parts of an agent share: its calls and its REST at the broker, the events that come in, and who it is there.
 * Connections come and go below it; it says when there is a new one, and when there will be none.
 */
import { type Event, eventSchema, type Stamp, type Welcome } from "@parley/protocol";
import type { z } from "zod";
import type { Signer } from "./binding-statements.js";
import type { BrokerClient } from "./broker-client.js";
import { type Asked, type CallOptions, Calls } from "./calls.js";
import type { Connection } from "./connection.js";
import { type Outcome, readOutcomes } from "./envelopes/outcome.js";
import { readStamp } from "./envelopes/stamp.js";
import { ParleyFault } from "./fault.js";
import { Listeners } from "./listeners.js";
import { isRefused } from "./refusal.js";

interface LinkEvents {
  /** Whatever a connection has of its own (what it serves, joins and watches) is to be said again. */
  readonly connected: Welcome;
  readonly event: Event;
  readonly outcomes: readonly Outcome[];
  readonly delivered: Delivered;
  readonly ended: Error;
}

/** One that came over the connection: header and payload are views of the message. */
export interface Delivered {
  readonly stamp: Stamp;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

export class Link {
  readonly client: BrokerClient;
  readonly calls: Calls;
  /** Says whose trace is active here. */
  readonly traceparent: (() => string | undefined) | undefined;
  readonly #trouble: (error: unknown) => void;
  readonly #listeners = new Listeners<LinkEvents>();
  #connection: Connection | undefined;
  #welcome: Welcome | undefined;
  readonly #ending = new AbortController();

  constructor(
    client: BrokerClient,
    trouble: (error: unknown) => void,
    traceparent?: () => string | undefined,
  ) {
    this.client = client;
    this.traceparent = traceparent;
    this.calls = new Calls(client.exchange.clock);
    this.#trouble = trouble;
  }

  on<E extends keyof LinkEvents>(event: E, listener: (event: LinkEvents[E]) => void): () => void {
    return this.#listeners.on(event, listener);
  }

  /** What the broker said of us when it last welcomed us. */
  get self(): Welcome {
    if (this.#welcome !== undefined) return this.#welcome;
    throw new ParleyFault("the agent has not been connected yet", "later");
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Aborted when the agent is closed, with the fault that says so. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Something that is being dealt with. What goes wrong because the agent is closed is no trouble. */
  trouble(error: unknown): void {
    if (!this.signal.aborted) this.#trouble(error);
  }

  /** Nobody waits for it: what goes wrong is told. */
  background(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.trouble(error));
  }

  /** A call that carries a statement: signed with the key that the connection is known to show. */
  async signed<S extends z.ZodType>(
    sign: (signer: Signer) => Promise<Asked>,
    schema: S,
    options: CallOptions = {},
  ): Promise<z.output<S>> {
    for (;;) {
      const { thumbprint } = this.client.identity.key;
      await this.#connection?.showKey();
      try {
        return await this.calls.call(await sign(this.client), schema, options);
      } catch (error) {
        const mayBeTheKey = isRefused(error, "key.replaced", "statement.invalid");
        // Replaced between the signature and the judgement: the same words are signed by the new key.
        if (!mayBeTheKey || thumbprint === this.client.identity.key.thumbprint) throw error;
      }
    }
  }

  connected(connection: Connection, welcome: Welcome): void {
    this.#connection = connection;
    this.#welcome = welcome;
    this.calls.attach((call) => connection.ask(call));
    this.#listeners.tell("connected", welcome);
  }

  disconnected(): void {
    this.#connection = undefined;
    this.calls.detach();
  }

  /** What is not known here was added by a newer broker, and means nothing to us. */
  happened(value: unknown): void {
    const event = eventSchema.safeParse(value);
    if (event.success) this.#listeners.tell("event", event.data);
  }

  /** A message of frames, over the connection that there is. */
  carry(message: Uint8Array): void {
    this.#connection?.carry(message);
  }

  answered(value: unknown): void {
    this.#listeners.tell("outcomes", readOutcomes(value));
  }

  delivered(stamp: Uint8Array, header: Uint8Array, payload: Uint8Array): void {
    this.#listeners.tell("delivered", { stamp: readStamp(stamp), header, payload });
  }

  end(error: Error): void {
    this.#ending.abort(error);
    this.disconnected();
    this.calls.end(error);
    this.#listeners.tell("ended", error);
  }
}
