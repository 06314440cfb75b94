/** Terms of every kind, and what is said under them. */
import type { Habits } from "./letters.js";

export interface Kind {
  readonly terms: object;
  readonly habits: Habits;
  /** Nobody has to close it. */
  readonly endsByItself?: true;
  /** Its sides go from one instance to another. */
  readonly changesHands?: true;
}

const fast = { acceptance: "open", maxConcurrentSessions: 1_000, maxEnvelopesPerMinute: 6_000 };
const many = { ...fast, maxEnvelopes: 100_000 };
export const openTerms = fast;
export const talkative: Habits = { types: ["talk.note", "talk.reply"], forbidden: [], bytesMax: 60_000 };

/** One after the other, as many as there are sessions. */
export const everyday: readonly Kind[] = [
  { terms: { ...fast, maxEnvelopes: 1_000_000 }, habits: talkative },
  {
    terms: {
      ...{ ...many, violationsAllowed: 10, maxEnvelopeBytes: 2_000 },
      messageTypes: [
        { type: "talk.*", from: "either" },
        { type: "ask.one", from: "consumer" },
      ],
    },
    habits: { types: ["talk.note", "talk.reply"], forbidden: ["ask.two", "talk"], bytesMax: 1_700 },
  },
  { terms: { ...many, payloadRetention: "until_closed" }, habits: talkative },
  {
    terms: { ...fast, maxEnvelopes: 120, maxEnvelopesBySide: { consumer: 90, provider: 90 } },
    habits: talkative,
  },
  { terms: { ...many, payloadRetention: { days: 1 } }, habits: talkative },
  { terms: { ...many, maxEnvelopesPerMinute: 300 }, habits: talkative },
];

const tried = {
  ...{ ...fast, violationsAllowed: 10, maxEnvelopeBytes: 2_000, maxTotalBytes: 100_000 },
  messageTypes: [{ type: "talk.*", from: "either" }],
};
const careless: Habits = { types: ["talk.note", "talk.reply"], forbidden: ["ask.two"], bytesMax: 5_000 };
const counts = ["maxEnvelopes", "maxEnvelopesBySide", "maxTotalBytes"];
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Made when their contract is: each beside the everyday ones. */
export const special = {
  /** Everything that can be tried out is, and soon broken. */
  trial: () => ({
    terms: {
      ...{ ...tried, maxEnvelopes: 60, maxEnvelopesBySide: { consumer: 40, provider: 40 } },
      observe: { until: inMs(86_400_000), terms: ["messageTypes", "maxEnvelopeBytes", ...counts] },
    },
    habits: careless,
  }),
  /** In the middle of it the trial is over, and what was marked is refused. */
  endingTrial: () => ({
    terms: {
      ...{ ...tried, maxEnvelopes: 100_000, maxTotalBytes: 1_000_000_000 },
      observe: { until: inMs(2_500), terms: ["messageTypes", "maxEnvelopeBytes"] },
    },
    habits: careless,
  }),
  brief: () => ({ terms: { ...many, maxDurationSeconds: 2 }, habits: talkative, endsByItself: true }),
  /** What comes in bursts comes now just before the idle time is over, and now just after. */
  idle: () => ({
    terms: { ...many, idleTimeoutSeconds: 1 },
    habits: { ...talkative, everyMs: 2_370 },
    endsByItself: true,
  }),
  handed: () => ({ terms: { ...many, resumeGraceSeconds: 1 }, habits: talkative, changesHands: true }),
} satisfies Record<string, () => Kind>;

export type Special = keyof typeof special;
