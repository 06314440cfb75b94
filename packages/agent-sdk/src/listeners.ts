/** Who wants to hear what: one list per event. */
export class Listeners<Events extends object> {
  readonly #lists: { [E in keyof Events]?: Set<(event: Events[E]) => void> } = {};

  /** Answers what ends it. */
  on<E extends keyof Events>(event: E, listener: (event: Events[E]) => void): () => void {
    const list = this.#lists[event] ?? new Set();
    this.#lists[event] = list;
    list.add(listener);
    return () => list.delete(listener);
  }

  hears(event: keyof Events): boolean {
    return (this.#lists[event]?.size ?? 0) > 0;
  }

  tell<E extends keyof Events>(event: E, what: Events[E]): void {
    for (const listener of this.#lists[event] ?? []) {
      // A listener that throws is its author's bug: it must surface, but not take the connection down.
      try {
        listener(what);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
