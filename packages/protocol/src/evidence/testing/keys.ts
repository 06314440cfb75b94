/** What tests sign and hash with: Node's own, and keys that are made of a seed so that a run can be repeated. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import type { EvidenceCrypto } from "../crypto.js";

const published = new Map<string, KeyObject>();

function publicKeyOf(x: string): KeyObject {
  const known = published.get(x);
  if (known) return known;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  published.set(x, key);
  return key;
}

export const nodeCrypto: EvidenceCrypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: (x, signature, message) => verify(null, message, publicKeyOf(x), signature),
};

export interface TestKey {
  readonly x: string;
  /** RFC 7638. */
  readonly kid: string;
  sign(text: string): Uint8Array;
}

const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

export function keyOf(seed: string): TestKey {
  const secret = Buffer.from(hash("sha256", seed, "hex"), "hex");
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, secret]),
    format: "der",
    type: "pkcs8",
  });
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  const kid = nodeCrypto.sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
  return { x, kid, sign: (text) => new Uint8Array(sign(null, Buffer.from(text, "utf8"), key)) };
}
