/** What the broker does for its record by itself: ends seconds in the logs, and keeps what it has signed. */
import { type Alone, gatherNothing } from "./alone.js";
import { rule } from "./rule.js";
import { accept } from "./verdict.js";

export const sealRecord = rule<"record.seal", Alone>({
  gather: gatherNothing,
  who: [],
  what: [],
  settle(_state, _command, now) {
    return accept({ at: now }, { seals: true });
  },
});

export const keepCheckpoints = rule<"checkpoints.keep", Alone>({
  gather: gatherNothing,
  who: [],
  what: [],
  settle(_state, { checkpoints }) {
    const work = checkpoints.map((row) => ({ do: "put", table: "checkpoints", row }) as const);
    return accept({ kept: work.length }, { work });
  },
});

export const keepReceipt = rule<"receipt.keep", Alone>({
  gather: gatherNothing,
  who: [],
  what: [],
  settle(_state, { receipt, proofs }) {
    const { session } = receipt;
    return accept(
      { session },
      {
        work: [
          { do: "drop", table: "receiptDues", key: { session } },
          { do: "put", table: "receipts", row: receipt },
          ...proofs.map((row) => ({ do: "put", table: "receiptProofs", row }) as const),
        ],
      },
    );
  },
});
