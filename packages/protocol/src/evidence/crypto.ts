/** What evidence needs of cryptography, given by who verifies: Node has it at once, a browser has WebCrypto for signatures. */

export interface EvidenceCrypto {
  /** SHA-256 as base64url; text is taken as UTF-8. */
  sha256(data: string | Uint8Array): string;
  /** Ed25519 over these bytes by the public point `x` (base64url). False, not a throw, for what is no key or no signature. */
  verify(x: string, signature: Uint8Array, message: Uint8Array): boolean | Promise<boolean>;
}
