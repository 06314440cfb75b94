/**
 * Ids of envelopes that only rise, in the order in which they are made, within one millisecond too: what is greater than
 * all before is new, and the broker need not look for it. Their time is no secret: every envelope is stamped with one.
 */
import type { EnvelopeId } from "@parley/protocol";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** Of 26 characters: 48 bits of milliseconds, 20 of a count, 60 that no other maker of ids has. */
const timeLength = 10;
const countLength = 4;
const tailLength = 12;
const countMax = 32 ** countLength - 1;

function spelled(number: number, length: number): string {
  let text = "";
  for (let rest = number, left = length; left > 0; left--) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

const randomTail = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(tailLength)), (byte) => alphabet.charAt(byte % 32)).join(
    "",
  );

export class EnvelopeIds {
  readonly #now: () => number;
  readonly #tail = randomTail();
  #ms = 0;
  #time = "";
  #count = 0;

  /** `now` in milliseconds since the epoch; it may jump. */
  constructor(now: () => number) {
    this.#now = now;
  }

  next(): EnvelopeId {
    const nowMs = Math.floor(this.#now());
    if (nowMs > this.#ms) this.#begin(nowMs);
    else if (this.#count === countMax) this.#begin(this.#ms + 1);
    else this.#count += 1;
    return `env_${this.#time}${spelled(this.#count, countLength)}${this.#tail}` as EnvelopeId;
  }

  #begin(ms: number): void {
    this.#ms = ms;
    this.#count = 0;
    this.#time = spelled(ms, timeLength);
  }
}
