/**
 * The words that may enter: well-formed, without control characters, in NFC; names in the narrow alphabet of
 * addresses. What is refused here is refused before it is hashed, compared or stored [NAM-1].
 */
import { z } from "zod";
import { limits } from "./limits.js";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** What turns the order of the letters around it: a text that reads otherwise than it is. */
const turning = /[\u202a-\u202e\u2066-\u2069]/;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function isPlainText(text: string): boolean {
  const isClean = !control.test(text) && !turning.test(text) && !loneSurrogate.test(text);
  return isClean && text.normalize("NFC") === text;
}

/** Where JSON has a key or a text that is not plain; undefined where all of it is. A key is not named: its owner is. */
export function unplainIn(value: unknown): readonly (string | number)[] | undefined {
  if (typeof value === "string") return isPlainText(value) ? undefined : [];
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, each] of Object.entries(value)) {
    if (!isPlainText(key)) return [];
    const below = unplainIn(each);
    if (below) return [Array.isArray(value) ? Number(key) : key, ...below];
  }
  return undefined;
}

const plain = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .refine(isPlainText, "expected well-formed text in NFC without control characters");

/** An address: organisations, agents, workgroups, contracts, advertisements, operators. */
export const nameSchema = z
  .string()
  .min(1)
  .max(limits.nameLengthMax)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "expected lower-case letters, digits and inner hyphens");

export const displayNameSchema = plain(limits.displayNameLengthMax);
export const ownerSchema = plain(limits.ownerLengthMax);
export const purposeSchema = plain(limits.purposeLengthMax);
export const rulesSchema = plain(limits.rulesLengthMax);
export const introductionSchema = plain(limits.introductionLengthMax);
export const descriptionSchema = plain(limits.descriptionLengthMax);
export const detailSchema = plain(limits.detailLengthMax);
export const metadataValueSchema = plain(limits.metadataValueLengthMax);

const dotted = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*";

/** Dotted lower case: `markets.equity`. */
export const capabilityNameSchema = z
  .string()
  .min(1)
  .max(limits.capabilityLengthMax)
  .regex(new RegExp(`^${dotted}$`), "expected dotted lower case, like markets.equity");

/** One type of message, spelled like a capability. */
export const messageTypeLike = new RegExp(`^${dotted}$`);

/** A type of message, a family of them (`markets.equity.*`), or all (`*`). */
export const messageTypePatternSchema = z
  .string()
  .min(1)
  .max(limits.capabilityLengthMax)
  .regex(new RegExp(`^(?:\\*|${dotted}(?:\\.\\*)?)$`), "expected a message type, like markets.equity.* or *");

/** A workgroup as people say it: its id, `owner/name`, or its name alone while only one is visible. */
export const workgroupAddressSchema = z
  .string()
  .min(1)
  .max(2 * limits.nameLengthMax + 1);

export const tagKeySchema = z
  .string()
  .min(1)
  .max(limits.tagKeyLengthMax)
  .regex(/^[a-z0-9](?:[a-z0-9._/-]*[a-z0-9])?$/, "expected a lower-case tag key")
  .refine(
    (key) => key !== "__proto__" && key !== "constructor" && key !== "prototype",
    "this key is reserved",
  );

export const tagsSchema = z
  .record(tagKeySchema, plain(limits.tagValueLengthMax))
  .refine((tags) => Object.keys(tags).length <= limits.tagsPerAgent, `at most ${limits.tagsPerAgent} tags`);

export type Tags = Readonly<Record<string, string>>;
