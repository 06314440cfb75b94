/** What the ledger itself asks, answered from one copy of everything in memory. */
import type { SessionId } from "@parley/protocol";
import type { Deadline } from "../../governance/entities.js";
import type { Answering } from "../answering.js";
import type { LedgerLookups, LogHead } from "../store.js";
import type { StoredFact } from "../stored-fact.js";
import type { Holdings } from "./holdings.js";
import { page } from "./order.js";
import { inOrder } from "./rows.js";

export function ledgerLookups(holdings: Holdings): Answering<keyof LedgerLookups> {
  const { streams, readers, logs, logLeaves, logPending, deadlines, sweeps, sides, invitations, payloads } =
    holdings.tables;
  const hasDeadline = (kind: Deadline["kind"], subject: string): boolean =>
    deadlines.find({ kind, subject }) !== undefined;
  return {
    ...evidenceLookups(holdings),
    streamHead: (by) => streams.find(by),
    payloadRow: (by) => payloads.find(by),
    ledgerState: () => holdings.state,
    factsInOrder: ({ after, limit }) => {
      const from = indexAfter(holdings.facts, after);
      return holdings.facts.slice(from, from + limit);
    },
    readersOf: ({ stream }) => inOrder(readers.group("stream", stream), (row) => [row.log]),
    logHead: (by) => logs.find(by),
    logLeaves: ({ log, after, limit }) =>
      page(logLeaves.group("log", log), (row) => [row.index], { after: [after], limit }),
    logPending: ({ log, before }) => {
      const ended = [...logPending.group("log", log)].filter(({ second }) => second < before);
      const inTime = inOrder(ended, (row) => [row.second, row.stream]);
      return inTime.map((row) => ({
        ...row,
        order: readers.find({ stream: row.stream, log })?.order ?? null,
      }));
    },
    unfinishedSweeps: () => inOrder(sweeps.rows(), (row) => [row.begunAt, row.id, row.part]),
    openSessionCounts: () => {
      const states = [...sides.group("open", "open")].filter(({ side }) => side === "consumer");
      const count = (state: string) => states.filter((one) => one.state === state).length;
      return { proposed: count("proposed"), accepted: count("accepted"), active: count("active") };
    },
    undatedSessions: ({ after, limit }) => {
      const open = [...sides.group("open", "open")].filter(({ side }) => side === "consumer");
      const undated = open.filter(({ session }) => !hasDeadline("session.expire", session));
      const from = { after: after === null ? null : [after], limit };
      return page(undated, ({ session }) => [session], from).map(({ session }) => session);
    },
    undatedInvitations: ({ after, limit }) => {
      const open = [...invitations.rows()].filter(({ state }) => state === "open");
      const undated = open.filter(({ id }) => !hasDeadline("invitation.expire", id));
      const from = { after: after === null ? null : [after.workgroup, after.id], limit };
      return page(undated, ({ workgroup, id }) => [workgroup, id], from).map(({ workgroup, id }) => ({
        workgroup,
        id,
      }));
    },
    due: ({ now, limit }) => {
      const due = [...deadlines.rows()].filter(({ dueAt }) => dueAt <= now);
      return page(due, (row) => [row.dueAt, row.kind, row.subject], { after: null, limit });
    },
  };
}

function evidenceLookups({ tables }: Holdings) {
  const { logs, logLeaves, logNodes, logPending, checkpoints, receiptDues, receipts, receiptProofs } = tables;
  return {
    pendingLogs: ({ before }) => {
      const ended = [...logPending.rows()].filter(({ second }) => second < before);
      return [...new Set(ended.map(({ log }) => log))].sort();
    },
    logNodes: ({ log, level, from, limit }) =>
      page(
        [...logNodes.group("log", log)].filter((row) => row.level === level),
        (row) => [row.index],
        { after: [from - 1], limit },
      ),
    leafOf: ({ log, stream, position }) =>
      [...logLeaves.group("log", log)].find((row) => row.stream === stream && row.position === position),
    leafBefore: ({ log, stream, position }) =>
      [...logLeaves.group("log", log)]
        .filter((row) => row.stream === stream && row.position < position)
        .sort((one, other) => other.position - one.position)[0],
    unsignedLogs: ({ era, limit }) => {
      const isSigned = ({ log, size }: LogHead) => {
        const last = checkpoints.find({ log });
        return last?.size === size && last.era === era;
      };
      const grown = [...logs.rows()].filter((head) => !isSigned(head));
      return page(grown, ({ log }) => [log], { after: null, limit });
    },
    checkpoint: (by) => checkpoints.find(by),
    receiptDues: ({ after, limit }) => {
      const from = after === null ? null : [after.closedAt, after.session];
      return page([...receiptDues.rows()], (row) => [row.closedAt, row.session], { after: from, limit });
    },
    receipt: ({ session }) => receipts.find({ session: session as SessionId }),
    receiptProof: ({ session, log }) => receiptProofs.find({ session: session as SessionId, log }),
  } satisfies Partial<Answering<keyof LedgerLookups>>;
}

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
