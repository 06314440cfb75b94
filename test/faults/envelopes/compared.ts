/** One session as the checks have it: what its clients saw, in order, beside what the record holds. */
import type { SideName } from "@parley/protocol";
import type { Seen, SeenAs } from "./history.js";
import type { Entry, Found, RecordedSession } from "./reader.js";

export interface Flaw {
  /** As `Invariants` of the project numbers them. */
  readonly invariant: number;
  readonly session: string;
  readonly says: string;
}

/** A sending with what became of it, as far as its client knows. */
export interface Sending {
  /** Where in the history of all. */
  readonly at: number;
  readonly sent: SeenAs<"sent">;
  answer: SeenAs<"answered"> | SeenAs<"refused"> | undefined;
  answeredAt: number;
}

export interface Presence {
  readonly instance: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isGoodbye: boolean;
}

export interface Compared {
  readonly id: string;
  readonly seen: readonly { readonly at: number; readonly seen: Seen }[];
  readonly record: RecordedSession;
  readonly found: Found;
  readonly sendings: readonly Sending[];
  readonly entryOf: (side: SideName, id: string) => Entry | undefined;
  readonly entryAt: (side: SideName, n: number) => Entry | undefined;
  readonly broker: readonly SeenAs<"broker">[];
  /** When each instance was connected, as it saw that itself, in order. */
  readonly presences: readonly Presence[];
  /** Whether this connection had been replaced by a newer one of its instance at that place of the history. */
  readonly isOld: (connection: number, at: number) => boolean;
}

export type Check = (compared: Compared) => readonly Flaw[];

export const otherOf = (side: SideName): SideName => (side === "consumer" ? "provider" : "consumer");

/** What is said of the session by the parties themselves. */
export function only<W extends Seen["what"]>({ seen }: Compared, what: W): readonly SeenAs<W>[] {
  return seen.flatMap((one) => (one.seen.what === what ? [one.seen as SeenAs<W>] : []));
}

export const flaws =
  (invariant: number, { id }: Pick<Compared, "id">) =>
  (...says: readonly string[]): Flaw[] =>
    says.map((each) => ({ invariant, session: id, says: each }));

type Answer = SeenAs<"answered"> | SeenAs<"refused">;

/** Which sending is answered: over one connection they are answered in order, and of one id by their content too. */
function answeredBy(answer: Answer, of: readonly Sending[], first: Sending | undefined): Sending | undefined {
  const isFirst = ({ sent }: Sending) =>
    sent.header === first?.sent.header && sent.payload === first.sent.payload;
  const isReuse = answer.what === "refused" && answer.code === "envelope.id-reused";
  const fits = of.filter((one) => isFirst(one) !== isReuse);
  const open = fits.find((one) => one.answer === undefined);
  const again = fits.some((one) => one.sent.copies > 1 && one.answer !== undefined);
  return open ?? (again ? undefined : of.find((one) => one.answer === undefined));
}

function matched(seen: Compared["seen"]): Sending[] {
  const all: Sending[] = [];
  const byName = new Map<string, Sending[]>();
  const firsts = new Map<string, Sending>();
  for (const { at, seen: one } of seen) {
    if (one.what === "sent") {
      const sending: Sending = { at, sent: one, answer: undefined, answeredAt: Number.POSITIVE_INFINITY };
      all.push(sending);
      const name = `${one.connection} ${one.side} ${one.id}`;
      byName.set(name, [...(byName.get(name) ?? []), sending]);
      const id = `${one.side} ${one.id}`;
      firsts.set(id, firsts.get(id) ?? sending);
    }
    if (one.what === "answered" || one.what === "refused") {
      const of = byName.get(`${one.connection} ${one.side} ${one.id}`) ?? [];
      const sending = answeredBy(one, of, firsts.get(`${one.side} ${one.id}`));
      if (sending === undefined) continue;
      sending.answer = one;
      sending.answeredAt = at;
    }
  }
  return all;
}

/** Of one that nobody has recorded: nothing stands in it. */
const nothing = (id: string): RecordedSession => {
  const side = { n: 0, bytes: 0, violations: 0, handled: 0, handledBytes: 0, handed: 0 };
  const empty = { facts: [], entries: [], segments: [], kept: [], chainFlaw: undefined };
  const terms = {} as RecordedSession["terms"];
  return { id, state: "absent", terms, termsDigest: "", sides: { consumer: side, provider: side }, ...empty };
};

function presencesIn(history: readonly Seen[]): Presence[] {
  const lost = new Map(history.flatMap((one) => (one.what === "lost" ? [[one.connection, one]] : [])));
  return history.flatMap((one) => {
    if (one.what !== "opened") return [];
    const { atMs: toMs = Number.POSITIVE_INFINITY, isGoodbye = false } = lost.get(one.connection) ?? {};
    return [{ instance: one.instance, fromMs: one.atMs, toMs, isGoodbye }];
  });
}

export function compare(history: readonly Seen[], found: Found): Compared[] {
  const placed = history.map((seen, at) => ({ at, seen }));
  const newest: { at: number; instance: string; connection: number }[] = placed.flatMap(({ at, seen }) =>
    seen.what === "opened" ? [{ at, instance: seen.instance, connection: seen.connection }] : [],
  );
  const instanceOf = new Map(newest.map(({ connection, instance }) => [connection, instance]));
  const isOld = (connection: number, at: number) =>
    newest.some(
      (one) => one.at < at && one.connection > connection && one.instance === instanceOf.get(connection),
    );
  const broker = history.filter((one) => one.what === "broker");
  const presences = presencesIn(history);
  const of = new Map<string, Compared["seen"][number][]>();
  for (const one of placed) {
    if (!("session" in one.seen)) continue;
    const list = of.get(one.seen.session) ?? [];
    list.push(one);
    of.set(one.seen.session, list);
  }
  const records = new Map(found.sessions.map((session) => [session.id, session]));
  return [...new Set([...of.keys(), ...records.keys()])].map((id) => {
    const record = records.get(id) ?? nothing(id);
    const seen = of.get(id) ?? [];
    const byId = new Map(record.entries.map((entry) => [`${entry.side} ${entry.id}`, entry]));
    const byN = new Map(record.entries.map((entry) => [`${entry.side} ${entry.n}`, entry]));
    return {
      ...{ id, seen, record, found, broker, presences, isOld, sendings: matched(seen) },
      entryOf: (side, envelope) => byId.get(`${side} ${envelope}`),
      entryAt: (side, n) => byN.get(`${side} ${n}`),
    };
  });
}
