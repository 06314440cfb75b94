/**
 * The two worlds keep step: each question is asked in both at once, and none while a minute turns. Refusals are recorded
 * by the minute [REC-6], so a question that falls into another minute in one of them only would be a difference.
 */

const minuteMs = 60_000;
/** No question takes as long, and what the end of a minute brings is written within it. */
const marginMs = 3_000;

async function awayFromTheTurn(): Promise<void> {
  const since = Date.now() % minuteMs;
  const waitMs =
    since < marginMs ? marginMs - since : since > minuteMs - marginMs ? minuteMs - since + marginMs : 0;
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

export class Pace {
  #worlds: number;
  #waiting: (() => void)[] = [];

  constructor(worlds: number) {
    this.#worlds = worlds;
  }

  /** Comes back when all worlds are here. */
  async step(): Promise<void> {
    if (this.#waiting.length + 1 < this.#worlds) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
      return;
    }
    await awayFromTheTurn();
    this.#goOn();
  }

  /** Done, or failed: the others do not wait for it any more. */
  leave(): void {
    this.#worlds -= 1;
    if (this.#waiting.length >= this.#worlds) this.#goOn();
  }

  #goOn(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}
