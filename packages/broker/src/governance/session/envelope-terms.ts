/**
 * The terms that every envelope is judged by: its type, its size, how many there were, how fast they come. Pure: who
 * speaks and whether the session is open was judged before.
 */
import {
  ceilings,
  type ObservableTerm,
  type Refusal,
  type SideName,
  type Terms,
  type WouldRefuse,
} from "@parley/protocol";
import type { Millis } from "../entities.js";
import { observes } from "../offer/contract-terms.js";
import { no } from "../verdict.js";
import type { Left, Sent } from "./envelope-entities.js";

export type Sents = Readonly<Record<SideName, Sent>>;

/** The outside of an envelope, as far as terms look at it. Bytes are those of header and payload, as received. */
export interface Outside {
  readonly type: string;
  readonly bytes: number;
}

/** [ENV-4] The terms that every envelope is judged by, in this order. */
export const envelopeTerms = [
  "messageTypes",
  "maxEnvelopeBytes",
  "maxEnvelopes",
  "maxEnvelopesBySide",
  "maxTotalBytes",
] as const satisfies readonly ObservableTerm[];
type EnvelopeTerm = (typeof envelopeTerms)[number];

export interface Violation {
  readonly rule: EnvelopeTerm;
  readonly limit?: number;
  readonly used?: number;
}

export const totalOf = ({ consumer, provider }: Sents): Pick<Sent, "n" | "bytes"> => ({
  n: consumer.n + provider.n,
  bytes: consumer.bytes + provider.bytes,
});

/** `markets.*` is every type that begins with `markets.`; `*` is all; anything else is itself [ENV-4]. */
export function matchesType(pattern: string, type: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

type Judge = (terms: Terms, side: SideName, sents: Sents, outside: Outside) => Violation | undefined;

const typeFits: Judge = ({ messageTypes }, side, _sents, { type }) => {
  const mayBeSent = messageTypes.some(
    (one) => (one.from === "either" || one.from === side) && matchesType(one.type, type),
  );
  return mayBeSent ? undefined : { rule: "messageTypes" };
};

const sizeFits: Judge = ({ maxEnvelopeBytes: limit }, _side, _sents, { bytes: used }) =>
  used <= limit ? undefined : { rule: "maxEnvelopeBytes", limit, used };

const countFits: Judge = ({ maxEnvelopes: limit }, _side, sents) => {
  const used = totalOf(sents).n;
  return used < limit ? undefined : { rule: "maxEnvelopes", limit, used };
};

const countOfSideFits: Judge = ({ maxEnvelopesBySide }, side, sents) => {
  const limit = maxEnvelopesBySide[side];
  const used = sents[side].n;
  return used < limit ? undefined : { rule: "maxEnvelopesBySide", limit, used };
};

const bytesFit: Judge = ({ maxTotalBytes: limit }, _side, sents, { bytes }) => {
  const used = totalOf(sents).bytes;
  return used + bytes <= limit ? undefined : { rule: "maxTotalBytes", limit, used };
};

const judges: Readonly<Record<EnvelopeTerm, Judge>> = {
  messageTypes: typeFits,
  maxEnvelopeBytes: sizeFits,
  maxEnvelopes: countFits,
  maxEnvelopesBySide: countOfSideFits,
  maxTotalBytes: bytesFit,
};
const inOrder: readonly Judge[] = envelopeTerms.map((term) => judges[term]);

export interface Judged {
  /** The first term that it breaks and that binds. */
  readonly violation: Violation | undefined;
  /** What terms on trial would have refused [CON-7]. */
  readonly wouldRefuse: readonly WouldRefuse[];
}

/** [ENV-4] In this order: type, size, how many, how many of this side, bytes in all. */
export function judgeOutside(
  terms: Terms,
  side: SideName,
  sents: Sents,
  outside: Outside,
  now: Millis,
): Judged {
  // A ceiling is never on trial: what is carried in one message, and kept in one segment, has an end.
  const ceiling = ceilings.maxEnvelopeBytes;
  if (outside.bytes > ceiling)
    return { violation: { rule: "maxEnvelopeBytes", limit: ceiling, used: outside.bytes }, wouldRefuse: [] };
  let wouldRefuse: WouldRefuse[] | undefined;
  for (const judge of inOrder) {
    const broken = judge(terms, side, sents, outside);
    if (broken === undefined) continue;
    if (!observes(terms, broken.rule, now)) return { violation: broken, wouldRefuse: [] };
    wouldRefuse ??= [];
    wouldRefuse.push({ ...broken, at: "envelope" });
  }
  return wouldRefuse === undefined ? fitting : { violation: undefined, wouldRefuse };
}

const fitting: Judged = { violation: undefined, wouldRefuse: [] };

const minuteMs = 60_000;

/**
 * [ENV-5] Refused while the N-th accepted before is younger than a minute. `nthBefore`: when that was; undefined while
 * there were fewer.
 */
export function tooFast(
  { maxEnvelopesPerMinute: limit }: Pick<Terms, "maxEnvelopesPerMinute">,
  nthBefore: Millis | undefined,
  now: Millis,
): Refusal | undefined {
  if (nthBefore === undefined || now - nthBefore >= minuteMs) return undefined;
  const rule = "maxEnvelopesPerMinute";
  return no("envelope.rate", { rule, limit, used: limit, retryAfterMs: nthBefore + minuteMs - now });
}

/** [ENV-6] So many of one side are refused; the next closes, and names the side. */
export const closesSession = ({ violationsAllowed }: Terms, { violations }: Sent): boolean =>
  violations >= violationsAllowed;

/** What terms on trial count as well binds nobody, and is not told as if it did. */
export function leftFor(
  terms: Terms,
  side: SideName,
  sents: Sents,
  now: Millis,
): Pick<Left, "envelopes" | "bytes"> {
  const total = totalOf(sents);
  const of = (term: ObservableTerm, left: number): number =>
    observes(terms, term, now) ? Number.POSITIVE_INFINITY : Math.max(0, left);
  const envelopes = Math.min(
    of("maxEnvelopes", terms.maxEnvelopes - total.n),
    of("maxEnvelopesBySide", terms.maxEnvelopesBySide[side] - sents[side].n),
  );
  return {
    envelopes: bounded(envelopes),
    bytes: bounded(of("maxTotalBytes", terms.maxTotalBytes - total.bytes)),
  };
}

const bounded = (left: number): number | null => (Number.isFinite(left) ? left : null);
