/** Who holds a side, sends in it, handles, closes, and takes it over: invariants 24 and 25, and what a repeat is marked with. */
import type { SideName } from "@parley/protocol";
import { type Check, type Compared, flaws, only, type Sending } from "./compared.js";
import { closingOf } from "./ending-checks.js";
import type { SeenAs } from "./history.js";
import type { Entry, RecordedFact } from "./reader.js";

interface HandOver {
  readonly side: SideName;
  readonly from: string;
  readonly to: string;
}
interface Held {
  readonly side: unknown;
  readonly instance: unknown;
  readonly position: number;
}

function holdersOf({ record }: Compared) {
  const taken: readonly Held[] = record.facts.flatMap(({ kind, position, data: { side, instance, to } }) => {
    if (kind === "session.joined") return [{ side, instance, position }];
    return kind === "session.handed-over" ? [{ side, instance: to, position }] : [];
  });
  return (side: unknown, before: number): unknown =>
    taken.findLast((one) => one.side === side && one.position < before)?.instance;
}

/** Who may have sent it: who was told that it was accepted, or everybody who has sent it. */
function sendersOf(of: readonly Sending[]): readonly string[] {
  const told: SeenAs<"answered">[] = of.flatMap(({ answer }) =>
    answer?.what === "answered" && answer.as === "accepted" ? [answer] : [],
  );
  return told.length > 0 ? told.map(({ instance }) => instance) : of.map(({ sent }) => sent.instance);
}

/** Who has sent it is who its connection was, held the side then, and was not replaced before it sent. */
export const onlyTheHolder: Check = (compared) => {
  const { record, sendings, isOld } = compared;
  const holderOf = holdersOf(compared);
  const flawsOf = ({ side, id, instance, position }: Entry) => {
    const of = sendings.filter(({ sent }) => sent.side === side && sent.id === id);
    if (of.length === 0) return [];
    return [
      ...(sendersOf(of).includes(instance) ? [] : flaws(24, compared)(`${id} is said to be of ${instance}`)),
      ...(holderOf(side, position) === instance
        ? []
        : flaws(25, compared)(`${instance} sent ${id}, and held nothing`)),
      ...(of.every(({ sent, at }) => isOld(sent.connection, at))
        ? flaws(25, compared)(`${id} was accepted over a connection that had been replaced`)
        : []),
    ];
  };
  return record.entries.flatMap(flawsOf);
};

/** What counts as handled is what the holder has said by then, or less: nobody else has a say in it. */
export const handledByTheHolder: Check = (compared) => {
  if (only(compared, "handled").length > 0) return [];
  const said = { consumer: 0, provider: 0 };
  const counts = (side: SideName, handled: number) =>
    handled <= said[side]
      ? []
      : flaws(25, compared)(`${side} has handled ${said[side]}, and ${handled} counts as handled`);
  const early = compared.seen.flatMap(({ seen }) => {
    if (seen.what === "acknowledged") said[seen.side] = Math.max(said[seen.side], seen.n);
    return seen.what === "joined" && seen.cursor === null ? counts(seen.side, seen.after) : [];
  });
  const { consumer, provider } = compared.record.sides;
  return [...early, ...counts("consumer", provider.handled), ...counts("provider", consumer.handled)];
};

/** Nothing of who does not hold the side counts against the session, and it does not end it. */
export const endedByTheHolder: Check = (compared) => {
  const holderOf = holdersOf(compared);
  const say = flaws(25, compared);
  const violated = compared.record.facts
    .filter(({ kind }) => kind === "session.violated")
    .filter(({ data: { side, instance }, position }) => holderOf(side, position) !== instance)
    .flatMap(({ position, data: { instance } }) =>
      say(`${instance} violated at ${position}, and held nothing`),
    );
  const closing = closingOf(compared);
  const [, side] = closing?.reason.match(/^completed_by_(.*)$/) ?? [];
  if (closing === undefined || side === undefined || holderOf(side, closing.position) === closing.by)
    return violated;
  return [...violated, ...say(`${closing.by} closed it for the ${side}, and held nothing`)];
};

/** Two processes on one machine read its clock within so much of each other. */
const clocksDifferMs = 50;

/** A side goes from its holder to a sibling, after that one has left, and not before its grace was over. */
export const handedOverInTime: Check = (compared) => {
  const { record, presences } = compared;
  const say = flaws(25, compared);
  const holderOf = holdersOf(compared);
  const flawsOf = ({ kind, at, position, data }: RecordedFact) => {
    if (kind !== "session.handed-over") return [];
    const { side, from, to } = data as unknown as HandOver;
    const told = `${side} went from ${from} to ${to} at ${position}`;
    const isTheirs = holderOf(side, position) === from && from !== to;
    const last = presences.findLast((one) => one.instance === from && one.fromMs <= at);
    const graceMs = last?.isGoodbye ? 0 : record.terms.resumeGraceSeconds * 1_000;
    const freeAt = (last?.toMs ?? 0) + graceMs - clocksDifferMs;
    return [
      ...(isTheirs ? [] : say(`${told}, and was not that one's`)),
      ...(at >= freeAt ? [] : say(`${told}, ${freeAt - at} ms too soon`)),
    ];
  };
  return record.facts.flatMap(flawsOf);
};

/** What comes again is marked, whoever holds the side by then: an application has nothing else to know it by. */
export const repeatsAreMarked: Check = (compared) => {
  const had = new Set<string>();
  return only(compared, "delivered").flatMap(({ side, n, isAgain, instance }) => {
    const isFirst = !had.has(`${side} ${n}`);
    had.add(`${side} ${n}`);
    return isFirst || isAgain
      ? []
      : flaws(10, compared)(`${instance} was given ${n} again, as if it were new`);
  });
};
