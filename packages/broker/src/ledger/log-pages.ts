/** What the records room asks to look back over all that one organisation reads, in the order of its log. */
import type { AgentId, ContractId, OrganisationId, SessionId, WorkgroupId } from "@parley/protocol";
import type { StoredFact } from "./stored-fact.js";
import type { Reader } from "./stream.js";

/**
 * Where a fact stands in the order of a log: in one second the own facts come first (rank 0), then those of each shared
 * stream in the order in which the log's organisation first saw the streams. It is the order of the leaves, and follows
 * from the fact's time and its stream alone.
 */
export interface LogPlace {
  readonly second: number;
  readonly rank: number;
  readonly position: number;
}

export const comparePlaces = (a: LogPlace, b: LogPlace): number =>
  a.second - b.second || a.rank - b.rank || a.position - b.position;

/** A leaf, or the head of a shared stream in a second that has no leaf yet: it stands for what its second has added. */
export interface PlacedLeaf {
  readonly reader: Reader;
  /** Of its last fact. */
  readonly place: LogPlace;
}

/**
 * What facts can be found by: the things that they name, but in the stream of a session; their kinds, but what was sent.
 * Everything else is judged by whoever has read them.
 */
export type Narrowing = { readonly naming: string } | { readonly kinds: readonly string[] };

/** Facts of one stream that stand together. */
export interface Span {
  readonly stream: string;
  readonly from: number;
  /** The last, or null: to the end. */
  readonly until: number | null;
  /** In milliseconds: not before this, and before that. */
  readonly since: number;
  readonly before: number | null;
  readonly only: Narrowing | null;
}

export interface SpanPlace {
  readonly span: number;
  readonly position: number;
}

export interface LogPages {
  /** The leaves of a log whose last fact stands after a place, and then what has none yet. */
  readonly leavesAfter: {
    ask: { log: string; after: LogPlace | null; limit: number };
    found: readonly PlacedLeaf[];
  };
  /** The facts of spans, one span after the other, no more than a page has room for; `next` is the first left out. */
  readonly factsWithin: {
    ask: { spans: readonly Span[]; limit: number };
    found: { readonly facts: readonly StoredFact[]; readonly next: SpanPlace | null };
  };
  /** Of each span its first fact: where it stands and when it was, or null. */
  readonly firstsWithin: {
    ask: { spans: readonly Span[] };
    found: readonly ({ readonly position: number; readonly at: number } | null)[];
  };
  /** How a log's organisation reads these streams, of those that it reads. */
  readonly readersAmong: { ask: { log: string; streams: readonly string[] }; found: readonly Reader[] };
  /** How it reads the streams of workgroups; null where there are more than so many. */
  readonly workgroupReaders: { ask: { log: string; limit: number }; found: readonly Reader[] | null };
  /** Sessions of an organisation that are about these things, in no order; null where that may be more than so many. */
  readonly sessionsAbout: { ask: AboutSessions & { limit: number }; found: readonly SessionId[] | null };
  /** The same among some. */
  readonly sessionsAmong: {
    ask: AboutSessions & { sessions: readonly string[] };
    found: readonly SessionId[];
  };
}

/** Of an organisation, whatever is not null. */
export interface AboutSessions {
  readonly organisation: OrganisationId;
  readonly agent: AgentId | string | null;
  readonly workgroup: WorkgroupId | string | null;
  readonly contract: ContractId | string | null;
}
