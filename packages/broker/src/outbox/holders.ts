/**
 * Who holds which side of which session over which connection of this process: to whom what is accepted is delivered.
 * A memory and no truth: who is not in it joins, and is served from the record.
 */
import { isHardEnding, otherSide, type SessionId, type SideName } from "@parley/protocol";
import type { Acked } from "../governance/engagement-commands.js";
import type { FactData } from "../governance/fact.js";
import type { LastEnvelopes } from "../governance/session/envelope-entities.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import { Drains } from "./drains.js";
import type { Deliverable, DeliverableIn } from "./hearing.js";
import type { HeldFrom } from "./held-from.js";
import { Holder, type ReadEnvelopes } from "./holder.js";
import { stampedNow } from "./stamps.js";
import type { Wire } from "./wire.js";

export interface HoldersParts {
  readonly read: ReadEnvelopes;
  readonly failed: (fault: unknown) => void;
}

const nameOf = (session: SessionId, side: SideName): string => `${session} ${side}`;

export class Holders {
  readonly #parts: HoldersParts;
  readonly #holders = new Map<string, Holder>();
  readonly #drains = new Drains();
  readonly #ofWire = new Map<Wire, Set<string>>();

  constructor(parts: HoldersParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#holders.size;
  }

  /** Whether what has closed is being drained for the provider. */
  drains(session: SessionId): boolean {
    return this.#drains.has(session);
  }

  /** From here on it is served. Who held that side before is not any more. */
  begin(wire: Wire, from: HeldFrom): void {
    const name = nameOf(from.session, from.side);
    // What came since the answer to its join was given to whoever was served until now: it comes again, and is marked.
    const handed = Math.max(from.handed, this.#holders.get(name)?.given ?? 0);
    this.#forget(from.session, from.side);
    const holder = new Holder(wire, { ...from, handed }, this.#parts.read, (again) => this.#serve(again));
    this.#holders.set(name, holder);
    const names = this.#ofWire.get(wire) ?? new Set();
    this.#ofWire.set(wire, names.add(name));
    const { session, side, after, upTo, isClosed } = from;
    if (isClosed && side === "provider" && after < upTo) this.#drains.begin(session, { wire, upTo });
    this.#serve(holder);
  }

  /** What was accepted in one command, and is durable. */
  deliver(sent: Deliverable): void {
    let offset = 0;
    for (const end of sent.answer.sessions) {
      this.#deliverIn(sent, end, offset);
      offset += end.facts;
    }
  }

  credit(acked: readonly Omit<Acked, "more">[]): void {
    for (const { session, side, handled, sendUpTo } of acked) {
      this.#holders.get(nameOf(session, side))?.mayGrow(sendUpTo);
      const receiver = this.#holders.get(nameOf(session, otherSide(side)));
      if (receiver !== undefined) receiver.handled = handled.n;
      if (side === "consumer") this.#drains.handled(session, handled.n);
    }
  }

  /** [SES-12] After a hard end nothing is delivered; after any other what was sent before it, and then no more. */
  closed({ session, life, sides }: FactData["session.closed"]): void {
    for (const side of ["consumer", "provider"] as const) {
      const holder = this.#holders.get(nameOf(session, side));
      if (holder === undefined) continue;
      if (isHardEnding(life.ending.reason)) holder.end();
      else this.#endsGently(holder, sides[otherSide(side)]);
      this.#tidy(holder);
    }
  }

  /** Its connection has ended. The answer is which sides it held and was not done with, or still drains. */
  left(wire: Wire): readonly Pick<Holder, "session" | "side">[] {
    const names = [...(this.#ofWire.get(wire) ?? [])];
    const left = names.flatMap((name) => this.#holders.get(name) ?? []);
    const undone: Pick<Holder, "session" | "side">[] = left.filter(({ isDone }) => !isDone);
    for (const session of this.#drains.left(wire)) undone.push({ session, side: "provider" });
    for (const holder of left) holder.end();
    for (const name of names) this.#holders.delete(name);
    this.#ofWire.delete(wire);
    return undone;
  }

  #deliverIn(sent: Deliverable, end: DeliverableIn, offset: number): void {
    const { standing, side, segments, stands } = end;
    const { id } = standing.session;
    this.#holders.get(nameOf(id, side))?.told(stands.sendUpTo);
    const holder = this.#holders.get(nameOf(id, otherSide(side)));
    if (holder === undefined) return;
    for (const segment of segments) {
      const fact: StoredFact | undefined = sent.facts[offset + segment.fact];
      if (fact === undefined) throw new RangeError("a segment that was accepted has no fact");
      if (!holder.take(stampedNow(sent, end, segment, fact))) this.#serve(holder);
    }
  }

  #endsGently(holder: Holder, { accepted, acknowledged }: LastEnvelopes): void {
    holder.endsAt(accepted);
    const { session, side, wire, handled } = holder;
    // What was acknowledged since the close has been counted already.
    if (side === "provider" && Math.max(handled, acknowledged) < accepted)
      this.#drains.begin(session, { wire, upTo: accepted });
  }

  #serve(holder: Holder): void {
    holder.catchUp().then(() => this.#tidy(holder), this.#parts.failed);
  }

  #tidy(holder: Holder): void {
    if (holder.isDone && this.#holders.get(nameOf(holder.session, holder.side)) === holder)
      this.#forget(holder.session, holder.side);
  }

  #forget(session: SessionId, side: SideName): void {
    const name = nameOf(session, side);
    const holder = this.#holders.get(name);
    if (holder === undefined) return;
    holder.end();
    this.#holders.delete(name);
    const names = this.#ofWire.get(holder.wire);
    names?.delete(name);
    if (names?.size === 0) this.#ofWire.delete(holder.wire);
  }
}
