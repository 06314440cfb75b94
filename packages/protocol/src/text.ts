/**
 * The words that may enter: well-formed, without control characters, in NFC; names in the narrow alphabet of
 * addresses. What is refused here is refused before it is hashed, compared or stored [NAM-1].
 */
import { z } from "zod";
import { limits } from "./limits.js";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function isPlainText(text: string): boolean {
  return !control.test(text) && !loneSurrogate.test(text) && text.normalize("NFC") === text;
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

const tagKeySchema = z
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
