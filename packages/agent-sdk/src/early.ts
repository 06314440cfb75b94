/**
 * What came about a session before the reply to who asked for it: the last turn that it took, and whether an envelope was
 * delivered, which is not kept but asked for again. Bounded: the oldest are forgotten.
 */
import type { Event, SessionId } from "@parley/protocol";

const earlyMax = 256;

export class Early {
  readonly #events = new Map<SessionId, Event>();
  readonly #delivered = new Set<SessionId>();

  happened(id: SessionId, event: Event): void {
    this.#events.delete(id);
    this.#events.set(id, event);
    dropOldest(this.#events);
  }

  /** The last that happened, once. */
  takeEvent(id: SessionId): Event | undefined {
    const event = this.#events.get(id);
    this.#events.delete(id);
    return event;
  }

  delivered(id: SessionId): void {
    this.#delivered.add(id);
    dropOldest(this.#delivered);
  }

  /** Whether something was delivered that is not here, once. */
  takeDelivered(id: SessionId): boolean {
    return this.#delivered.delete(id);
  }

  /** Another connection: nothing was delivered over it. */
  reconnected(): void {
    this.#delivered.clear();
  }
}

function dropOldest(of: Map<SessionId, unknown> | Set<SessionId>): void {
  const [oldest] = of.keys();
  if (of.size > earlyMax && oldest !== undefined) of.delete(oldest);
}
