/**
 * How far the other side's envelopes have been handled without a gap: that is what can be acknowledged, though an answer
 * that somebody waited for may be handled before what came ahead of it [ENV-13].
 */
export class Handled {
  /** Everything up to this one. */
  #upTo: number;
  /** Beyond it. */
  readonly #ahead = new Set<number>();
  /** Holes: nobody will ever handle what is in them. */
  #holes: { readonly from: number; readonly to: number }[] = [];

  constructor(upTo: number) {
    this.#upTo = upTo;
  }

  get upTo(): number {
    return this.#upTo;
  }

  add(n: number): void {
    if (n <= this.#upTo) return;
    this.#ahead.add(n);
    this.#advance();
  }

  skip(from: number, to: number): void {
    this.#holes.push({ from, to });
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const next = this.#upTo + 1;
      if (this.#ahead.delete(next)) this.#upTo = next;
      else {
        const hole = this.#holes.find(({ from, to }) => from <= next && next <= to);
        if (hole === undefined) break;
        this.#upTo = hole.to;
      }
    }
    this.#holes = this.#holes.filter(({ to }) => to > this.#upTo);
  }
}
