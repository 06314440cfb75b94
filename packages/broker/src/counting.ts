/** Counters that cost the line an addition each: what they are called and how they are written is nobody's affair until asked. */

/** How many of each name. Names come from tables of ours, never from callers: there are as many as a table has. */
export class Counts {
  readonly #of = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#of.set(name, (this.#of.get(name) ?? 0) + by);
  }

  entries(): readonly (readonly [name: string, count: number])[] {
    return [...this.#of];
  }
}

/** By two names. */
export class PairCounts {
  readonly #of = new Map<string, Counts>();

  add(first: string, second: string): void {
    let counts = this.#of.get(first);
    if (counts === undefined) {
      counts = new Counts();
      this.#of.set(first, counts);
    }
    counts.add(second);
  }

  entries(): readonly (readonly [first: string, second: string, count: number])[] {
    return [...this.#of].flatMap(([first, counts]) =>
      counts.entries().map(([second, count]) => [first, second, count] as const),
    );
  }
}

/** How values are spread: how many are no greater than each bound, and their sum. */
export class Spread {
  readonly bounds: readonly number[];
  readonly #within: number[];
  #sum = 0;

  /** Rising. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#within = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    this.#within[at] = (this.#within[at] ?? 0) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  /** For each bound, and last without one: how many are no greater. */
  upTo(): readonly number[] {
    let all = 0;
    return this.#within.map((count) => {
      all += count;
      return all;
    });
  }
}
