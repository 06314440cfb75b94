/** What the contract says, judged again from the terms: invariants 13 to 19, and that the chain holds (33). */
import type { SideName } from "@parley/protocol";
import { canonical } from "../../fixtures/record.js";
import { sha256 } from "../../fixtures/signing.js";
import { type Check, type Compared, flaws, only, otherOf, type Sending } from "./compared.js";
import type { Entry, RecordedFact } from "./reader.js";

const sides = ["consumer", "provider"] as const;
const bytesOf = ({ header, payloadBytes }: Pick<Entry, "header" | "payloadBytes">): number =>
  Buffer.byteLength(header) + payloadBytes;
const typeOf = ({ header }: Entry): string => String((JSON.parse(header) as { type?: unknown }).type);
const of = (entries: readonly Entry[], side: SideName): Entry[] => entries.filter((one) => one.side === side);

/** Sendings that were refused for breaking this rule. */
const brokenBy = ({ sendings }: Compared, rule: string): Sending["sent"][] =>
  sendings.flatMap(({ sent, answer }) =>
    answer?.what === "refused" && answer.code === "contract.violation" && answer.rule === rule ? [sent] : [],
  );

/** Never more than the number, and exactly so many when one was refused for it. */
export const theNumber: Check = (compared) => {
  const { terms, entries } = compared.record;
  const say = flaws(13, compared);
  if (terms.maxEnvelopes === undefined) return [];
  const counted = entries.filter(({ isMarked }) => !isMarked).length;
  const over = counted > terms.maxEnvelopes ? say(`${counted} of ${terms.maxEnvelopes}`) : [];
  const early =
    brokenBy(compared, "maxEnvelopes").length > 0 && entries.length < terms.maxEnvelopes
      ? say(`${entries.length} of ${terms.maxEnvelopes}, and one was refused`)
      : [];
  const each = sides.flatMap((side) => {
    const most = terms.maxEnvelopesBySide[side];
    const here = of(entries, side);
    const refused = brokenBy(compared, "maxEnvelopesBySide").some((sent) => sent.side === side);
    return [
      ...(here.filter(({ isMarked }) => !isMarked).length > most
        ? say(`${here.length} of ${side}, of ${most}`)
        : []),
      ...(refused && here.length < most
        ? say(`${here.length} of ${side}, of ${most}, and one was refused`)
        : []),
    ];
  });
  return [...over, ...early, ...each];
};

const endsWithinMs = 1_000;

interface Life {
  readonly deadline?: number;
  readonly joinBy?: number;
  readonly activeAt?: number;
}
const lifeIn = (facts: readonly RecordedFact[], kind: string): Life & { readonly position: number } => {
  const fact = facts.find((one) => one.kind === kind);
  return { ...((fact?.data.life ?? {}) as Life), position: fact?.position ?? Number.POSITIVE_INFINITY };
};

/** Nothing at a deadline or after it; and closed soon after, unless the broker was away. */
export const theTime: Check = (compared) => {
  const { facts, entries, terms } = compared.record;
  const { joinBy = Number.POSITIVE_INFINITY } = lifeIn(facts, "session.accepted");
  const { position, deadline = Number.POSITIVE_INFINITY, activeAt = 0 } = lifeIn(facts, "session.activated");
  const say = flaws(14, compared);
  const isActive = position !== Number.POSITIVE_INFINITY;
  let lastAt = activeAt;
  const late = entries.flatMap((entry) => {
    if (entry.position < position)
      return entry.at < joinBy ? [] : say(`${entry.id} was accepted at ${entry.at}`);
    const due = Math.min(deadline, Math.max(lastAt, activeAt) + terms.idleTimeoutSeconds * 1_000);
    lastAt = entry.at;
    return entry.at < due ? [] : say(`${entry.id} was accepted at ${entry.at}, and due was ${due}`);
  });
  const due = isActive
    ? Math.min(deadline, Math.max(lastAt, activeAt) + terms.idleTimeoutSeconds * 1_000)
    : joinBy;
  const closedAt = facts.find(({ kind }) => kind === "session.closed")?.at ?? Number.POSITIVE_INFINITY;
  if (closedAt <= due + endsWithinMs || !wasUp(compared, due, due + endsWithinMs)) return late;
  return [
    ...late,
    ...say(`due was ${due}, and it was open at ${Math.min(closedAt, compared.found.readAtMs)}`),
  ];
};

function wasUp({ broker }: Compared, from: number, to: number): boolean {
  let upSince = Number.POSITIVE_INFINITY;
  for (const { is, atMs } of broker) {
    if (is === "down" && upSince <= from && atMs > to) return true;
    upSince = is === "up" ? Math.min(upSince, atMs) : Number.POSITIVE_INFINITY;
  }
  return false;
}

function isListed({ terms }: Compared["record"], side: SideName, type: string): boolean {
  return terms.messageTypes.some(({ type: listed, from }) => {
    const fits =
      listed === "*" || (listed.endsWith(".*") ? type.startsWith(listed.slice(0, -1)) : listed === type);
    return fits && (from === "either" || from === side);
  });
}

export const theTypes: Check = (compared) => {
  const say = flaws(15, compared);
  const { record } = compared;
  const wrong = record.entries.filter((one) => !one.isMarked && !isListed(record, one.side, typeOf(one)));
  const listed = brokenBy(compared, "messageTypes").filter(({ side, type }) => isListed(record, side, type));
  return [
    ...wrong.flatMap((one) => say(`${one.id} is a ${typeOf(one)} of ${one.side}`)),
    ...listed.flatMap(({ id, type }) => say(`${id} was refused, a ${type}`)),
  ];
};

export const theBytes: Check = (compared) => {
  const { terms, entries } = compared.record;
  const say = flaws(16, compared);
  const total = entries.reduce((sum, one) => sum + bytesOf(one), 0);
  return [
    ...entries
      .filter((one) => !one.isMarked && bytesOf(one) > terms.maxEnvelopeBytes)
      .flatMap((one) => say(`${one.id} has ${bytesOf(one)} bytes`)),
    ...brokenBy(compared, "maxEnvelopeBytes")
      .filter((sent) => bytesOf(sent) <= terms.maxEnvelopeBytes)
      .flatMap((sent) => say(`${sent.id} was refused with ${bytesOf(sent)} bytes`)),
    ...(total > terms.maxTotalBytes && !entries.some(({ isMarked }) => isMarked)
      ? say(`${total} bytes`)
      : []),
  ];
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
