/** Canonical JSON (RFC 8785): the one spelling of a value that is hashed or signed [REC-1]. */
import canonicalize from "canonicalize";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("this value has no canonical JSON");
  return text;
}
