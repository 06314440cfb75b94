/** What of the record may be delivered to the holder of a side now: judged as everything else is, by how the session stands. */
import {
  type AgentId,
  type Credit,
  type OrganisationId,
  otherSide,
  type SessionId,
  type SideName,
} from "@parley/protocol";
import { find } from "../governance/question.js";
import { creditOf, deliverable, handledOf } from "../governance/session/flow.js";
import { asItStands } from "../governance/session/session-record.js";
import type { StoredSegment } from "../ledger/envelope-pages.js";
import type { Store } from "../ledger/store.js";

export interface Readable {
  readonly from: { readonly agent: AgentId; readonly organisation: OrganisationId };
  readonly upTo: number;
  /** No more will come. */
  readonly isClosed: boolean;
  /** How far the side that receives it may send itself. */
  readonly sendUpTo: Credit;
  readonly segments: readonly StoredSegment[];
}

/** So much at a time: who reads slowly reads it again. */
const segmentsAtOnce = 64;
const bytesAtOnce = 256 * 1024;

/** `side`: whose envelopes. */
export async function readEnvelopes(
  store: Pick<Store, "read">,
  { session, side, n }: { readonly session: SessionId; readonly side: SideName; readonly n: number },
  now: number,
): Promise<Readable> {
  const by = { session, side, n, limit: segmentsAtOnce, bytes: bytesAtOnce };
  const { record, era, segments } = await store.read({
    record: find("sessionDue", { id: session }),
    era: find("era", {}),
    segments: { find: "segmentsFrom", by },
  });
  if (record === undefined) throw new RangeError("a session that is held is not there");
  const { agent, organisation } = record[side].side;
  const standing = asItStands(record, era, now);
  const { upTo } = deliverable(standing, side, now);
  const isClosed = standing.session.life.state === "closed";
  const sendUpTo = creditOf(handledOf(standing.flow[otherSide(side)]));
  return { from: { agent, organisation }, upTo, isClosed, sendUpTo, segments };
}
