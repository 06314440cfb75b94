/** The cryptography that evidence is made and checked with, as this runtime has it. */
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import type { EvidenceCrypto } from "@parley/protocol";

const publicKey = (x: string): KeyObject =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });

export const evidenceCrypto: EvidenceCrypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: (x, signature, message) => verify(null, message, publicKey(x), signature),
};
