/** Rows of logs and of what is signed of them that the contract of a store is tried with: every column filled. */
import type { Checkpoint, Receipt, ReceiptDue, ReceiptProof } from "../../governance/entities.js";
import type { LogNode } from "../store.js";
import { idOf, thumbprintOf } from "../testing/made-up.js";
import { type Maker, org } from "./rows.suite.js";

const ses = (n: number) => idOf("session", n);

export const logNode: Maker<LogNode> = (n, over) => ({
  log: "platform",
  level: 8,
  index: n,
  hash: thumbprintOf(n),
  ...over,
});

export const checkpoint: Maker<Checkpoint> = (n, over) => ({
  log: `org:${org(n)}`,
  size: n,
  root: thumbprintOf(n),
  era: 1,
  signedAt: 1_000 + n,
  note: `note ${n}\n`,
  ...over,
});

export const receiptDue: Maker<ReceiptDue> = (n, over) => ({ session: ses(n), closedAt: 2_000 - n, ...over });

export const receipt: Maker<Receipt> = (n, over) => ({
  session: ses(n),
  madeAt: n,
  statement: `statement ${n}`,
  ...over,
});

export const receiptProof: Maker<ReceiptProof> = (n, over) => ({
  session: ses(n),
  log: "platform",
  leaf: n,
  size: n + 1,
  note: `note ${n}\n`,
  ...over,
});
