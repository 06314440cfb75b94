/** Time in the test's hands. */
import type { Clock } from "../../../clock.js";

export class SteppedClock implements Clock {
  #now = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  step(ms: number): void {
    this.#now += ms;
  }
}
