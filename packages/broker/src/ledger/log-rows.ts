/** A log as rows: how a transaction reads one, and what it writes back once it is done with it. */
import { headOfLog, type OpenLog, openLog, type Pending, putStored } from "./log.js";
import type { LedgerChange, RankedHead, Transaction } from "./store.js";

export async function readLog(tx: Transaction, log: string): Promise<OpenLog> {
  const { head } = await tx.answer({ head: { find: "logHead", by: { log } } });
  return openLog(log, head);
}

/**
 * Before a log is told of something in this second: what the seconds before have left. What this second itself has left
 * so far is not read, and not written again: with every transaction there would be more of it.
 */
export async function readEndedSeconds(tx: Transaction, log: OpenLog, second: number): Promise<void> {
  if (second <= log.readBefore) return;
  const { ended } = await tx.answer({ ended: { find: "logPending", by: { log: log.log, before: second } } });
  putStored(log, ended.map(ranked), second);
}

function ranked({ order, ...pending }: RankedHead): Pending {
  if (order === null)
    throw new TypeError(`${pending.log} was told of ${pending.stream}, which it does not read`);
  return { ...pending, order };
}

export function logChanges(log: OpenLog): LedgerChange[] {
  const ended = [...log.touched].filter((stream) => !log.pending.has(stream));
  const isSame = log.stored?.size === log.tree.size && log.stored.shared === log.shared;
  return [
    ...(isSame ? [] : [{ do: "put", table: "logs", row: headOfLog(log) } as const]),
    ...log.nodes.map((row): LedgerChange => ({ do: "put", table: "logNodes", row })),
    ...ended.map(
      (stream): LedgerChange => ({ do: "drop", table: "logPending", key: { log: log.log, stream } }),
    ),
    ...[...log.pending.values()].map(
      ({ order: _order, ...row }): LedgerChange => ({ do: "put", table: "logPending", row }),
    ),
  ];
}
