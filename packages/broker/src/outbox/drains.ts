/**
 * What has closed and is being drained for its provider, and over which connection: nobody else is offered that meanwhile.
 * A memory and no truth: what is not in it may be offered to two, and what one has acknowledged is over for both.
 */
import { limits, type SessionId } from "@parley/protocol";
import type { Wire } from "./wire.js";

interface Drain {
  readonly wire: Wire;
  /** The last that is to be handled. */
  readonly upTo: number;
}

export class Drains {
  readonly #drains = new Map<SessionId, Drain>();
  readonly #ofWire = new Map<Wire, Set<SessionId>>();

  get count(): number {
    return this.#drains.size;
  }

  has(session: SessionId): boolean {
    return this.#drains.has(session);
  }

  /** What one connection did not end another goes on with. Of too many, those that come last are found by who looks. */
  begin(session: SessionId, drain: Drain): void {
    this.#end(session);
    if (this.#drains.size >= limits.sessionsLostMax) return;
    this.#drains.set(session, drain);
    const sessions = this.#ofWire.get(drain.wire) ?? new Set();
    this.#ofWire.set(drain.wire, sessions.add(session));
  }

  handled(session: SessionId, n: number): void {
    const drain = this.#drains.get(session);
    if (drain !== undefined && n >= drain.upTo) this.#end(session);
  }

  /** Its connection has ended. The answer is what is left of it. */
  left(wire: Wire): readonly SessionId[] {
    const left = [...(this.#ofWire.get(wire) ?? [])];
    for (const session of left) this.#end(session);
    return left;
  }

  #end(session: SessionId): void {
    const drain = this.#drains.get(session);
    if (drain === undefined) return;
    this.#drains.delete(session);
    const sessions = this.#ofWire.get(drain.wire);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#ofWire.delete(drain.wire);
  }
}
