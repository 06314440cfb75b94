/** What was received: invariants 8 to 12, and that all of it was when everything had healed (42). */
import type { SideName } from "@parley/protocol";
import { type Check, type Compared, type Flaw, flaws, only, otherOf } from "./compared.js";
import type { Missing, SeenAs } from "./history.js";
import { isHard } from "./sending-checks.js";

type Delivered = SeenAs<"delivered">;

/** One joining: from its answer to the next over that connection. */
interface Joining {
  readonly side: SideName;
  readonly after: number;
  readonly missing: Missing[];
  readonly delivered: Delivered[];
}

function joiningsOf({ seen }: Compared): Joining[] {
  const joinings: Joining[] = [];
  const current = new Map<string, Joining>();
  for (const { seen: one } of seen) {
    if (!("connection" in one && "side" in one)) continue;
    const name = `${one.connection} ${one.side}`;
    if (one.what === "joined") {
      const { side, after, missing } = one;
      const joining: Joining = { side, after, missing: [...missing], delivered: [] };
      joinings.push(joining);
      current.set(name, joining);
    }
    if (one.what === "missing") current.get(name)?.missing.push(one);
    if (one.what === "delivered") current.get(name)?.delivered.push(one);
  }
  return joinings;
}

const isSaid = (missing: readonly Missing[], n: number): boolean =>
  missing.some(({ from, to }) => from <= n && n <= to);

export const oneAfterTheOther: Check = (compared) => {
  const say = flaws(8, compared);
  return joiningsOf(compared).flatMap(({ side, after, delivered }) => {
    let last = after;
    return delivered.flatMap(({ n }) => {
      const before = last;
      last = Math.max(last, n);
      return n > before ? [] : say(`${side} was given ${n} after ${before}`);
    });
  });
};

export const repeatsAreTheSame: Check = (compared) => {
  const first = new Map<string, string>();
  return only(compared, "delivered").flatMap(({ side, n, stamp, header, payload }) => {
    const whole = [stamp, header, payload].join("\n");
    const before = first.get(`${side} ${n}`) ?? whole;
    first.set(`${side} ${n}`, before);
    return before === whole
      ? []
      : flaws(8, compared)(`${side} was given two of ${n}: ${before} and ${whole}`);
  });
};

/** Nothing is delivered that the record does not hold, and nothing else than what it holds. */
export const deliveredStands: Check = (compared) =>
  only(compared, "delivered").flatMap(({ side, n, seq, header, sender }) => {
    const entry = compared.entryAt(otherOf(side), n);
    if (entry === undefined) return flaws(9, compared)(`${side} was given ${n}, which is not in the record`);
    const isThat = entry.seq === seq && entry.header === header;
    return [
      ...(isThat
        ? []
        : flaws(8, compared)(`${side} was given ${seq} as ${n}, and the record has ${entry.seq}`)),
      ...(entry.instance === sender ? [] : flaws(24, compared)(`${n} was given as of ${sender}`)),
    ];
  });

export const handledAsPromised: Check = (compared) => {
  const say = flaws(10, compared);
  const handled = only(compared, "handled");
  const counts = new Map<string, number>();
  for (const { side, n } of handled) counts.set(`${side} ${n}`, (counts.get(`${side} ${n}`) ?? 0) + 1);
  const twice = handled
    .filter(({ keeps, side, n }) => keeps === "cursor" && (counts.get(`${side} ${n}`) ?? 0) > 1)
    .flatMap(({ side, n }) => say(`${side} handled ${n} more than once`));
  const serving = new Set(handled.map(({ side }) => side));
  const never = only(compared, "drained").flatMap(({ side }) => {
    if (!serving.has(side)) return [];
    const entries = compared.record.entries.filter((entry) => entry.side === otherOf(side));
    return entries.flatMap(({ n }) => (counts.has(`${side} ${n}`) ? [] : say(`${side} never handled ${n}`)));
  });
  return [...twice, ...never];
};

export const noSilentGap: Check = (compared) => {
  const say = flaws(11, compared);
  const gaps = joiningsOf(compared).flatMap(({ side, after, missing, delivered }) => {
    let next = after + 1;
    return delivered.flatMap(({ n }) => {
      const from = next;
      next = Math.max(next, n + 1);
      const skipped = Array.from({ length: Math.max(0, n - from) }, (_, index) => from + index);
      return skipped
        .filter((each) => !isSaid(missing, each))
        .flatMap((each) => say(`${side} never got ${each}`));
    });
  });
  return [...gaps, ...jumpsOver(compared), ...saidWithoutNeed(compared)];
};

/** From where an answer to `join` begins, and what was asked for: what is between is missing, and said. */
const jumpsOver = (compared: Compared): Flaw[] =>
  only(compared, "joined").flatMap(({ side, cursor, after, missing }) => {
    if (cursor === null || after <= cursor) return [];
    const between = Array.from({ length: after - cursor }, (_, index) => cursor + 1 + index);
    const silent = between.filter((n) => !isSaid(missing, n));
    return silent.flatMap((n) =>
      flaws(11, compared)(`${side} joined after ${cursor}, and ${n} was left out`),
    );
  });

/** Only what its side has handled by then, or what was cut off, can be missing. */
function saidWithoutNeed(compared: Compared): Flaw[] {
  if (isHard(compared)) return [];
  const handled = { consumer: 0, provider: 0 };
  return compared.seen.flatMap(({ seen }) => {
    if (seen.what === "acknowledged") handled[seen.side] = Math.max(handled[seen.side], seen.n);
    const missing = seen.what === "missing" ? [seen] : seen.what === "joined" ? seen.missing : [];
    if (seen.what !== "missing" && seen.what !== "joined") return [];
    return missing
      .filter(({ to }) => to > handled[seen.side])
      .flatMap(({ to }) =>
        flaws(11, compared)(`${seen.side} was told that ${to} is gone, and has not handled it`),
      );
  });
}

/** Once everything has healed each side has had all that there is: who holds it now, what those before have not handled. */
export const everythingArrives: Check = (compared) => {
  if (isHard(compared)) return [];
  return only(compared, "drained").flatMap(({ side }) => {
    const last = only(compared, "joined").findLast((one) => one.side === side)?.instance;
    const others = only(compared, "acknowledged").filter((one) => one.side === side && one.instance !== last);
    const handled = Math.max(0, ...others.map(({ n }) => n));
    const had = new Set([
      ...only(compared, "delivered").flatMap((one) =>
        one.side === side && (last === undefined || one.instance === last) ? [one.n] : [],
      ),
      ...only(compared, "handled").flatMap((one) => (one.side === side ? [one.n] : [])),
    ]);
    const said = joiningsOf(compared).flatMap((one) => (one.side === side ? one.missing : []));
    return compared.record.entries
      .filter((entry) => entry.side === otherOf(side) && entry.n > handled)
      .filter(({ n }) => !had.has(n) && !isSaid(said, n))
      .flatMap(({ n }) => flaws(42, compared)(`${side} was never given ${n}`));
  });
};

/** Bytes arrive as they were sent, and stand nowhere but where they are kept. */
export const bytesUnchanged: Check = (compared) => {
  const sent = new Set(
    compared.sendings.map(({ sent: { side, header, payload } }) => [side, header, payload].join()),
  );
  return only(compared, "delivered").flatMap(({ side, n, header, payload }) =>
    sent.has([otherOf(side), header, payload].join())
      ? []
      : flaws(12, compared)(`${side} was given ${n} as nobody has sent it`),
  );
};

const files = ["parley.db", "parley.db-wal"];

export const nowhereElse: Check = (compared) => {
  const kept = new Set(compared.record.kept.map(({ side, n }) => compared.entryAt(side, n)?.payload));
  const mine = new Map(compared.sendings.map(({ sent: { marker, payload } }) => [marker, payload]));
  return compared.found.leaks.flatMap(({ marker, where }) => {
    const payload = mine.get(marker);
    if (payload === undefined || (files.includes(where) && kept.has(payload))) return [];
    return flaws(12, compared)(`${marker} is found in ${where}, where nothing of it is kept`);
  });
};
