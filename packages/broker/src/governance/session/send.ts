/**
 * Sending: an instance's envelopes, as many as have arrived together, each judged on what those before it have left. What
 * is accepted in one session becomes a segment of it; what is refused is refused alone.
 */
import type { SessionId, SideName } from "@parley/protocol";
import { askCaller, callerStands, isInstance, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Millis } from "../entities.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask, rule } from "../rule.js";
import { accept, no } from "../verdict.js";
import { type KnownEnvelope, nothingSent, type Taken } from "./envelope-entities.js";
import { holds } from "./join.js";
import { askTimes, type Times } from "./rate.js";
import { refused, Sending } from "./sending.js";
import {
  askConnection,
  askSession,
  type SocketState,
  sideOf,
  socketIsCurrent,
  standingSeen,
} from "./session-caller.js";

type Send = Command<"envelopes.send">;
type Named = Send["envelopes"][number];

/** A session of which the caller's agent has a side, and what the record says of what it sends there. */
interface Addressed {
  readonly side: SideName;
  readonly isHeld: boolean;
  readonly sending: Sending;
  /** By id. */
  readonly known: ReadonlyMap<string, KnownEnvelope>;
  readonly times: Times;
}

interface State extends SocketState {
  /** By the id that was named; what is not there is hidden or absent. */
  readonly addressed: ReadonlyMap<string, Addressed>;
}

function bySession(envelopes: readonly Named[]): ReadonlyMap<string, readonly Named[]> {
  const found = new Map<string, Named[]>();
  for (const one of envelopes) {
    const of = found.get(one.session);
    if (of === undefined) found.set(one.session, [one]);
    else of.push(one);
  }
  return found;
}

function* address(
  caller: Principal | undefined,
  id: string,
  envelopes: readonly Named[],
  { era, now }: { readonly era: number; readonly now: Millis },
): Asking<Addressed | undefined> {
  const { found } = yield* ask({ found: askSession(caller, id) });
  const { record, standing } = standingSeen({ caller, era }, found, now);
  const side = record && sideOf(caller, record);
  if (!record || !standing || !side || caller?.kind !== "instance") return undefined;
  const session = record.session.id;
  const of = { session, side } as const;
  const rows = yield* ask({
    consumer: find("tally", { session, side: "consumer" }),
    provider: find("tally", { session, side: "provider" }),
    handled: find("handled", of),
  });
  const tallies = {
    consumer: rows.consumer ?? nothingSent(session, "consumer"),
    provider: rows.provider ?? nothingSent(session, "provider"),
  };
  const handled = rows.handled ?? { n: 0, bytes: 0 };
  const sending = new Sending({ standing, tallies, handled, now });
  const suspects = envelopes.filter(({ id }) => sending.mayBeKnown(side, id));
  const { maxEnvelopesPerMinute } = record.session.terms;
  return {
    side,
    isHeld: holds(standing[side], caller.instance.id),
    sending,
    known: yield* recall(of, suspects),
    times: yield* askTimes(of, tallies[side].n, envelopes.length, maxEnvelopesPerMinute),
  };
}

/** [ENV-3] What stands in the record under these ids. */
function* recall(
  { session, side }: { readonly session: SessionId; readonly side: SideName },
  suspects: readonly Named[],
): Asking<ReadonlyMap<string, KnownEnvelope>> {
  const known = new Map<string, KnownEnvelope>();
  for (const { id } of suspects) {
    const { segment } = yield* ask({ segment: find("segmentOfId", { session, side, id }) });
    if (segment === undefined) continue;
    const { position, at } = segment;
    const { said } = yield* ask({ said: find("sentAt", { session, position }) });
    const index = said?.entries.findIndex((entry) => entry.id === id) ?? -1;
    const entry = said?.entries[index];
    if (entry === undefined) continue;
    const { header, payload } = entry;
    known.set(id, { n: segment.n + index, seq: segment.seq + index, position, at, header, payload });
  }
  return known;
}

/** Each is refused alone; who sends it was judged for all. */
function judge(one: Named, { addressed, caller }: State, command: Send, now: Millis): Taken {
  const to = addressed.get(one.session);
  if (to === undefined) return refused(no("not-found"));
  const { sending, side, known, times, isHeld } = to;
  const recorded = { known: known.get(one.id), isHeld, nthBefore: times.before(sending.sents[side].n, now) };
  const { instance } = callerInstance(caller);
  return sending.take({ side, instance: instance.id, cause: command.id }, one, recorded);
}

function callerInstance(caller: Principal | undefined) {
  if (caller?.kind !== "instance") throw new TypeError("a check let through what is no instance");
  return caller;
}

export const sendEnvelopes = rule<"envelopes.send", State>({
  *gather(command, now) {
    const first = yield* ask({ ...askCaller(command), connection: askConnection(command) });
    const addressed = new Map<string, Addressed>();
    for (const [id, envelopes] of bySession(command.envelopes)) {
      const one = yield* address(first.caller, id, envelopes, { era: first.era, now });
      if (one !== undefined) addressed.set(id, one);
    }
    return { ...first, addressed, party: partyOf(first.caller) };
  },
  who: [callerStands, isInstance, socketIsCurrent],
  what: [],
  settle(state, command, now) {
    const taken = command.envelopes.map((one) => judge(one, state, command, now));
    const ends = [...state.addressed].map(([session, { sending, side }]) => {
      return { session, ...sending.standsFor(side), ...sending.finish() };
    });
    const sessions = ends.map(({ facts, work: _, ...stands }) => ({ ...stands, facts: facts.length }));
    return accept(
      { taken, sessions },
      {
        facts: ends.flatMap(({ facts }) => facts),
        work: ends.flatMap(({ work }) => work),
        refused: taken.flatMap((one, at) =>
          one.outcome === "refused"
            ? { refusal: one.refusal, target: command.envelopes[at]?.session ?? "" }
            : [],
        ),
      },
    );
  },
});
