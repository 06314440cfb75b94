/**
 * One connection after the other, for as long as the broker wants this instance back and nobody here has had enough: each
 * is opened, told to whoever listens, and waited for until it is no more.
 */
import type { Welcome } from "@parley/protocol";
import type { AgentState, Loss } from "./agent-state.js";
import { randomFraction } from "./backoff.js";
import type { BrokerClient } from "./broker-client.js";
import { orAborted, pause } from "./clock.js";
import { Connection, type ConnectionListener } from "./connection.js";
import { ParleyFault, reasonOf } from "./fault.js";
import { ParleyRefusal } from "./refusal.js";
import { returnMs } from "./return-time.js";
import { type OpenSocket, openSocket } from "./socket.js";

/** Who hears of the connections. */
export interface Reconnected extends Omit<ConnectionListener, "welcomed"> {
  become(state: Exclude<AgentState, { readonly state: "connected" }>): void;
  welcomed(connection: Connection, welcome: Welcome): void;
  /** A last word can be said over it. */
  closing(): void;
  lost(): void;
}

export interface HowToConnect {
  readonly openSocket?: OpenSocket;
  readonly random?: () => number;
}

/** A connection that has lasted this long was a good one: the next loss starts counting anew. */
const steadyMs = 10_000;

export class Reconnecting {
  readonly #client: BrokerClient;
  readonly #how: HowToConnect;
  readonly #heard: Reconnected;
  readonly #signal: AbortSignal;

  /** Aborting the signal says goodbye. */
  constructor(client: BrokerClient, how: HowToConnect, heard: Reconnected, signal: AbortSignal) {
    this.#client = client;
    this.#how = how;
    this.#heard = heard;
    this.#signal = signal;
  }

  /** Resolves with why there will be no other connection. */
  async run(): Promise<Loss | { readonly why: "asked" }> {
    const { clock } = this.#client.exchange;
    const signal = this.#signal;
    for (let attempt = 0; !signal.aborted; attempt++) {
      this.#heard.become({ state: "connecting", attempt });
      const { loss, lastedMs } = await this.#connectOnce();
      if (signal.aborted) break;
      if (lastedMs >= steadyMs) attempt = 0;
      const forMs = returnMs(loss, attempt, (this.#how.random ?? randomFraction)());
      if (forMs === undefined) return loss;
      this.#heard.become({ state: "waiting", forMs, loss });
      // Aborted while waiting: the loop sees it.
      await pause(clock, forMs, signal).catch(() => undefined);
    }
    return { why: "asked" };
  }

  async #connectOnce(): Promise<{ readonly loss: Loss; readonly lastedMs: number }> {
    const { clock } = this.#client.exchange;
    let welcomedAtMs: number | undefined;
    const heard = this.#heard;
    const loss = await this.#lose({
      welcomed: (connection, welcome) => {
        welcomedAtMs = clock.elapsed();
        heard.welcomed(connection, welcome);
      },
      renewed: () => heard.renewed(),
      replied: (frame) => heard.replied(frame),
      happened: (event) => heard.happened(event),
      outcome: (frame) => heard.outcome(frame),
      delivered: (stamp, header, payload) => heard.delivered(stamp, header, payload),
      troubled: (error) => heard.troubled(error),
    });
    return { loss, lastedMs: welcomedAtMs === undefined ? 0 : clock.elapsed() - welcomedAtMs };
  }

  /** Opens a connection and answers why it is no more. */
  async #lose(listener: ConnectionListener): Promise<Loss> {
    const { issuer, tokens, exchange } = this.#client;
    const signal = this.#signal;
    try {
      await orAborted(tokens.token(), signal);
      const open = this.#how.openSocket ?? openSocket;
      const parts = { issuer, tokens, clock: exchange.clock, openSocket: open };
      const connection = await Connection.open(parts, listener);
      const close = () => {
        this.#heard.closing();
        connection.close();
      };
      signal.addEventListener("abort", close, { once: true });
      if (signal.aborted) close();
      const ending = await connection.ended;
      this.#heard.lost();
      signal.removeEventListener("abort", close);
      return { why: "ended", ending };
    } catch (error) {
      if (error instanceof ParleyRefusal) return { why: "refused", refusal: error };
      if (error instanceof ParleyFault) return { why: "fault", fault: error };
      return { why: "fault", fault: new ParleyFault(reasonOf(error), "never", error) };
    }
  }
}
