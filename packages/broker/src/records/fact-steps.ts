/**
 * Facts in the order of a log, step by step: along its leaves, or out of a few streams, merged. What has been read of a
 * second that may still go on is told as well, unless only what is settled is wanted: nothing can come before that any more.
 */
import { comparePlaces, type LogPlace, type PlacedLeaf, type Span } from "../ledger/log-pages.js";
import type { Reader, Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import { isSessionStream, readsAsOwn, readsAt } from "../ledger/stream.js";
import { kindsFor } from "./fact-filter.js";
import {
  byKinds,
  isAboutSessions,
  kindsIn,
  type Looking,
  type Source,
  sessionsFitting,
} from "./fact-sources.js";

export interface Placed {
  readonly fact: StoredFact;
  readonly place: LogPlace;
}

export interface Step {
  readonly facts: readonly Placed[];
  /** Nothing that is wanted is left up to here. */
  readonly upTo: LogPlace;
  /** How much was looked at. */
  readonly looked: number;
}

export interface Bounds {
  readonly after: LogPlace | null;
  /** Shared streams are read before this second, and one's own up to its end; null: to the end. */
  readonly settledBefore: number | null;
}

const leavesAtOnce = 128;
const factsAtOnce = 64;
/** A question for one fact costs as much as so many facts more. */
const askedEach = 8;

export const secondOf = (at: number): number => Math.floor(at / 1_000);

const isSettled = ({ second, rank }: LogPlace, { settledBefore }: Bounds): boolean =>
  settledBefore === null || second < settledBefore || (second === settledBefore && rank === 0);

/** In its second nothing stands before a rank below its own. */
const beginningOf = (at: number): LogPlace => ({ second: secondOf(at), rank: 0, position: 0 });

const startOf = ({ filter }: Looking, { after }: Bounds): LogPlace | null => {
  if (filter.from === null) return after;
  const begins = beginningOf(filter.from);
  return after === null || comparePlaces(after, begins) < 0 ? begins : after;
};

const isOver = ({ filter }: Looking, { second }: LogPlace): boolean =>
  filter.to !== null && second * 1_000 >= filter.to;

/** Along the leaves of the whole log. */
export async function* walk(store: Store, looking: Looking, bounds: Bounds): AsyncGenerator<Step> {
  for (let after = startOf(looking, bounds); ; ) {
    const { leaves } = await store.read({
      leaves: { find: "leavesAfter", by: { log: looking.log, after, limit: leavesAtOnce } },
    });
    const wanted = leaves.filter(({ place }) => isSettled(place, bounds) && !isOver(looking, place));
    const last = wanted.at(-1);
    if (last === undefined) return;
    const fitting = await leavesFitting(store, looking, wanted);
    const spans = fitting.flatMap((leaf) => spanOf(looking, leaf, after));
    yield* read(store, spans, looking.log, new Map(fitting.map((leaf) => [leaf.reader.stream, leaf.reader])));
    yield { facts: [], upTo: last.place, looked: wanted.length };
    if (wanted.length < leavesAtOnce) return;
    after = last.place;
  }
}

async function leavesFitting(store: Store, { about, filter, kinds }: Looking, leaves: readonly PlacedLeaf[]) {
  const isOther = ({ reader }: PlacedLeaf) => !isSessionStream(reader.stream);
  if (about === null || kindsFor(kinds, "session")?.length === 0) return leaves.filter(isOther);
  if (!isAboutSessions(about) && filter.session === null) return leaves;
  const streams = new Set(leaves.filter((leaf) => !isOther(leaf)).map(({ reader }) => reader.stream));
  const fitting = await sessionsFitting(store, about, [...streams]);
  return leaves.filter((leaf) => isOther(leaf) || fitting.has(leaf.reader.stream));
}

/** What a leaf stands for: its own fact, or what its stream has had within the second. */
function spanOf(looking: Looking, { reader, place }: PlacedLeaf, after: LogPlace | null): readonly Span[] {
  const { stream } = reader;
  const { filter } = looking;
  const kinds = kindsIn(looking, stream);
  if (kinds?.length === 0) return [];
  const isBegun = after?.second === place.second && after.rank === place.rank;
  const from = Math.max(reader.from, isBegun ? after.position + 1 : 1);
  if (!readsAt(reader, place.position)) return [];
  const since = Math.max(place.second * 1_000, filter.from ?? 0);
  const begins = readsAsOwn(reader) ? place.position : from;
  return [{ stream, from: begins, until: place.position, since, before: filter.to, only: byKinds(kinds) }];
}

async function* read(
  store: Store,
  spans: readonly Span[],
  log: string,
  readers: ReadonlyMap<string, Reader>,
): AsyncGenerator<Step> {
  for (let rest = spans; rest.length > 0; ) {
    const { found } = await store.read({
      found: { find: "factsWithin", by: { spans: rest, limit: factsAtOnce } },
    });
    const facts = found.facts.map((fact) => placed(fact, readers.get(fact.skeleton.stream), log));
    const last = facts.at(-1);
    if (last !== undefined) yield { facts, upTo: last.place, looked: facts.length + askedEach };
    const { next } = found;
    const begun = next === null ? undefined : rest[next.span];
    if (next === null || begun === undefined) return;
    rest = [{ ...begun, from: next.position }, ...rest.slice(next.span + 1)];
  }
}

function placed(fact: StoredFact, reader: Reader | undefined, log: string): Placed {
  if (reader === undefined) throw new TypeError(`${log} was told of a stream that it does not read`);
  const { at, position } = fact.skeleton;
  return { fact, place: { second: secondOf(at), rank: reader.order, position } };
}

interface Head {
  readonly source: Source;
  readonly place: LogPlace;
}

/** Out of a few streams, the first of all that are left always next. */
export async function* merge(
  store: Store,
  looking: Looking,
  sources: readonly Source[],
  bounds: Bounds,
): AsyncGenerator<Step> {
  const start = startOf(looking, bounds);
  let heads = await headsOf(
    store,
    sources.map((source) => [source, beginningIn(looking, source, start)] as const),
  );
  for (;;) {
    const [first, second] = firstTwo(heads);
    if (first === undefined || !isSettled(first.place, bounds)) return;
    const { source, place } = first;
    const before = endOf(looking, first, second, bounds);
    const span = { ...everythingIn(source), from: place.position, before };
    yield* read(store, [span], looking.log, new Map([[source.reader.stream, source.reader]]));
    const { to } = looking.filter;
    const rest = before === null ? [] : [[source, { ...span, since: before, before: to }] as const];
    heads = [...heads.filter((head) => head !== first), ...(await headsOf(store, rest))];
  }
}

function firstTwo(heads: readonly Head[]): readonly [Head | undefined, Head | undefined] {
  let [first, second]: [Head | undefined, Head | undefined] = [undefined, undefined];
  for (const head of heads) {
    if (first === undefined || comparePlaces(head.place, first.place) < 0) [first, second] = [head, first];
    else if (second === undefined || comparePlaces(head.place, second.place) < 0) second = head;
  }
  return [first, second];
}

const everythingIn = ({ reader: { stream, from, until }, only }: Source): Span => ({
  ...{ stream, from, until, since: 0, before: null, only },
});

/** What stands in one source after a place of the log. */
function beginningIn({ filter }: Looking, source: Source, after: LogPlace | null): Span {
  const all = { ...everythingIn(source), since: filter.from ?? 0, before: filter.to };
  if (after === null) return all;
  const { order } = source.reader;
  if (order === after.rank)
    return {
      ...all,
      from: Math.max(all.from, after.position + 1),
      since: Math.max(all.since, after.second * 1_000),
    };
  const second = order > after.rank ? after.second : after.second + 1;
  return { ...all, since: Math.max(all.since, second * 1_000) };
}

async function headsOf(store: Store, from: readonly (readonly [Source, Span])[]): Promise<readonly Head[]> {
  const spans = from.map(([, span]) => span);
  const { firsts } = await store.read({ firsts: { find: "firstsWithin", by: { spans } } });
  return from.flatMap(([source], index) => {
    const first = firsts[index];
    if (first === undefined || first === null) return [];
    const { position, at } = first;
    return [{ source, place: { second: secondOf(at), rank: source.reader.order, position } }];
  });
}

/** As far as nothing of another source comes in between; null: to the end. */
function endOf({ filter }: Looking, first: Head, next: Head | undefined, { settledBefore }: Bounds) {
  const { rank } = first.place;
  const isBefore = (other: number): number => (rank < other ? 1 : 0);
  const seconds = [
    next && next.place.second + isBefore(next.place.rank),
    settledBefore === null ? undefined : settledBefore + isBefore(1),
  ].filter((second) => second !== undefined);
  const ends = [...seconds.map((second) => second * 1_000), ...(filter.to === null ? [] : [filter.to])];
  return ends.length === 0 ? null : Math.min(...ends);
}
