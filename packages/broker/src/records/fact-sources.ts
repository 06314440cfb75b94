/**
 * Where to look for facts. What a filter names leads to a few streams, each with what its facts are found by; where it
 * does not, or to too many, the whole log is gone through. Either way the facts come in the order of the log, and
 * what is hidden is looked for as what is not there.
 */
import type { AboutSessions, Narrowing } from "../ledger/log-pages.js";
import type { Reader, Store } from "../ledger/store.js";
import { isOwnStream, isSessionStream } from "../ledger/stream.js";
import { type FactFilter, kindsFor, namedBy } from "./fact-filter.js";

/** So many streams are looked into one by one; where there are more, a walk soon meets one of them. */
export const streamsMax = 1_000;

export interface Source {
  readonly reader: Reader;
  readonly only: Narrowing | null;
}

export interface Looking {
  readonly log: string;
  readonly filter: FactFilter;
  readonly kinds: readonly string[] | null;
  readonly about: AboutSessions | null;
  readonly streamsMax: number;
}

/** The streams to look into; null: in all that the log is of. */
export async function sourcesOf(store: Store, looking: Looking): Promise<readonly Source[] | null> {
  const { log, filter, kinds, streamsMax } = looking;
  if (filter.stream !== null) return ofStream(store, looking, filter.stream);
  if (kinds === null && !isNarrow(filter)) return null;
  const sessions = await sessionStreams(store, looking);
  if (sessions === null) return null;
  const { own, readers, workgroups } = await store.read({
    own: { find: "readersAmong", by: { log, streams: [log] } },
    readers: { find: "readersAmong", by: { log, streams: sessions } },
    workgroups: { find: "workgroupReaders", by: { log, limit: streamsMax } },
  });
  if (workgroups === null) return null;
  return [...own, ...workgroups, ...readers].flatMap((reader) => sourceOf(looking, reader));
}

const isNarrow = (filter: FactFilter): boolean =>
  namedBy(filter).length > 0 || filter.actor !== null || filter.correlation !== null;

async function ofStream(store: Store, looking: Looking, stream: string): Promise<readonly Source[]> {
  const { about, log } = looking;
  const { readers } = await store.read({ readers: { find: "readersAmong", by: { log, streams: [stream] } } });
  const sources = readers.flatMap((reader) => sourceOf(looking, reader));
  if (about === null || !isAboutSessions(about) || !isSessionStream(stream)) return sources;
  const fitting = await sessionsFitting(store, about, [stream]);
  return sources.filter(({ reader }) => fitting.has(reader.stream));
}

export const isAboutSessions = ({ agent, workgroup, contract }: AboutSessions): boolean =>
  [agent, workgroup, contract].some((thing) => thing !== null);

/** Of these streams those of sessions that are about what is looked for. */
export async function sessionsFitting(
  store: Store,
  about: AboutSessions,
  streams: readonly string[],
): Promise<ReadonlySet<string>> {
  const sessions = streams.map((stream) => stream.slice("session:".length));
  const { found } = await store.read({ found: { find: "sessionsAmong", by: { ...about, sessions } } });
  return new Set(found.map((session) => `session:${session}`));
}

async function sessionStreams(store: Store, { about, filter, kinds, streamsMax }: Looking) {
  const chainKinds = kindsFor(kinds, "session");
  if (about === null || chainKinds?.length === 0) return [];
  if (filter.session !== null)
    return [...(await sessionsFitting(store, about, [`session:${filter.session}`]))];
  // All sessions, with all that was sent in them: a walk reads that as it stands.
  if (!isAboutSessions(about) && (chainKinds === null || chainKinds.includes("session.sent"))) return null;
  const { found } = await store.read({
    found: { find: "sessionsAbout", by: { ...about, limit: streamsMax } },
  });
  return found === null ? null : found.map((session) => `session:${session}`);
}

/** None where no fact of that stream can be meant. */
function sourceOf(looking: Looking, reader: Reader): readonly Source[] {
  const { stream } = reader;
  const kinds = kindsIn(looking, stream);
  if (kinds?.length === 0) return [];
  const thing = isSessionStream(stream) ? undefined : thingNamed(looking.filter, stream);
  return [{ reader, only: thing === undefined ? byKinds(kinds) : { naming: thing } }];
}

/** Of the kinds that are wanted, those that a stream may have. */
export function kindsIn({ kinds }: Looking, stream: string): readonly string[] | null {
  if (isSessionStream(stream)) return kindsFor(kinds, "session");
  return kindsFor(kinds, isOwnStream(stream) ? "own" : "workgroup");
}

/** What was sent is in no index by kind. */
export const byKinds = (kinds: readonly string[] | null): Narrowing | null =>
  kinds === null || kinds.includes("session.sent") ? null : { kinds };

/** What a workgroup's own stream need not name. */
const thingNamed = (filter: FactFilter, stream: string): string | undefined => {
  const { actor, correlation } = filter;
  const things = [...namedBy(filter), actor, correlation].filter((thing) => isListed(thing));
  return things.find((thing) => stream !== `workgroup:${thing}`) ?? undefined;
};

/** The broker is no thing that is listed, nor is what a sender wrote: but no fact outside of sessions has the latter. */
const isListed = (thing: string | null): boolean => thing !== null && thing !== "broker";
