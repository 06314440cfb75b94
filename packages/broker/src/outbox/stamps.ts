/**
 * The stamp of an envelope [ENV-11], from what a decision has just made or from what the record says of it: the same
 * text both ways. It is put together by hand, because there may be a hundred thousand a second; all that stands in it
 * between quotation marks are ids, digests and times of ours.
 */
import { type AgentId, canonicalJson, type OrganisationId, type SideName } from "@parley/protocol";
import type { FactContent } from "../governance/fact.js";
import type { Marks, SegmentMade } from "../governance/session/envelope-entities.js";
import type { StoredSegment } from "../ledger/envelope-pages.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import type { Deliverable, DeliverableIn } from "./hearing.js";
import type { Delivered } from "./wire.js";

export interface From {
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
}

interface OfSegment extends From {
  readonly session: string;
  readonly side: SideName;
  readonly instance: string;
  readonly cause: string;
  readonly position: number;
  readonly at: number;
  readonly n: number;
  readonly seq: number;
  readonly count: number;
  readonly sent: number;
}

/** What the stamps of one segment have in common: everything but the end. */
const beginningOf = (one: OfSegment): string =>
  `{"session":"${one.session}","side":"${one.side}","instance":"${one.instance}","agent":"${one.agent}"` +
  `,"organisation":"${one.organisation}","position":${one.position},"at":"${new Date(one.at).toISOString()}"` +
  `,"cause":"${one.cause}","segment":{"n":${one.n},"seq":${one.seq},"count":${one.count},"sent":${one.sent}}`;

/** The record spells what it holds in canonical JSON, and so is this from the beginning. */
const endOf = (n: number, seq: number, payload: string, marks: Marks, isAgain: boolean): string =>
  `,"n":${n},"seq":${seq},"payload":"${payload}"` +
  (marks.stray ? `,"stray":true` : "") +
  (marks.wouldRefuse ? `,"wouldRefuse":${canonicalJson(marks.wouldRefuse)}` : "") +
  (isAgain ? `,"redelivered":true}` : "}");

/** As it was just decided, and is durable. */
export function stampedNow(
  { command, carried }: Deliverable,
  { standing, side }: DeliverableIn,
  segment: SegmentMade,
  { skeleton }: StoredFact,
): readonly Delivered[] {
  const { agent, organisation } = standing[side];
  const { n, seq, sent, places, marks } = segment;
  const beginning = beginningOf({
    ...{ session: standing.session.id, side, agent, organisation, instance: command.caller.principal },
    ...{
      cause: command.id,
      position: skeleton.position,
      at: skeleton.at,
      n,
      seq,
      sent,
      count: places.length,
    },
  });
  const made: Delivered[] = [];
  for (let index = 0; index < places.length; index++) {
    const place = places[index] ?? 0;
    const envelope = command.envelopes[place];
    const payload = carried[place];
    if (envelope === undefined || payload === undefined) throw new RangeError(`nothing has come at ${place}`);
    const end = endOf(n + index, seq + index, envelope.payload, marks[index] ?? {}, false);
    made.push({ n: n + index, stamp: beginning + end, header: envelope.header, payload });
  }
  return made;
}

/** An envelope of the record whose payload is not kept any more. */
export interface Lost {
  readonly n: number;
  readonly stamp: null;
}

/** As the record has it, from its n-th on. `handed`: up to which one they may have been handed out before. */
export function stampedAgain(
  { segment, contentText, payloads }: StoredSegment,
  from: From,
  { next, handed }: { readonly next: number; readonly handed: number },
): readonly (Delivered | Lost)[] {
  const { n, seq, count, sent, position, at } = segment;
  const first = Math.max(next, n);
  if (contentText === null || payloads === undefined) return lost(first, n + count);
  const { cause, data } = JSON.parse(contentText) as FactContent<"session.sent">;
  const { session, side, instance, entries } = data;
  const beginning = beginningOf({
    ...{ session, side, instance, ...from, cause, position, at, n, seq, sent, count },
  });
  const found: (Delivered | Lost)[] = [];
  let offset = 0;
  for (const [index, entry] of entries.entries()) {
    const isKept = index >= payloads.trimmed && index < payloads.count;
    const payload = payloads.bytes.subarray(offset, offset + (isKept ? entry.payloadBytes : 0));
    offset += payload.byteLength;
    if (n + index < first) continue;
    if (!isKept) found.push({ n: n + index, stamp: null });
    else {
      const end = endOf(n + index, seq + index, entry.payload, entry, n + index <= handed);
      found.push({ n: n + index, stamp: beginning + end, header: entry.header, payload });
    }
  }
  return found;
}

const lost = (from: number, end: number): readonly Lost[] =>
  Array.from({ length: end - from }, (_, index) => ({ n: from + index, stamp: null }));
