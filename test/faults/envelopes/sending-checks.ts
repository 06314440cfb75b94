/** Durability, identity and order of what was sent: invariants 1 to 7. */
import { type Check, type Compared, flaws, only, type Sending } from "./compared.js";
import type { Place } from "./history.js";
import type { Entry } from "./reader.js";

const placeOf = ({ n, seq, position, at, digest }: Place): string =>
  `n ${n}, seq ${seq}, position ${position}, at ${at}, digest ${digest}`;

const recordedPlace = ({ n, seq, position, at, payload }: Entry): string =>
  placeOf({ n, seq, position, at: new Date(at).toISOString(), digest: payload });

/** The broker may say so of anything, at any time: it was not judged. */
const isPassing = (code: string): boolean =>
  ["broker.busy", "broker.going-away", "connection.replaced"].includes(code);

export const acceptedStands: Check = (compared) =>
  only(compared, "answered").flatMap((answer) => {
    const entry = compared.entryOf(answer.side, answer.id);
    if (entry === undefined) return flaws(1, compared)(`${answer.id} was ${answer.as}, and is not there`);
    if (recordedPlace(entry) === placeOf(answer)) return [];
    return flaws(1, compared)(`${answer.id} was told ${placeOf(answer)}, and is ${recordedPlace(entry)}`);
  });

export const nothingElseStands: Check = (compared) => {
  const sent = new Set(
    compared.sendings.map(({ sent: { side, id, header, payload } }) => [side, id, header, payload].join(" ")),
  );
  return compared.record.entries.flatMap(({ side, id, header, payload }) =>
    sent.has([side, id, header, payload].join(" ")) ? [] : flaws(2, compared)(`nobody has sent ${id} so`),
  );
};

/** There or not there: with one place, with its payload for as long as that is to be kept. */
export const whollyOrNot: Check = (compared) => {
  const { record } = compared;
  const say = flaws(3, compared);
  const first = new Map<string, string>();
  const changed = only(compared, "answered").flatMap((answer) => {
    const { side, id } = answer;
    const place = placeOf(answer);
    const before = first.get(`${side} ${id}`) ?? place;
    first.set(`${side} ${id}`, before);
    return place === before ? [] : say(`${id} was told ${before} first, and then ${place}`);
  });
  const kept = new Map(record.kept.map(({ side, n, digest }) => [`${side} ${n}`, digest]));
  const halves = record.entries.flatMap(({ side, n, id, payload }) => {
    const digest = kept.get(`${side} ${n}`);
    if (digest === undefined)
      return mustBeKept(compared, side, n) ? say(`the payload of ${id} is not kept`) : [];
    return digest === payload ? [] : say(`what is kept of ${id} is another payload`);
  });
  const strangers = record.kept.flatMap(({ side, n }) =>
    compared.entryAt(side, n) === undefined
      ? say(`a payload is kept of a ${n} of ${side} that is not there`)
      : [],
  );
  return [...changed, ...halves, ...strangers];
};

const hard = ["join_timeout", "membership_removed", "organisation_left", "workgroup_dissolved"];
const harder = ["identity_suspended", "identity_revoked", "operator_closed", "record_restored"];

export function isHard({ record }: Compared): boolean {
  const closing = record.facts.find(({ kind }) => kind === "session.closed");
  const { ending } = (closing?.data.life ?? {}) as { ending?: { reason: string } };
  return [...hard, ...harder].includes(ending?.reason ?? "");
}

function mustBeKept(compared: Compared, side: Entry["side"], n: number): boolean {
  const { terms, sides, state } = compared.record;
  if (n > sides[side].handled) return !isHard(compared);
  return terms.payloadRetention === "until_closed" && state !== "closed";
}

export const atMostOnce: Check = (compared) => {
  const say = flaws(4, compared);
  const ids = compared.record.entries.map(({ side, id }) => `${side} ${id}`);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).flatMap((id) => say(`${id} is there twice`));
  return [...twice, ...compared.sendings.flatMap((sending) => repeatFlaws(compared, sending))];
};

/** What was answered before it was sent again is answered alike, whatever has happened since. */
function repeatFlaws(compared: Compared, { at, sent, answer }: Sending) {
  const say = flaws(4, compared);
  const { side, id, header, payload } = sent;
  const entry = compared.entryOf(side, id);
  if (answer === undefined || entry === undefined) return [];
  const isSame = entry.header === header && entry.payload === payload;
  if (answer.what === "answered")
    return isSame ? [] : say(`${id} was taken again, though it is another envelope`);
  const wasAnswered = compared.sendings.some(
    (one) =>
      one.sent.side === side && one.sent.id === id && one.answer?.what === "answered" && one.answeredAt < at,
  );
  if (!wasAnswered || isPassing(answer.code)) return [];
  if (!isSame && answer.code === "envelope.id-reused") return [];
  return say(`${id} was answered, and is refused ${answer.code} when it comes again`);
}

export const numbersHaveNoGap: Check = (compared) => {
  const { entries, segments, facts } = compared.record;
  const say = flaws(5, compared);
  const counted = { consumer: 0, provider: 0 };
  const wrong = entries.flatMap(({ id, side, n, seq }, index) => {
    counted[side] += 1;
    const stands = seq === index + 1 && n === counted[side];
    return stands ? [] : say(`${id} is ${seq} and ${n} of ${side}, not ${index + 1} and ${counted[side]}`);
  });
  const sent = facts.flatMap(({ kind, position, data: { side, n, seq, entries: said, sent: bytes } }) =>
    kind === "session.sent" ? [[position, side, n, seq, (said as unknown[]).length, bytes].join(" ")] : [],
  );
  const rows = segments.map((row) => [row.position, row.side, row.n, row.seq, row.count, row.sent].join(" "));
  if (rows.join() !== sent.join()) wrong.push(...say("the rows of the segments are not those of the chain"));
  const back = facts.filter(({ at }, index) => at < (facts[index - 1]?.at ?? 0));
  return [...wrong, ...back.flatMap(({ position }) => say(`time runs backwards at ${position}`))];
};

/** If the answer to one came before another was sent, it stands before it. */
export const answeredBeforeSent: Check = (compared) => {
  const say = flaws(6, compared);
  const least = new Map<string, number>();
  let answered = 0;
  for (const { seen } of compared.seen) {
    if (seen.what === "answered") answered = Math.max(answered, seen.seq);
    if (seen.what !== "sent") continue;
    const name = `${seen.side} ${seen.id}`;
    if (!least.has(name)) least.set(name, answered);
  }
  return compared.record.entries.flatMap(({ side, id, seq }) => {
    const before = least.get(`${side} ${id}`) ?? 0;
    return seq > before ? [] : say(`${id} is ${seq}, and was sent after ${before} was answered`);
  });
};

/** Which sending of it was accepted: the one that was told so, or the only one that may have been. */
function acceptedSending(of: readonly Sending[]): Sending | undefined {
  const told = of.find(({ answer }) => answer?.what === "answered" && answer.as === "accepted");
  if (told !== undefined) return told;
  const may = of.filter(({ answer }) => answer === undefined);
  return may.length === 1 ? may[0] : undefined;
}

export const orderOfOneConnection: Check = (compared) => {
  const say = flaws(7, compared);
  const byId = new Map<string, Sending[]>();
  for (const sending of compared.sendings) {
    const name = `${sending.sent.side} ${sending.sent.id}`;
    byId.set(name, [...(byId.get(name) ?? []), sending]);
  }
  const accepted = [...byId.values()].flatMap((of) => acceptedSending(of) ?? []);
  const last = new Map<string, { readonly seq: number; readonly id: string }>();
  return accepted
    .toSorted((one, other) => one.at - other.at)
    .flatMap(({ sent: { side, id, connection } }) => {
      const entry = compared.entryOf(side, id);
      if (entry === undefined) return [];
      const name = `${connection} ${side}`;
      const before = last.get(name);
      last.set(name, { seq: entry.seq, id });
      if (before === undefined || before.seq < entry.seq) return [];
      return say(`${id} is ${entry.seq}, and was sent after ${before.id}, which is ${before.seq}`);
    });
};
