/**
 * The signed statements: by which a principal shows who it is, and by which it binds its organisation. Each has its own `typ`, so that none can be taken for
 * another (RFC 8725), and `aud` is always the broker's issuer as one string [ID-4].
 */
import { z } from "zod";
import { idSchema } from "./ids.js";
import { limits } from "./limits.js";
import { capabilityNameSchema, nameSchema, purposeSchema } from "./text.js";

export const statementTypes = {
  enrolment: "parley-enrol+jwt",
  assertion: "client-authentication+jwt",
  proof: "dpop+jwt",
  access: "at+jwt",
  hello: "parley-hello+jwt",
  keyReplacement: "parley-key+jwt",
  consent: "parley-consent+jwt",
  contract: "parley-contract+jwt",
  advertisement: "parley-advertisement+jwt",
  proposal: "parley-proposal+jwt",
  acceptance: "parley-acceptance+jwt",
  // The broker's own.
  brokerKey: "parley-broker-key+jws",
  receipt: "parley-receipt+jwt",
} as const;

/** Both names of the one algorithm: RFC 8037's and RFC 9864's. */
export const signatureAlgorithms = ["EdDSA", "Ed25519"] as const;

const base64url = /^[A-Za-z0-9_-]+$/;
export const thumbprintSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "expected a SHA-256 thumbprint");

/** A signed statement in compact form. */
export const statementSchema = z.string().min(1).max(limits.statementLengthMax);

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

/**
 * What binds an organisation is signed by who binds it [STM-1]: `iss` is the principal, and what is signed stands in the
 * claims, or its digest does.
 */
const binding = { iss: z.union([idSchema("operator"), idSchema("instance")]), aud: z.string(), iat: seconds };

/** [STM-2] An admin's, to the digest of what its organisation was shown. */
export const consentClaims = z.strictObject({
  ...binding,
  invitation: idSchema("invitation"),
  workgroup: idSchema("workgroup"),
  organisation: idSchema("organisation"),
  digest: thumbprintSchema,
});
/** [STM-3] Over the digest of the complete terms. */
export const contractClaims = z.strictObject({
  ...binding,
  name: nameSchema,
  termsDigest: thumbprintSchema,
});
/** [STM-4] Over the digest of the complete advertisement, and the terms that it names. */
export const advertisementClaims = z.strictObject({
  ...binding,
  agent: idSchema("agent"),
  name: nameSchema,
  contract: idSchema("contract"),
  termsDigest: thumbprintSchema,
  digest: thumbprintSchema,
});
/** [STM-5] Says all that is proposed. */
export const proposalClaims = z.strictObject({
  ...binding,
  proposal: idSchema("proposal"),
  advertisement: idSchema("advertisement"),
  workgroup: idSchema("workgroup"),
  capability: capabilityNameSchema,
  termsDigest: thumbprintSchema,
  purpose: purposeSchema.optional(),
});
/** [STM-6] `proposal` is the SHA-256 of the signed proposal. */
export const acceptanceClaims = z.strictObject({
  ...binding,
  session: idSchema("session"),
  proposal: thumbprintSchema,
});
export type ConsentClaims = z.infer<typeof consentClaims>;
export type ContractClaims = z.infer<typeof contractClaims>;
export type AdvertisementClaims = z.infer<typeof advertisementClaims>;
export type ProposalClaims = z.infer<typeof proposalClaims>;
export type AcceptanceClaims = z.infer<typeof acceptanceClaims>;
