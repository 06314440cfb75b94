/**
 * The terms that every envelope is judged by: its type, its size, how many there were, how fast they come. Pure: who
 * speaks and whether the session is open was judged before.
 */
import type { ObservableTerm, Refusal, SideName, Terms, WouldRefuse } from "@parley/protocol";
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

export interface Violation {
  readonly rule: ObservableTerm;
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

const inOrder: readonly Judge[] = [typeFits, sizeFits, countFits, countOfSideFits, bytesFit];

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
  const broken = inOrder.flatMap((judge) => judge(terms, side, sents, outside) ?? []);
  const violation = broken.find(({ rule }) => !observes(terms, rule, now));
  if (violation !== undefined) return { violation, wouldRefuse: [] };
  return { violation, wouldRefuse: broken.map((one): WouldRefuse => ({ ...one, at: "envelope" })) };
}

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
export function leftFor(terms: Terms, side: SideName, sents: Sents, now: Millis): Left {
  const total = totalOf(sents);
  const of = (term: ObservableTerm, left: number): number =>
    observes(terms, term, now) ? Number.MAX_SAFE_INTEGER : Math.max(0, left);
  return {
    envelopes: Math.min(
      of("maxEnvelopes", terms.maxEnvelopes - total.n),
      of("maxEnvelopesBySide", terms.maxEnvelopesBySide[side] - sents[side].n),
    ),
    bytes: of("maxTotalBytes", terms.maxTotalBytes - total.bytes),
  };
}
