/** What decisions about envelopes ask, answered from a world in plain maps. It keeps no facts: tests put what they said. */
import { otherSide } from "@parley/protocol";
import type { OfPair } from "../session/envelope-lookups.js";
import { type Answering, all, get, type World } from "./rows.js";

function unhandledBytes(world: World, by: OfPair): number {
  const receiving = all(world, "sides").filter(
    ({ agent, state }) => agent === by.agent && state !== "closed",
  );
  return receiving.reduce((bytes, { session, side: receives }) => {
    const key = { session, side: otherSide(receives) };
    if (get(world, "sides", key)?.organisation !== by.organisation) return bytes;
    return bytes + (get(world, "tallies", key)?.bytes ?? 0) - (get(world, "handled", key)?.bytes ?? 0);
  }, 0);
}

export const envelopeAnswers = {
  tally: (world, by) => get(world, "tallies", by),
  handled: (world, by) => get(world, "handled", by),
  waiting: (world, by) => get(world, "waiting", by),
  unhandledBytes,
  payloadsIn: ({ payloads }, { session, side, from, to, limit }) =>
    [...payloads.values()]
      .filter((row) => row.session === session && row.side === side && from <= row.n && row.n <= to)
      .sort((a, b) => a.n - b.n)
      .slice(0, limit),
  drain: (world, by) => get(world, "drains", by),
  deadline: (world, by) => get(world, "deadlines", by),
  segmentAt: (world, { session, side, n }) =>
    all(world, "segments").find(
      (row) => row.session === session && row.side === side && row.n <= n && n < row.n + row.count,
    ),
  segmentOfId: (world, { session, side, id }) => {
    const stray = get(world, "strays", { session, side, id });
    const ofSide = all(world, "segments").filter((row) => row.session === session && row.side === side);
    return ofSide.find(({ n, count, firstId, lastId }) =>
      stray
        ? n <= stray.n && stray.n < n + count
        : firstId !== null && lastId !== null && firstId <= id && id <= lastId,
    );
  },
  sentAt: (world, { session, position }) => world.sent.get(`${session} ${position}`),
} satisfies Partial<Answering>;
