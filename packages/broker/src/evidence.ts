/** What shows the record to be what it was: checkpoints and receipts, made while the broker runs. */
import type { Clock } from "./clock.js";
import type { BrokerKeys } from "./keys.js";
import type { OpenLedger } from "./ledger/batch.js";
import type { CheckpointKeeper } from "./ledger/checkpoints.js";
import type { Store } from "./ledger/store.js";
import type { Connections } from "./outbox/connections.js";
import { tellOfReceipt } from "./outbox/receipt-news.js";
import { openReceipts } from "./receipts.js";
import type { Relay } from "./relay.js";
import { type Sealing, startSealing } from "./sealing.js";

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
}

export function startEvidence({ checkpoints: keeper, connections, ...needs }: EvidenceNeeds): Sealing {
  const receipts = openReceipts({ ...needs, ready: (claims) => tellOfReceipt(connections, claims) });
  return startSealing({ ...needs, keeper, receipts });
}
