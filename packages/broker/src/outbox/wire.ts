/** A socket as the outbox sees it: something that is told what happens, can be told to end, and says when it has. */
import type {
  AgentId,
  CloseReason,
  ConnectionId,
  Event,
  InstanceId,
  OrganisationId,
  Refusal,
} from "@parley/protocol";
import type { HeldFrom } from "./held-from.js";

/** An envelope as it is delivered: the stamp and the header as texts, the payload as it came. */
export interface Delivered {
  readonly n: number;
  readonly stamp: string;
  readonly header: string;
  readonly payload: Uint8Array;
}

export interface Wire {
  readonly connection: ConnectionId;
  /** Says it unasked, if it is open; a hint that may be lost [SOC-20]. */
  tell(event: Event): void;
  /** Puts an envelope on its way, after all that was before. */
  deliver(envelope: Delivered): void;
  /** Little enough is on its way that more may follow. */
  readonly hasRoom: boolean;
  /** So little is on its way, here and to all others, that many may follow at once. */
  readonly hasPlenty: boolean;
  /** Calls back once, when there is room again. */
  whenRoom(call: () => void): void;
  /** Says why and ends it: politely first, by force within `limits.closeSecondsMax`. Nothing is heard or sent after. */
  close(reason: CloseReason): void;
  /** Resolves when the socket is gone from this process, not when it was asked to go. */
  readonly gone: Promise<void>;
}

/** Where every socket is found by those who must end it. What is known of it is told as it becomes known. */
export interface Wires {
  /** From its first moment. It leaves by itself when it is gone. */
  add(wire: Wire): void;
  /** Before its opening is asked for: what is decided from here on reaches it, though nobody knows yet whose it is. */
  opening(wire: Wire, instance: InstanceId): void;
  /** Its opening was accepted. The answer is why it must end all the same: it was cut in between. */
  opened(wire: Wire, agent: AgentId, organisation: OrganisationId): CloseReason | undefined;
  /** A connection of this agent has ended, and the record knows. */
  departed(agent: AgentId): void;
}

/** One search that a connection has kept. */
export interface Watching {
  /** As its connection calls it. */
  readonly name: string;
  /** What it looks for: what an agent looks for twice is looked at once for both. */
  readonly search: string;
  /** A digest of what the search finds now, or why it may not be asked. */
  readonly look: (why: "asked" | "watched") => Promise<string | Refusal>;
  /** It asks who is connected: then connections that come and go may change what it finds. */
  readonly asksAvailable: boolean;
}

/** What an open connection asks to be told of. */
export interface Hearing {
  /** Takes sessions for these capabilities and no others. Resolves when it was told what is open to be taken for them. */
  serve(wire: Wire, capabilities: readonly string[]): Promise<void>;
  /** Resolves when every later change will be told. Under a name that it has already, the newer one stands. */
  watch(wire: Wire, watching: Watching): Promise<Refusal | undefined>;
  unwatch(wire: Wire, name: string): void;
  /** This connection has joined, and was answered so: from here on it is sent what comes after. */
  serveSide(wire: Wire, from: HeldFrom): void;
}
