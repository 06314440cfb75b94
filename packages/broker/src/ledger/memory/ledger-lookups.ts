/** What the ledger itself asks, answered from one copy of everything in memory. */
import type { Answering } from "../answering.js";
import type { LedgerLookups } from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import type { Holdings } from "./holdings.js";
import { page } from "./order.js";

export function ledgerLookups(holdings: Holdings): Answering<keyof LedgerLookups> {
  const { streams, readers, logs, logLeaves, logPending, deadlines } = holdings.tables;
  return {
    streamHead: (by) => streams.find(by),
    ledgerState: () => holdings.state,
    factsInOrder: ({ after, limit }) => {
      const from = indexAfter(holdings.facts, after);
      return holdings.facts.slice(from, from + limit);
    },
    readersOf: ({ stream }) => all([...readers.group(stream)], (row) => [row.log]),
    logHead: (by) => logs.find(by),
    logLeaves: ({ log, after, limit }) =>
      page(logLeaves.group(log), (row) => [row.index], { after: [after], limit }),
    logPending: ({ log }) => all([...logPending.group(log)], (row) => [row.second, row.stream]),
    due: ({ now, limit }) => {
      const due = [...deadlines.rows()].filter(({ dueAt }) => dueAt <= now);
      return page(due, (row) => [row.dueAt, row.kind, row.subject], { after: null, limit });
    },
  };
}

const all = <Row>(rows: readonly Row[], orderOf: (row: Row) => readonly (string | number)[]): Row[] =>
  page(rows, orderOf, { after: null, limit: rows.length });

/** Where the facts after an ordinal begin: halving, because there may be a million before them. */
function indexAfter(facts: readonly StoredFact[], ordinal: number): number {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((facts[middle]?.ordinal ?? 0) > ordinal) high = middle;
    else low = middle + 1;
  }
  return low;
}
