/**
 * An agent's instance at the broker: connected, or on its way back. It reconnects by itself for as long as the broker
 * wants it back, replaces its key in time, and says what it does through `on`.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import {
  type AdvertisementView,
  isId,
  limits,
  type SessionId,
  type Welcome,
  type WorkgroupId,
} from "@parley/protocol";
import { enrolmentOf } from "./access-token.js";
import { type Advertised, Advertising } from "./advertising.js";
import { type AgentState, describeLoss, type Loss } from "./agent-state.js";
import { ask, type Means, type Question } from "./asking.js";
import { BrokerClient, type BrokerClientOptions } from "./broker-client.js";
import type { CallOptions } from "./calls.js";
import { Catalog, type Offer } from "./catalog.js";
import { orAborted } from "./clock.js";
import type { Connection } from "./connection.js";
import { type Engagement, engage } from "./engaging.js";
import { type Envelope, readCursor } from "./envelopes/envelope.js";
import { ParleyFault } from "./fault.js";
import { checkHealth, type Health } from "./health.js";
import { keyIsDue } from "./key-replacement.js";
import { Link } from "./link.js";
import { Listeners } from "./listeners.js";
import type { Receipt } from "./receipts/receipt.js";
import { memoryReceipts, type ReceiptStore } from "./receipts/receipt-store.js";
import { Receipts } from "./receipts/receipts.js";
import { type Reconnected, Reconnecting } from "./reconnecting.js";
import { type ServeOptions, Serving, type SessionHandler } from "./serving.js";
import type { Session } from "./session.js";
import { Sessions } from "./sessions.js";
import type { OpenSocket } from "./socket.js";

/** How an agent connects. */
export interface AgentOptions extends BrokerClientOptions {
  /** The broker's address, as it knows itself: what the identity was enrolled at. */
  readonly broker: string;
  /** Aborting it closes the agent. */
  readonly signal?: AbortSignal;
  /** Hears every state from the first on; `on("state", …)` can only begin once `connect` has resolved. */
  readonly onState?: (state: AgentState) => void;
  /** How a connection is made; without it, the platform's WebSocket. */
  readonly openSocket?: OpenSocket;
  /** Says whose trace is active (W3C Trace Context): what is sent then belongs to it, unless it says another. */
  readonly traceparent?: () => string | undefined;
  /** Where receipts are kept; without it, in memory. */
  readonly receipts?: ReceiptStore;
  /** In [0, 1): spreads out those who come back together. */
  readonly random?: () => number;
}

/** What `agent.on` tells of. */
export interface AgentEvents {
  /** The agent connects, is connected, waits, or is closed. */
  readonly state: AgentState;
  /**
   * What this agent may do in a workgroup has changed: it was let in, taken out, or given another right. A hint: after a
   * lost connection what it may do is read, at `/v1/workgroups` and in its catalog.
   */
  readonly membership: { readonly workgroup: WorkgroupId };
  /** What the broker states of a session that this instance has held a side of: verified, and kept. */
  readonly receipt: Receipt;
  /** What went wrong and is being dealt with: worth a line in a log. While nobody listens it is a warning of the process. */
  readonly trouble: unknown;
}

/** One instance of an agent, connected to its broker: it offers, finds, engages and serves. */
export class Agent implements AsyncDisposable {
  /** REST as this instance, for whatever has no method here. */
  readonly client: BrokerClient;
  /** What this agent may engage. */
  readonly catalog: Catalog;
  /** What the broker has stated of sessions that are closed. */
  readonly receipts: Receipts;
  readonly #link: Link;
  readonly #sessions: Sessions;
  readonly #serving: Serving;
  readonly #advertising: Advertising;
  readonly #options: AgentOptions;
  readonly #listeners = new Listeners<AgentEvents>();
  readonly #closing = new AbortController();
  readonly #gone: Promise<void>;
  #state: AgentState = { state: "connecting", attempt: 0 };
  #leaseSeconds: number = limits.leaseSeconds;

  private constructor(options: AgentOptions) {
    this.#options = options;
    this.client = new BrokerClient(options);
    this.#link = new Link(this.client, (trouble) => this.#troubled(trouble), options.traceparent);
    this.catalog = new Catalog(this.#link);
    this.receipts = new Receipts(this.#link, options.receipts ?? memoryReceipts(), (receipt) =>
      this.#listeners.tell("receipt", receipt),
    );
    this.#sessions = new Sessions(this.#link);
    this.#serving = new Serving(this.#link, this.#sessions);
    this.#advertising = new Advertising(this.#link);
    this.#link.on("event", (event) => {
      if (event.event === "membership.changed")
        this.#listeners.tell("membership", { workgroup: event.workgroup });
    });
    if (options.onState !== undefined) this.on("state", options.onState);
    const abort = () => this.#closing.abort();
    options.signal?.addEventListener("abort", abort, { once: true });
    // Whoever listens must have begun before the first state is told.
    this.#gone = Promise.resolve()
      .then(() => this.#run())
      .finally(() => options.signal?.removeEventListener("abort", abort));
  }

  /**
   * Resolves when connected for the first time. It keeps trying while the broker cannot be reached or asks to come
   * later, until the signal says stop; it rejects when the broker does not want this identity back.
   * The agent takes the identity over: closing the agent closes it.
   */
  static async connect(options: AgentOptions): Promise<Agent> {
    options.signal?.throwIfAborted();
    const { principalId } = enrolmentOf(options.identity);
    if (!isId("instance", principalId)) {
      throw new ParleyFault(`${principalId} is an operator: only instances connect`, "never");
    }
    const agent = new Agent(options);
    const first = await agent.#settled();
    if (first.state === "connected") return agent;
    await agent.#gone;
    options.signal?.throwIfAborted();
    throw errorOf(first.loss);
  }

  /** As it is now; `on("state", …)` tells what it becomes. */
  get state(): AgentState {
    return this.#state;
  }

  /** Listens, and answers what ends the listening. */
  on<E extends keyof AgentEvents>(event: E, listener: (event: AgentEvents[E]) => void): () => void {
    return this.#listeners.on(event, listener);
  }

  /**
   * Publishes what this agent offers, or publishes it anew: the same name is the same advertisement, the same terms are
   * the same contract version. A workgroup's address means for the life of the agent what it meant at first.
   */
  advertise(name: string, advertised: Advertised, options?: CallOptions): Promise<AdvertisementView> {
    return this.#advertising.advertise(name, advertised, options);
  }

  /** Takes the advertisement back; what was proposed under it closes, what was accepted goes on. */
  retract(name: string, options?: CallOptions): Promise<AdvertisementView> {
    return this.#advertising.retract(name, options);
  }

  /**
   * Proposes a session, and resolves when it is accepted. Rejects with ParleyRefusal when the broker refuses it, with
   * SessionEnded when it is rejected, withdrawn or expires. An abort, or time running out, withdraws.
   */
  engage(offer: Offer, engagement?: Engagement): Promise<Session> {
    return engage(this.#link, this.#sessions, offer, engagement);
  }

  /**
   * Takes sessions for this capability, one call of the handler for each. A handler that returns completes its session;
   * one that throws closes it, and is told as `trouble`. Answers what ends the taking; what runs goes on.
   */
  serve(capability: string, handler: SessionHandler, options: ServeOptions = {}): () => void {
    return this.#serving.serve(capability, handler, options);
  }

  /**
   * Asks one question of whoever offers the capability: finds it, engages it, sends the request, and closes. Resolves with
   * the answer; where several things are to be asked, `engage` once.
   */
  ask(capability: string, type: string, body?: unknown, question: Question = {}): Promise<Envelope> {
    const engaging: Means["engage"] = (offer, engagement) => this.engage(offer, engagement);
    const means = { link: this.#link, catalog: this.catalog, engage: engaging };
    return ask(means, capability, { type, body }, question);
  }

  /**
   * Asks the broker something over the connection, and waits for the answer, five seconds if nothing else is said: an open
   * socket alone may be half a one.
   */
  health(options?: CallOptions): Promise<Health> {
    return checkHealth(this.#link, () => this.#state.state, options);
  }

  /** What this agent has open, whichever of its instances holds it. */
  sessions({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Session[]> {
    return this.#sessions.open(signal);
  }

  /**
   * Goes on with a session that a process before this one held, or that nobody holds: with everything its agent has not
   * acknowledged, or with everything after the cursor of the last envelope that was handled (`envelope.cursor`).
   * In the process that holds it, it is the session that is held.
   */
  async resume(
    id: SessionId,
    { cursor, signal }: { readonly cursor?: string; readonly signal?: AbortSignal } = {},
  ): Promise<Session> {
    const resumed = this.#sessions.resume(id, cursor === undefined ? undefined : readCursor(cursor));
    return signal === undefined ? resumed : orAborted(resumed, signal);
  }

  /** Says goodbye; resolves when the connection is gone and the identity is let go. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.#gone;
  }

  /** Closes it, at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The first state that is neither on its way nor waiting. */
  #settled(): Promise<Extract<AgentState, { state: "connected" | "closed" }>> {
    return new Promise((resolve) => {
      const stop = this.on("state", (state) => {
        if (state.state !== "connected" && state.state !== "closed") return;
        stop();
        resolve(state);
      });
    });
  }

  async #run(): Promise<void> {
    const loss = await this.#connectUntilUnwanted();
    this.#link.end(loss.why === "asked" ? new ParleyFault("the agent is closed", "never") : errorOf(loss));
    // The agent is closed all the same: what could not be let go is told, and nobody need be waiting for it.
    await this.client.identity.close().catch((error: unknown) => this.#troubled(error));
    this.#become({ state: "closed", loss });
  }

  #connectUntilUnwanted(): Promise<Loss | { readonly why: "asked" }> {
    const heard: Reconnected = {
      become: (state) => this.#become(state),
      welcomed: (connection, welcome) => this.#welcomed(connection, welcome),
      renewed: () => this.#replaceKeyWhenDue(),
      replied: (frame) => this.#link.calls.replied(frame),
      happened: (event) => this.#link.happened(event),
      outcome: (frame) => this.#link.answered(frame),
      delivered: (stamp, header, payload) => this.#link.delivered(stamp, header, payload),
      troubled: (error) => this.#troubled(error),
      closing: () => this.#sessions.flush(),
      lost: () => this.#link.disconnected(),
    };
    return new Reconnecting(this.client, this.#options, heard, this.#closing.signal).run();
  }

  #welcomed(connection: Connection, welcome: Welcome): void {
    this.#leaseSeconds = welcome.limits.leaseSeconds ?? limits.leaseSeconds;
    this.#link.connected(connection, welcome);
    this.#become({ state: "connected", welcome });
    this.#replaceKeyWhenDue();
  }

  /** Looked at on every welcome and every renewal, which come far more often than a lease halves. */
  #replaceKeyWhenDue(): void {
    if (!keyIsDue(this.client, this.#leaseSeconds)) return;
    this.client.replaceKey().catch((error: unknown) => this.#troubled(error));
  }

  /** A handler that throws and nobody to hear of it would look like nothing at all. A browser has no process. */
  #troubled(error: unknown): void {
    if (this.#listeners.hears("trouble")) this.#listeners.tell("trouble", error);
    else globalThis.process?.emitWarning?.(error instanceof Error ? error : String(error));
  }

  #become(state: AgentState): void {
    this.#state = state;
    this.#listeners.tell("state", state);
  }
}

function errorOf(loss: Loss | { readonly why: "asked" }): Error {
  if (loss.why === "refused") return loss.refusal;
  if (loss.why === "fault") return loss.fault;
  return new ParleyFault(describeLoss(loss), "never");
}
