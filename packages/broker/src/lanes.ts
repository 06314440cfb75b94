/** Things that wait, each in the lane of whose it is. The lanes take turns: a long one is a delay to nobody but itself. */
export class Lanes<T> {
  readonly #lanes = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many lanes have something waiting in them. */
  get count(): number {
    return this.#lanes.size;
  }

  waiting(lane: string): number {
    return this.#lanes.get(lane)?.length ?? 0;
  }

  put(lane: string, item: T): void {
    const items = this.#lanes.get(lane);
    if (items === undefined) this.#lanes.set(lane, [item]);
    else items.push(item);
    this.#size += 1;
  }

  /** The first of the lane whose turn it is, which then comes last. */
  take(): T | undefined {
    for (const [lane, items] of this.#lanes) {
      const item = items.shift();
      this.#lanes.delete(lane);
      if (items.length > 0) this.#lanes.set(lane, items);
      this.#size -= 1;
      return item;
    }
    return undefined;
  }
}
