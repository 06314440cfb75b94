/**
 * How far a side may send: so many envelopes and so many bytes, as the broker last said [ENV-12]. What is on its way
 * counts as if it were accepted, since it may be.
 */
import { type Credit, limits } from "@parley/protocol";

export class SendingCredit {
  /** Accepted, as far as is known here. */
  #accepted: Credit = { n: 0, bytes: 0 };
  #under = { n: 0, bytes: 0 };
  /** Of who has not sent yet. */
  #upTo: Credit = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };

  /** Only ever more: what was said before is not taken back. */
  grow({ n, bytes }: Credit): void {
    this.#upTo = { n: Math.max(n, this.#upTo.n), bytes: Math.max(bytes, this.#upTo.bytes) };
  }

  /** So much of this side stands in the record. */
  accepted({ n, bytes }: Credit): void {
    this.#accepted = { n: Math.max(n, this.#accepted.n), bytes: Math.max(bytes, this.#accepted.bytes) };
  }

  allows(bytes: number): boolean {
    const { n, bytes: sent } = this.#accepted;
    return n + this.#under.n < this.#upTo.n && sent + this.#under.bytes + bytes <= this.#upTo.bytes;
  }

  begin(bytes: number): void {
    this.#under.n += 1;
    this.#under.bytes += bytes;
  }

  /** Answered, or lost with its connection. */
  end(bytes: number): void {
    this.#under.n -= 1;
    this.#under.bytes -= bytes;
  }
}
