/** What every identity does with its keys: what is new is kept first, and only then believed. */
import type { Enrolment, Identity, IdentityKey } from "./identity.js";

export interface RingState<K extends IdentityKey> {
  readonly enrolment: Enrolment | undefined;
  readonly key: K;
  readonly keySinceMs: number | undefined;
  readonly nextKey: K | undefined;
}

export interface RingParts<K extends IdentityKey> {
  readonly state: RingState<K>;
  readonly make: () => Promise<K>;
  /** Resolves when `state` would survive the process. */
  readonly persist: (state: RingState<K>) => Promise<void>;
  readonly release: () => Promise<void>;
}

export class KeyRing<K extends IdentityKey> implements Identity {
  readonly #parts: RingParts<K>;
  #state: RingState<K>;

  constructor(parts: RingParts<K>) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  get enrolment(): Enrolment | undefined {
    return this.#state.enrolment;
  }

  get key(): K {
    return this.#state.key;
  }

  get keySinceMs(): number | undefined {
    return this.#state.keySinceMs;
  }

  get nextKey(): K | undefined {
    return this.#state.nextKey;
  }

  persist(): Promise<void> {
    return this.#parts.persist(this.#state);
  }

  enrolled(enrolment: Enrolment, sinceMs: number): Promise<void> {
    return this.#become({ ...this.#state, enrolment, keySinceMs: sinceMs });
  }

  async prepareKey(): Promise<K> {
    if (this.#state.nextKey !== undefined) return this.#state.nextKey;
    const nextKey = await this.#parts.make();
    await this.#become({ ...this.#state, nextKey });
    return nextKey;
  }

  async confirmKey(sinceMs: number): Promise<void> {
    const { nextKey } = this.#state;
    if (nextKey === undefined) return;
    await this.#become({ ...this.#state, key: nextKey, keySinceMs: sinceMs, nextKey: undefined });
  }

  discardKey(): Promise<void> {
    return this.#become({ ...this.#state, nextKey: undefined });
  }

  close(): Promise<void> {
    return this.#parts.release();
  }

  async #become(state: RingState<K>): Promise<void> {
    await this.#parts.persist(state);
    this.#state = state;
  }
}
