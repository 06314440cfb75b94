/** A log as rows: how a transaction reads one, and what it writes back once it is done with it. */
import { headOfLog, type OpenLog, openLog, type Pending } from "./log.js";
import type { LedgerChange, PendingHead, Reader, Transaction } from "./store.js";

export async function readLog(
  tx: Transaction,
  log: string,
  readersOf: (stream: string) => Promise<readonly Reader[]>,
): Promise<OpenLog> {
  const { head, pending } = await tx.answer({
    head: { find: "logHead", by: { log } },
    pending: { find: "logPending", by: { log } },
  });
  const ranked: Pending[] = [];
  for (const one of pending) ranked.push(rank(one, await readersOf(one.stream)));
  return openLog(log, head, ranked);
}

function rank(pending: PendingHead, readers: readonly Reader[]): Pending {
  const reader = readers.find(({ log }) => log === pending.log);
  if (!reader) throw new TypeError(`${pending.log} was told of ${pending.stream}, which it does not read`);
  return { ...pending, order: reader.order };
}

export function logChanges(log: OpenLog): LedgerChange[] {
  const ended = [...log.stored].filter((stream) => !log.pending.has(stream));
  return [
    { do: "put", table: "logs", row: headOfLog(log) },
    ...ended.map(
      (stream): LedgerChange => ({ do: "drop", table: "logPending", key: { log: log.log, stream } }),
    ),
    ...[...log.pending.values()].map(
      ({ order: _order, ...row }): LedgerChange => ({ do: "put", table: "logPending", row }),
    ),
  ];
}
