/**
 * The record made evident, once a second while there is news: the seconds that are over end in every log, each log that
 * has grown is signed for, and receipts are made for the sessions whose end this covers. What is signed was committed
 * before; what is given out was kept before, inside the database and outside.
 */
import { checkpointText, makeId, originOf, signedCheckpoint } from "@parley/protocol";
import type { Clock } from "./clock.js";
import { evidenceCrypto } from "./evidence-crypto.js";
import { type Timer, unrefTimer } from "./expiry.js";
import type { Command } from "./governance/command.js";
import type { Checkpoint } from "./governance/entities.js";
import type { BrokerKeys } from "./keys.js";
import type { CheckpointKeeper } from "./ledger/checkpoints.js";
import type { LogHead, Store } from "./ledger/store.js";

export type SealingCommand = Command<"record.seal"> | Command<"checkpoints.keep"> | Command<"receipt.keep">;

export interface SealingOptions {
  readonly store: Pick<Store, "read" | "readAside">;
  readonly send: (command: SealingCommand) => Promise<{ readonly outcome: "accepted" | "refused" }>;
  readonly keys: Pick<BrokerKeys, "signBytes">;
  readonly keeper: CheckpointKeeper;
  readonly clock: Clock;
  readonly issuer: () => string;
  readonly ledger: { readonly state: { readonly ordinal: number; readonly era: number } };
  /** Makes the receipts that are due, and says how many it has made. */
  readonly receipts: (isOver: () => boolean) => Promise<number>;
  /** A round failed: told, and tried again a second later. */
  readonly onFault: (fault: unknown) => void;
  readonly timer?: Timer;
}

export interface Sealing {
  /** No further round; resolves when the one that is running is over. */
  stop(): Promise<void>;
}

const everyMs = 1_000;
const logsPerCommand = 256;
const utf8 = new TextEncoder();

export function startSealing(options: SealingOptions): Sealing {
  return new SealingLoop(options);
}

class SealingLoop implements Sealing {
  readonly #options: SealingOptions;
  readonly #timer: Timer;
  #stopped = false;
  #cancel: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();
  /** The last fact that a round has begun with, and how many rounds had nothing to do since. */
  #seen = -1;
  #calm = 0;

  constructor(options: SealingOptions) {
    this.#options = options;
    this.#timer = options.timer ?? unrefTimer;
    this.#wakeIn(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#round;
  }

  #wakeIn(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#timer(() => {
      this.#round = this.#run();
    }, ms);
  }

  async #run(): Promise<void> {
    try {
      if (this.#hasNews()) await this.#seal();
    } catch (fault) {
      this.#calm = 0;
      this.#options.onFault(fault);
    }
    // Soon after a second has ended.
    this.#wakeIn(everyMs - (this.#options.clock.now() % everyMs));
  }

  /** What happened within this second ends in a later round, so that one more than needed follows the last fact. */
  #hasNews(): boolean {
    const { ordinal } = this.#options.ledger.state;
    if (ordinal !== this.#seen) this.#calm = 0;
    this.#seen = ordinal;
    return this.#calm < 2;
  }

  async #seal(): Promise<void> {
    const { send, receipts } = this.#options;
    await send({ kind: "record.seal", id: makeId("command") });
    const grown = await this.#signAll();
    const made = await receipts(() => this.#stopped);
    this.#calm = grown + made === 0 ? this.#calm + 1 : 0;
  }

  /** Says how many logs had grown. */
  async #signAll(): Promise<number> {
    const { store, keeper, send, ledger } = this.#options;
    let grown = 0;
    for (;;) {
      const { era } = ledger.state;
      const { logs } = await store.readAside({
        logs: { find: "unsignedLogs", by: { era, limit: logsPerCommand } },
      });
      grown += logs.length;
      if (logs.length === 0 || this.#stopped) return grown;
      const checkpoints = logs.map((head) => this.#sign(head, era));
      await keeper.keep(checkpoints.map(({ log, size, root, note }) => ({ log, size, root, era, note })));
      const { outcome } = await send({ kind: "checkpoints.keep", id: makeId("command"), checkpoints });
      // Turned away while there is too much to do: a second later they are still unsigned.
      if (outcome === "refused" || logs.length < logsPerCommand) return grown;
    }
  }

  /** [REC-8] */
  #sign({ log, size, root }: LogHead, era: number): Checkpoint {
    const { keys, issuer, clock } = this.#options;
    const checkpoint = { origin: originOf(issuer(), log, era), size, root };
    const { x, signature } = keys.signBytes("checkpoint", utf8.encode(checkpointText(checkpoint)));
    const note = signedCheckpoint(checkpoint, x, signature, evidenceCrypto);
    return { log, size, root, era, signedAt: clock.now(), note };
  }
}
