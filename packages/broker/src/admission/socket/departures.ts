/**
 * Tells the line which connections have ended, each until it has been heard: a broker that is busy when thousands are
 * lost at once must still learn of all of them, and of an instance's last connection before it opens the next.
 */
import { type AgentId, type ConnectionId, type InstanceId, makeId, type Refusal } from "@parley/protocol";
import type { FastifyBaseLogger } from "fastify";
import type { Relay } from "../../relay.js";
import { pass } from "../../turn.js";

export interface Departed {
  readonly instance: InstanceId;
  readonly agent: AgentId;
  readonly connection: ConnectionId;
  readonly epoch: number;
  /** It was ended by its instance, which said so. */
  readonly goodbye: boolean;
}

/** So many, and then a pause: when thousands end at once, whoever still asks for something comes first. */
const toldAtOnce = 256;
const pauseMs = 50;

export class Departures {
  readonly #relay: Relay;
  readonly #log: Pick<FastifyBaseLogger, "error">;
  /** The last connection of each instance: only that one can be the current one. */
  readonly #untold = new Map<InstanceId, Departed>();
  readonly #turnedAway = new Map<InstanceId, Departed>();
  readonly #underway = new Map<InstanceId, Promise<Refusal | undefined>>();
  readonly #heard: (agent: AgentId) => void;
  #telling: Promise<void> | undefined;
  #isLast = false;

  /** `heard`: a connection of this agent has ended, and the record knows. */
  constructor(
    relay: Relay,
    log: Pick<FastifyBaseLogger, "error">,
    heard: (agent: AgentId) => void = () => undefined,
  ) {
    this.#relay = relay;
    this.#log = log;
    this.#heard = heard;
  }

  tell(departed: Departed): void {
    const { instance, epoch } = departed;
    const known = this.#untold.get(instance) ?? this.#turnedAway.get(instance);
    if (known !== undefined && known.epoch > epoch) return;
    this.#turnedAway.delete(instance);
    this.#untold.set(instance, departed);
    this.#telling ??= this.#tellAll();
  }

  /**
   * [SOC-4] Before an instance opens its next connection. Heard in the other order it would look like a connection that
   * was taken over, which is how two copies of one key show. The answer is why it cannot be heard now.
   */
  async tellFirst(instance: InstanceId): Promise<Refusal | undefined> {
    const departed = this.#untold.get(instance) ?? this.#turnedAway.get(instance);
    return departed === undefined ? this.#underway.get(instance) : this.#tell(departed);
  }

  /** Tells again what was turned away. Called with every round. */
  tellAgain(): void {
    for (const departed of this.#turnedAway.values()) this.tell(departed);
  }

  /** Resolves when nothing is being told any more, as soon as can be: the ledger may be closed. */
  async settled(): Promise<void> {
    this.#isLast = true;
    while (this.#telling !== undefined) await this.#telling;
    await Promise.all(this.#underway.values());
  }

  /** Those that come while some are being told share the next commit. */
  async #tellAll(): Promise<void> {
    while (this.#untold.size > 0) {
      const some = [...this.#untold.values()].slice(0, toldAtOnce);
      await Promise.all(some.map((departed) => this.#tell(departed)));
      if (this.#untold.size > 0 && !this.#isLast) await pass(pauseMs);
    }
    this.#telling = undefined;
  }

  #tell(departed: Departed): Promise<Refusal | undefined> {
    const { instance } = departed;
    this.#untold.delete(instance);
    this.#turnedAway.delete(instance);
    const told = this.#ask(departed).finally(() => {
      if (this.#underway.get(instance) === told) this.#underway.delete(instance);
    });
    this.#underway.set(instance, told);
    return told;
  }

  async #ask(departed: Departed): Promise<Refusal | undefined> {
    const { agent, ...ended } = departed;
    try {
      const outcome = await this.#relay({ kind: "connection.close", id: makeId("command"), ...ended });
      if (outcome.outcome === "accepted") {
        this.#heard(agent);
        return undefined;
      }
      if (!this.#untold.has(departed.instance)) this.#turnedAway.set(departed.instance, departed);
      return outcome.refusal;
    } catch (fault) {
      // The next start closes what was left open.
      this.#log.error(
        { err: fault, connection: departed.connection },
        "the end of a connection is not recorded",
      );
      return undefined;
    }
  }
}
