/** What the records room asks over a whole log, answered from one copy of everything in memory. */
import type { Answering } from "../answering.js";
import {
  type AboutSessions,
  comparePlaces,
  type LogPages,
  type PlacedLeaf,
  type Span,
} from "../log-pages.js";
import type { StoredFact } from "../stored-fact.js";
import type { Holdings } from "./holdings.js";
import { made, where } from "./rows.js";

export const logPages = (holdings: Holdings) => ({
  ...leafPages(holdings),
  ...spanPages(holdings),
  ...aboutPages(holdings),
});

function leafPages({ tables, streams }: Holdings) {
  const { readers, logLeaves, logPending } = tables;
  const placed = (log: string, stream: string, position: number, second: number): PlacedLeaf | undefined => {
    const reader = readers.find({ stream, log });
    return reader && { reader, place: { second, rank: reader.order, position } };
  };
  return {
    leavesAfter: ({ log, after, limit }) => {
      const inLog = [...logLeaves.group("log", log)].toSorted((a, b) => a.index - b.index);
      const stand = made(inLog, ({ stream, position }) => {
        const fact = streams.get(stream)?.find(({ skeleton }) => skeleton.position === position);
        return fact && placed(log, stream, position, Math.floor(fact.skeleton.at / 1_000));
      });
      const waiting = made(logPending.group("log", log), ({ stream, position, second }) =>
        placed(log, stream, position, second),
      );
      const all = [...stand, ...waiting.toSorted((a, b) => comparePlaces(a.place, b.place))];
      return all.filter(({ place }) => after === null || comparePlaces(place, after) > 0).slice(0, limit);
    },
  } satisfies Partial<Answering<keyof LogPages>>;
}

function spanPages({ tables: { mentions }, streams }: Holdings) {
  const isIn =
    ({ stream, from, until, since, before, only }: Span) =>
    ({ skeleton: { position, at, kind } }: StoredFact): boolean => {
      if (position < from || (until !== null && position > until)) return false;
      if (at < since || (before !== null && at >= before)) return false;
      if (only === null) return true;
      if ("kinds" in only) return only.kinds.includes(kind);
      return mentions.find({ thing: only.naming, stream, position }) !== undefined;
    };
  const within = (span: Span): StoredFact[] => where(streams.get(span.stream) ?? [], isIn(span));
  return {
    firstsWithin: ({ spans }) =>
      spans.map((span) => {
        const [first] = within(span);
        return first === undefined ? null : { position: first.skeleton.position, at: first.skeleton.at };
      }),
    factsWithin: ({ spans, limit }) => {
      const all = spans.flatMap((span, index) => within(span).map((fact) => ({ index, fact })));
      const left = all[limit];
      const next = left === undefined ? null : { span: left.index, position: left.fact.skeleton.position };
      return { facts: all.slice(0, limit).map(({ fact }) => fact), next };
    },
  } satisfies Partial<Answering<keyof LogPages>>;
}

function aboutPages({ tables: { readers, sides } }: Holdings) {
  const fits = ({ agent, workgroup, contract }: AboutSessions) =>
    where(
      sides.rows(),
      (row) =>
        (agent === null || row.agent === agent || row.counterpart === agent) &&
        (workgroup === null || row.workgroup === workgroup) &&
        (contract === null || row.contract === contract),
    );
  const about = (asked: AboutSessions) => {
    const theirs = fits(asked).filter(({ organisation }) => organisation === asked.organisation);
    return [...new Set(theirs.map(({ session }) => session))];
  };
  return {
    readersAmong: ({ log, streams }) => made(streams, (stream) => readers.find({ stream, log })),
    workgroupReaders: ({ log, limit }) => {
      const found = where(readers.group("log", log), ({ stream }) => stream.startsWith("workgroup:"));
      return found.length > limit ? null : found;
    },
    sessionsAbout: ({ limit, ...asked }) => {
      const found = about(asked);
      return found.length > limit ? null : found;
    },
    sessionsAmong: ({ sessions, ...asked }) => about(asked).filter((one) => sessions.includes(one)),
  } satisfies Partial<Answering<keyof LogPages>>;
}
