/**
 * Commands of one connection go down the line in the order in which they came, however long each takes to be read:
 * signatures are verified side by side, and nobody waits for anybody else's answer [SOC-17].
 */
import type { Relay } from "../../relay.js";

export interface Turn {
  /** Resolves when it is this one's turn. */
  readonly comes: Promise<void>;
  /** The line, when it is this one's turn. */
  readonly relay: Relay;
  /** The next may come: nothing goes down the line for this one any more. */
  pass(): void;
}

export class Turns {
  readonly #relay: Relay;
  #last: Promise<void> = Promise.resolve();

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  take(): Turn {
    const comes = this.#last;
    let pass: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => {
      pass = resolve;
    });
    this.#last = comes.then(() => passed);
    const relay: Relay = async (command, carried) => {
      await comes;
      // Asked for before the next one is let through, answered whenever it is.
      const outcome = this.#relay(command, carried);
      pass();
      return outcome;
    };
    return { comes, relay, pass };
  }
}
