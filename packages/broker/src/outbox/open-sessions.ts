/**
 * The sessions of which this process has heard and that are not closed: who must hear of what happens in them. A memory
 * and no truth: what is not in it is read from the store, and what is forgotten costs a look.
 */
import type { AgentId, InstanceId, OrganisationId, SessionId, SideName } from "@parley/protocol";
import type { Session, Side } from "../governance/engagement-entities.js";
import type { ProposedSession } from "../governance/engagement-facts.js";
import type { FactData } from "../governance/fact.js";

export interface KnownSide {
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
  /** Who proposed, accepted or holds it. */
  instance: InstanceId | null;
  joined: boolean;
}

export interface KnownSession {
  readonly id: SessionId;
  readonly capability: string;
  readonly acceptance: Session["terms"]["acceptance"];
  readonly consumer: KnownSide;
  readonly provider: KnownSide;
  /** To whom it was shown as one that may be taken. */
  readonly offered: Set<InstanceId>;
}

type Happening = "session.accepted" | "session.joined" | "session.handed-over";
export type Happened = {
  [K in Happening]: { readonly kind: K; readonly data: FactData[K] };
}[Happening];

interface Standing {
  readonly session: ProposedSession;
  readonly consumer: Side;
  readonly provider: Side;
}

const sideOf = ({ agent, organisation, instance, joinedAt }: Side): KnownSide => ({
  agent,
  organisation,
  instance,
  joined: joinedAt !== null,
});

/** As it stands in the record. */
export function knownOf({ session, consumer, provider }: Standing): KnownSession {
  const { id, capability, terms, proposedBy } = session;
  return {
    id,
    capability,
    acceptance: terms.acceptance,
    consumer: { ...sideOf(consumer), instance: consumer.instance ?? proposedBy },
    provider: sideOf(provider),
    offered: new Set(),
  };
}

export class OpenSessions {
  readonly #sessions = new Map<SessionId, KnownSession>();
  readonly #held = new Map<InstanceId, number>();
  readonly #countMax: number;

  constructor(countMax = 16_384) {
    this.#countMax = countMax;
  }

  get(id: SessionId): KnownSession | undefined {
    return this.#sessions.get(id);
  }

  /** How many sessions this instance holds, as far as is known here. */
  heldBy(instance: InstanceId): number {
    return this.#held.get(instance) ?? 0;
  }

  remember(session: KnownSession): void {
    this.forget(session.id);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < this.#countMax) break;
      this.forget(oldest);
    }
    this.#sessions.set(session.id, session);
    this.#count(session.consumer, 1);
    this.#count(session.provider, 1);
  }

  learn(session: KnownSession, happened: Happened): void {
    switch (happened.kind) {
      case "session.accepted":
        // What was read from the record may be further than what is told of it.
        if (!session.provider.joined) session.provider.instance = happened.data.instance;
        return;
      case "session.joined":
        this.#join(session, happened.data.side, happened.data.instance);
        return;
      case "session.handed-over":
        this.#join(session, happened.data.side, happened.data.to);
        return;
      default:
        happened satisfies never;
    }
  }

  forget(id: SessionId): void {
    const session = this.#sessions.get(id);
    if (session === undefined || !this.#sessions.delete(id)) return;
    this.#count(session.consumer, -1);
    this.#count(session.provider, -1);
  }

  #join(session: KnownSession, name: SideName, instance: InstanceId): void {
    const side = session[name];
    const isKept = this.#sessions.get(session.id) === session;
    if (isKept) this.#count(side, -1);
    side.instance = instance;
    side.joined = true;
    if (isKept) this.#count(side, 1);
  }

  #count({ instance, joined }: KnownSide, by: 1 | -1): void {
    if (instance === null || !joined) return;
    const held = this.heldBy(instance) + by;
    if (held === 0) this.#held.delete(instance);
    else this.#held.set(instance, held);
  }
}
