/** The committed vectors: two true bundles, and for each flaw how one of them is changed, each with its report. */

import { verifierKey } from "../checkpoint.js";
import type { BundleReport } from "../report.js";
import { type VerifyOptions, verifyBundle } from "../verify.js";
import { type Flawed, second, session, story, whole } from "./flawed.js";
import { nodeCrypto } from "./keys.js";
import { checkpointKeys, noteOf } from "./made-bundle.js";
import { flaws } from "./made-flaws.js";

/** From which line on (from 1), how many go, and what comes: lines, and then one of so many spaces. */
export interface Edit {
  readonly line: number;
  readonly remove: number;
  readonly insert: readonly string[];
  readonly spaces?: number;
}
export interface Vector {
  readonly title: string;
  readonly bundle: "session" | "organisation";
  readonly edits: readonly Edit[];
  readonly options: Pick<VerifyOptions, "keys" | "against">;
  readonly report: BundleReport;
}
export interface Vectors {
  readonly about: string;
  readonly vectors: readonly Vector[];
}

const about =
  "Test vectors of docs/evidence.md. A vector is a bundle beside this file, changed by its edits (at a line of the bundle, from 1: so many go, " +
  "those come, then one of so many spaces), and the report of it. All keys are made of known seeds, and good for nothing else.";

const bundles = { session, whole };
const nameOf = { session: "session", whole: "organisation" } as const;

/** Where two lists differ, and no more: what is alike in both stays. */
function editsBetween(from: readonly string[], to: readonly string[]): Edit[] {
  const alike = (a: number, b: number): number => (from[a] === to[b] ? (rows[a + 1]?.[b + 1] ?? 0) + 1 : 0);
  const rows: number[][] = Array.from(
    { length: from.length + 1 },
    () => Array(to.length + 1).fill(0) as number[],
  );
  for (let a = from.length - 1; a >= 0; a--)
    for (let b = to.length - 1; b >= 0; b--)
      (rows[a] as number[])[b] = alike(a, b) || Math.max(rows[a + 1]?.[b] ?? 0, rows[a]?.[b + 1] ?? 0);
  const edits: Edit[] = [];
  for (let a = 0, b = 0; a < from.length || b < to.length; ) {
    const [beganA, beganB] = [a, b];
    while ((a < from.length || b < to.length) && !(a < from.length && from[a] === to[b])) {
      if (b === to.length || (a < from.length && (rows[a + 1]?.[b] ?? 0) >= (rows[a]?.[b + 1] ?? 0))) a += 1;
      else b += 1;
    }
    if (a > beganA || b > beganB) edits.push(editOf(beganA + 1, a - beganA, to.slice(beganB, b)));
    for (; a < from.length && from[a] === to[b]; a++) b += 1;
  }
  return edits;
}

function editOf(line: number, remove: number, insert: readonly string[]): Edit {
  const last = insert.at(-1);
  return last?.trim() === "" ? { line, remove, insert: [], spaces: last.length } : { line, remove, insert };
}

/** The last edit first: each is of the lines as they were. */
export const edited = (lines: readonly string[], edits: readonly Edit[]): readonly string[] =>
  edits.reduceRight<readonly string[]>(
    (so, { line, remove, insert, spaces }) =>
      so.toSpliced(line - 1, remove, ...insert, ...(spaces === undefined ? [] : [" ".repeat(spaces)])),
    lines,
  );

export const bundleTexts = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(bundles).map(([base, lines]) => [
      `${nameOf[base as keyof typeof nameOf]}.ndjson`,
      lines.map((line) => `${line}\n`).join(""),
    ]),
  );

async function vectorOf(one: Pick<Flawed, "title" | "base" | "lines" | "options">): Promise<Vector> {
  const { title, base, lines, options = {} } = one;
  const report = await verifyBundle(lines, { crypto: nodeCrypto, ...options });
  return { title, bundle: nameOf[base], edits: editsBetween(bundles[base], lines), options, report };
}

const older = noteOf(story.log, 5, checkpointKeys[1]);
const key = verifierKey(
  "parley.example/logs/org_00000000000000000000000001/era-2",
  checkpointKeys[0].x,
  nodeCrypto,
);
const trueOnes: readonly Pick<Flawed, "title" | "base" | "lines" | "options">[] = [
  { title: `the session ${second}`, base: "session", lines: session },
  { title: "all of an organisation's record", base: "whole", lines: whole },
  { title: "a key that was given", base: "session", lines: session, options: { keys: [key] } },
  { title: "an older checkpoint", base: "whole", lines: whole, options: { against: older } },
];

export async function makeVectors(): Promise<Vectors> {
  return { about, vectors: await Promise.all([...trueOnes, ...flaws].map(vectorOf)) };
}
