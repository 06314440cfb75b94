/** The answer to what was sent [ENV-10]: for each session as it was named, what was accepted, repeated and refused. */
import { type OutcomeFrame, problemOf, type Refusal, type SessionOutcome } from "@parley/protocol";
import type { Command, CommandAnswers } from "../../governance/command.js";
import type { SentIn } from "../../governance/engagement-commands.js";
import type { Written } from "../../relay.js";

type Send = Command<"envelopes.send">;
type Answer = CommandAnswers["envelopes.send"];

type Accepted = SessionOutcome["accepted"][number];
interface Building {
  readonly session: string;
  readonly accepted: Accepted[];
  readonly repeated: SessionOutcome["repeated"][number][];
  readonly refused: SessionOutcome["refused"][number][];
  stands: SessionOutcome["stands"];
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

export function outcomeOf(command: Send, answer: Answer, facts: readonly Written[]): OutcomeFrame {
  const built = new Map<string, Building>();
  for (const { session } of command.envelopes)
    if (!built.has(session))
      built.set(session, { session, accepted: [], repeated: [], refused: [], stands: null });
  addSegments(built, command, answer, facts);
  answer.taken.forEach((one, place) => {
    const envelope = command.envelopes[place];
    const to = envelope && built.get(envelope.session);
    if (envelope === undefined || to === undefined || one.outcome === "accepted") return;
    const { id } = envelope;
    if (one.outcome === "refused") to.refused.push({ id, problem: problemOf(one.refusal) });
    else {
      const { n, seq, position, at, payload: digest } = one.known;
      to.repeated.push({ id, n, seq, position, at: timeOf(at), digest });
    }
  });
  return { sessions: [...built.values()] };
}

function addSegments(
  built: ReadonlyMap<string, Building>,
  command: Send,
  { sessions }: Answer,
  facts: readonly Written[],
): void {
  let offset = 0;
  for (const end of sessions) {
    const to = built.get(end.session);
    const written = facts.slice(offset, offset + end.facts);
    offset += end.facts;
    if (to === undefined) continue;
    const { state, left, sendUpTo } = end.stands;
    const last = written.at(-1);
    const head = last === undefined ? null : { position: last.skeleton.position, hash: last.hash };
    to.stands = { state, left: { ...left }, sendUpTo: { ...sendUpTo }, head };
    for (const segment of end.segments) {
      const fact = written[segment.fact];
      if (fact !== undefined) to.accepted.push(acceptedOf(command, segment, fact));
    }
  }
}

function acceptedOf(
  { id: cause, envelopes }: Send,
  { n, seq, sent, places, marks }: SentIn["segments"][number],
  { skeleton: { position, at } }: Written,
): Accepted {
  const ofSegment = places.map((place, index) => {
    const envelope = envelopes[place];
    if (envelope === undefined) throw new RangeError(`a segment has no envelope at ${place}`);
    const { id, payload: digest } = envelope;
    const { stray, wouldRefuse } = marks[index] ?? {};
    const marked = { ...(stray && { stray }), ...(wouldRefuse && { wouldRefuse: [...wouldRefuse] }) };
    return { id, digest, ...marked };
  });
  return { position, at: timeOf(at), cause, n, seq, sent, envelopes: ofSegment };
}

/** Nothing of it was decided: each is told the same. */
export function refusedAll({ envelopes }: Pick<Send, "envelopes">, refusal: Refusal): OutcomeFrame {
  const problem = problemOf(refusal);
  const bySession = new Map<string, SessionOutcome["refused"]>();
  for (const { session, id } of envelopes) {
    const of = bySession.get(session) ?? [];
    of.push({ id, problem });
    bySession.set(session, of);
  }
  return {
    sessions: [...bySession].map(([session, refused]) => {
      return { session, accepted: [], repeated: [], refused, stands: null };
    }),
  };
}
