/** What a verification says: what was looked at, or the first thing that is not as it must be, under a stable code. */

export const flawCodes = [
  // A line of the bundle.
  "line.length",
  "line.text",
  "line.shape",
  "line.order",
  "bundle.end",
  // The broker's keys, and what is signed with them.
  "key.kid",
  "key.endorsement",
  "key.untrusted",
  "checkpoint.signature",
  "checkpoint.origin",
  // The log.
  "log.size",
  "log.root",
  "skipped.place",
  "skipped.scope",
  "head.chain",
  "head.alone",
  "scope.session",
  // Facts, and their chains.
  "fact.stream",
  "fact.position",
  "fact.previous",
  "fact.beginning",
  "fact.time",
  "fact.content",
  "fact.says",
  "fact.after-close",
  "chain.unsealed",
  // What principals have signed.
  "statement.shape",
  "statement.signature",
  "statement.claims",
  "statement.key",
  // Receipts.
  "receipt.shape",
  "receipt.signature",
  "receipt.session",
  "receipt.claims",
  // An older checkpoint.
  "against.signature",
  "against.log",
  "against.size",
  "against.root",
  "against.unknowable",
] as const;
export type FlawCode = (typeof flawCodes)[number];

export interface Flaw {
  readonly what: FlawCode;
  readonly expected: string;
  readonly found: string;
}

/** Long text is told by its beginning. */
const toldLengthMax = 200;
const told = (text: string): string =>
  text.length > toldLengthMax ? `${text.slice(0, toldLengthMax)}…` : text;

export const flaw = (what: FlawCode, expected: string | number, found: string | number): Flaw => ({
  what,
  expected: told(String(expected)),
  found: told(String(found)),
});

export interface Checked {
  lines: number;
  /** Leaves of the log that were given, each by itself or in what was skipped. */
  leaves: number;
  skipped: number;
  facts: number;
  contents: number;
  /** Contents that the record has let go of. */
  removed: number;
  heads: number;
  /** Shared streams of which there are facts. */
  streams: number;
  sessions: number;
  /** Different ones. */
  statements: number;
  /** Of these, those whose key was not enrolled in what the bundle has of the log's own stream. */
  notEnrolled: number;
  receipts: number;
}

export const nothingChecked = (): Checked => ({
  lines: 0,
  leaves: 0,
  skipped: 0,
  facts: 0,
  contents: 0,
  removed: 0,
  heads: 0,
  streams: 0,
  sessions: 0,
  statements: 0,
  notEnrolled: 0,
  receipts: 0,
});

/** By which key each use was trusted: one that was given, or the first that the bundle lists. */
export interface Trust {
  readonly checkpoint: { readonly kid: string; readonly by: "given" | "first-listed" };
  /** Null where the bundle lists no key for receipts. */
  readonly receipt: { readonly kid: string; readonly by: "given" | "first-listed" } | null;
}

/** Where it was found: the line, from 1, and what stands there. */
export interface Place {
  readonly line: number;
  readonly stream?: string;
  readonly position?: number;
  readonly leaf?: number;
}

export type BundleReport =
  | {
      readonly ok: true;
      readonly origin: string;
      readonly size: number;
      readonly root: string;
      readonly era: number;
      readonly checked: Readonly<Checked>;
      readonly trust: Trust;
      readonly against: "consistent" | "not-asked";
      /** For people: what was not shown, and so not checked. */
      readonly notes: readonly string[];
    }
  | ({ readonly ok: false; readonly at: Place; readonly checked: Readonly<Checked> } & Flaw);
