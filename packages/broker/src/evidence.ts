/** What shows the record to be what it was: checkpoints and receipts, made while the broker runs. */
import type { ReceiptClaims } from "@parley/protocol";
import type { Clock } from "./clock.js";
import type { Ending } from "./ending.js";
import type { BrokerKeys } from "./keys.js";
import type { OpenLedger } from "./ledger/batch.js";
import type { CheckpointKeeper } from "./ledger/checkpoints.js";
import { type Store, StoreFailed } from "./ledger/store.js";
import type { Connections } from "./outbox/connections.js";
import { tellOfReceipt } from "./outbox/receipt-news.js";
import { openReceipts } from "./receipts.js";
import type { Relay } from "./relay.js";
import { startSealing } from "./sealing.js";

export interface EvidenceNeeds {
  readonly store: Store;
  readonly ledger: OpenLedger;
  readonly clock: Clock;
  readonly checkpoints: CheckpointKeeper;
  readonly send: Relay;
  readonly keys: BrokerKeys;
  readonly connections: Connections;
  readonly issuer: () => string;
  readonly onFault: (fault: unknown) => void;
  /** What can be written neither now nor later ends the broker, as everywhere. */
  readonly ending: Pick<Ending, "fail" | "opened">;
}

export function startEvidence(given: EvidenceNeeds): void {
  const { checkpoints: keeper, connections, ending, ...needs } = given;
  const onFault = (fault: unknown) =>
    fault instanceof StoreFailed && fault.retry === "never" ? ending.fail(fault) : needs.onFault(fault);
  const ready = (claims: ReceiptClaims) => tellOfReceipt(connections, claims);
  const receipts = openReceipts({ ...needs, onFault, ready });
  const sealing = startSealing({ ...needs, onFault, keeper, receipts });
  ending.opened(() => sealing.stop());
}
