/** A history and a record of one session that fit each other, made up: what a test changes in them is what it plants. */
import { completeTerms, type SideName, termsText } from "@parley/protocol";
import { sha256 } from "../../fixtures/signing.js";
import type { Place, Seen, Spoken } from "./history.js";
import type { Entry, Found, RecordedFact, RecordedSession, SideRow } from "./reader.js";

export const session = "ses_one";
const beganAt = 1_000_000;
const terms = completeTerms({
  ...{ acceptance: "open", maxEnvelopes: 6, maxEnvelopesBySide: { consumer: 4, provider: 4 } },
  ...{ maxEnvelopeBytes: 200, violationsAllowed: 3, maxDurationSeconds: 60, idleTimeoutSeconds: 30 },
  resumeGraceSeconds: 1,
  messageTypes: [
    { type: "talk.*", from: "either" },
    { type: "ask.one", from: "consumer" },
  ],
});

const spoken = (side: SideName, connection = side === "consumer" ? 1 : 2): Spoken => ({
  ...{ session, side, instance: side === "consumer" ? "ins_c" : "ins_p", connection },
});

export interface Said {
  readonly side: SideName;
  readonly id: string;
  readonly type: string;
  readonly text: string;
}

/** Consumer, provider, consumer, provider: each answered before the next is sent. */
const said: readonly Said[] = [
  { side: "consumer", id: "env_1", type: "ask.one", text: "one" },
  { side: "provider", id: "env_2", type: "talk.note", text: "two" },
  { side: "consumer", id: "env_3", type: "talk.note", text: "three" },
  { side: "provider", id: "env_4", type: "talk.note", text: "four" },
];

const headerOf = ({ id, type }: Pick<Said, "id" | "type">): string => JSON.stringify({ session, id, type });
const otherOf = (side: SideName): SideName => (side === "consumer" ? "provider" : "consumer");

export function entryOf(one: Said, at: number): Entry {
  const { side, id, text } = one;
  const n = said.slice(0, at + 1).filter((each) => each.side === side).length;
  return {
    ...{ side, id, n, seq: at + 1, position: at + 6, at: beganAt + 1_000 * (at + 1), wouldRefuse: [] },
    ...{
      instance: spoken(side).instance,
      header: headerOf(one),
      payload: sha256(text),
      payloadBytes: text.length,
    },
  };
}

export const placeOf = ({ n, seq, position, at, payload }: Entry): Place => ({
  ...{ n, seq, position, at: new Date(at).toISOString(), digest: payload },
});

export const sentAs = (one: Said, by = spoken(one.side)): Seen => ({
  ...{ what: "sent", id: one.id, type: one.type, header: headerOf(one), payload: sha256(one.text), ...by },
  ...{ payloadBytes: one.text.length, marker: `marker-${one.id}`, copies: 1 },
});
export const answered = (entry: Entry, as: "accepted" | "repeated" = "accepted"): Seen => ({
  ...{ what: "answered", id: entry.id, as, ...placeOf(entry), ...spoken(entry.side) },
});
export const refusedAs = (one: Said, code: string, rule: string | null = null): Seen => ({
  ...{ what: "refused", id: one.id, code, rule, ...spoken(one.side) },
});
export const deliveredAs = ({ side, n, seq, header, payload, instance, wouldRefuse }: Entry): Seen => ({
  ...{ what: "delivered", ...spoken(otherOf(side)), n, seq, header, payload, sender: instance },
  ...{ wouldRefuse, isAgain: false },
  stamp: `stamp ${side} ${n}`,
});

const entries = said.map(entryOf);
const bytesOf = ({ header, payloadBytes }: Entry) => header.length + payloadBytes;

export const factOf = (position: number, kind: string, data: Record<string, unknown> = {}): RecordedFact => ({
  ...{ position, kind, at: beganAt + Math.max(0, position - 5) * 1_000, data },
});

function factsOf(): RecordedFact[] {
  const counts = { consumer: 0, provider: 0 };
  const sent = entries.map((entry) => {
    const { side, instance, n, seq, position } = entry;
    counts[side] += bytesOf(entry);
    return factOf(position, "session.sent", { side, instance, n, seq, entries: [entry], sent: counts[side] });
  });
  const accepted = { accepted: 2, handed: 2, acknowledged: 2 };
  return [
    factOf(1, "session.proposed", { session: { terms } }),
    factOf(2, "session.accepted", { life: { joinBy: beganAt + 60_000 } }),
    factOf(3, "session.joined", { side: "consumer", instance: "ins_c" }),
    factOf(4, "session.joined", { side: "provider", instance: "ins_p" }),
    factOf(5, "session.activated", { life: { activeAt: beganAt, deadline: beganAt + 60_000 } }),
    ...sent,
    factOf(10, "session.closed", {
      sides: { consumer: accepted, provider: accepted },
      life: { closedAt: beganAt + 5_000, ending: { reason: "completed_by_consumer", by: "ins_c" } },
    }),
  ];
}

function sideRow(side: SideName): SideRow {
  const of = entries.filter((entry) => entry.side === side);
  const bytes = of.reduce((sum, one) => sum + bytesOf(one), 0);
  return { n: of.length, bytes, violations: 0, handled: of.length, handledBytes: bytes, handed: of.length };
}

export function made(): { seen: Seen[]; record: RecordedSession; found: Found } {
  const facts = factsOf();
  const segments = facts.flatMap(({ kind, position, data: { side, n, seq, sent } }) =>
    kind === "session.sent"
      ? [{ ...({ side, n, seq, sent } as RecordedSession["segments"][number]), count: 1, position }]
      : [],
  );
  const record: RecordedSession = {
    ...{ id: session, state: "closed", terms, termsDigest: sha256(termsText(terms)), chainFlaw: undefined },
    ...{ facts, entries, segments, kept: [] },
    sides: { consumer: sideRow("consumer"), provider: sideRow("provider") },
  };
  const seen: Seen[] = [
    { what: "broker", is: "up", atMs: 0 },
    { what: "engaged", session, terms: record.termsDigest },
    { what: "opened", instance: "ins_c", connection: 1, epoch: 1, atMs: beganAt - 9_000 },
    { what: "opened", instance: "ins_p", connection: 2, epoch: 1, atMs: beganAt - 9_000 },
    { what: "joined", cursor: null, after: 0, missing: [], ...spoken("consumer") },
    { what: "joined", cursor: null, after: 0, missing: [], ...spoken("provider") },
    ...said.flatMap((one, at) => {
      const entry = entries[at] ?? entryOf(one, at);
      return [
        sentAs(one),
        answered(entry),
        deliveredAs(entry),
        { what: "acknowledged", n: entry.n, ...spoken(otherOf(entry.side)) } as const,
      ];
    }),
    { what: "drained", session, side: "consumer" },
    { what: "drained", session, side: "provider" },
    { what: "broker", is: "down", atMs: beganAt + 100_000 },
  ];
  return { seen, record, found: { readAtMs: beganAt + 100_000, sessions: [record], leaks: [] } };
}

export const letters = said;
export { beganAt, entries, spoken };
