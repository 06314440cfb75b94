/** Terms on trial, judged again from what stands: what they would have refused is accepted, and marked with just that. */
import type { SideName } from "@parley/protocol";
import { canonical } from "../../fixtures/record.js";
import { type Check, flaws, only, otherOf } from "./compared.js";
import { bytesOf, isListed, typeOf } from "./contract-checks.js";
import type { Entry, Mark, RecordedFact, RecordedSession } from "./reader.js";

const invariants: Readonly<Record<string, number>> = {
  ...{ messageTypes: 15, maxEnvelopeBytes: 16, maxTotalBytes: 16 },
  ...{ maxEnvelopes: 13, maxEnvelopesBySide: 13 },
};
const invariantOf = (marks: readonly Mark[]): number => invariants[marks[0]?.rule ?? ""] ?? 15;

interface Before {
  readonly n: Readonly<Record<SideName, number>>;
  readonly bytes: number;
}

/** What it breaks of the terms, on trial or not, in the order in which they are asked. */
function broken({ terms }: RecordedSession, entry: Entry, { n, bytes }: Before): Mark[] {
  const { side } = entry;
  const count = n.consumer + n.provider;
  const own = bytesOf(entry);
  const at = "envelope";
  const most = (rule: string, limit: number, used: number, over: boolean): Mark[] =>
    over ? [{ rule, limit, used, at }] : [];
  const { maxEnvelopeBytes, maxEnvelopes, maxEnvelopesBySide, maxTotalBytes } = terms;
  return [
    ...(isListed(terms, side, typeOf(entry)) ? [] : [{ rule: "messageTypes", at }]),
    ...most("maxEnvelopeBytes", maxEnvelopeBytes, own, own > maxEnvelopeBytes),
    ...most("maxEnvelopes", maxEnvelopes, count, count >= maxEnvelopes),
    ...most("maxEnvelopesBySide", maxEnvelopesBySide[side], n[side], n[side] >= maxEnvelopesBySide[side]),
    ...most("maxTotalBytes", maxTotalBytes, bytes, bytes + own > maxTotalBytes),
  ];
}

const isOnTrial = ({ observe }: RecordedSession["terms"], rule: unknown, at: number): boolean =>
  observe !== null && at < Date.parse(observe.until) && observe.terms.some((term) => term === rule);

/** Every acceptance is marked with all that it breaks, and breaks nothing that is not on trial. */
export const marksAreTrue: Check = (compared) => {
  const { record } = compared;
  const before = { n: { consumer: 0, provider: 0 }, bytes: 0 };
  return record.entries.flatMap((entry) => {
    const { id, side, at, wouldRefuse } = entry;
    const breaks = broken(record, entry, before);
    before.n[side] += 1;
    before.bytes += bytesOf(entry);
    const binding = breaks.filter(({ rule }) => !isOnTrial(record.terms, rule, at));
    const isMarked = canonical(breaks) === canonical(wouldRefuse);
    return [
      ...binding.flatMap((one) =>
        flaws(invariantOf([one]), compared)(`${id} was accepted, and breaks ${one.rule}`),
      ),
      ...(isMarked
        ? []
        : flaws(
            invariantOf([...breaks, ...wouldRefuse]),
            compared,
          )(`${id} is marked ${canonical(wouldRefuse)}, and breaks ${canonical(breaks)}`)),
    ];
  });
};

/** What is on trial refuses nothing. */
export const trialRefusesNothing: Check = (compared) => {
  const { record } = compared;
  const flawsOf = ({ kind, at, position, data: { rule } }: RecordedFact) =>
    kind === "session.violated" && isOnTrial(record.terms, rule, at)
      ? flaws(invariants[String(rule)] ?? 15, compared)(`${rule} was violated at ${position}, on trial`)
      : [];
  return record.facts.flatMap(flawsOf);
};

/** Who receives is told what the record says. */
export const marksAreTold: Check = (compared) =>
  only(compared, "delivered").flatMap(({ side, n, wouldRefuse }) => {
    const entry = compared.entryAt(otherOf(side), n);
    if (entry === undefined || canonical(entry.wouldRefuse) === canonical(wouldRefuse)) return [];
    const say = flaws(invariantOf([...entry.wouldRefuse, ...wouldRefuse]), compared);
    return say(
      `${side} was told ${canonical(wouldRefuse)} of ${n}, and marked is ${canonical(entry.wouldRefuse)}`,
    );
  });
