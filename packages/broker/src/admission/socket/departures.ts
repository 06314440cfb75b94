/**
 * Tells the line which connections have ended, each until it has been heard: a broker that is busy when thousands are
 * lost at once must still learn of all of them.
 */
import { type ConnectionId, type InstanceId, makeId } from "@parley/protocol";
import type { FastifyBaseLogger } from "fastify";
import type { Relay } from "../../relay.js";

export interface Departed {
  readonly instance: InstanceId;
  readonly connection: ConnectionId;
  readonly epoch: number;
}

/** So many, and then a pause: when thousands end at once, whoever still asks for something comes first. */
const toldAtOnce = 256;
const pauseMs = 50;

export class Departures {
  readonly #relay: Relay;
  readonly #log: Pick<FastifyBaseLogger, "error">;
  #untold: Departed[] = [];
  #turnedAway: Departed[] = [];
  #telling: Promise<void> | undefined;
  #isLast = false;

  constructor(relay: Relay, log: Pick<FastifyBaseLogger, "error">) {
    this.#relay = relay;
    this.#log = log;
  }

  tell(departed: Departed): void {
    this.#untold.push(departed);
    this.#telling ??= this.#tellAll();
  }

  /** Tells again what was turned away. Called with every round. */
  tellAgain(): void {
    for (const departed of this.#turnedAway.splice(0)) this.tell(departed);
  }

  /** Resolves when nothing is being told any more, as soon as can be: the ledger may be closed. */
  async settled(): Promise<void> {
    this.#isLast = true;
    while (this.#telling !== undefined) await this.#telling;
  }

  /** Those that come while some are being told share the next commit. */
  async #tellAll(): Promise<void> {
    while (this.#untold.length > 0) {
      await Promise.all(this.#untold.splice(0, toldAtOnce).map((departed) => this.#tell(departed)));
      if (this.#untold.length > 0 && !this.#isLast) await pause();
    }
    this.#telling = undefined;
  }

  async #tell(departed: Departed): Promise<void> {
    try {
      const { outcome } = await this.#relay({ kind: "connection.close", id: makeId("command"), ...departed });
      if (outcome === "refused") this.#turnedAway.push(departed);
    } catch (fault) {
      // The next start closes what was left open.
      this.#log.error(
        { err: fault, connection: departed.connection },
        "the end of a connection is not recorded",
      );
    }
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs));
