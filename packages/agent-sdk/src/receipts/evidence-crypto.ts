/** What evidence is checked with, where there may be no Node: SHA-256 of our own, signatures by the platform. */
import type { EvidenceCrypto } from "@parley/protocol";
import { digestOf } from "../sha-256.js";

export const evidenceCrypto: EvidenceCrypto = {
  sha256: digestOf,
  async verify(x, signature, message) {
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    const key = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]);
    return crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message));
  },
};
