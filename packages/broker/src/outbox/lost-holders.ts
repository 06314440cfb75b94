/**
 * Sessions whose provider has gone away while it held them: once it alone may not resume them any more, its siblings
 * are offered them. What is forgotten here, by a restart, stands in the record, and whoever looks finds it [SOC-23].
 */
import { limits, type SessionId } from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { SessionRecord } from "../governance/engagement-entities.js";
import type { Store } from "../ledger/store.js";
import type { Offers } from "./offers.js";
import { knownOf } from "./open-sessions.js";

export interface LostHoldersParts {
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
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
    if (this.#lost.size < limits.sessionsLostMax)
      this.#lost.set(session, this.#parts.clock.now() + lookAgainMs);
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
    const { found } = await this.#parts.store.read({ found: { find: "sessionDue", by: { id } } });
    // Not in the record yet: a line that is busy hears of it late.
    const freeAt = found && (isStillOpen(found) ? now + lookAgainMs : freedAt(found));
    if (found === undefined || freeAt === undefined) return;
    if (freeAt > now) {
      this.#lost.set(id, freeAt);
      return;
    }
    const { session, consumer, provider } = found;
    const known = knownOf({ session, consumer: consumer.side, provider: provider.side });
    const { life } = session;
    const until = life.state === "active" ? life.deadline : now + lookAgainMs;
    this.#parts.offers.offer({ session: known, why: "holder-lost", until });
  }
}

const isStillOpen = ({ session, provider: { connection, side } }: SessionRecord): boolean =>
  session.life.state === "active" && side.joinedAt !== null && connection?.state === "open";

/** [SES-14] Since when, or from when on, a sibling may take the provider's side; undefined where nobody has to. */
function freedAt({ session, provider }: SessionRecord): number | undefined {
  const { connection, side } = provider;
  if (session.life.state !== "active" || side.joinedAt === null) return undefined;
  if (connection === null || connection.state === "open") return undefined;
  const graceMs = connection.goodbye ? 0 : session.terms.resumeGraceSeconds * 1_000;
  return connection.changedAt + graceMs;
}
