/** Rows of what the sides of sessions have sent, by number: what the contract of a store is tried with. */
import { type EnvelopeId, encodeId } from "@parley/protocol";
import type {
  DrainRow,
  HandledRow,
  HolderRow,
  Segment,
  Stray,
  Tally,
  WaitingRow,
} from "../../governance/session/envelope-entities.js";
import type { PayloadRow } from "../envelope-pages.js";
import { ses } from "./engagement-rows.suite.js";
import { agt, ins, type Maker, org } from "./rows.suite.js";

/** They rise with their number. */
export const env = (n: number): EnvelopeId => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, n);
  return encodeId("envelope", bytes);
};

export const tally: Maker<Tally> = (n, over) => ({
  session: ses(n),
  side: "consumer",
  n: n + 2,
  bytes: 4_096 * n,
  violations: 1,
  lastId: env(3),
  lastAt: 8_000,
  ...over,
});

/** Ten envelopes each, one after the other: the first holds 1 to 10 and their ids. */
export const segment: Maker<Segment> = (n, over) => ({
  session: ses(1),
  side: "consumer",
  n: 10 * n - 9,
  seq: 20 * n - 19,
  count: 10,
  position: n + 4,
  at: 8_000 + n,
  sent: 500 * n,
  firstId: env(10 * n - 9),
  lastId: env(10 * n),
  ...over,
});

export const stray: Maker<Stray> = (n, over) => ({
  ...{ session: ses(1), side: "consumer", id: env(1_000 + n), n },
  ...over,
});

export const handled: Maker<HandledRow> = (n, over) => ({
  ...{ session: ses(n), side: "provider", n: n + 1, bytes: 100 * n, handed: n + 2 },
  ...over,
});

export const holder: Maker<HolderRow> = (n, over) => ({
  ...{ session: ses(n), side: "provider", instance: ins(n + 1) },
  ...over,
});

export const waiting: Maker<WaitingRow> = (n, over) => ({
  ...{ agent: agt(n), organisation: org(n + 1), bytes: 100 * n },
  ...over,
});

export const drain: Maker<DrainRow> = (n, over) => ({
  ...{ session: ses(n), agent: agt(2), capability: "markets.equity", instance: null },
  ...{ openedAt: 7_000 + n, until: 90_000 + n },
  ...over,
});

/** Of the segment of that number, every byte there is among them. */
export const payloads: Maker<PayloadRow> = (n, over) => ({
  ...{ session: ses(1), side: "consumer", n: 10 * n - 9, count: 10, trimmed: n % 3 },
  bytes: Buffer.from(Array.from({ length: 256 }, (_, at) => (at + n) % 256)),
  ...over,
});
