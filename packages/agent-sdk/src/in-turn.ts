/** One after the other, each at once where it can be: only what takes time makes those behind it wait. */
export class InTurn<T> {
  readonly #handle: (item: T) => Promise<void> | void;
  readonly #behind: T[] = [];
  #isBusy = false;

  /** `handle` sees to its own failures. */
  constructor(handle: (item: T) => Promise<void> | void) {
    this.#handle = handle;
  }

  take(item: T): void {
    if (this.#isBusy) {
      this.#behind.push(item);
      return;
    }
    const handled = this.#handle(item);
    if (handled === undefined) return;
    this.#isBusy = true;
    void handled.then(() => {
      this.#isBusy = false;
      for (const next of this.#behind.splice(0)) this.take(next);
    });
  }
}
