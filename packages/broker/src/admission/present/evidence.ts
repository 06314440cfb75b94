/** How checkpoints, receipts and chains are shown. */
import { type CheckpointView, type FactView, parseCheckpoint, type ReceiptView } from "@parley/protocol";
import type { Checkpoint } from "../../governance/entities.js";
import type { LinkRecord, ReceiptRecord } from "../../records/evidence.js";
import { timeText } from "./identities.js";

export function viewCheckpoint({ note, signedAt }: Checkpoint): CheckpointView {
  const parsed = parseCheckpoint(note);
  if (parsed === undefined) throw new TypeError("a checkpoint that was kept is a signed note");
  return { ...parsed.checkpoint, signedAt: timeText(signedAt), note };
}

export function viewReceipt({ receipt, head, leaf, size, hashes, checkpoint }: ReceiptRecord): ReceiptView {
  const { session, madeAt, statement } = receipt;
  const { log, hash, position, second, stream } = head;
  const proof = {
    log,
    head: { hash, position, second, stream },
    leaf,
    size,
    hashes: [...hashes],
    checkpoint,
  };
  return { session, madeAt: timeText(madeAt), statement, proof };
}

export const viewLink = ({ skeleton, hash }: LinkRecord): Omit<FactView, "content"> => {
  const { stream, position, kind, at, contentDigest, previous } = skeleton;
  return { stream, position, kind, at: timeText(at), contentDigest, previous, hash };
};
