/**
 * Acknowledging: what the holder of a side has handled of the other side's envelopes. What is not kept any longer is
 * erased with it, and whoever sent may send on. It is not answered, so what does not apply changes nothing and is no
 * refusal: whoever asks for what it does not see finds nothing out.
 */
import { otherSide, type SessionId, type SideName } from "@parley/protocol";
import { callerStands, isInstance, partyOf } from "../caller.js";
import type { WorkingChange } from "../change.js";
import type { Command } from "../command.js";
import type { SessionStanding } from "../engagement-commands.js";
import type { SessionRecord } from "../engagement-entities.js";
import type { Deadline, Instance, Millis } from "../entities.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask, rule } from "../rule.js";
import { accept } from "../verdict.js";
import { askDrain, keptNow } from "./draining.js";
import type { Handled } from "./envelope-entities.js";
import { creditOf, erasedUpTo, handledOf, mayDrain } from "./flow.js";
import { holds } from "./holding.js";
import type { KeptPayloads, PayloadChange } from "./payload-changes.js";
import {
  askConnection,
  askSpeaker,
  askSpokenIn,
  type SocketState,
  sideOf,
  socketIsCurrent,
  standingSeen,
} from "./session-caller.js";
import { askWaiting } from "./waiting.js";

/** One acknowledgement that changes something. */
interface Handling {
  readonly standing: SessionStanding;
  /** Whose envelopes were handled. */
  readonly from: SideName;
  readonly before: Handled;
  readonly after: Handled;
  readonly waiting: number;
  /** Rows of payloads that are not kept any longer, the last of them perhaps only in part. */
  readonly gone: readonly KeptPayloads[];
  readonly deadline: Deadline | undefined;
}

interface State extends SocketState {
  readonly handlings: readonly Handling[];
}

/** What was acknowledged of a row is cut out of it so long after, and is not to be had until then. */
const trimAfterMs = 15_000;
const rowsAtOnce = 1_024;

function* handling(
  caller: Principal | undefined,
  { session: id, n: named }: { readonly session: string; readonly n: number },
  { era, now }: { readonly era: number; readonly now: Millis },
): Asking<Handling | undefined> {
  const { found } = yield* ask({ found: askSpokenIn(caller, id) });
  const { record, standing } = standingSeen({ caller, era }, found, now);
  const side = record && sideOf(caller, record);
  if (!record || !standing || !side || caller?.kind !== "instance") return undefined;
  if (!mayDrain(standing, now)) return undefined;
  if (!(yield* maySpeak(record, standing, side, caller.instance, now))) return undefined;
  const from = otherSide(side);
  const flow = standing.flow[from];
  const before = handledOf(flow);
  const n = Math.min(named, before.handed, flow.sent.n);
  if (n <= before.n) return undefined;
  const session = record.session.id;
  const bytes = yield* bytesUpTo(session, from, n);
  const { life, terms } = standing.session;
  const closedAt = life.state === "closed" ? life.closedAt : null;
  const gone = erasedUpTo(terms, { handled: n, closedAt }, now);
  const { agent } = standing[side];
  const { organisation } = standing[from];
  const waiting = yield* askWaiting({ agent, organisation });
  const more = yield* ask({
    gone: find("payloadsIn", { session, side: from, from: 1, to: gone, limit: rowsAtOnce }),
    deadline: find("deadline", { kind: "payloads.erase", subject: session }),
  });
  return { standing, from, before, after: { n, bytes }, waiting, ...more };
}

/** [SES-25] After the close nobody takes a side any more: whoever drains it does. */
function* maySpeak(
  record: SessionRecord,
  standing: SessionStanding,
  side: SideName,
  instance: Instance,
  now: Millis,
): Asking<boolean> {
  if (standing.session.life.state !== "closed") return holds(standing[side], instance.id);
  return keptNow(record, side, yield* askDrain(record, side), instance, now) === undefined;
}

const utf8 = new TextEncoder();

/** Of all that a side has sent up to its n-th envelope. */
function* bytesUpTo(session: SessionId, side: SideName, n: number): Asking<number> {
  const { segment } = yield* ask({ segment: find("segmentAt", { session, side, n }) });
  if (segment === undefined) throw new RangeError("what was accepted stands in no segment");
  const after = segment.n + segment.count - 1 - n;
  if (after === 0) return segment.sent;
  const { said } = yield* ask({ said: find("sentAt", { session, position: segment.position }) });
  const rest = said?.entries.slice(-after) ?? [];
  const bytesOf = (header: string, payload: number) => utf8.encode(header).byteLength + payload;
  return rest.reduce((bytes, one) => bytes - bytesOf(one.header, one.payloadBytes), segment.sent);
}

/** One for each session: the highest number stands. */
function highest({ acks }: Command<"envelopes.ack">): readonly { session: string; n: number }[] {
  const found = new Map<string, number>();
  for (const { session, n } of acks) found.set(session, Math.max(n, found.get(session) ?? 0));
  return [...found].map(([session, n]) => ({ session, n }));
}

/** [ENV-13] */
export const acknowledge = rule<"envelopes.ack", State>({
  *gather(command, now) {
    const first = yield* ask({ ...askSpeaker(command), connection: askConnection(command) });
    const handlings: Handling[] = [];
    for (const one of highest(command)) {
      const made = yield* handling(first.caller, one, { era: first.era, now });
      if (made !== undefined) handlings.push(made);
    }
    return { ...first, handlings, party: partyOf(first.caller) };
  },
  who: [callerStands, isInstance, socketIsCurrent],
  what: [],
  settle({ handlings }, _, now) {
    const acked = handlings.map(({ standing, from, before, after }) => {
      const more = after.n - before.n;
      return { session: standing.session.id, side: from, handled: after, more, sendUpTo: creditOf(after) };
    });
    const work = handlings.flatMap((one) => [handledRow(one), ...erasedLater(one, now), ...drained(one)]);
    return accept(
      { acked },
      { work: [...work, ...lessWaiting(handlings)], payloads: handlings.flatMap(erasedNow) },
    );
  },
});

function handledRow({ standing, from, after }: Handling): WorkingChange {
  const { handed } = handledOf(standing.flow[from]);
  const row = { session: standing.session.id, side: from, ...after, handed };
  return { do: "put", table: "handled", row };
}

/** [SES-25] Nobody need be offered it any more. */
function drained({ standing, from, after }: Handling): readonly WorkingChange[] {
  const { session, flow } = standing;
  if (from !== "consumer" || session.life.state !== "closed" || after.n < flow.consumer.sent.n) return [];
  return [{ do: "drop", table: "drains", key: { session: session.id } }];
}

const isGone = ({ n, count }: KeptPayloads, upTo: number): boolean => n + count - 1 <= upTo;

function erasedNow({ gone, after }: Handling): readonly PayloadChange[] {
  return gone
    .filter((row) => isGone(row, after.n))
    .map(({ session, side, n }) => ({ do: "erase", session, side, n }));
}

/** [ENV-16] Rewriting a row for each envelope of it would cost more than the envelopes. */
function erasedLater({ gone, after, standing, deadline }: Handling, now: Millis): readonly WorkingChange[] {
  const isPartly = gone.some((row) => !isGone(row, after.n));
  const dueAt = now + trimAfterMs;
  if (!isPartly || (deadline !== undefined && deadline.dueAt <= dueAt)) return [];
  const row = { kind: "payloads.erase", subject: standing.session.id, dueAt } as const;
  return [{ do: "put", table: "deadlines", row }];
}

/** Several sessions of one command may be of the same two. */
function lessWaiting(handlings: readonly Handling[]): readonly WorkingChange[] {
  const rows = new Map<string, Extract<WorkingChange, { do: "put"; table: "waiting" }>>();
  for (const { standing, from, before, after, waiting } of handlings) {
    const { agent } = standing[otherSide(from)];
    const { organisation } = standing[from];
    const key = `${agent} ${organisation}`;
    const bytes = Math.max(0, (rows.get(key)?.row.bytes ?? waiting) - (after.bytes - before.bytes));
    rows.set(key, { do: "put", table: "waiting", row: { agent, organisation, bytes } });
  }
  return [...rows.values()];
}
