/** Who wants to be woken after a commit. A wake-up carries nothing, and may be late. */
export class Watchers {
  readonly #watchers = new Set<() => void>();

  add(wake: () => void): () => void {
    // The same function may watch twice, and each stops only itself.
    const watcher = () => wake();
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** Later, so that one who throws cannot make a commit look as if it had failed. */
  wake(): void {
    for (const watcher of this.#watchers) queueMicrotask(watcher);
  }

  clear(): void {
    this.#watchers.clear();
  }
}
