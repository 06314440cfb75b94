/** How receivers say what they have handled, whoever is measured: never one by one where several are there. */

/** Says how many were handled: every sixteenth, or when nothing more is there to be read. */
export class Coalesced {
  #count = 0;
  #scheduled = false;

  constructor(say) {
    this.say = say;
  }

  add() {
    this.#count += 1;
    if (this.#count >= 16) return this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush() {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    this.say(count);
  }
}
