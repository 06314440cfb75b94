/** What decisions ask about envelopes, and what deliveries read, answered from one copy of everything in memory. */
import type { SideName } from "@parley/protocol";
import type { FactContent } from "../../governance/fact.js";
import type { EnvelopeLookups, OfPair } from "../../governance/session/envelope-lookups.js";
import type { Answering } from "../answering.js";
import { type EnvelopePages, withinBytes } from "../envelope-pages.js";
import type { Holdings, MemoryTables } from "./holdings.js";
import { first, inOrder } from "./rows.js";

/** The content of the fact of a segment, while it is there. */
function contentAt({ streams }: Holdings, session: string, position: number): string | null {
  const fact = streams.get(`session:${session}`)?.[position - 1];
  return fact?.skeleton.kind === "session.sent" ? fact.contentText : null;
}

const ofSide = ({ segments }: MemoryTables, session: string, side: string) =>
  segments.group("ofSide", `${session} ${side}`);

export function envelopeLookups(
  holdings: Holdings,
): Answering<Exclude<keyof EnvelopeLookups, "speaker" | "spokenIn">> {
  const { tables } = holdings;
  const { tallies, strays, handled, payloads } = tables;
  const holding = (session: string, side: string, n: number) =>
    first(ofSide(tables, session, side), (row) => row.n <= n && n < row.n + row.count);
  return {
    tally: (by) => tallies.find(by),
    handled: (by) => handled.find(by),
    waiting: (by) => tables.waiting.find(by),
    unhandledBytes: (by) => unhandledBytes(tables, by),
    payloadsIn: ({ session, side, from, to, limit }) =>
      inOrder(payloads.group("ofSide", `${session} ${side}`), (row) => [row.n])
        .filter((row) => from <= row.n && row.n <= to)
        .slice(0, limit)
        .map(({ bytes: _, ...kept }) => kept),
    drain: (by) => tables.drains.find(by),
    deadline: (by) => tables.deadlines.find(by),
    segmentAt: ({ session, side, n }) => holding(session, side, n),
    segmentOfId: ({ session, side, id }) => {
      const stray = strays.find({ session, side, id });
      if (stray !== undefined) return holding(session, side, stray.n);
      return first(
        ofSide(tables, session, side),
        ({ firstId, lastId }) => firstId !== null && lastId !== null && firstId <= id && id <= lastId,
      );
    },
    sentAt: ({ session, position }) => {
      const text = contentAt(holdings, session, position);
      return text === null ? undefined : (JSON.parse(text) as FactContent<"session.sent">).data;
    },
  };
}

function unhandledBytes({ sides, tallies, handled }: MemoryTables, { agent, organisation }: OfPair): number {
  let bytes = 0;
  for (const { session, side } of sides.group("openAgent", agent)) {
    const from: SideName = side === "consumer" ? "provider" : "consumer";
    if (sides.find({ session, side: from })?.organisation !== organisation) continue;
    const key = { session, side: from };
    bytes += (tallies.find(key)?.bytes ?? 0) - (handled.find(key)?.bytes ?? 0);
  }
  return bytes;
}

export const envelopePages = (holdings: Holdings): Answering<keyof EnvelopePages> => ({
  segmentsFrom: ({ session, side, n, limit, bytes }) => {
    const { payloads } = holdings.tables;
    const from = inOrder(ofSide(holdings.tables, session, side), (row) => [row.n]);
    const some = from.filter((row) => n < row.n + row.count).slice(0, limit);
    return withinBytes(some, bytes, (segment) => ({
      segment,
      contentText: contentAt(holdings, session, segment.position),
      payloads: payloads.find({ session, side, n: segment.n }),
    }));
  },
});
