/** How many there are of each name. What there are none of takes no room. */
export class Tally<K extends string = string> {
  readonly #counts = new Map<K, number>();
  #size = 0;

  /** All together. */
  get size(): number {
    return this.#size;
  }

  /** How many names there is something of. */
  get count(): number {
    return this.#counts.size;
  }

  of(name: K): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: K): void {
    this.#counts.set(name, this.of(name) + 1);
    this.#size += 1;
  }

  /** One less; of none it stays none. */
  take(name: K): void {
    const left = this.of(name) - 1;
    if (left < 0) return;
    if (left === 0) this.#counts.delete(name);
    else this.#counts.set(name, left);
    this.#size -= 1;
  }
}

/** Of what is full, who has less than an equal share is let in all the same: nobody fills it for others. */
export const hasShare = (used: number, sharers: number, most: number): boolean => used < most / (sharers + 1);
