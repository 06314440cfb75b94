/** Waits until there is reason to look: somebody says so, or nobody has for a while. What is said while nobody waits is kept. */
import type { Clock } from "./clock.js";

export class Wakeup {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #said: string | undefined;
  #wake: (() => void) | undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Of several reasons the weightiest counts: a new connection includes that something may have changed. */
  wake(why: "changed" | "connected"): void {
    if (this.#said !== "connected") this.#said = why;
    this.#wake?.();
  }

  /** Resolves with the reason, `late` when there was none for so long; rejects with the signal's reason. */
  async next(lateMs: number): Promise<string> {
    this.#signal.throwIfAborted();
    if (this.#said === undefined) await this.#waited(lateMs);
    this.#signal.throwIfAborted();
    const said = this.#said ?? "late";
    this.#said = undefined;
    return said;
  }

  #waited(lateMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#wake = undefined;
        this.#signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#clock.after(lateMs, done);
      this.#wake = done;
      this.#signal.addEventListener("abort", done, { once: true });
    });
  }
}
