/** What the contract says, judged again from the terms: invariants 13 to 19, and that the chain holds (33). */
import type { SideName, Terms } from "@parley/protocol";
import { canonical } from "../../fixtures/record.js";
import { sha256 } from "../../fixtures/signing.js";
import { type Check, type Compared, flaws, only, otherOf, type Sending } from "./compared.js";
import type { Entry } from "./reader.js";

const sides = ["consumer", "provider"] as const;
export const bytesOf = ({ header, payloadBytes }: Pick<Entry, "header" | "payloadBytes">): number =>
  Buffer.byteLength(header) + payloadBytes;
export const typeOf = ({ header }: Entry): string => String((JSON.parse(header) as { type?: unknown }).type);
const of = (entries: readonly Entry[], side: SideName): Entry[] => entries.filter((one) => one.side === side);

/** Sendings that were refused for breaking this rule. */
const brokenBy = ({ sendings }: Compared, rule: string): Sending["sent"][] =>
  sendings.flatMap(({ sent, answer }) =>
    answer?.what === "refused" && answer.code === "contract.violation" && answer.rule === rule ? [sent] : [],
  );

/** What is refused for its number was one too many. That nothing is accepted beyond it, the marks show. */
export const theNumber: Check = (compared) => {
  const { terms, entries } = compared.record;
  const say = flaws(13, compared);
  if (terms.maxEnvelopes === undefined) return [];
  const early =
    brokenBy(compared, "maxEnvelopes").length > 0 && entries.length < terms.maxEnvelopes
      ? say(`${entries.length} of ${terms.maxEnvelopes}, and one was refused`)
      : [];
  const each = sides.flatMap((side) => {
    const most = terms.maxEnvelopesBySide[side];
    const count = of(entries, side).length;
    const isRefused = brokenBy(compared, "maxEnvelopesBySide").some((sent) => sent.side === side);
    return isRefused && count < most ? say(`${count} of ${side}, of ${most}, and one was refused`) : [];
  });
  return [...early, ...each];
};

export function isListed(
  { messageTypes }: Pick<Terms, "messageTypes">,
  side: SideName,
  type: string,
): boolean {
  return messageTypes.some(({ type: listed, from }) => {
    const fits =
      listed === "*" || (listed.endsWith(".*") ? type.startsWith(listed.slice(0, -1)) : listed === type);
    return fits && (from === "either" || from === side);
  });
}

export const theTypes: Check = (compared) => {
  const { terms } = compared.record;
  return brokenBy(compared, "messageTypes")
    .filter(({ side, type }) => isListed(terms, side, type))
    .flatMap(({ id, type }) => flaws(15, compared)(`${id} was refused, a ${type}`));
};

export const theBytes: Check = (compared) => {
  const { terms } = compared.record;
  return brokenBy(compared, "maxEnvelopeBytes")
    .filter((sent) => bytesOf(sent) <= terms.maxEnvelopeBytes)
    .flatMap((sent) => flaws(16, compared)(`${sent.id} was refused with ${bytesOf(sent)} bytes`));
};

/** What is counted is what was accepted, to the byte, and each violation once. */
export const nothingUsedUp: Check = (compared) => {
  const { record } = compared;
  const say = flaws(17, compared);
  return sides.flatMap((side) => {
    const here = of(record.entries, side);
    const sum = (upTo: number) =>
      here.filter(({ n }) => n <= upTo).reduce((all, one) => all + bytesOf(one), 0);
    const violations = record.facts.filter(
      ({ kind, data }) => kind === "session.violated" && data.side === side,
    ).length;
    const { handled, handledBytes, handed, ...tally } = record.sides[side];
    const counted = [tally.n, tally.bytes, tally.violations].join(" ");
    const true_ = [here.length, sum(here.length), violations].join(" ");
    const isHeld = handled <= handed && handed <= here.length && handledBytes === sum(handled);
    return [
      ...(counted === true_ ? [] : say(`${side} has ${counted}, and it is ${true_}`)),
      ...(isHeld ? [] : say(`${side}: ${handled} handled, ${handledBytes} bytes, ${handed} handed out`)),
    ];
  });
};

export const theTermsStay: Check = (compared) => {
  const { facts, terms, termsDigest } = compared.record;
  const say = flaws(18, compared);
  const agreed = only(compared, "engaged").map((one) => one.terms);
  const [proposed] = facts;
  const { terms: first } = (proposed?.data.session ?? {}) as { terms?: unknown };
  return [
    ...agreed.filter((digest) => digest !== termsDigest).flatMap((digest) => say(`agreed to ${digest}`)),
    ...(first === undefined || canonical(first) === canonical(terms) ? [] : say("other terms than proposed")),
    ...(first === undefined || sha256(canonical(terms)) === termsDigest
      ? []
      : say("terms of another digest")),
  ];
};

const follows: Readonly<Record<string, readonly string[]>> = {
  "session.proposed": ["nothing"],
  "session.accepted": ["proposed"],
  "session.joined": ["accepted"],
  "session.activated": ["accepted"],
  "session.sent": ["accepted", "active"],
  "session.violated": ["accepted", "active"],
  "session.closed": ["proposed", "accepted", "active"],
};
const leadsTo: Readonly<Record<string, string>> = {
  "session.proposed": "proposed",
  "session.accepted": "accepted",
  "session.activated": "active",
  "session.closed": "closed",
};

export const onlyLegalSteps: Check = (compared) => {
  const { facts, chainFlaw } = compared.record;
  const joined = new Set<unknown>();
  let state = "nothing";
  const wrong = facts.flatMap(({ kind, position, data: { side } }) => {
    const before = state;
    state = leadsTo[kind] ?? state;
    if (kind === "session.joined") joined.add(side);
    const mayBe = follows[kind]?.includes(before) ?? before === "active";
    const isIn = kind !== "session.sent" || joined.has(side);
    const both = kind !== "session.activated" || joined.size === 2;
    return mayBe && isIn && both ? [] : flaws(19, compared)(`${kind} at ${position}, when it was ${before}`);
  });
  return [
    ...wrong,
    ...(chainFlaw === undefined ? [] : flaws(33, compared)(`the chain breaks at ${chainFlaw}`)),
  ];
};

/** The close states what each side has sent. */
export const theCloseIsTrue: Check = (compared) => {
  const closing = compared.record.facts.find(({ kind }) => kind === "session.closed");
  if (closing === undefined) return [];
  const said = closing.data.sides as Record<
    SideName,
    { accepted: number; handed: number; acknowledged: number }
  >;
  return sides.flatMap((side) => {
    const { accepted, handed, acknowledged } = said[side];
    const count = of(compared.record.entries, side).length;
    const isTrue = accepted === count && acknowledged <= handed && handed <= accepted;
    return isTrue
      ? []
      : flaws(19, compared)(`the close says ${accepted} of ${side}, ${otherOf(side)} ${handed}`);
  });
};
