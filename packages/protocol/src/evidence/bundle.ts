/**
 * The lines of a bundle: one log from its first leaf to a checkpoint, in which what is not shown is the hash of a perfect
 * subtree [EVD-3]. Each is canonical JSON of one member; here they are spelled, and taken apart without being judged.
 */
import { z } from "zod";
import { canonicalJson, type Json } from "../canonical.js";
import { idSchema } from "../ids.js";
import { statementSchema, thumbprintSchema } from "../statements.js";
import { timeSchema } from "../time.js";
import { noteBytesMax } from "./checkpoint.js";
import { levelMax } from "./merkle.js";

export const bundleVersion = "parley/1";
/** In characters: twice what a segment of envelopes comes to, spelled. */
export const bundleLineLengthMax = 8 * 1024 * 1024;
/** In characters: every line that is not a fact is short. */
const shortLineLengthMax = 64 * 1024;

const headerSchema = z.strictObject({
  bundle: z.literal(bundleVersion),
  era: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  issuer: z.string().regex(/^https?:\/\/[^\s+]{1,1024}$/),
  log: z.union([
    z.literal("platform"),
    z.templateLiteral(["org:", idSchema("organisation") as unknown as z.ZodString]),
  ]),
  scope: z.union([
    z.strictObject({ session: idSchema("session") }),
    z.strictObject({ from: timeSchema.nullable(), to: timeSchema.nullable() }),
  ]),
});
const keySchema = z.strictObject({
  key: z.strictObject({
    endorsement: statementSchema.nullable(),
    kid: thumbprintSchema,
    use: z.enum(["checkpoint", "receipt"]),
    x: thumbprintSchema,
  }),
});
const checkpointSchema = z.strictObject({ checkpoint: z.string().max(noteBytesMax) });
const skippedSchema = z.strictObject({
  skipped: z.strictObject({ hash: thumbprintSchema, level: z.int().min(0).max(levelMax) }),
});
/** Longer than a statement of a principal: it has four of them in it. */
const receiptSchema = z.strictObject({ receipt: z.string().min(1).max(shortLineLengthMax) });

export type BundleHeader = z.infer<typeof headerSchema>;
export type BundleScope = BundleHeader["scope"];
export type BundleKey = z.infer<typeof keySchema>["key"];

/** The head of a shared stream at the end of a second: what its leaf is over. */
export interface SharedHead {
  readonly hash: string;
  readonly position: number;
  readonly second: number;
  readonly stream: string;
}
export interface Skipped {
  readonly hash: string;
  readonly level: number;
}

/** Each without the line feed that ends it. */
const spell = (value: object): string => canonicalJson(value as Json);
export const headerLine = (header: BundleHeader): string => spell(header);
export const keyLine = ({ endorsement, kid, use, x }: BundleKey): string =>
  spell({ key: { endorsement, kid, use, x } });
export const checkpointLine = (note: string): string => spell({ checkpoint: note });
/** Both are canonical JSON already; null: the content was removed. */
export const factLine = (skeletonText: string, contentText: string | null): string =>
  `{"fact":${skeletonText},"says":${contentText}}`;
export const headText = ({ hash, position, second, stream }: SharedHead): string =>
  JSON.stringify({ hash, position, second, stream });
export const headLine = (head: SharedHead): string => `{"head":${headText(head)}}`;
export const skippedLine = ({ hash, level }: Skipped): string => spell({ skipped: { hash, level } });
export const receiptLine = (receipt: string): string => spell({ receipt });

/** What a line says, if it is spelled in the one way. */
function read<T extends object>(line: string, schema: z.ZodType<T>): T | undefined {
  if (line.length > shortLineLengthMax) return undefined;
  const { data } = schema.safeParse(parseJson(line));
  return data !== undefined && spell(data) === line ? data : undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export const readHeaderLine = (line: string): BundleHeader | undefined => read(line, headerSchema);
export const readKeyLine = (line: string): BundleKey | undefined => read(line, keySchema)?.key;
export const readCheckpointLine = (line: string): string | undefined =>
  read(line, checkpointSchema)?.checkpoint;
export const readSkippedLine = (line: string): Skipped | undefined => read(line, skippedSchema)?.skipped;
export const readReceiptLine = (line: string): string | undefined => read(line, receiptSchema)?.receipt;

const number = "(0|[1-9]\\d{0,15})";
const digest = '"([A-Za-z0-9_-]{43})"';
const stream = '"(platform|[a-z]{1,16}:[a-z0-9_]{1,64})"';

/** What is flat is read by its one spelling: the text that is hashed is cut out of the line as it stands. */
const factPattern = new RegExp(
  `^\\{"fact":(\\{"at":${number},"contentDigest":${digest},"kind":"([a-z][a-z0-9.-]{0,63})",` +
    `"position":${number},"previous":${digest},"stream":${stream},"v":1\\}),"says":(?=[{n])`,
);
const headPattern = new RegExp(
  `^\\{"head":(\\{"hash":${digest},"position":${number},"second":${number},"stream":${stream}\\})\\}$`,
);

export interface FactLine {
  readonly skeletonText: string;
  readonly at: number;
  readonly contentDigest: string;
  readonly kind: string;
  readonly position: number;
  readonly previous: string;
  readonly stream: string;
  /** Canonical JSON; undefined once it was removed. */
  readonly contentText: string | undefined;
}

/** Later than any time that a calendar can name is none. */
const atMax = 8_640_000_000_000_000;

export function readFactLine(line: string): FactLine | undefined {
  const found = factPattern.exec(line);
  if (found === null || !line.endsWith("}")) return undefined;
  const [whole, skeletonText = "", at, contentDigest = "", kind = "", position, previous = "", of = ""] =
    found;
  const says = line.slice(whole.length, -1);
  if (says !== "null" && !(says.startsWith("{") && says.endsWith("}"))) return undefined;
  const contentText = says === "null" ? undefined : says;
  const numbers = { at: Number(at), position: Number(position) };
  if (numbers.at > atMax || numbers.position < 1 || !Number.isSafeInteger(numbers.position)) return undefined;
  return { skeletonText, ...numbers, contentDigest, kind, previous, stream: of, contentText };
}

export function readHeadLine(line: string): (SharedHead & { readonly text: string }) | undefined {
  const [, text = "", hash = "", position, second, of = ""] = headPattern.exec(line) ?? [];
  if (text === "") return undefined;
  const head = { hash, position: Number(position), second: Number(second), stream: of };
  return Number.isSafeInteger(head.position) && head.position > 0 && Number.isSafeInteger(head.second)
    ? { ...head, text }
    : undefined;
}
