/** The broker's own keys as a bundle lists them: of each use from the first to the one that has signed, and no others. */
import { type BrokerKeyView, keyLine, parseCheckpoint, verifierKey } from "@parley/protocol";
import { evidenceCrypto } from "../evidence-crypto.js";

export function keyLinesFor(
  keys: readonly BrokerKeyView[],
  note: string,
  receipt: string | null,
): readonly string[] {
  const of = (use: BrokerKeyView["parley:use"]) => keys.filter((key) => key["parley:use"] === use);
  const checkpoints = upTo(of("checkpoint"), ({ x }) => hasSigned(note, x));
  const receipts = receipt === null ? [] : upTo(of("receipt"), ({ kid }) => kid === kidOf(receipt));
  return [...checkpoints, ...receipts].map((key) => {
    const { kid, x, "parley:use": use, "parley:endorsement": endorsement } = key;
    if (use === "access") throw new TypeError("no record is signed by a key for tokens");
    return keyLine({ endorsement, kid, use, x });
  });
}

/** They were made one after the other, and each is endorsed by the one before it. */
function upTo(keys: readonly BrokerKeyView[], signs: (key: BrokerKeyView) => boolean) {
  const at = keys.findIndex(signs);
  return keys.slice(0, at + 1);
}

function hasSigned(note: string, x: string): boolean {
  const parsed = parseCheckpoint(note);
  if (parsed === undefined) return false;
  const [, keyId] = verifierKey(parsed.checkpoint.origin, x, evidenceCrypto).split("+");
  return parsed.signatures.some((one) => one.keyId === keyId);
}

function kidOf(jws: string): string | undefined {
  const [header = ""] = jws.split(".");
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { readonly kid?: string };
  return kid;
}
