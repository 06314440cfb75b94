/**
 * One pair's way from its sender to its receiver, whoever carries it: so many unanswered at a time, and each that
 * arrives is the next, once, unchanged. What gives that up is no figure: it is `Broken`.
 */
import { randomFillSync } from "node:crypto";

export class Broken extends Error {
  name = "Broken";
}

export function demand(holds, what) {
  if (!holds) throw new Broken(what);
}

/** How far a receiver may be behind, with every candidate: what Parley grants a side. */
const undeliveredMax = 256;
/** More than can be on the way. */
const slots = 8_192;
const sampled = 64;

/** Milliseconds, many of them. */
export class Times {
  #values = new Float64Array(1 << 16);
  #count = 0;

  add(ms) {
    if (this.#count === this.#values.length) {
      const wider = new Float64Array(this.#count * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count++] = ms;
  }

  clear() {
    this.#count = 0;
  }

  quantiles() {
    const sorted = this.#values.slice(0, this.#count).sort();
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

/** Payloads of one pair: a number that says which, then bytes that must arrive as they were. */
export class Payloads {
  constructor(bytes, pair, { everyOne = false } = {}) {
    this.bytes = bytes;
    this.everyOne = everyOne;
    this.template = randomFillSync(Buffer.alloc(bytes));
    this.template.writeUInt32BE(pair, 4);
  }

  write(counter, into, at) {
    this.template.copy(into, at);
    into.writeUInt32BE(counter, at);
  }

  make(counter) {
    const payload = Buffer.allocUnsafe(this.bytes);
    this.write(counter, payload, 0);
    return payload;
  }

  isSampled(counter) {
    return this.everyOne || counter % sampled === 0;
  }

  counterOf(payload) {
    return ((payload[0] << 24) | (payload[1] << 16) | (payload[2] << 8) | payload[3]) >>> 0;
  }

  check(counter, payload) {
    demand(payload.length === this.bytes, `payload ${counter} has ${payload.length} bytes`);
    demand(this.counterOf(payload) === counter, `${this.counterOf(payload)} came in the place of ${counter}`);
    if (!this.isSampled(counter)) return;
    const same = this.template.compare(payload, 4, this.bytes, 4, this.bytes) === 0;
    demand(same, `payload ${counter} is not what was sent`);
  }
}

export class Lane {
  sent = 0;
  answered = 0;
  delivered = 0;
  #stopped = false;
  /** Nothing more goes out before more has arrived, whatever was answered. */
  #held = false;
  #sentAt = new Float64Array(slots);

  /**
   * `put(first, count)` sends; `room()` says how many more the carrier takes now. Times go to `deliveries` (until the
   * receiver has it) and `answers` (until the sender has its yes).
   */
  constructor({ window, payloads, deliveries, answers, put, room = () => window }) {
    Object.assign(this, { window, payloads, deliveries, answers, put, room });
  }

  fill() {
    for (;;) {
      if (this.#stopped) return;
      const count = Math.min(
        this.window - (this.sent - this.answered),
        undeliveredMax - (this.sent - this.delivered),
        this.room(),
      );
      this.#held = this.sent - this.delivered >= undeliveredMax;
      if (count <= 0) return;
      const first = this.sent + 1;
      const now = performance.now();
      for (let counter = first; counter < first + count; counter++) this.#sentAt[counter % slots] = now;
      this.sent += count;
      this.put(first, count);
    }
  }

  /** The sender has its yes to the next `count`. */
  answer(count) {
    const now = performance.now();
    for (let left = count; left > 0; left--) {
      this.answered += 1;
      this.answers.add(now - this.#sentAt[this.answered % slots]);
    }
    demand(this.answered <= this.sent, "more was answered than was sent");
    this.fill();
  }

  /** The receiver has it. */
  deliver(counter, payload, now = performance.now()) {
    this.payloads.check(counter, payload);
    this.delivered += 1;
    demand(this.delivered <= this.sent, "more was delivered than was sent");
    this.deliveries.add(now - this.#sentAt[counter % slots]);
    if (this.#held && this.sent - this.delivered <= undeliveredMax / 2) this.fill();
  }

  /** The same, where everything of the pair has one order. */
  deliverNext(payload) {
    this.deliver(this.delivered + 1, payload);
  }

  stop() {
    this.#stopped = true;
  }

  get isThrough() {
    return this.answered === this.sent && this.delivered === this.sent;
  }
}
