/** What is remembered by name, of so many at most: one more, and all is forgotten. */
export class Forgetful<V> extends Map<string, V> {
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(name: string, value: V): this {
    if (this.size >= this.#most) this.clear();
    return super.set(name, value);
  }
}
