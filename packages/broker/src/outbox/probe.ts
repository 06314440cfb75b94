/**
 * A connection of nobody: without identity or rights, in no count. News and envelopes that nobody wrote take to it every
 * step that those of agents take, so that whoever sends them on their way knows whether anything arrives.
 */
import {
  type AgentId,
  type CloseReason,
  type Credit,
  type Event,
  type InstanceId,
  limits,
  makeId,
  type OrganisationId,
  type SessionId,
} from "@parley/protocol";
import type { Clock } from "../clock.js";
import type { Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import type { Connections } from "./connections.js";
import type { Deliverable } from "./hearing.js";
import type { HeldFrom } from "./held-from.js";
import type { Readable, ReadEnvelopes, Wanted } from "./holder.js";
import type { KnownSession } from "./open-sessions.js";
import type { Delivered, Wire } from "./wire.js";

/** What agents' news and envelopes go through. */
interface Ways {
  tell(facts: readonly StoredFact[]): void;
  deliver(sent: Deliverable): void;
  serveSide(wire: Wire, from: HeldFrom): void;
}

export interface ProbeParts {
  readonly outbox: Ways;
  readonly connections: Pick<Connections, "addOurs">;
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
  readonly read: ReadEnvelopes;
  readonly remember: (session: KnownSession) => void;
}

/** Whether what a reader finds is what was last made durable, or newer. */
export type IsFresh = (found: string | undefined) => boolean;

interface Awaited {
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

interface Underway extends Awaited {
  readonly upTo: number;
  readonly isFresh: IsFresh;
}

const sendUpTo: Credit = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };
const bytes = Buffer.from("probe");

export class Probe implements Wire {
  readonly connection = makeId("connection");
  readonly gone: Promise<void>;
  readonly hasRoom = true;
  readonly hasPlenty = true;
  readonly #parts: ProbeParts;
  /** Ids that are in no record: nobody can name them, and nothing of them is ever asked. */
  readonly #session: SessionId = makeId("session");
  readonly #who: { instance: InstanceId; agent: AgentId; organisation: OrganisationId } = {
    ...{ instance: makeId("instance"), agent: makeId("agent"), organisation: makeId("organisation") },
  };
  #leave: () => void = () => undefined;
  #state: "apart" | "served" | "gone" = "apart";
  #news: Awaited | undefined;
  #underway: Underway | undefined;
  #sent = 0;
  #arrived = 0;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
    this.gone = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /** Connects it, like a socket that has opened. */
  begin(): void {
    this.#parts.connections.addOurs(this, this.#who);
  }

  /** Resolves when it has come through the queue in which all news waits. */
  sendNews(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#news = { resolve, reject };
      // It may have been forgotten for others since the last time.
      this.#parts.remember(this.#known());
      this.#parts.outbox.tell([this.#fact("session.activated")]);
    });
  }

  /** Resolves when one has come live to a side that has kept up, and one from the record to a side that has just joined. */
  sendEnvelopes(isFresh: IsFresh): Promise<void> {
    return new Promise((resolve, reject) => {
      const isLive = this.#state === "served";
      this.#arrived = this.#sent;
      const after = isLive ? this.#sent + 1 : this.#sent;
      this.#sent = after + 1;
      this.#underway = { resolve, reject, isFresh, upTo: this.#sent };
      if (isLive) this.#parts.outbox.deliver(this.#live(after));
      if (this.#state !== "gone") this.#state = "served";
      const from = { session: this.#session, side: "consumer", after, upTo: this.#sent } as const;
      this.#parts.outbox.serveSide(this, { ...from, handed: after, sendUpTo, isClosed: false });
    });
  }

  tell(event: Event): void {
    if (event.event !== "session.active") return;
    this.#news?.resolve();
    this.#news = undefined;
  }

  deliver({ n }: Delivered): void {
    // One that is missing is waited for in vain: what comes after it does not count.
    if (n === this.#arrived + 1) this.#arrived = n;
    if (this.#underway === undefined || this.#arrived < this.#underway.upTo) return;
    this.#underway.resolve();
    this.#underway = undefined;
  }

  whenRoom(): void {
    // There always is.
  }

  close(_reason: CloseReason): void {
    this.#state = "gone";
    this.#leave();
  }

  /** What holders read: everybody's from the record, and its own as if it stood there. */
  async read(wanted: Wanted): Promise<Readable> {
    if (wanted.session !== this.#session) return this.#parts.read(wanted);
    const { session, side, n } = wanted;
    // The same statements as for everybody else, and what was last written through the line.
    const { row } = await this.#parts.store.read({
      row: { find: "probe", by: { name: "readiness" } },
      record: { find: "sessionDue", by: { id: session } },
      segments: { find: "segmentsFrom", by: { session, side, n, limit: 1, bytes: 1 } },
    });
    if (this.#underway?.isFresh(row?.value) === false) {
      this.#underway.reject(new Error("what was committed is not read"));
      this.#underway = undefined;
    }
    const { agent, organisation } = this.#who;
    const readable = { from: { agent, organisation }, upTo: this.#sent, isClosed: false, sendUpTo };
    return { ...readable, segments: n > this.#sent ? [] : [this.#kept(n)] };
  }

  #known(): KnownSession {
    const { agent, organisation, instance } = this.#who;
    const side = { agent, organisation };
    return {
      ...{ id: this.#session, capability: "", acceptance: "open", offered: new Set() },
      ...{
        consumer: { ...side, instance, joined: true },
        provider: { ...side, instance: null, joined: false },
      },
    };
  }

  /** In no stream of the record: it is made for this, and read by nobody else. */
  #fact(kind: "session.activated" | "session.sent"): StoredFact {
    const at = this.#parts.clock.now();
    const stream = `session:${this.#session}`;
    const skeleton = { v: 1, stream, position: 1, kind, at, contentDigest: "", previous: "" } as const;
    return { ordinal: 0, skeleton, skeletonText: "", hash: "", contentText: null };
  }

  #live(n: number): Deliverable {
    const { instance, agent, organisation } = this.#who;
    const side = { agent, organisation };
    const standing = { session: { id: this.#session }, consumer: side, provider: side };
    const segment = { fact: 0, n, seq: n, sent: 0, places: [0], marks: [] };
    const end = { side: "provider", standing, stands: { sendUpTo }, facts: 1, segments: [segment] } as const;
    const caller = { principal: instance, generation: "" };
    return {
      command: { id: makeId("command"), caller, envelopes: [{ header: "{}", payload: "" }] },
      answer: { sessions: [end] },
      facts: [this.#fact("session.sent")],
      carried: [bytes],
    };
  }

  #kept(n: number): Readable["segments"][number] {
    const { instance } = this.#who;
    const of = { session: this.#session, side: "provider" } as const;
    const entries = [{ header: "{}", payload: "", payloadBytes: bytes.byteLength }];
    const segment = { ...of, n, seq: n, count: 1, position: 1, at: this.#parts.clock.now(), sent: 0 };
    return {
      segment: { ...segment, firstId: null, lastId: null },
      contentText: JSON.stringify({ cause: makeId("command"), data: { ...of, instance, entries } }),
      payloads: { ...of, n, count: 1, trimmed: 0, bytes },
    };
  }
}
