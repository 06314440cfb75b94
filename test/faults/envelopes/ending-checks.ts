/** When a session ends by itself, and as what: invariant 14. */
import type { Check, Compared } from "./compared.js";
import { flaws } from "./compared.js";
import type { RecordedFact } from "./reader.js";
import { isHard } from "./sending-checks.js";

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

export interface Closing {
  readonly position: number;
  /** When it was written, and when it is said to have been. */
  readonly at: number;
  readonly closedAt: number;
  readonly reason: string;
  readonly by: string;
}

export function closingOf({ record }: Compared): Closing | undefined {
  const fact = record.facts.find(({ kind }) => kind === "session.closed");
  if (fact === undefined) return undefined;
  const { closedAt, ending } = fact.data.life as {
    closedAt: number;
    ending: { reason: string; by: string };
  };
  return { position: fact.position, at: fact.at, closedAt, ...ending };
}

interface Due {
  readonly at: number;
  readonly as: string;
}

/** When it was to end by itself, as it stood before that place of its chain. */
function dueBefore({ record: { facts, entries, terms } }: Compared): (position: number) => Due {
  const { joinBy = Number.POSITIVE_INFINITY } = lifeIn(facts, "session.accepted");
  const { position: activated, deadline = 0, activeAt = 0 } = lifeIn(facts, "session.activated");
  return (position) => {
    if (position <= activated) return { at: joinBy, as: "join_timeout" };
    const lastAt = entries.findLast((one) => one.position < position)?.at ?? 0;
    const idleAt = Math.max(lastAt, activeAt) + terms.idleTimeoutSeconds * 1_000;
    return idleAt < deadline ? { at: idleAt, as: "idle_timeout" } : { at: deadline, as: "duration_reached" };
  };
}

/** Nothing at a deadline or after it; and closed soon after, unless the broker was away. */
export const theTime: Check = (compared) => {
  const { facts, entries } = compared.record;
  const say = flaws(14, compared);
  const dueAt = dueBefore(compared);
  const begun = facts.findIndex(({ kind }) => kind === "session.accepted");
  if (begun < 0) return [];
  const late = [
    ...entries.map(({ id, position, at }) => ({ what: id, position, at })),
    ...facts.slice(begun + 1).map(({ kind, position, at }) => ({ what: kind, position, at })),
  ]
    .filter(({ what, position, at }) => what !== "session.closed" && at >= dueAt(position).at)
    .flatMap(({ what, position, at }) => say(`${what} stands at ${at}, and due was ${dueAt(position).at}`));
  const closing = closingOf(compared);
  const due = dueAt(closing?.position ?? Number.POSITIVE_INFINITY).at;
  const closedAt = closing?.at ?? Number.POSITIVE_INFINITY;
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

const byItself = ["join_timeout", "idle_timeout", "duration_reached"];

/** What has run out has ended as that and at that time; nothing else has, and nobody ends it later as something else. */
export const theReason: Check = (compared) => {
  const closing = closingOf(compared);
  const isAccepted = compared.record.facts.some(({ kind }) => kind === "session.accepted");
  if (closing === undefined || !isAccepted) return [];
  const { position, at, closedAt, reason } = closing;
  const due = dueBefore(compared)(position);
  const decidedAt = isHard(compared) ? closedAt : at;
  const isTrue = byItself.includes(reason)
    ? reason === due.as && closedAt === due.at && at >= due.at
    : decidedAt < due.at;
  return isTrue
    ? []
    : flaws(14, compared)(`closed at ${at} for ${closedAt} as ${reason}, and it was ${due.as} at ${due.at}`);
};
