/** Digests that decisions and watches ask for, made alike by every adapter: SHA-256, base64url. */
import { hash } from "node:crypto";
import { canonicalJson, type Json } from "@parley/protocol";

export const digestOf = (text: string): string => hash("sha256", text, "base64url");

/**
 * What can change of an offer in the catalog while it is there: what is seen of it, of which its version tells, and who
 * owns the workgroup it is seen in.
 */
export interface CatalogEntry {
  readonly workgroup: string;
  readonly owner: string;
  readonly advertisement: string;
  readonly version: number;
}

/** One digest of all that a filter finds, in whatever order it was found. */
export function catalogDigestOf(entries: Iterable<CatalogEntry>): string {
  const lines = Array.from(entries, ({ workgroup, owner, advertisement, version }) =>
    canonicalJson([workgroup, advertisement, owner, version] satisfies Json),
  );
  return digestOf(lines.sort().join("\n"));
}
