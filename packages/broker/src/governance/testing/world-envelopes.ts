/** What decisions about envelopes ask, answered from a world in plain maps. It keeps no facts: tests put what they said. */
import { type Answering, all, get } from "./rows.js";

export const envelopeAnswers = {
  tally: (world, by) => get(world, "tallies", by),
  handled: (world, by) => get(world, "handled", by),
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
