/**
 * The reference for what two sides of one active session send each other, and who holds them: in numbers and lists alone,
 * without segments, rows, facts or timers.
 */
export type SideAt = 0 | 1;

export const flowTerms = {
  maxEnvelopes: 40,
  maxEnvelopeBytes: 60,
  maxTotalBytes: 1_200,
  maxEnvelopesPerMinute: 5,
  violationsAllowed: 1,
  idleTimeoutSeconds: 300,
  resumeGraceSeconds: 30,
  absenceSeconds: 100,
} as const;
const hourMs = 3_600_000;

export interface Said {
  readonly id: number;
  readonly bytes: number;
  /** Another of these is another content. */
  readonly variant: number;
}

interface Sent extends Said {
  readonly at: number;
}

export interface SideState {
  readonly sent: Sent[];
  violations: number;
  /** Of what it has sent. */
  acked: number;
  handed: number;
  holder: number;
  readonly heldBy: Set<number>;
}

export interface Person {
  connected: boolean;
  leftAt: number;
  goodbye: boolean;
}

/** People 0 and 1 are instances of the first side's agent, 2 and 3 of the other's. */
export interface FlowState {
  now: number;
  readonly activeAt: number;
  closed: { readonly reason: string; readonly at: number } | undefined;
  isWritten: boolean;
  /** Who of the second side has what the end has left to it, as long as something is left. */
  drainer: number | undefined;
  readonly sides: readonly [SideState, SideState];
  readonly people: readonly Person[];
}

export type FlowStep = { readonly passes: number } & (
  | { readonly kind: "send"; readonly who: number; readonly said: readonly Said[] }
  | { readonly kind: "ack"; readonly who: number; readonly n: number }
  | { readonly kind: "leave"; readonly who: number; readonly goodbye: boolean }
  | { readonly kind: "return"; readonly who: number }
  | { readonly kind: "join"; readonly who: number; readonly after: number | null }
  | { readonly kind: "timer" }
);

export const sideOf = (who: number): SideAt => (who < 2 ? 0 : 1);
const person = (state: FlowState, who: number): Person => state.people[who] as Person;
const mineOf = (state: FlowState, who: number): SideState => state.sides[sideOf(who)];
const theirsOf = (state: FlowState, who: number): SideState => state.sides[sideOf(who) === 0 ? 1 : 0];
const bytesOf = (sent: readonly Said[]): number => sent.reduce((all, { bytes }) => all + bytes, 0);
export const bytesWaiting = ({ sent, acked }: SideState): number => bytesOf(sent.slice(acked));

export function flowBegins(now: number, activeAt: number): FlowState {
  const side = (holder: number): SideState => ({
    ...{ sent: [], violations: 0, acked: 0, handed: 0, holder },
    heldBy: new Set([holder]),
  });
  const people = [0, 1, 2, 3].map(() => ({ connected: true, leftAt: 0, goodbye: false }));
  const begun = { now, activeAt, closed: undefined, isWritten: false, drainer: undefined };
  return { ...begun, sides: [side(0), side(2)], people };
}

export function takeFlow(state: FlowState, step: FlowStep): unknown {
  state.now += step.passes;
  settleTime(state);
  if (step.kind === "timer") return timer(state);
  const who = person(state, step.who);
  if (step.kind === "leave") {
    if (who.connected) Object.assign(who, { connected: false, leftAt: state.now, goodbye: step.goodbye });
    return undefined;
  }
  if (step.kind === "return") {
    who.connected = true;
    return undefined;
  }
  if (!who.connected) return "connection.replaced";
  if (step.kind === "send") return step.said.map((one) => send(state, step.who, one));
  return step.kind === "ack" ? ack(state, step.who, step.n) : join(state, step.who, step.after);
}

function settleTime(state: FlowState): void {
  if (state.closed !== undefined) return;
  const lastAt = Math.max(state.activeAt, ...state.sides.flatMap(({ sent }) => sent.map(({ at }) => at)));
  const idleAt = lastAt + flowTerms.idleTimeoutSeconds * 1_000;
  const endAt = state.activeAt + hourMs;
  const at = Math.min(idleAt, endAt);
  if (at <= state.now) state.closed = { reason: idleAt < endAt ? "idle_timeout" : "duration_reached", at };
}

function timer(state: FlowState): undefined {
  const lostAt = ({ holder }: SideState): number => {
    const { connected, leftAt } = person(state, holder);
    const since = Math.max(leftAt, state.activeAt);
    return connected ? Number.POSITIVE_INFINITY : since + flowTerms.absenceSeconds * 1_000;
  };
  const [mine, theirs] = state.sides.map(lostAt) as [number, number];
  if (state.closed === undefined && Math.min(mine, theirs) <= state.now)
    state.closed = { reason: mine <= theirs ? "consumer_lost" : "provider_lost", at: state.now };
  if (state.closed !== undefined) write(state);
  return undefined;
}

/** The end is in the record, with what it leaves. */
function write(state: FlowState): void {
  const [{ sent, acked }, { holder }] = state.sides;
  if (!state.isWritten && acked < sent.length) state.drainer = holder;
  state.isWritten = true;
}

function send(state: FlowState, who: number, said: Said): unknown {
  const mine = mineOf(state, who);
  const known = mine.sent.findIndex(({ id }) => id === said.id);
  const before = mine.sent[known];
  if (before !== undefined)
    return before.bytes === said.bytes && before.variant === said.variant ? known + 1 : "envelope.id-reused";
  if (mine.holder !== who) return "session.not-held";
  if (state.closed !== undefined) return "session.state";
  const all = state.sides.flatMap(({ sent }) => sent);
  const breaks =
    said.bytes > flowTerms.maxEnvelopeBytes ||
    all.length >= flowTerms.maxEnvelopes ||
    bytesOf(all) + said.bytes > flowTerms.maxTotalBytes;
  if (breaks) {
    mine.violations += 1;
    if (mine.violations > flowTerms.violationsAllowed) {
      state.closed = { reason: "contract_violation", at: state.now };
      write(state);
    }
    return "contract.violation";
  }
  const fifth = mine.sent.at(-flowTerms.maxEnvelopesPerMinute);
  if (fifth !== undefined && state.now - fifth.at < 60_000) return "envelope.rate";
  mine.sent.push({ ...said, at: state.now });
  if (person(state, theirsOf(state, who).holder).connected) mine.handed = mine.sent.length;
  return mine.sent.length;
}

/** Who has the side, or what is left to it. */
function havingOf(state: FlowState, who: number): number {
  const { holder } = mineOf(state, who);
  return sideOf(who) === 1 ? (state.drainer ?? holder) : holder;
}

/** Milliseconds until it may have its side; null: it may not by waiting. */
function waits(state: FlowState, who: number): number | null {
  const holder = havingOf(state, who);
  if (holder === who) return 0;
  const { connected, leftAt, goodbye } = person(state, holder);
  if (connected) return null;
  return Math.max(0, leftAt + (goodbye ? 0 : flowTerms.resumeGraceSeconds * 1_000) - state.now);
}

function ack(state: FlowState, who: number, named: number): undefined {
  const theirs = theirsOf(state, who);
  const mine = mineOf(state, who);
  const may = state.closed === undefined ? mine.holder === who : waits(state, who) === 0;
  if (may) theirs.acked = Math.max(theirs.acked, Math.min(named, theirs.handed, theirs.sent.length));
  if (sideOf(who) === 1 && theirs.acked === theirs.sent.length) state.drainer = undefined;
  return undefined;
}

function join(state: FlowState, who: number, cursor: number | null): unknown {
  const mine = mineOf(state, who);
  const theirs = theirsOf(state, who);
  const count = theirs.sent.length;
  if (havingOf(state, who) !== who) {
    if (state.closed !== undefined && theirs.acked >= count) return "session.state";
    const left = waits(state, who);
    if (left !== 0) return ["session.not-held", left];
    if (state.closed === undefined) {
      mine.holder = who;
      mine.heldBy.add(who);
    }
    if (state.drainer !== undefined && sideOf(who) === 1) state.drainer = who;
  }
  const asked = Math.min(cursor ?? theirs.acked, count);
  const after = Math.max(asked, theirs.acked);
  const { handed } = theirs;
  theirs.handed = Math.max(handed, count);
  const missing = asked < after ? [{ from: asked + 1, to: after, why: "erased" }] : [];
  return { after, upTo: count, handed, missing };
}
