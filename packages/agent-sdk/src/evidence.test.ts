/** Evidence is verified where there is no Node: with SHA-256 in plain JavaScript and WebCrypto's signatures [EVD-4]. */
import { readFileSync } from "node:fs";
import { type BundleReport, type EvidenceCrypto, verifyBundle } from "@parley/protocol";
import { expect, test } from "vitest";
import { plainDigestOf } from "./sha-256.js";

const folder = new URL("../../protocol/vectors/evidence/", import.meta.url);
const linesOf = (name: string): string[] => readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n");
interface Vector {
  readonly title: string;
  readonly bundle: string;
  readonly edits: readonly { line: number; remove: number; insert: string[]; spaces?: number }[];
  readonly options: { readonly keys?: readonly string[]; readonly against?: string };
  readonly report: BundleReport;
}
const { vectors } = JSON.parse(readFileSync(new URL("vectors.json", folder), "utf8")) as {
  vectors: Vector[];
};

const browserCrypto: EvidenceCrypto = {
  sha256: plainDigestOf,
  async verify(x, signature, message) {
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    const key = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]);
    return crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message));
  },
};

test.each(vectors)("$bundle: $title", async ({ bundle, edits, options, report }) => {
  const lines = edits.reduceRight(
    (so, { line, remove, insert, spaces }) =>
      so.toSpliced(line - 1, remove, ...insert, ...(spaces === undefined ? [] : [" ".repeat(spaces)])),
    linesOf(`${bundle}.ndjson`),
  );
  expect(await verifyBundle(lines, { crypto: browserCrypto, ...options })).toEqual(report);
});
