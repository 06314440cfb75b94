/**
 * One thing after the other, in the order in which they came, and never in the turn in which they came: whoever brings
 * something does not wait, and everybody else has turns in between. What is too much is lost, and counted.
 */

import { hasShare, Tally } from "../tally.js";
import { nextTurn } from "../turn.js";

export type Task = () => void | Promise<void>;

interface Waiting {
  readonly owner: string;
  readonly task: Task;
}

export interface QueueParts {
  readonly failed: (fault: unknown) => void;
  readonly waitingMax?: number;
}

/** A task that finds what it asks for at once gives nobody else a turn: after so many, the loop has one. */
const doneInOneTurn = 16;

export class Queue {
  readonly #failed: (fault: unknown) => void;
  readonly #waitingMax: number;
  readonly #ofOwner = new Tally();
  #waiting: Waiting[] = [];
  #isRunning = false;
  #lost = 0;

  constructor({ failed, waitingMax = 16_384 }: QueueParts) {
    this.#failed = failed;
    this.#waitingMax = waitingMax;
  }

  /** How many have not been begun. */
  get waiting(): number {
    return this.#ofOwner.size;
  }

  /** How many were too much. */
  get lost(): number {
    return this.#lost;
  }

  /** A queue that is full still takes from who has less than an equal share in it. */
  put(owner: string, task: Task): void {
    const { size, count } = this.#ofOwner;
    if (size >= this.#waitingMax && !hasShare(this.#ofOwner.of(owner), count, this.#waitingMax)) {
      this.#lost += 1;
      return;
    }
    this.#ofOwner.add(owner);
    this.#waiting.push({ owner, task });
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => void this.#run());
  }

  /** Resolves when it has been done, or was too much; what it fails with is its bringer's. */
  inTurn(owner: string, task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const lost = this.#lost;
      this.put(owner, () => task().then(resolve, reject));
      if (this.#lost > lost) resolve();
    });
  }

  async #run(): Promise<void> {
    let done = 0;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const { owner, task } of waiting) {
        this.#ofOwner.take(owner);
        await this.#do(task);
        done += 1;
        if (done % doneInOneTurn === 0) await nextTurn();
      }
    }
    this.#isRunning = false;
  }

  /** One that fails keeps no other from being done. */
  async #do(task: Task): Promise<void> {
    try {
      await task();
    } catch (fault) {
      this.#failed(fault);
    }
  }
}
