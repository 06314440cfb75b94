/** What decisions ask about envelopes, answered from one copy of everything in memory. */
import type { FactContent } from "../../governance/fact.js";
import type { EnvelopeLookups } from "../../governance/session/envelope-lookups.js";
import type { Answering } from "../answering.js";
import type { Holdings } from "./holdings.js";
import { first } from "./rows.js";

export function envelopeLookups({ tables, streams }: Holdings): Answering<keyof EnvelopeLookups> {
  const { tallies, segments, strays, handled } = tables;
  const ofSide = (session: string, side: string) => segments.group("ofSide", `${session} ${side}`);
  const holding = (session: string, side: string, n: number) =>
    first(ofSide(session, side), (row) => row.n <= n && n < row.n + row.count);
  return {
    tally: (by) => tallies.find(by),
    handled: (by) => handled.find(by),
    segmentAt: ({ session, side, n }) => holding(session, side, n),
    segmentOfId: ({ session, side, id }) => {
      const stray = strays.find({ session, side, id });
      if (stray !== undefined) return holding(session, side, stray.n);
      return first(
        ofSide(session, side),
        ({ firstId, lastId }) => firstId !== null && lastId !== null && firstId <= id && id <= lastId,
      );
    },
    sentAt: ({ session, position }) => {
      const fact = streams.get(`session:${session}`)?.[position - 1];
      if (fact?.skeleton.kind !== "session.sent" || fact.contentText === null) return undefined;
      return (JSON.parse(fact.contentText) as FactContent<"session.sent">).data;
    },
  };
}
