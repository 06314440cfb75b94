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

export class Departures {
  readonly #relay: Relay;
  readonly #log: Pick<FastifyBaseLogger, "error">;
  #unheard: Departed[] = [];
  readonly #underway = new Set<Promise<void>>();

  constructor(relay: Relay, log: Pick<FastifyBaseLogger, "error">) {
    this.#relay = relay;
    this.#log = log;
  }

  tell(departed: Departed): void {
    const told = this.#tell(departed).finally(() => this.#underway.delete(told));
    this.#underway.add(told);
  }

  /** Tells again what was turned away. Called with every round. */
  tellAgain(): void {
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const departed of unheard) this.tell(departed);
  }

  /** Resolves when nothing is being told any more: the ledger may be closed. */
  async settled(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  async #tell(departed: Departed): Promise<void> {
    try {
      const { outcome } = await this.#relay({ kind: "connection.close", id: makeId("command"), ...departed });
      if (outcome === "refused") this.#unheard.push(departed);
    } catch (fault) {
      // The next start closes what was left open.
      this.#log.error(
        { err: fault, connection: departed.connection },
        "the end of a connection is not recorded",
      );
    }
  }
}
