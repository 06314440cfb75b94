/** What a test changes in a history and a record that are made up. */
import type { Seen } from "./history.js";
import type * as up from "./made-up.js";
import type { Entry, RecordedSession, SideRow } from "./reader.js";

export type Made = ReturnType<typeof up.made>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

export const record = (made: Made, more: Partial<RecordedSession>): Made => ({
  ...made,
  record: { ...made.record, ...more },
});
export const entry = (made: Made, at: number, more: Partial<Entry>): Made =>
  record(made, {
    entries: made.record.entries.map((each, index) => (index === at ? { ...each, ...more } : each)),
  });
export const without = (made: Made, at: number): Made =>
  record(made, { entries: made.record.entries.filter((_, index) => index !== at) });
export const side = (made: Made, more: Partial<SideRow>): Made =>
  record(made, { sides: { ...made.record.sides, consumer: { ...made.record.sides.consumer, ...more } } });
export const fact = (made: Made, kind: string, more: Partial<RecordedSession["facts"][number]>): Made =>
  record(made, {
    facts: made.record.facts.map((each) => (each.kind === kind ? { ...each, ...more } : each)),
  });
export const terms = (made: Made, more: Partial<RecordedSession["terms"]>): Made =>
  record(made, { terms: { ...made.record.terms, ...more } });
/** After the first that fits, or at the end. */
export const seen = (made: Made, more: readonly Seen[], after?: (each: Seen) => boolean): Made => {
  const at = after === undefined ? made.seen.length - 1 : made.seen.findIndex(after);
  return { ...made, seen: [...made.seen.slice(0, at + 1), ...more, ...made.seen.slice(at + 1)] };
};
export const change = (
  made: Made,
  is: (each: Seen) => boolean,
  how: (each: Writable<Seen>) => Partial<Seen>,
): Made => ({
  ...made,
  seen: made.seen.map((each) => (is(each) ? ({ ...each, ...how(each) } as Seen) : each)),
});
export const drop = (made: Made, is: (each: Seen) => boolean): Made => ({
  ...made,
  seen: made.seen.filter((each) => !is(each)),
});

export const isOf = (what: Seen["what"], n?: number) => (each: Seen) =>
  each.what === what && (n === undefined || ("n" in each && each.n === n));
export const isDelivery =
  ({ n, side: from }: Entry) =>
  (each: Seen) =>
    each.what === "delivered" && each.n === n && each.side !== from;
export const isSent =
  ({ id }: Entry) =>
  (each: Seen) =>
    each.what === "sent" && each.id === id;

export type Row = readonly [invariant: number, what: string, plant: (made: Made) => Made];
