/**
 * Who has asked for what is open to be taken: each is answered once, with what it said last, however often it asks. One
 * after the other, organisations in turn, and the loop has a turn after each.
 */
import { Lanes } from "../lanes.js";
import { nextTurn } from "../turn.js";

export type Look = () => Promise<void>;

interface Pending<K> {
  readonly who: K;
  look: Look;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
  readonly looked: Promise<void>;
}

export class Serving<K> {
  readonly #pending = new Map<K, Pending<K>>();
  readonly #lanes = new Lanes<Pending<K>>();
  #isRunning = false;

  /** Resolves once the newest look of this one has been done: those that waited until then have come to nothing. */
  ask(lane: string, who: K, look: Look): Promise<void> {
    const known = this.#pending.get(who);
    if (known !== undefined) {
      known.look = look;
      return known.looked;
    }
    const { promise: looked, resolve, reject } = withResolvers();
    const pending: Pending<K> = { who, look, resolve, reject, looked };
    this.#pending.set(who, pending);
    this.#lanes.put(lane, pending);
    if (!this.#isRunning) {
      this.#isRunning = true;
      setImmediate(() => void this.#run());
    }
    return looked;
  }

  async #run(): Promise<void> {
    for (let next = this.#lanes.take(); next !== undefined; next = this.#lanes.take()) {
      this.#pending.delete(next.who);
      await next.look().then(next.resolve, next.reject);
      await nextTurn();
    }
    this.#isRunning = false;
  }
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (fault: unknown) => void = () => undefined;
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
