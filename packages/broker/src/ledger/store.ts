/**
 * THE PORT: what the ledger asks of a place that keeps things. An adapter keeps five promises, and the contract suite
 * has a row for each: (1) what a commit answered is stored and survives, what it did not is not; (2) positions in a
 * stream have no gap and no repeat; (3) a transaction is all or nothing; (4) what was read once reads the same for
 * ever; (5) a wake-up is a hint that carries nothing.
 */

import type {
  AgentId,
  InstanceId,
  InvitationId,
  OperatorId,
  OrganisationId,
  SessionId,
  WorkgroupId,
} from "@parley/protocol";
import type { Change } from "../governance/change.js";
import type { Sweep } from "../governance/engagement-entities.js";
import type {
  Agent,
  Alert,
  Checkpoint,
  EnrolmentToken,
  Instance,
  Operator,
  Organisation,
  Receipt,
  ReceiptDue,
  ReceiptProof,
} from "../governance/entities.js";
import type { Lookups } from "../governance/question.js";
import type { OfSegment } from "../governance/session/payload-changes.js";
import type { After } from "./after.js";
import type { EngagementPages } from "./engagement-pages.js";
import type { EnvelopePages, PayloadRow } from "./envelope-pages.js";
import type { LogPages } from "./log-pages.js";
import type { StoredFact, StreamHead } from "./stored-fact.js";
import type { Reader } from "./stream.js";
import type { WorkgroupPages } from "./workgroup-pages.js";

export type { Reader };

/** An answer that an adapter may have at once or later. Nothing above the port may tell the difference. */
export type Maybe<T> = T | Promise<T>;

export interface InstanceRow {
  readonly instance: Instance;
  readonly seenAt: number;
  /** Since when it is connected, or null. */
  readonly connectedSince: number | null;
}

/** What the records room asks beside what decisions ask. Each is one statement that touches only what it returns. */
export interface Pages extends WorkgroupPages, EngagementPages, EnvelopePages, LogPages {
  readonly organisationsPage: {
    ask: { after: string | null; limit: number };
    found: readonly Organisation[];
  };
  readonly operatorsPage: {
    ask: { organisation: OrganisationId | null; after: After | null; limit: number };
    found: readonly Operator[];
  };
  /** By name. `ids` narrows to those (an enroller's); null does not narrow. */
  readonly agentsPage: {
    ask: {
      organisation: OrganisationId;
      ids: readonly AgentId[] | null;
      after: string | null;
      limit: number;
    };
    found: readonly Agent[];
  };
  readonly instancesPage: {
    ask: { organisation: OrganisationId; agent: string; after: After | null; limit: number };
    found: readonly InstanceRow[];
  };
  readonly instanceRow: {
    ask: { organisation: OrganisationId; id: InstanceId | string };
    found: InstanceRow | undefined;
  };
  readonly tokensPage: {
    ask: {
      organisation: OrganisationId | null;
      for: OperatorId | AgentId | string;
      after: After | null;
      limit: number;
    };
    found: readonly EnrolmentToken[];
  };
  /** Newest first. */
  readonly alertsPage: {
    ask: { organisation: OrganisationId | null; before: After | null; limit: number };
    found: readonly Alert[];
  };
  /** How a log's organisation reads a stream, if it does. */
  readonly readerOf: { ask: { log: string; stream: string }; found: Reader | undefined };
  /**
   * The facts of one stream after a position, of one kind if given: so many of them, where they are long no more than a
   * page has room for, and one that shows that it goes on.
   */
  readonly factsPage: {
    ask: { stream: string; after: number; limit: number; kind: string | null };
    found: readonly StoredFact[];
  };
}

/** What the ledger itself asks. */
export interface LedgerLookups {
  readonly streamHead: { ask: { stream: string }; found: StreamHead | undefined };
  readonly ledgerState: { ask: Record<never, never>; found: LedgerState };
  /** Facts in the order in which they were appended, over all streams: for replay and for the check at start. */
  readonly factsInOrder: { ask: { after: number; limit: number }; found: readonly StoredFact[] };
  /** The organisations (or "platform") that read a stream, with the position from which each does. */
  readonly readersOf: { ask: { stream: string }; found: readonly Reader[] };
  readonly payloadRow: { ask: OfSegment; found: PayloadRow | undefined };
  readonly logHead: { ask: { log: string }; found: LogHead | undefined };
  readonly logLeaves: { ask: { log: string; after: number; limit: number }; found: readonly LogLeaf[] };
  /** Of those that are kept, on one level. */
  readonly logNodes: {
    ask: { log: string; level: number; from: number; limit: number };
    found: readonly LogNode[];
  };
  /** The leaf that a fact of the own stream is, or that the head of a shared stream was. */
  readonly leafOf: { ask: { log: string; stream: string; position: number }; found: LogLeaf | undefined };
  /** Heads that shared streams had at the end of the seconds before this one, and that have no leaf yet; oldest first. */
  readonly logPending: { ask: { log: string; before: number }; found: readonly RankedHead[] };
  /** The last leaf of a stream that stands for less than that position. */
  readonly leafBefore: { ask: { log: string; stream: string; position: number }; found: LogLeaf | undefined };
  /** The logs that have such heads of any shared stream. */
  readonly pendingLogs: { ask: { before: number }; found: readonly string[] };
  /** Logs that have grown since their last checkpoint was kept, or were signed for in another era only; by name. */
  readonly unsignedLogs: { ask: { era: number; limit: number }; found: readonly LogHead[] };
  readonly checkpoint: { ask: { log: string }; found: Checkpoint | undefined };
  /** Closed sessions that still get their receipt, the oldest first. */
  readonly receiptDues: {
    ask: { after: ReceiptDue | null; limit: number };
    found: readonly ReceiptDue[];
  };
  readonly receipt: { ask: { session: SessionId | string }; found: Receipt | undefined };
  readonly receiptProof: {
    ask: { session: SessionId | string; log: string };
    found: ReceiptProof | undefined;
  };
  /** Sweeps that a crash has left unfinished, oldest first. */
  readonly unfinishedSweeps: { ask: Record<never, never>; found: readonly Sweep[] };
  /** How many sessions are open, by state: over all, for who runs the broker. */
  readonly openSessionCounts: {
    ask: Record<never, never>;
    found: Readonly<Record<"proposed" | "accepted" | "active", number>>;
  };
  /** Open sessions that have lost the row that says when they end, by their id: what a start has to make again. */
  readonly undatedSessions: {
    ask: { after: SessionId | null; limit: number };
    found: readonly SessionId[];
  };
  /** The same of open invitations, by workgroup and id. */
  readonly undatedInvitations: {
    ask: { after: InvitationPlace | null; limit: number };
    found: readonly InvitationPlace[];
  };
  /** What is due, soonest first. */
  readonly due: {
    ask: { now: number; limit: number };
    found: readonly { kind: string; subject: string; dueAt: number }[];
  };
}

export interface InvitationPlace {
  readonly workgroup: WorkgroupId;
  readonly id: InvitationId;
}

export interface LedgerState {
  /** The ordinal of the last fact, over all streams. */
  readonly ordinal: number;
  /** The running hash over every fact in order; the head that is also kept outside the database. */
  readonly running: string;
  /** The last time that any commit carried. */
  readonly at: number;
  readonly era: number;
  /** Seconds before this one have ended in every log. */
  readonly sealed: number;
}

/** What a store answers before the first fact, and what decisions then find as the era: thirty-two zero bytes, era 1. */
export const emptyState: LedgerState = { ordinal: 0, running: "A".repeat(43), at: 0, era: 1, sealed: 0 };

/** A log's size and the roots of its perfect subtrees, largest first: enough to append to it and to tell its root. */
export interface LogHead {
  readonly log: string;
  readonly size: number;
  readonly frontier: readonly string[];
  readonly root: string;
  /** How many shared streams its organisation has seen: the next one's order. */
  readonly shared: number;
}

export interface LogLeaf {
  readonly log: string;
  readonly index: number;
  readonly leaf: string;
  readonly stream: string;
  readonly position: number;
}

/** A perfect subtree of 2 to the `level` leaves, the `index`-th of those. */
export interface LogNode {
  readonly log: string;
  readonly level: number;
  readonly index: number;
  readonly hash: string;
}

export interface PendingHead {
  readonly log: string;
  readonly stream: string;
  readonly second: number;
  readonly position: number;
  readonly hash: string;
}

/** With the order in which its log's organisation first saw that stream; null if it does not read it. */
export interface RankedHead extends PendingHead {
  readonly order: number | null;
}

/** Rows that only the ledger writes: derived from facts beside any decision, or, as payloads, never seen by one. */
export interface LedgerRows {
  readonly streams: StreamHead;
  readonly readers: Reader;
  readonly logs: LogHead;
  readonly logLeaves: LogLeaf;
  readonly logNodes: LogNode;
  readonly logPending: PendingHead;
  readonly payloads: PayloadRow;
}
export type LedgerChange =
  | {
      [T in keyof LedgerRows]: { readonly do: "put"; readonly table: T; readonly row: LedgerRows[T] };
    }[keyof LedgerRows]
  | {
      readonly do: "drop";
      readonly table: "logPending";
      readonly key: { readonly log: string; readonly stream: string };
    }
  | { readonly do: "drop"; readonly table: "payloads"; readonly key: OfSegment };

export type StoreLookups = Lookups & Pages & LedgerLookups;
export type StoreLookupName = keyof StoreLookups;
export type StoreLookup = {
  [K in StoreLookupName]: { readonly find: K; readonly by: StoreLookups[K]["ask"] };
}[StoreLookupName];
export type StoreQuestion = { readonly [name: string]: StoreLookup };
export type StoreAnswers<Q extends StoreQuestion> = {
  readonly [K in keyof Q]: Q[K] extends { readonly find: infer N extends StoreLookupName }
    ? StoreLookups[N]["found"]
    : never;
};

export interface Transaction {
  answer<Q extends StoreQuestion>(question: Q): Maybe<StoreAnswers<Q>>;
  append(facts: readonly StoredFact[]): Maybe<void>;
  change(changes: readonly (Change | LedgerChange)[]): Maybe<void>;
  /** The ledger's own row: written with every transaction that writes anything. */
  putState(state: LedgerState): Maybe<void>;
  /** Durable when it resolves. A failure throws `StoreFailed`, and nothing of the transaction is stored. */
  commit(): Maybe<void>;
  rollback(): Maybe<void>;
}

export interface Store {
  /** One at a time: the ledger is the only writer. */
  begin(): Maybe<Transaction>;
  /** Answers from one snapshot of what was committed. */
  read<Q extends StoreQuestion>(question: Q): Maybe<StoreAnswers<Q>>;
  /** The same beside the main thread, for what may take long: searches and watches. */
  readAside<Q extends StoreQuestion>(question: Q): Promise<StoreAnswers<Q>>;
  /** How many bytes wait to be handled, over all, as of the last commit. */
  readonly waitingBytes: number;
  /** Calls back after a commit: may be lost, may be late, carries nothing. Returns how to stop. */
  watch(wake: () => void): () => void;
  /** Empties every derived table, for a rebuild. */
  dropDerived(): Maybe<void>;
  /** Every row of every derived table in key order: what the rebuild test compares. */
  dumpDerived(): Maybe<Readonly<Record<string, readonly unknown[]>>>;
  close(): Maybe<void>;
}

/** The world failed. After `never`, nothing is acknowledged any more and the process stops. */
export class StoreFailed extends Error {
  override readonly name = "StoreFailed";
  readonly what: "io" | "corrupt" | "full";
  readonly retry: "never" | "later";
  constructor(what: StoreFailed["what"], retry: StoreFailed["retry"], options: { readonly cause: unknown }) {
    super(`the store failed: ${what}`, options);
    this.what = what;
    this.retry = retry;
  }
}
