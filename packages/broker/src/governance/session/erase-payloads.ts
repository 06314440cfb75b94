/**
 * Erasing: what of a session's payloads is not kept any longer is made to be gone, a number of rows at a time, and the
 * timer is put where something of it is due next. What ended without ever being acknowledged is said to both organisations.
 */
import { limits, otherSide, type SessionId, type SideName } from "@parley/protocol";
import type { WorkingChange } from "../change.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { Millis } from "../entities.js";
import { happened, type NewFact, streamOf } from "../fact.js";
import { find } from "../question.js";
import { type Asking, ask, type Party, rule } from "../rule.js";
import { accept } from "../verdict.js";
import type { OfSide } from "./envelope-lookups.js";
import { type Deliverable, deliverable, handledOf, mayDrain } from "./flow.js";
import type { KeptPayloads, PayloadChange } from "./payload-changes.js";
import { asItStands } from "./session-record.js";
import { askWaiting } from "./waiting.js";

/** What is kept of one side's envelopes, and what of it may be had. */
interface Kept {
  readonly side: SideName;
  /** Those that begin before what may be had, and those that may end after it: what is between stays as it is. */
  readonly rows: readonly KeptPayloads[];
  readonly isMore: boolean;
  readonly can: Deliverable;
  /** For rows that are to go in part: how long each payload of their segment is. */
  readonly lengths: ReadonlyMap<number, readonly number[]>;
  readonly waiting: number;
}

interface State {
  readonly standing: SessionStanding | undefined;
  readonly kept: readonly Kept[];
  readonly party: Party | undefined;
}

type Rows = Pick<Kept, "rows" | "isMore">;

/** Each has 1 MiB at most, and everybody else waits while these are overwritten. */
const rowsAtOnce = 16;
const dayMs = 86_400_000;
const sides = ["consumer", "provider"] as const;
const lastOf = ({ n, count }: KeptPayloads): number => n + count - 1;

/** A row some of whose payloads may be had and some not. */
const isPartly = (row: KeptPayloads, { after, upTo }: Deliverable): boolean =>
  (row.n + row.trimmed <= after && lastOf(row) > after && row.n <= upTo) ||
  (row.n <= upTo && lastOf(row) > upTo && lastOf(row) > after);

function* keptOf(standing: SessionStanding, side: SideName, now: Millis): Asking<Kept> {
  const session = standing.session.id;
  const can = deliverable(standing, side, now);
  const { rows, isMore } = yield* rowsAtItsEnds({ session, side }, can, standing.flow[side].sent.n);
  const lengths = new Map<number, readonly number[]>();
  for (const row of rows) if (isPartly(row, can)) lengths.set(row.n, yield* lengthsOf(session, row));
  const { agent } = standing[otherSide(side)];
  const { organisation } = standing[side];
  return { side, rows, isMore, can, lengths, waiting: yield* askWaiting({ agent, organisation }) };
}

function* rowsAtItsEnds(of: OfSide, { after, upTo }: Deliverable, last: number): Asking<Rows> {
  // One that begins farther before the end than it is long does not reach it: so many of them may stay as they are.
  const from = Math.max(after, upTo - limits.envelopesPerSegment) + 1;
  const most = rowsAtOnce + limits.envelopesPerSegment;
  const { first, rest } = yield* ask({
    first: find("payloadsIn", { ...of, from: 1, to: after, limit: rowsAtOnce }),
    rest: find("payloadsIn", { ...of, from, to: upTo < last ? last : 0, limit: most }),
  });
  return { rows: [...first, ...rest], isMore: first.length === rowsAtOnce || rest.length === most };
}

function* lengthsOf(session: SessionId, { side, n }: KeptPayloads): Asking<readonly number[]> {
  const { segment } = yield* ask({ segment: find("segmentAt", { session, side, n }) });
  const position = segment?.position ?? 0;
  const { said } = yield* ask({ said: find("sentAt", { session, position }) });
  return said?.entries.map(({ payloadBytes }) => payloadBytes) ?? [];
}

/** [ENV-16] [SES-12] */
export const erasePayloads = rule<"payloads.erase", State>({
  *gather({ session: id }, now) {
    const { record, era } = yield* ask({ record: find("sessionDue", { id }), era: find("era", {}) });
    const standing = record && asItStands(record, era, now);
    const kept: Kept[] = [];
    if (standing !== undefined) for (const side of sides) kept.push(yield* keptOf(standing, side, now));
    return { standing, kept, party: undefined };
  },
  who: [],
  what: [],
  settle({ standing, kept }, { session, kind, id }, now) {
    const payloads = kept.flatMap((each) => each.rows.flatMap((row) => becomes(row, each)));
    const dueAt = standing && nextDue(standing, kept, now);
    const key = { kind, subject: session } as const;
    const timer: WorkingChange =
      dueAt === undefined
        ? { do: "drop", table: "deadlines", key }
        : { do: "put", table: "deadlines", row: { ...key, dueAt } };
    // Only of a session that cannot drain any more: until then everything may be had.
    const never = kept.filter(isUndelivered);
    const facts = never.flatMap((each) => (standing ? undelivered(standing, each, { id }) : []));
    const work = never.flatMap((each) => (standing ? noLongerWaiting(standing, each) : []));
    const over: readonly WorkingChange[] =
      standing !== undefined && mayDrain(standing, now)
        ? []
        : [{ do: "drop", table: "drains", key: { session } }];
    return accept({ erased: payloads.length }, { facts, work: [...work, timer, ...over], payloads });
  },
});

/** The first that comes after all that may be had is still there: it is erased once, and the others with it or later. */
const isUndelivered = ({ rows, can: { upTo } }: Kept): boolean =>
  rows.some((row) => row.n + row.trimmed <= upTo + 1 && lastOf(row) > upTo);

function becomes(row: KeptPayloads, { can, lengths }: Kept): readonly PayloadChange[] {
  const { session, side, n } = row;
  const from = Math.max(n + row.trimmed, can.after + 1);
  const to = Math.min(lastOf(row), can.upTo);
  if (from > to) return [{ do: "erase", session, side, n }];
  if (from === n + row.trimmed && to === lastOf(row)) return [];
  const of = lengths.get(n) ?? [];
  const bytesOf = (begin: number, end: number) =>
    of.slice(begin - n, end - n).reduce((all, one) => all + one, 0);
  const skip = bytesOf(n + row.trimmed, from);
  return [
    {
      ...{ do: "trim", session, side, n, trimmed: from - n, count: to - n + 1 },
      ...{ skip, length: bytesOf(from, to + 1) },
    },
  ];
}

/** When something more of it is to go; undefined when there is nothing left, or nothing that time takes. */
function nextDue(standing: SessionStanding, kept: readonly Kept[], now: Millis): Millis | undefined {
  const { session, flow } = standing;
  const { life, terms } = session;
  if (kept.some(({ isMore }) => isMore)) return now;
  if (life.state !== "closed") return undefined;
  const { payloadRetention: keep } = terms;
  const drained = sides.every((side) => flow[side].sent.n === handledOf(flow[side]).n);
  const times = [
    ...(drained || !mayDrain(standing, now) ? [] : [life.closedAt + limits.drainSeconds * 1_000]),
    ...(typeof keep === "object" ? [life.closedAt + keep.days * dayMs] : []),
  ];
  const next = times.filter((at) => at > now);
  return next.length === 0 ? undefined : Math.min(...next);
}

/** Each of the two reads it in its own stream: the session's has ended. */
function undelivered(
  standing: SessionStanding,
  { side, can }: Kept,
  because: { readonly id: NewFact["content"]["cause"] },
): readonly NewFact[] {
  const { session, consumer, provider, flow } = standing;
  const to = flow[side].sent.n;
  const told = { actor: "broker", cause: because.id, subject: session.id } as const;
  const data = { session: session.id, side, from: can.upTo + 1, to };
  const organisations = new Set([consumer.organisation, provider.organisation]);
  return [...organisations].map((each) => happened(streamOf(each), "session.undelivered", told, data));
}

function noLongerWaiting(standing: SessionStanding, { side, waiting }: Kept): readonly WorkingChange[] {
  const flow = standing.flow[side];
  const { agent } = standing[otherSide(side)];
  const { organisation } = standing[side];
  const bytes = Math.max(0, waiting - (flow.sent.bytes - handledOf(flow).bytes));
  return [{ do: "put", table: "waiting", row: { agent, organisation, bytes } }];
}
