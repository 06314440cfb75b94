/**
 * The signed statements by which a principal shows who it is. Each has its own `typ`, so that none can be taken for
 * another (RFC 8725), and `aud` is always the broker's issuer as one string [ID-4].
 */
import { z } from "zod";

export const statementTypes = {
  enrolment: "parley-enrol+jwt",
  assertion: "client-authentication+jwt",
  proof: "dpop+jwt",
  access: "at+jwt",
  hello: "parley-hello+jwt",
  keyReplacement: "parley-key+jwt",
} as const;

/** Both names of the one algorithm: RFC 8037's and RFC 9864's. */
export const signatureAlgorithms = ["EdDSA", "Ed25519"] as const;

const base64url = /^[A-Za-z0-9_-]+$/;
export const thumbprintSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "expected a SHA-256 thumbprint");

/** An Ed25519 public key, and nothing that does not belong to one: `d` least of all [ID-2]. */
export const publicKeySchema = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().length(43).regex(base64url),
});
export type PublicKey = z.infer<typeof publicKeySchema>;

const seconds = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const jti = z.string().min(8).max(128).regex(base64url);

export const enrolmentClaims = z.strictObject({ aud: z.string(), tokenDigest: thumbprintSchema });
export const assertionClaims = z.strictObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  iat: seconds,
  exp: seconds,
  jti,
});
export const proofClaims = z.strictObject({
  jti,
  htm: z.string().max(16),
  htu: z.string().max(2_048),
  iat: seconds,
  nonce: z.string().max(128).optional(),
  ath: thumbprintSchema.optional(),
});
export const accessClaims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  client_id: z.string(),
  iat: seconds,
  exp: seconds,
  jti: z.string(),
  gen: z.string().max(64),
  cnf: z.strictObject({ jkt: thumbprintSchema }),
});
export const helloClaims = z.strictObject({
  aud: z.string(),
  nonce: z.string().max(128),
  ath: thumbprintSchema,
});
/** Signed by the old key and by the new one over the same claims. */
export const keyReplacementClaims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  iat: seconds,
  oldKey: thumbprintSchema,
  newKey: thumbprintSchema,
});
