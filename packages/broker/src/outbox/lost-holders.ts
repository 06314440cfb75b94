/**
 * Sessions whose provider has gone away while it held or drained them: once it alone may not resume them any more, its
 * siblings are offered them. What is forgotten here, by a restart, stands in the record, and whoever comes to serve finds
 * it [SOC-22].
 */
import { limits, type SessionId } from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { SessionRecord } from "../governance/engagement-entities.js";
import type { Store } from "../ledger/store.js";
import type { Connections } from "./connections.js";
import type { Holders } from "./holders.js";
import { type Offers, offeredOf } from "./offers.js";
import { knownOf } from "./open-sessions.js";

export interface LostHoldersParts {
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
  readonly connections: Pick<Connections, "openOf">;
  readonly holders: Pick<Holders, "drains">;
  readonly offers: Pick<Offers, "offer">;
  readonly failed: (fault: unknown) => void;
}

/** The end of a connection is in the record a moment after it was seen here. */
const lookAgainMs = 1_000;
const lookedAtOnce = 64;

export class LostHolders {
  readonly #parts: LostHoldersParts;
  /** When each is to be looked at. */
  readonly #lost = new Map<SessionId, number>();

  constructor(parts: LostHoldersParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#lost.size;
  }

  /** The connection of its provider has ended. Of too many, those that come last are found by who looks. */
  lost(session: SessionId): void {
    const at = this.#parts.clock.now() + lookAgainMs;
    const known = this.#lost.get(session);
    // Whoever says so again puts nothing off.
    if (known !== undefined) this.#lost.set(session, Math.min(known, at));
    else if (this.#lost.size < limits.sessionsLostMax) this.#lost.set(session, at);
  }

  /** It is held again, or over. */
  found(session: SessionId): void {
    this.#lost.delete(session);
  }

  /** Called several times a second. */
  round(): void {
    const now = this.#parts.clock.now();
    let looked = 0;
    for (const [session, at] of this.#lost) {
      if (at > now) continue;
      this.#lost.delete(session);
      this.#look(session, now).catch(this.#parts.failed);
      looked += 1;
      if (looked === lookedAtOnce) return;
    }
  }

  async #look(id: SessionId, now: number): Promise<void> {
    const { holders, offers, store } = this.#parts;
    const { found } = await store.read({ found: { find: "sessionDue", by: { id } } });
    const freeAt = found && this.#freedAt(found, now);
    // Somebody may have come for it while it was read.
    if (found === undefined || freeAt === undefined || holders.drains(id)) return;
    if (freeAt > now) {
      this.#lost.set(id, freeAt);
      return;
    }
    const { session, consumer, provider } = found;
    const known = knownOf({ session, consumer: consumer.side, provider: provider.side });
    const { life } = session;
    if (life.state === "active") offers.offer({ session: known, why: "holder-lost", until: life.deadline });
    const left = offeredOf(known, life);
    if (left?.why === "closed") offers.offer(left);
  }

  /** From when on somebody may take the provider's side, or who held it may have it back; undefined where nobody has to. */
  #freedAt({ session, consumer, provider }: SessionRecord, now: number): number | undefined {
    const { connection, side } = provider;
    const { state } = session.life;
    const isLeft = state === "closed" && (consumer.handled?.n ?? 0) < consumer.sent.n;
    if (isLeft && side.joinedAt === null) return now;
    if ((state !== "active" && !isLeft) || side.joinedAt === null || connection === null) return undefined;
    if (connection.state === "closed") {
      const graceMs = connection.goodbye ? 0 : session.terms.resumeGraceSeconds * 1_000;
      return connection.changedAt + graceMs;
    }
    // It is back, and goes on with what is open by itself; or its end is not in the record yet: a line that is busy hears late.
    const isBack = isLeft && this.#parts.connections.openOf(connection.instance).length > 0;
    return isBack ? now : now + lookAgainMs;
  }
}
