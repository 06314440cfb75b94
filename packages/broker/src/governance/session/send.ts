/**
 * Sending: an instance's envelopes, as many as have arrived together, each judged on what those before it have left. What
 * is accepted in one session becomes a segment of it; what is refused is refused alone.
 */
import { otherSide, type SessionId, type SideName } from "@parley/protocol";
import { callerStands, isInstance, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Millis } from "../entities.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask, rule } from "../rule.js";
import { accept, no } from "../verdict.js";
import type { Entry, KnownEnvelope, Segment, Taken } from "./envelope-entities.js";
import type { OfPair } from "./envelope-lookups.js";
import { holds } from "./holding.js";
import { askTimes, type Times } from "./rate.js";
import { refused, Sending } from "./sending.js";
import {
  askConnection,
  askSpeaker,
  askSpokenIn,
  type SocketState,
  sideOf,
  socketIsCurrent,
  standingSeen,
} from "./session-caller.js";
import { askWaiting, type Waiting } from "./waiting.js";

type Send = Command<"envelopes.send">;
type Named = Send["envelopes"][number];

/** A session of which the caller's agent has a side, and what the record says of what it sends there. */
interface Addressed {
  readonly side: SideName;
  readonly isHeld: boolean;
  readonly sending: Sending;
  /** By id. */
  readonly known: ReadonlyMap<string, KnownEnvelope>;
  readonly unread: ReadonlySet<string>;
  readonly times: Times;
}

interface State extends SocketState {
  /** By the id that was named; what is not there is hidden or absent. */
  readonly addressed: ReadonlyMap<string, Addressed>;
}

function bySession(envelopes: readonly Named[]): ReadonlyMap<string, readonly Named[]> {
  const found = new Map<string, Named[]>();
  let [last, of] = ["", [] as Named[]];
  for (const one of envelopes) {
    // Those of one session mostly come together.
    if (one.session !== last) {
      last = one.session;
      of = found.get(last) ?? [];
      found.set(last, of);
    }
    of.push(one);
  }
  return found;
}

interface Addressing {
  readonly era: number;
  readonly now: Millis;
  /** By the two between whom it waits. */
  readonly waitings: Map<string, Waiting>;
}

function* waitingIn(waitings: Addressing["waitings"], pair: OfPair): Asking<Waiting> {
  const name = `${pair.agent} ${pair.organisation}`;
  const waiting = waitings.get(name) ?? { bytes: yield* askWaiting(pair) };
  waitings.set(name, waiting);
  return waiting;
}

function* address(
  caller: Principal | undefined,
  id: string,
  envelopes: readonly Named[],
  { era, now, waitings }: Addressing,
): Asking<Addressed | undefined> {
  const { found } = yield* ask({ found: askSpokenIn(caller, id) });
  const { record, standing } = standingSeen({ caller, era }, found, now);
  const side = record && sideOf(caller, record);
  if (!record || !standing || !side || caller?.kind !== "instance") return undefined;
  const of = { session: record.session.id, side } as const;
  const receiver = record[otherSide(side)];
  const { agent } = receiver.side;
  const { organisation } = record[side].side;
  const waiting = yield* waitingIn(waitings, { agent, organisation });
  const isAwaited = receiver.side.joinedAt !== null && receiver.connection?.state === "open";
  const sending = new Sending({ standing, side, waiting, isAwaited, now });
  const suspects = envelopes.filter(({ id }) => sending.mayBeKnown(id));
  const { maxEnvelopesPerMinute } = record.session.terms;
  return {
    side,
    isHeld: holds(standing[side], caller.instance.id),
    sending,
    ...(yield* recall(of, suspects)),
    times: yield* askTimes(of, record[side].sent.n, envelopes.length, maxEnvelopesPerMinute),
  };
}

/** [ENV-3] What stands in the record under these ids. */
function* recall(
  { session, side }: { readonly session: SessionId; readonly side: SideName },
  suspects: readonly Named[],
): Asking<Recalled> {
  const known = new Map<string, KnownEnvelope>();
  const put = new Set<string>();
  const read = new Set<number>();
  const unread = new Set<string>();
  let entries = 0;
  for (const { id } of suspects) {
    if (put.has(id)) continue;
    put.add(id);
    const { segment } = yield* ask({ segment: find("segmentOfId", { session, side, id }) });
    if (segment === undefined || read.has(segment.position)) continue;
    // Reading what was said costs more than asking for it: so much at once, and the rest is asked for again.
    if (entries >= entriesRecalled) {
      unread.add(id);
      continue;
    }
    read.add(segment.position);
    entries += segment.count;
    const { said } = yield* ask({ said: find("sentAt", { session, position: segment.position }) });
    for (const each of saidIn(segment, said?.entries ?? [])) known.set(each.id, each.envelope);
  }
  return { known, unread };
}

interface Recalled {
  readonly known: ReadonlyMap<string, KnownEnvelope>;
  /** What may be known, and was too much to look at now. */
  readonly unread: ReadonlySet<string>;
}

/** Of as many envelopes at once as are said in the segments that are read. */
const entriesRecalled = 1_024;

const saidIn = ({ n, seq, position, at }: Segment, entries: readonly Entry[]) =>
  entries.map(({ id, header, payload }, index) => {
    return { id, envelope: { n: n + index, seq: seq + index, position, at, header, payload } };
  });

/** Each is refused alone; who sends it was judged for all. */
function judge(one: Named, place: number, { addressed, caller }: State, command: Send, now: Millis): Taken {
  const to = addressed.get(one.session);
  if (to === undefined) return refused(no("not-found"));
  const { sending, side, known, unread, times, isHeld } = to;
  if (unread.has(one.id)) return refused(no("broker.busy", { retryAfterMs: 1 }));
  const nthBefore = times.before(sending.sents[side].n, now);
  const recorded = { place, known: known.get(one.id), isHeld, nthBefore };
  const { instance } = callerInstance(caller);
  return sending.take({ side, instance: instance.id, cause: command.id }, one, recorded);
}

function callerInstance(caller: Principal | undefined) {
  if (caller?.kind !== "instance") throw new TypeError("a check let through what is no instance");
  return caller;
}

export const sendEnvelopes = rule<"envelopes.send", State>({
  *gather(command, now) {
    const first = yield* ask({ ...askSpeaker(command), connection: askConnection(command) });
    const addressed = new Map<string, Addressed>();
    const within = { era: first.era, now, waitings: new Map() };
    for (const [id, envelopes] of bySession(command.envelopes)) {
      const one = yield* address(first.caller, id, envelopes, within);
      if (one !== undefined) addressed.set(id, one);
    }
    return { ...first, addressed, party: partyOf(first.caller) };
  },
  who: [callerStands, isInstance, socketIsCurrent],
  what: [],
  settle(state, command, now) {
    const taken = command.envelopes.map((one, place) => judge(one, place, state, command, now));
    const ends = [...state.addressed].map(([session, { sending, side }]) => {
      const { facts, work, payloads } = sending.finish();
      const { standing, stands, segments } = sending;
      return { session, side, standing, stands, segments, facts, work, payloads };
    });
    const sessions = ends.map(({ work: _, payloads: __, facts, ...end }) => ({
      ...end,
      facts: facts.length,
    }));
    return accept(
      { taken, sessions },
      {
        facts: ends.flatMap(({ facts }) => facts),
        work: ends.flatMap(({ work }) => work),
        payloads: ends.flatMap(({ payloads }) => payloads),
        refused: taken.flatMap((one, at) =>
          one.outcome === "refused"
            ? { refusal: one.refusal, target: command.envelopes[at]?.session ?? "" }
            : [],
        ),
      },
    );
  },
});
